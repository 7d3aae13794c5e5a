"""Fake training job: builds a bigram table within milliseconds instead of training a network.

It runs on a worker like the real job. Some file names make it behave in another way: `slow.txt`
trains until it is cancelled, `patient.txt` too and may end sooner than it reports, `ending.txt` too
and reports that it is about to end, `deadly.txt` kills the worker, `hungry.txt` fills its memory,
and `poor.txt` gives a poor style.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import Any

from model.cancellation import never_cancelled
from model.corpus_checks import parse_list
from model.list_reader import Reading

from ...artifacts import bigrams, metadata_of, model_of

STEPS = 1000
POOR = "These names look random. Add lines: 100 is usually enough."


def train_style(
    corpus: bytes,
    name: str,
    recipe: str,
    label: Mapping[str, str],
    reading: Mapping[str, Any],
    *,
    nice: int,
    on_progress: Callable[[dict[str, Any]], object],
    is_cancelled: Callable[[], bool],
) -> dict[str, Any]:
    """Return what `export.training_job:train_style` returns, for a bigram table."""
    del recipe, label, nice
    if name == "deadly.txt":
        os.kill(os.getpid(), signal.SIGKILL)
    memory = []
    while name == "hungry.txt":
        memory.append(b"x" * 2**24)
        time.sleep(0.05)
    samples = list(parse_list(corpus, name, never_cancelled, Reading(**reading)).samples)
    step = 0
    while not is_cancelled():
        progress = _progress(step, samples, 2.0 if name == "ending.txt" else 42.0)
        on_progress(progress | {"may_end_sooner": name == "patient.txt"})
        if name not in ("slow.txt", "patient.txt", "ending.txt"):
            return _result(samples, POOR if name == "poor.txt" else "")
        step = (step + 1) % STEPS
        time.sleep(0.2)
    return {"cancelled": True}


def _progress(step: int, samples: list[str], seconds_left: float) -> dict[str, Any]:
    metrics = {"step": step, "max_steps": STEPS, "epoch": step / 100}
    metrics |= {"loss": 2.5, "validation_loss": 2.75}
    return metrics | {"seconds_left": seconds_left, "names": samples[:12]}


def _result(samples: list[str], poor: str) -> dict[str, Any]:
    metadata = metadata_of(samples)
    style = json.loads(metadata["namesmith.style"]) | {"report": {"poor": poor}}
    metadata["namesmith.style"] = json.dumps(style)
    artifact = model_of(bigrams(samples), metadata).SerializeToString()
    corpus = {"samples": len(samples), "digest": "0" * 128, "warnings": [], "seconds": 0.1}
    history = [[100, 2.9, 3.0], [1000, 2.5, 2.75]]
    report = {"nats_per_character": 2.75, "share_new": 0.6, "share_unique": 0.9}
    result = {"artifact": artifact, "report": report, "history": history, "steps": STEPS}
    result["poor"] = poor
    return result | corpus
