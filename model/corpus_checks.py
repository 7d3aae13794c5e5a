"""Corpus checks: warnings about probable mistakes in a list or its result; the preview job.

The checks refuse nothing. The job describes a list without importing torch; its arguments and
results are plain data.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.cancellation import CancelledError, CheckCancelled, IsCancelled, cancellation_check
from model.corpus import Corpus, CorpusError, length_counts, parse_corpus

if TYPE_CHECKING:  # importing it at run time would import torch
    from model.evaluation import Report

_NEARLY_ALL = 0.9
_MAX_CHECKED = 5000  # samples, spread evenly over the list
_FEW_SAMPLES = 100
_MIN_SHARE_NEW = 0.5
_MAX_SHARE_OF_UNIGRAM = 0.9  # of its nats per character
_SEPARATORS = {",": "commas", ";": "semicolons", "|": "vertical bars"}
_QUOTED = re.compile(r'"[^"]*"')
_LIST_MARKER = re.compile(r"(\d+[.):]?|[-*•])\s")
_HEADING = re.compile(
    r'"?(id|title|town|имя|namen|nom|nombre|nome|(first|full|last|sur|vor)?[ _-]?names?)"?', re.I
)


def check_corpus(corpus: Corpus) -> list[str]:
    """Return a warning for each probable mistake, or an empty list."""
    samples = corpus.samples[:: 1 + len(corpus.samples) // _MAX_CHECKED]
    format_warning = (
        _check_table(samples) or _check_quotes(samples) or _check_heading(corpus.samples[0])
    )
    warnings = (format_warning, _check_list_markers(samples), _check_size(len(corpus.samples)))
    return [warning for warning in warnings if warning]


def check_copies(report: "Report") -> str | None:
    """Return a warning if the network mostly copies its corpus."""
    if report.share_new is None or report.share_new >= _MIN_SHARE_NEW:
        return None
    return (
        f"Only {report.share_new:.1%} of the generated names are new. The others are copies from "
        "the list. Add lines to it."
    )


def check_poor(report: "Report", samples: int) -> str | None:
    """Return what is wrong with a network that learnt little from `samples` lines, or None.

    It learnt little if it predicts held-out samples hardly better than character frequencies do,
    or if too few samples were held out to tell. (The limit was chosen by experiment, see
    docs/model.md.)
    """
    if report.unigram_nats is None:
        return None
    nats = report.nats_per_character + (report.standard_error or 0.0)
    if nats < _MAX_SHARE_OF_UNIGRAM * report.unigram_nats:
        return None
    if samples < _FEW_SAMPLES:
        return f"These names look random. Add lines: {_FEW_SAMPLES} is usually enough."
    return (
        "These names look random, because the lines of the list have little in common. "
        "Use a list of one kind of name."
    )


def _check_table(samples: Sequence[str]) -> str | None:
    """Warn if nearly all lines have the same number of separators outside quotation marks."""
    unquoted = [_QUOTED.sub("", sample) for sample in samples]
    for separator, plural in _SEPARATORS.items():
        (number, lines), *_ = Counter(line.count(separator) for line in unquoted).most_common(1)
        if number and lines >= _NEARLY_ALL * len(samples):
            return (
                f"This looks like a table with {number + 1} columns. The style would learn the "
                f"{plural} too. Keep only one column, unless you want that."
            )
    return None


def _check_quotes(samples: Sequence[str]) -> str | None:
    if not _nearly_all(_QUOTED.fullmatch(sample) for sample in samples):
        return None
    return "Nearly every line is in quotation marks. The style would learn them too."


def _check_heading(first: str) -> str | None:
    if not _HEADING.fullmatch(first):
        return None
    return f"The first line, {first!r}, looks like a heading. Remove it if it isn't a name."


def _check_list_markers(samples: Sequence[str]) -> str | None:
    if not _nearly_all(_LIST_MARKER.match(sample) for sample in samples):
        return None
    return "Nearly every line starts with a number or a bullet. The style would learn those too."


def _check_size(samples: int) -> str | None:
    if samples >= _FEW_SAMPLES:
        return None
    return (
        f"The list has only {samples} names. Add more if you can: {_FEW_SAMPLES} or more is best."
    )


def _nearly_all(matches: Iterable[re.Match[str] | None]) -> bool:
    found = [match is not None for match in matches]
    return sum(found) >= _NEARLY_ALL * len(found)


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
