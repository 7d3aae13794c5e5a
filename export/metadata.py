"""Metadata of an artifact: what the bot knows of a style. docs/artifact.md describes it."""

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from model.cancellation import CheckCancelled, never_cancelled
from model.checkpoint import Checkpoint, Metadata
from model.corpus import sample_digest
from model.corpus_checks import check_poor
from model.evaluation import generate
from model.mixture import Model
from model.trials import best_evaluation

FORMAT = 1
_MAX_POINTS = 100  # of the loss curve, about
_EXAMPLES, _CANDIDATES = 3, 64  # names in the metadata, and those that they are chosen from
_MAX_EXAMPLE_LENGTH = 100
_TEMPERATURE, _SEED = 0.8, 1


@dataclass(frozen=True)
class Label:
    """What people read about a style: its title, a line of description, its group and tags.

    `licence` is that of its corpus. `in_base`: the base network has learnt the corpus too.
    """

    title: str
    description: str
    licence: str
    group: str = ""
    tags: tuple[str, ...] = ()
    in_base: bool = False


def artifact_metadata(
    checkpoint: Checkpoint, label: Label, examples: Sequence[str]
) -> dict[str, str]:
    """Return the metadata of the artifact. Its keys are part of format 1."""
    metadata = checkpoint.metadata
    recipe = metadata.network_recipe
    style: dict[str, Any] = {
        "examples": examples,
        "created": metadata.created,
        "network": {
            "cell": recipe.cell,
            "layers": recipe.layers,
            "embedding": recipe.embedding_size,
            "hidden": recipe.hidden_size,
        },
        "report": {
            **asdict(metadata.report),
            "poor": check_poor(metadata.report, metadata.corpus.samples) or "",
            "history": loss_history(metadata),
        },
        "corpus": {
            "digest": metadata.corpus.digest,
            "samples": metadata.corpus.samples,
            "lengths": metadata.corpus.lengths,
        },
    }
    set_label(style, label)
    known = checkpoint.tensors["known"].numpy().tobytes()
    return {
        "namesmith.format": str(FORMAT),
        "namesmith.style": json.dumps(style, ensure_ascii=False),
        "namesmith.vocabulary": json.dumps(checkpoint.vocabulary().tokens, ensure_ascii=False),
        "namesmith.max_length": str(metadata.corpus.max_length),
        "namesmith.known": base64.b64encode(known).decode(),
    }


def set_label(style: dict[str, Any], label: Label) -> None:
    """Put `label` into a `namesmith.style`."""
    style["title"], style["description"] = label.title, label.description
    style["group"], style["tags"] = label.group, list(label.tags)
    style["corpus"]["licence"], style["report"]["in_base"] = label.licence, label.in_base


def draw_examples(
    network: Model, checkpoint: Checkpoint, check_cancelled: CheckCancelled = never_cancelled
) -> list[str]:
    """Draw three names that are not in the corpus, with different first characters if possible.

    Returns fewer if the network mostly copies its corpus or its names are long.
    """
    longest = min(checkpoint.metadata.corpus.max_length, _MAX_EXAMPLE_LENGTH)
    # A row that reaches the extra character is too long or not finished.
    rows = generate(
        network, _CANDIDATES, longest + 1, _SEED, check_cancelled, temperature=_TEMPERATURE
    )
    names = [checkpoint.vocabulary().decode(row) for row in rows if 0 < len(row) <= longest]
    known = {bytes(row) for row in checkpoint.tensors["known"].numpy()}
    new = [name for name in names if name == name.strip() and sample_digest(name) not in known]
    by_initial = {name[0]: name for name in reversed(new)}
    different = [name for name in new if by_initial[name[0]] == name]
    return list(dict.fromkeys([*different, *new]))[:_EXAMPLES]


def loss_history(metadata: Metadata) -> list[tuple[int, float, float]]:
    """Return the loss curve as (step, training loss, validation loss), in nats per character.

    A long curve is thinned to about a hundred points, including the first, the best and the last.
    """
    losses = metadata.history
    best = best_evaluation(losses)
    indices = {*range(0, len(losses), len(losses) // _MAX_POINTS + 1), best, len(losses) - 1}
    return [
        (point.step, round(point.train_loss, 4), round(point.validation_loss, 4))
        for point in (losses[i] for i in sorted(indices))
    ]
