"""What a worker is asked for to make a style: a list's bytes in, an artifact's bytes out."""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from export import graph, parity
from export.graph import Label
from model import Heed, job
from model.checkpoint import Checkpoint, CheckpointError
from model.corpus import Corpus, CorpusError
from model.mistakes import copying, mistakes
from model.recipes import Recipe
from model.settings import SettingsError, resolve
from model.stopping import Stopped, StoppedError, stopping
from model.telling import Tell, Teller
from model.training import TrainingError, train

# torch's random numbers and its exporter are the process's: two trainings at once would mix them.
_ALONE = Lock()
_PATIENCE = 0.2  # seconds between two looks at whether to go on waiting


def train_style(
    corpus: bytes,
    name: str,
    recipe: str,
    label: Mapping[str, str],
    *,
    nice: int,
    on_progress: Tell,
    is_cancelled: Stopped,
) -> dict[str, Any]:
    """Train a style on the list `corpus`, a file called `name`, and export it.

    `recipe` names a recipe; `label` has `title`, `description` and `licence`. Runs at niceness
    `nice` or above, one training per process, in a temporary folder that it removes.
    Calls `on_progress` about once a second and `is_cancelled` at every step.

    Returns `artifact` (bytes of an .onnx file), `report`, `history` (about a hundred
    [step, training loss, validation loss]), `steps`, `seconds` (in total), `samples`, `digest`
    (of the samples) and `warnings`. Returns `{"refused": line}` when the list or the recipe is at
    fault, and `{"cancelled": True}` after a cancellation. Raises `RuntimeError` or `OSError` when
    the machine is at fault.
    """
    began = time.monotonic()
    heed = stopping(is_cancelled)
    try:
        _, wanted = resolve({"recipe": recipe})
        with _alone(heed), tempfile.TemporaryDirectory(prefix="namesmith-") as folder:
            _be_nice(nice)
            found = job.read(corpus, name, heed)
            teller = Teller(found, wanted.steps, on_progress, heed)
            made = _learnt(found, wanted, Path(folder), teller)
            artifact = _exported(made, Label(**label), teller)
            seconds = round(time.monotonic() - began, 1)
            return {"artifact": artifact, **_told(made, found), "seconds": seconds}
    except StoppedError:
        return {"cancelled": True}
    except (CorpusError, SettingsError) as error:
        return {"refused": str(error)}
    except TrainingError as error:
        return {
            "refused": f"{job.shown(name)}: cannot be learnt so: {error.reason}; try another recipe"
        }
    except (CheckpointError, parity.ParityError) as error:
        raise RuntimeError(str(error)) from None


@contextmanager
def _alone(heed: Heed) -> Iterator[None]:
    while not _ALONE.acquire(timeout=_PATIENCE):
        heed()
    try:
        yield
    finally:
        _ALONE.release()


def _be_nice(nice: int) -> None:
    """Give way to others by `nice` at least; on Linux this thread does, and those it starts."""
    if hasattr(os, "setpriority") and os.getpriority(os.PRIO_PROCESS, 0) < nice:
        os.setpriority(os.PRIO_PROCESS, 0, nice)


def _learnt(corpus: Corpus, recipe: Recipe, folder: Path, teller: Teller) -> Checkpoint:
    for made in train(corpus, recipe, folder, watch=teller.watch):
        teller.measured(made)
    return made


def _exported(made: Checkpoint, label: Label, teller: Teller) -> bytes:
    model = graph.build(made, label, teller.again)
    parity.check(model, made.network())
    teller.again()
    content: bytes = model.SerializeToString()
    return content


def _told(made: Checkpoint, corpus: Corpus) -> dict[str, Any]:
    facts = made.facts
    copies = copying(facts.report)
    return {
        "report": asdict(facts.report) | {"corpus_quantiles": list(facts.report.corpus_quantiles)},
        "history": [list(point) for point in graph.history(facts)],
        "steps": facts.step,
        "samples": facts.corpus.samples,
        "digest": facts.corpus.digest,
        "warnings": mistakes(corpus) + ([copies] if copies else []),
    }
