"""A checkpoint: one folder with `checkpoint.json` and the safetensors file that it names.

Each save writes the tensors under a new name (the digest of their bytes), then puts the JSON in
place by one rename, then removes the old tensors. A reader therefore finds the old checkpoint or
the new one, whole, whenever the writer is killed. No pickle: reading runs none of the contents.
"""

import dataclasses as plain
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import safetensors.torch
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from torch import Tensor

from model import ModelError
from model.evaluation import Report
from model.network import CharRNN
from model.publish import publish
from model.recipes import Recipe
from model.vocabulary import Vocabulary

FORMAT = 1
_JSON = "checkpoint.json"
_STRICT = ConfigDict(extra="forbid")


class CheckpointError(ModelError):
    """The folder holds no checkpoint that can be used, or cannot take one."""


@dataclass(frozen=True, config=_STRICT)
class Origin:
    """The corpus behind a checkpoint: where it lay, its digest, its size, its longest sample.

    `lengths` is what `model.corpus.length_counts` says of it; checkpoints from before lack it.
    """

    file: str
    digest: str
    samples: int
    longest: int
    lengths: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, config=_STRICT)
class Measure:
    """One measurement: losses in nats a character, on what was learnt from and on what was not."""

    step: int
    loss: float
    held_out: float


@dataclass(frozen=True, config=_STRICT)
class Facts:
    """What a checkpoint tells beside its tensors.

    `created` is ISO 8601 in UTC; `seconds` is the time in steps, measurements left out.
    """

    recipe: Recipe
    vocabulary: tuple[Annotated[str, Field(min_length=1, max_length=1)], ...]
    corpus: Origin
    created: str
    step: int
    seconds: float
    history: tuple[Measure, ...]
    report: Report
    finished: bool
    format: Annotated[int, Field(ge=FORMAT, le=FORMAT)] = FORMAT


@dataclass(frozen=True, config=_STRICT)
class _Named:
    """What stands in the JSON: the facts, and the file of the tensors they belong to."""

    weights: str
    facts: Facts


FACTS = TypeAdapter(Facts)
"""Facts as JSON and back."""
_NAMED = TypeAdapter(_Named)


@plain.dataclass(frozen=True)
class Checkpoint:
    """Facts and tensors.

    `best/…` are the weights to use, `known` the corpus's digests uint8 [N, 8]; the rest is what
    learning needs to go on exactly where it stood.
    """

    facts: Facts
    tensors: Mapping[str, Tensor]

    def part(self, name: str) -> dict[str, Tensor]:
        """The tensors under `name/`, without that prefix."""
        prefix = f"{name}/"
        return {k.removeprefix(prefix): t for k, t in self.tensors.items() if k.startswith(prefix)}

    def vocabulary(self) -> Vocabulary:
        """The vocabulary of the network."""
        return Vocabulary(self.facts.vocabulary)

    def network(self) -> CharRNN:
        """The network with its best weights, ready to be used; raises `CheckpointError`."""
        network = CharRNN(len(self.vocabulary()), self.facts.recipe)
        try:
            network.load_state_dict(self.part("best"))
        except RuntimeError as error:
            reason = str(error).splitlines()[-1].strip()
            raise CheckpointError(f"the weights do not fit the recipe: {reason}") from None
        return network.eval()


def exists(folder: Path) -> bool:
    """Whether `folder` holds a checkpoint, good or bad."""
    return (folder / _JSON).exists()


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Put `checkpoint` in `folder` (made if need be) in place of what is there.

    Raises `CheckpointError` when the folder cannot be written to; what is there then stays.
    """
    content = safetensors.torch.save(dict(checkpoint.tensors))
    named = _Named(_name(content), checkpoint.facts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        publish(folder / named.weights, content)
        publish(folder / _JSON, _NAMED.dump_json(named, indent=1))
        for pattern in ("*.safetensors", ".*.part"):  # the one before, and what a kill left
            for old in folder.glob(pattern):
                if old.name != named.weights:
                    old.unlink()
    except OSError as error:
        raise CheckpointError(
            f"{folder}: cannot write the checkpoint ({error.strerror}); name another folder"
        ) from None


def load(folder: Path) -> Checkpoint:
    """The checkpoint in `folder`, also while it is being replaced; raises `CheckpointError`."""
    try:
        named, content = _read(folder)
        if named.weights != _name(content):
            raise CheckpointError(
                f"{folder / named.weights}: is torn (its content is not what its name says); "
                "train again"
            )
        return Checkpoint(named.facts, safetensors.torch.load(content))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{folder}: is no checkpoint ({Path(error.filename).name} is missing); name a folder "
            "that `python -m model train` wrote"
        ) from None
    except OSError as error:
        raise CheckpointError(
            f"{folder}: cannot be read ({error.strerror}); name a checkpoint's folder"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"][1:])) or "the file"
        raise CheckpointError(f"{folder / _JSON}: {place}: {first['msg']}; train again") from None


def _read(folder: Path) -> tuple[_Named, bytes]:
    named = _NAMED.validate_json((folder / _JSON).read_bytes())
    while True:
        try:
            return named, (folder / Path(named.weights).name).read_bytes()
        except FileNotFoundError:
            # Replaced between the two readings, if the JSON now names another file.
            before, named = named, _NAMED.validate_json((folder / _JSON).read_bytes())
            if named == before:
                raise


def _name(content: bytes) -> str:
    return f"{hashlib.blake2b(content, digest_size=16).hexdigest()}.safetensors"
