"""Corpus checks: warnings about probable mistakes in a list or its result; the preview job.

The checks refuse nothing. The job describes a list without importing torch; its arguments and
results are plain data.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.cancellation import CancelledError, CheckCancelled, IsCancelled, cancellation_check
from model.corpus import Corpus, CorpusError, length_counts, parse_corpus
from model.list_layout import LINES, Layouts, find_layouts
from model.list_reader import ListLines, Reading
from model.list_text import ENCODINGS, decode_text
from model.list_tidy import find_clutter

if TYPE_CHECKING:  # importing it at run time would import torch
    from model.evaluation import Report

_MAX_CHECKED = 5000  # samples, spread evenly over the list
_FEW_SAMPLES = 100
_MIN_SHARE_NEW = 0.5
_MAX_SHARE_OF_UNIGRAM = 0.9  # of its nats per character
_SEPARATORS = {",": "commas", ";": "semicolons", "|": "vertical bars", "\t": "tabs"}
_CLUTTER = {
    "comments": "Lines that are comments: {}. Remove them if they aren't names.",
    "headings": "Lines that look like headings: {}. Remove them if they aren't names.",
    "addresses": "Lines with web or e-mail addresses: {}. Remove them if they aren't names.",
    "tags": "Nearly every line is in HTML tags. The style would learn those too.",
    "entities": "Lines with HTML codes such as &amp;: {}. The style would learn those too.",
    "commas": "Nearly every line ends with a comma. The style would learn that too.",
    "numbers": "Nearly every line starts with a number. The style would learn those too.",
    "bullets": "Nearly every line starts with a bullet. The style would learn those too.",
    "quotes": "Nearly every line is in quotation marks. The style would learn them too.",
    "counts": "Nearly every line ends with a number. The style would learn those too.",
    "cases": "Lines that repeat another one in upper or lower case: {}.",
}


def check_corpus(corpus: Corpus) -> list[str]:
    """Return a warning for each probable mistake, or an empty list."""
    samples = corpus.samples[:: 1 + len(corpus.samples) // _MAX_CHECKED]
    layouts = corpus.source.layouts if corpus.source else find_layouts("\n".join(samples))
    clutter = find_clutter(samples) if layouts.kind in (LINES, "table") else {}
    if layouts.kind == "table":  # its cells are no clutter
        clutter = {kind: count for kind, count in clutter.items() if kind == "comments"}
    warnings = [*_check_source(corpus), _check_layout(layouts)]
    warnings += [_CLUTTER[kind].format(f"{count:,}") for kind, count in clutter.items()]
    warnings.append(_check_size(len(corpus.samples)))
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


def _check_source(corpus: Corpus) -> list[str]:
    """Say how the file was decoded, and what was removed from it."""
    if corpus.source is None:
        return []
    decoded = corpus.source.decoded
    texts = []
    if decoded.encoding != "utf-8":
        examples = f": {', '.join(decoded.examples[:3])}" if decoded.examples else ""
        texts.append(f"Read as {ENCODINGS[decoded.encoding]}{examples}.")
    if decoded.invisible:
        texts.append(f"Removed {decoded.invisible:,} invisible characters.")
    return texts


def _check_layout(layouts: Layouts) -> str | None:
    if layouts.kind == "json":
        return "This looks like JSON. Save the names as text, one a line."
    if layouts.kind == "code":
        return "This looks like a list in a program. Save the names as text, one a line."
    if layouts.kind == "separated":
        return "This looks like many names in a line. Put each name on its own line."
    if layouts.kind != "table":
        return None
    column = next(each.id for each in layouts.choices if each.id != LINES)
    return (
        f"This looks like a table with {len(layouts.columns)} columns. The style would learn the "
        f"{_SEPARATORS[column.split(':')[1]]} too. Keep only one column, unless you want that."
    )


def _check_size(samples: int) -> str | None:
    if samples >= _FEW_SAMPLES:
        return None
    return (
        f"The list has only {samples} names. Add more if you can: {_FEW_SAMPLES} or more is best."
    )


_EXAMPLES = 12
_MAX_ALPHABET = 200  # characters


def preview(
    content: bytes,
    file_name: str,
    reading: Mapping[str, Any] | None = None,
    *,
    on_progress: object,
    is_cancelled: IsCancelled,
) -> dict[str, Any]:
    """Describe a list. `on_progress` is accepted because every job has it, and not called.

    `reading` has fields of `Reading`; without them, the list is read as the evidence suggests.

    Returns the counts `samples`, `duplicates`, `blank_lines`, `characters` and
    `distinct_characters`, `alphabet` (the first 200 characters, sorted), `lengths` ([length, count]
    pairs, see `length_counts`), `examples` (12 samples spread over the list), `digest` (of the
    samples), and how it was read, see `_describe_source`. Returns `{"refused": line, "reason":
    [kind, *values]}` for a list that cannot be used (see `CorpusError`), and `{"cancelled": True}`
    after a cancellation.
    """
    del on_progress
    chosen = Reading(**{"layout": "", **(reading or {})})
    try:
        corpus = _parse_best(content, file_name, chosen, cancellation_check(is_cancelled))
    except CorpusError as error:
        return {"refused": str(error), "reason": [error.kind, *error.values]}
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
        **(_describe_source(content, corpus.source) if corpus.source else {}),
    }


def _parse_best(
    content: bytes, file_name: str, reading: Reading, check_cancelled: CheckCancelled
) -> Corpus:
    """Parse a list; if no layout is chosen, in the first one that gives enough names."""
    try:
        return parse_list(content, file_name, check_cancelled, reading)
    except CorpusError as error:
        if reading.layout or error.kind not in ("too few", "too long"):
            raise
        decoded = decode_text(content, reading.encoding)
        for layout in find_layouts(decoded.text, file_name).choices[1:]:
            other = replace(reading, layout=layout.id)
            with contextlib.suppress(CorpusError):
                return parse_list(content, file_name, check_cancelled, other)
        raise


def _describe_source(content: bytes, source: ListLines) -> dict[str, Any]:
    """Return how a list was read, and how else it can be.

    `encoding` (a key of `ENCODINGS`), `encoding_name` ("" for UTF-8), `encodings` (others that are
    possible, each with `id`, `name` and `example`), `accents` (lines to look at), `invisible` (how
    many characters were removed), `kind` (what it looks like), `columns` (labels of a table's),
    `layout` (an id), `layouts` (the choices, each with `id`, `label` and `examples`), `is_tidied`
    and `clutter` (what tidying removes: kind to count).
    """
    decoded, layouts = source.decoded, source.layouts
    encodings = [
        {
            "id": key,
            "name": ENCODINGS[key],
            "example": next(iter(decode_text(content, key).examples), ""),
        }
        for key in decoded.alternatives
    ]
    return {
        "encoding": decoded.encoding,
        "encoding_name": ENCODINGS[decoded.encoding] if decoded.encoding != "utf-8" else "",
        "encodings": encodings,
        "accents": list(decoded.examples),
        "invisible": decoded.invisible,
        "kind": layouts.kind,
        "columns": list(layouts.columns),
        "layout": source.reading.layout,
        "layouts": [
            {"id": each.id, "label": each.label, "examples": list(each.examples)}
            for each in layouts.choices
        ],
        "is_tidied": source.reading.is_tidied,
        "clutter": source.clutter,
    }


def parse_list(
    content: bytes,
    file_name: str,
    check_cancelled: CheckCancelled,
    reading: Reading | None = None,
) -> Corpus:
    """Parse the content of an uploaded file. Raises `CorpusError`."""
    path = Path(display_name(file_name))
    return parse_corpus(content, path, reading=reading, check_cancelled=check_cancelled)


def display_name(file_name: str) -> str:
    """Return the name for messages: without a folder, printable, not empty."""
    return "".join(c if c.isprintable() else "?" for c in Path(file_name).name) or "list"


def _examples(samples: Sequence[str]) -> list[str]:
    """Return 12 evenly spaced samples, including the first and the last."""
    return [samples[i * (len(samples) - 1) // (_EXAMPLES - 1)] for i in range(_EXAMPLES)]
