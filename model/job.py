"""Preview job: a worker describes a list, without importing torch.

Arguments and results are plain data.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from model.cancellation import CancelledError, CheckCancelled, IsCancelled, cancellation_check
from model.corpus import Corpus, CorpusError, length_counts, parse_corpus
from model.corpus_checks import check_corpus

_EXAMPLES = 12
_MAX_ALPHABET = 200  # characters


def preview(
    content: bytes, file_name: str, *, on_progress: object, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Describe a list. `on_progress` is accepted because every job has it, and not called.

    Returns the counts `samples`, `duplicates`, `blank_lines`, `characters` and
    `distinct_characters`, `alphabet` (the first 200 characters, sorted), `lengths` ([length, count]
    pairs, see `length_counts`), `examples` (12 samples spread over the list), `digest` (of the
    samples) and `warnings` (one line each). Returns `{"refused": line}` for a list that cannot be
    used, and `{"cancelled": True}` after a cancellation.
    """
    del on_progress
    try:
        corpus = parse_list(content, file_name, cancellation_check(is_cancelled))
    except CorpusError as error:
        return {"refused": str(error)}
    except CancelledError:
        return {"cancelled": True}
    alphabet = sorted(set().union(*corpus.samples))
    return {
        "samples": len(corpus.samples),
        "duplicates": corpus.duplicates,
        "blank_lines": corpus.blank_lines,
        "characters": sum(map(len, corpus.samples)),
        "distinct_characters": len(alphabet),
        "alphabet": alphabet[:_MAX_ALPHABET],
        "lengths": [list(pair) for pair in length_counts(corpus.samples)],
        "examples": _examples(corpus.samples),
        "digest": corpus.digest,
        "warnings": check_corpus(corpus),
    }


def parse_list(content: bytes, file_name: str, check_cancelled: CheckCancelled) -> Corpus:
    """Parse the content of an uploaded file. Raises `CorpusError`."""
    path = Path(display_name(file_name))
    return parse_corpus(BytesIO(content), path, check_cancelled=check_cancelled)


def display_name(file_name: str) -> str:
    """Return the name for messages: without a folder, printable, not empty."""
    return "".join(c if c.isprintable() else "?" for c in Path(file_name).name) or "list"


def _examples(samples: Sequence[str]) -> list[str]:
    """Return 12 evenly spaced samples, including the first and the last."""
    return [samples[i * (len(samples) - 1) // (_EXAMPLES - 1)] for i in range(_EXAMPLES)]
