"""Checkpoint: a folder with `checkpoint.json` and the safetensors file that it names.

A save writes the tensors to a new file named by the digest of its bytes, then replaces the JSON by
a rename, then deletes the old tensors. A reader therefore finds the old checkpoint or the new one,
complete, even if the writer is killed. There is no pickle, so loading runs no code.
"""

import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import safetensors.torch
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from torch import Tensor

from model import ModelError
from model.batches import Vocabulary
from model.budget import Schedule
from model.evaluation import Report
from model.mixture import Mixture, load_mixture
from model.network import CharRNN
from model.plan import Plan
from model.recipes import RENAMED, Recipe
from model.trials import Losses

TEMPORARY = ".*.part"
"""Pattern of the temporary files. A killed process can leave one behind."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path`. A reader sees the old file or the new one, never a part.

    Raises `OSError` when the folder is not writable, and leaves no temporary file behind.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename survive a power failure, on systems that can open a folder."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


FORMAT = 2
_JSON = "checkpoint.json"
_STRICT = ConfigDict(extra="forbid")


class CheckpointError(ModelError):
    """The folder has no usable checkpoint, or a checkpoint cannot be saved there."""


@dataclass(frozen=True, config=_STRICT)
class CorpusInfo:
    """The corpus of a checkpoint: its file, digest, number of samples and longest sample.

    `lengths` are the `model.corpus.length_counts`. The oldest checkpoints lack them.
    """

    file: str
    digest: str
    samples: int
    max_length: int
    lengths: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, config=_STRICT)
class Metadata:
    """Everything about a checkpoint except its tensors.

    `created` is ISO 8601 in UTC. `seconds` is the time spent in training steps. Checkpoints from
    before there were time budgets have no `schedule`, those from before there was a base network no
    `plan`.
    """

    recipe: Recipe
    vocabulary: tuple[Annotated[str, Field(min_length=1, max_length=1)], ...]
    corpus: CorpusInfo
    created: str
    step: int
    seconds: float
    history: tuple[Losses, ...]
    report: Report
    finished: bool
    schedule: Schedule | None = None
    plan: Plan | None = None
    format: Annotated[int, Field(ge=FORMAT, le=FORMAT)] = FORMAT

    @property
    def network_recipe(self) -> Recipe:
        """The recipe with the sizes of the network."""
        return self.plan.recipe if self.plan else self.recipe


@dataclass(frozen=True, config=_STRICT)
class _Document:
    """The content of the JSON file: the name of the tensors' file, and the metadata."""

    weights: str
    metadata: Metadata


METADATA = TypeAdapter(Metadata)
"""Converts metadata to JSON and back."""
_DOCUMENT = TypeAdapter(_Document)


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """Metadata and tensors.

    `best/...` are the weights to use, `known` the digests of the corpus uint8 [N, 8], `ngram/...`
    and `case/...` the tables of a mixture, if it has any. The other tensors are the training state
    for resuming.
    """

    metadata: Metadata
    tensors: Mapping[str, Tensor]

    def tensors_under(self, name: str) -> dict[str, Tensor]:
        """Return the tensors whose names start with `name/`, without that prefix."""
        return tensors_under(name, self.tensors)

    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary of the network."""
        return Vocabulary(self.metadata.vocabulary)

    def network(self) -> CharRNN:
        """Return the network with its best weights, in eval mode. Raises `CheckpointError`."""
        network = CharRNN(len(self.vocabulary()), self.metadata.network_recipe)
        try:
            network.load_state_dict(self.tensors_under("best"))
        except RuntimeError as error:
            reason = str(error).splitlines()[-1].strip()
            raise CheckpointError(f"The weights don't fit the recipe: {reason}") from None
        return network.eval()

    def mixture(self) -> Mixture:
        """Return the network with the tables of a finished training. Raises `CheckpointError`."""
        return load_mixture(self.network(), self.tensors)


def tensors_under(name: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names start with `name/`, without that prefix."""
    prefix = f"{name}/"
    return {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}


def exists(folder: Path) -> bool:
    """Return whether `folder` has a checkpoint, valid or not."""
    return (folder / _JSON).exists()


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Save `checkpoint` in `folder` and replace any other there. Creates the folder.

    Raises `CheckpointError` if the folder is not writable. The old checkpoint then remains.
    """
    content = safetensors.torch.save(dict(checkpoint.tensors))
    document = _Document(_file_name(content), checkpoint.metadata)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / document.weights, content)
        write_atomically(folder / _JSON, _DOCUMENT.dump_json(document, indent=1))
        for pattern in ("*.safetensors", TEMPORARY):
            for path in folder.glob(pattern):
                if path.name != document.weights:
                    path.unlink()
    except OSError as error:
        raise CheckpointError(
            f"{folder}: Can't write the checkpoint ({error.strerror}). Choose another folder."
        ) from None


def load(folder: Path) -> Checkpoint:
    """Load the checkpoint in `folder`, even while it is being replaced.

    Raises `CheckpointError`.
    """
    try:
        document, content = _read(folder)
        if document.weights != _file_name(content):
            raise CheckpointError(
                f"{folder / document.weights}: The file is damaged: its content doesn't match "
                "its name. Train again."
            )
        return Checkpoint(document.metadata, safetensors.torch.load(content))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{folder}: Not a checkpoint ({Path(error.filename).name} is missing). Name a folder "
            "that `namesmith train` wrote."
        ) from None
    except OSError as error:
        raise CheckpointError(
            f"{folder}: Can't read the checkpoint ({error.strerror}). Name a checkpoint's folder."
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"][1:])) or "the file"
        raise CheckpointError(f"{folder / _JSON}: {key}: {first['msg']}. Train again.") from None


def _read(folder: Path) -> tuple[_Document, bytes]:
    document = _read_document(folder)
    while True:
        try:
            return document, (folder / Path(document.weights).name).read_bytes()
        except FileNotFoundError:
            # If the JSON now names another file, the checkpoint was replaced between the reads.
            before, document = document, _read_document(folder)
            if document == before:
                raise


def _read_document(folder: Path) -> _Document:
    return _DOCUMENT.validate_json(_upgrade((folder / _JSON).read_bytes()))


def _upgrade(content: bytes) -> bytes:
    """Convert a document of format 1 to the current format. Return any other unchanged."""
    try:
        document = json.loads(content)
        metadata = document.pop("facts")
        if metadata["format"] != 1:
            return content
        metadata["format"] = FORMAT
        metadata["recipe"] = {RENAMED.get(k, k): v for k, v in metadata["recipe"].items()}
        metadata["corpus"]["max_length"] = metadata["corpus"].pop("longest")
        metadata["history"] = [
            {"step": m["step"], "train_loss": m["loss"], "validation_loss": m["held_out"]}
            for m in metadata["history"]
        ]
    except (AttributeError, LookupError, TypeError, ValueError):
        return content
    return json.dumps({**document, "metadata": metadata}).encode()


def _file_name(content: bytes) -> str:
    return f"{hashlib.blake2b(content, digest_size=16).hexdigest()}.safetensors"
