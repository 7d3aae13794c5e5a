"""What people bring by mistake, told in a line each. Nothing is refused that could be meant."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from model.corpus import Corpus

if TYPE_CHECKING:  # whoever has one has loaded torch, the others need not
    from model.evaluation import Report

_NEARLY_ALL = 0.9
_LOOKED_AT = 5000  # samples, about, spread over the list
_FEW = 100
_FEW_NEW = 0.5
_SEPARATORS = {",": "commas", ";": "semicolons", "|": "vertical bars"}
_QUOTED = re.compile(r'"[^"]*"')
_LISTED = re.compile(r"(\d+[.):]?|[-*•])\s")
_HEADING = re.compile(
    r'"?(id|title|town|имя|namen|nom|nombre|nome|(first|full|last|sur|vor)?[ _-]?names?)"?', re.I
)


def mistakes(corpus: Corpus) -> list[str]:
    """What `corpus` may hold that was not meant, or lacks; none where nothing is odd."""
    samples = corpus.samples[:: 1 + len(corpus.samples) // _LOOKED_AT]
    found = _table(samples) or _quoted(samples) or _heading(corpus.samples[0])
    return [line for line in (found, _listed(samples), _few(len(corpus.samples))) if line]


def copying(told: "Report") -> str | None:
    """A line for a network that mostly quotes its corpus, or None."""
    if told.share_new is None or told.share_new >= _FEW_NEW:
        return None
    return (
        f"only {told.share_new:.1%} of the drawn names are new, the others are copies from the "
        "corpus; add lines to it"
    )


def _table(samples: Sequence[str]) -> str | None:
    """Nearly every line is parted alike; what stands in quotation marks parts nothing."""
    bare = [_QUOTED.sub("", sample) for sample in samples]
    for separator, plural in _SEPARATORS.items():
        (number, lines), *_ = Counter(line.count(separator) for line in bare).most_common(1)
        if number and lines >= _NEARLY_ALL * len(samples):
            return (
                f"looks like a table of {number + 1} columns, and the style would learn the "
                f"{plural} between them too; if you do not mean that, keep one column"
            )
    return None


def _quoted(samples: Sequence[str]) -> str | None:
    if not _most(_QUOTED.fullmatch(sample) for sample in samples):
        return None
    return "nearly every line is in quotation marks, and the style would learn them too"


def _heading(first: str) -> str | None:
    if not _HEADING.fullmatch(first):
        return None
    return f"the first line, {first!r}, looks like a heading; take it out if it is no sample"


def _listed(samples: Sequence[str]) -> str | None:
    if not _most(_LISTED.match(sample) for sample in samples):
        return None
    return "nearly every line begins with a number or a bullet, and the style would learn those too"


def _few(samples: int) -> str | None:
    if samples >= _FEW:
        return None
    return f"only {samples} samples; a style has little to go by below {_FEW}, add lines if you can"


def _most(matches: Iterable[re.Match[str] | None]) -> bool:
    """Whether nearly all of `matches` are some."""
    found = [match is not None for match in matches]
    return sum(found) >= _NEARLY_ALL * len(found)
