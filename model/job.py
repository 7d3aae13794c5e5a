"""What a worker is asked of a list: plain data in, plain data out, and no torch to wait for.

What is the list's own fault comes back as `{"refused": one line}`, and `{"stopped": True}` where
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


def preview(corpus: bytes, name: str, *, tell: object, stopped: Stopped) -> dict[str, Any]:
    """What the list `corpus`, the file `name`, holds; `tell` has nothing to be told meanwhile.

    `samples`, `duplicates`, `blanks` and `characters` are counts, `distinct` that of different
    characters, `alphabet` the first 200 of these in order, `lengths` [length, count] pairs as
    `length_counts` gives them, `shown` 12 samples spread over the list, `digest` that of the
    samples, `warnings` lines on what may not be meant.
    """
    del tell
    try:
        found = read(corpus, name, stopping(stopped))
    except CorpusError as error:
        return {"refused": str(error)}
    except StoppedError:
        return {"stopped": True}
    alphabet = sorted(set().union(*found.samples))
    return {
        "samples": len(found.samples),
        "duplicates": found.duplicates,
        "blanks": found.blanks,
        "characters": sum(map(len, found.samples)),
        "distinct": len(alphabet),
        "alphabet": alphabet[:_CHARACTERS],
        "lengths": [list(pair) for pair in length_counts(found.samples)],
        "shown": _spread(found.samples),
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
