"""What a worker is asked of a list: plain data in, plain data out, and no torch to wait for.

What is the list's own fault comes back as `{"refused": one line}`, and `{"cancelled": True}` where
nobody wanted the result any more.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from model import Heed
from model.corpus import Corpus, CorpusError, corpus_of, length_counts
from model.mistakes import mistakes
from model.stopping import Stopped, StoppedError, stopping

_EXAMPLES = 12  # samples of a preview
_CHARACTERS = 200  # of its alphabet: there may be some 100,000, which nobody wants to read


def preview(
    corpus: bytes, name: str, *, on_progress: object, is_cancelled: Stopped
) -> dict[str, Any]:
    """Describe the list `corpus`, a file called `name`. `on_progress` is not called.

    Returns the counts `samples`, `duplicates`, `blank_lines`, `characters` and
    `distinct_characters`, `alphabet` (the first 200 characters, sorted), `lengths` ([length, count]
    pairs, see `length_counts`), `examples` (12 samples spread over the list), `digest` (of the
    samples) and `warnings` (one line each). Returns `{"refused": line}` for a list that cannot be
    used, and `{"cancelled": True}` after a cancellation.
    """
    del on_progress
    try:
        found = read(corpus, name, stopping(is_cancelled))
    except CorpusError as error:
        return {"refused": str(error)}
    except StoppedError:
        return {"cancelled": True}
    alphabet = sorted(set().union(*found.samples))
    return {
        "samples": len(found.samples),
        "duplicates": found.duplicates,
        "blank_lines": found.blanks,
        "characters": sum(map(len, found.samples)),
        "distinct_characters": len(alphabet),
        "alphabet": alphabet[:_CHARACTERS],
        "lengths": [list(pair) for pair in length_counts(found.samples)],
        "examples": _spread(found.samples),
        "digest": found.digest,
        "warnings": mistakes(found),
    }


def read(corpus: bytes, name: str, heed: Heed) -> Corpus:
    """The samples of the file `name`, whose content is `corpus`; raises `CorpusError`."""
    return corpus_of(BytesIO(corpus), Path(shown(name)), heed=heed)


def shown(name: str) -> str:
    """The file's `name` as a line tells it: without a folder, on one line, never empty."""
    return "".join(c if c.isprintable() else "?" for c in Path(name).name) or "list"


def _spread(samples: Sequence[str]) -> list[str]:
    """The first, the last, and as many between as make 12, at even distances."""
    return [samples[i * (len(samples) - 1) // (_EXAMPLES - 1)] for i in range(_EXAMPLES)]
