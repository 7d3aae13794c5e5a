"""Training job: a worker turns a list into an artifact.

Arguments and results are plain data. Unlike `model.job`, this module imports torch.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from export import graph
from export.metadata import Label, loss_history
from model.cancellation import CancelledError, CheckCancelled, IsCancelled, cancellation_check
from model.checkpoint import Checkpoint, CheckpointError
from model.corpus import Corpus, CorpusError
from model.corpus_checks import check_copies, check_poor, display_name, parse_list
from model.learner import TrainingError
from model.list_reader import Reading
from model.recipes import Recipe, SettingsError, resolve
from model.reports import OnProgress, ProgressReporter
from model.training import train

# torch has one random state and one exporter per process, so trainings must not overlap.
_TRAINING_LOCK = Lock()
_LOCK_TIMEOUT = 0.2  # seconds between two checks for cancellation while waiting


def train_style(
    content: bytes,
    file_name: str,
    recipe: str,
    label: Mapping[str, Any],
    reading: Mapping[str, Any] | None = None,
    *,
    nice: int,
    on_progress: OnProgress,
    is_cancelled: IsCancelled,
) -> dict[str, Any]:
    """Train a style on a list, and export it.

    `recipe` names a recipe. `label` has the fields of `Label`, `reading` those of `Reading`. Runs
    at niceness `nice` or above, one training per process, in a temporary folder that it removes.
    Calls `on_progress` about once a second and `is_cancelled` at every step.

    Returns `artifact` (bytes of an .onnx file), `report`, `history` (about a hundred
    [step, training loss, validation loss]), `steps`, `seconds` (in total), `samples`, `digest`
    (of the samples), `poor` (what is wrong with a poor style, or "") and `warnings`. Returns
    `{"refused": line}` when the list or the recipe is at fault, and `{"cancelled": True}` after a
    cancellation. Raises `RuntimeError` or `OSError` when the machine is at fault.
    """
    started = time.monotonic()
    check_cancelled = cancellation_check(is_cancelled)
    try:
        _, settings = resolve({"recipe": recipe})
        with (
            _exclusive(check_cancelled),
            tempfile.TemporaryDirectory(prefix="namesmith-") as folder,
        ):
            _raise_niceness(nice)
            corpus = parse_list(content, file_name, check_cancelled, Reading(**(reading or {})))
            reporter = ProgressReporter(on_progress, check_cancelled)
            checkpoint = _train(corpus, settings, Path(folder), reporter)
            artifact, _ = graph.export_artifact(checkpoint, Label(**label), reporter.on_export)
            seconds = round(time.monotonic() - started, 1)
            return {"artifact": artifact, **_summary(checkpoint), "seconds": seconds}
    except CancelledError:
        return {"cancelled": True}
    except (CorpusError, SettingsError) as error:
        return {"refused": str(error)}
    except TrainingError as error:
        return {"refused": f"{display_name(file_name)}: {error.reason}. Try another recipe."}
    except (CheckpointError, graph.ParityError) as error:
        raise RuntimeError(str(error)) from None


@contextmanager
def _exclusive(check_cancelled: CheckCancelled) -> Iterator[None]:
    """Hold the process-wide training lock. Waiting for it can be cancelled."""
    while not _TRAINING_LOCK.acquire(timeout=_LOCK_TIMEOUT):
        check_cancelled()
    try:
        yield
    finally:
        _TRAINING_LOCK.release()


def _raise_niceness(nice: int) -> None:
    """Raise the niceness to `nice`. On Linux this affects the current thread and its children."""
    if hasattr(os, "setpriority") and os.getpriority(os.PRIO_PROCESS, 0) < nice:
        os.setpriority(os.PRIO_PROCESS, 0, nice)


def _train(corpus: Corpus, recipe: Recipe, folder: Path, reporter: ProgressReporter) -> Checkpoint:
    run = train(corpus, recipe, folder, on_step=reporter.on_step, on_trial=reporter.on_trial)
    for checkpoint in run:
        reporter.on_checkpoint(checkpoint)
    return checkpoint


def _summary(checkpoint: Checkpoint) -> dict[str, Any]:
    metadata = checkpoint.metadata
    report = asdict(metadata.report)
    copy_warning = check_copies(metadata.report)
    return {
        "report": report | {"corpus_quantiles": list(metadata.report.corpus_quantiles)},
        "history": [list(point) for point in loss_history(metadata)],
        "steps": metadata.step,
        "samples": metadata.corpus.samples,
        "digest": metadata.corpus.digest,
        "poor": check_poor(metadata.report, metadata.corpus.samples) or "",
        "warnings": [copy_warning] if copy_warning else [],
    }
