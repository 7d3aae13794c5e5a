"""Constraints: the conditions of a request in the spelling of the style, and whether a name fits.

A text inside a name is matched as it is spelled, and also with a capital where it begins the name:
“Annabel” contains “ann”, and the whole name “Ann” ends with it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from .request import RequestError


@dataclass(frozen=True)
class Constraints:
    """The conditions that names must meet; the texts are in the spelling of the style.

    The texts may overlap in a name. Lengths are in characters and inclusive. `is_allowed` is
    separate from the other conditions, because it is called for few names.
    """

    prefix: str
    contains: str
    suffix: str
    min_length: int
    max_length: int
    new_only: bool
    in_corpus: Callable[[str], bool]
    is_allowed: Callable[[str], bool] | None = None
    is_max_set: bool = False
    """Whether the user set `max_length`; otherwise it is the style's own maximum."""

    def fits(self, name: str) -> bool:
        """Whether `name` meets the conditions, allowed or not."""
        return (
            self.min_length <= len(name) <= self.max_length
            and name.startswith(self.prefix)
            and has_suffix(name, self.suffix)
            and has_text(name, self.contains)
            and not (self.new_only and self.in_corpus(name))
        )

    def allows(self, name: str) -> bool:
        """Whether `name` is allowed to be shown."""
        return self.is_allowed is None or self.is_allowed(name)


def has_suffix(name: str, suffix: str) -> bool:
    """Whether `name` ends with `suffix`, or is `suffix` with a capital."""
    return name.endswith(suffix) or name == capitalize(suffix)


def has_text(name: str, text: str) -> bool:
    """Whether `text` is in `name`, or begins it with a capital."""
    return text in name or name.startswith(capitalize(text))


def capitalize(text: str) -> str:
    """Return `text` with a capital first letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def continuations(prefix: str, text: str) -> list[str]:
    """Return every string that makes `prefix` end with `text`, shortest first.

    That is `text`, or its rest where `prefix` ends with the first part of it, or its rest where
    `prefix` is the first part of it with a capital.
    """
    overlaps = range(min(len(prefix), len(text)), -1, -1)
    rests = [text[k:] for k in overlaps if prefix.endswith(text[:k])]
    if capitalize(text).startswith(prefix):
        rests.append(capitalize(text)[len(prefix) :])
    return sorted(dict.fromkeys(rests), key=len)


def describe(constraints: Constraints) -> tuple[str, list[str]]:
    """Return the conditions as the end of a sentence about a name, and the texts that it quotes.

    The sentence has a `{}` for each text.
    """
    texts = (
        ("begins with {}", constraints.prefix),
        ("contains {}", constraints.contains),
        ("ends with {}", constraints.suffix),
    )
    clauses = [clause for clause, text in texts if text]
    if constraints.min_length:
        clauses.append(f"has at least {constraints.min_length} characters")
    if constraints.is_max_set:
        clauses.append(f"has at most {constraints.max_length} characters")
    if constraints.new_only:
        clauses.append("is new")
    *first, last = clauses or ["is complete"]
    sentence = f"{', '.join(first)} and {last}" if first else last
    return sentence, [text for _, text in texts if text]


def check_lengths(constraints: Constraints) -> None:
    """Raise `RequestError` if the texts can't fit between the minimum and maximum length."""
    max_length = constraints.max_length
    limit = f"names in this style have at most {max_length}"
    if constraints.is_max_set:
        limit = f"you allow at most {max_length}"
    if constraints.min_length > max_length:
        raise RequestError(
            f"You want names of at least {constraints.min_length} characters, but {limit}. "
            "Try a smaller minimum."
        )
    if len(constraints.prefix) > max_length:
        raise long_prefix_error(constraints.prefix, limit)
    texts = replace(constraints, min_length=0, is_max_set=False, new_only=False)
    pairs = (
        (replace(texts, suffix=""), texts.prefix, texts.contains),
        (replace(texts, contains=""), texts.prefix, texts.suffix),
        (replace(texts, prefix=""), texts.contains, texts.suffix),
    )
    for pair, first, second in pairs:
        shortest = len(first) + len(continuations(first, second)[0])
        is_inside = pair.contains and has_text(pair.prefix or pair.suffix, pair.contains)
        if shortest > max_length and not is_inside:
            sentence, values = describe(pair)
            raise RequestError(
                f"A name that {sentence} has at least {shortest} characters, but {limit}. "
                "Try a shorter text.",
                *values,
            )


def long_prefix_error(prefix: str, limit: str) -> RequestError:
    """Return the error for a prefix over `limit`, such as “you allow at most 5”."""
    return RequestError(
        f"{{}} has {len(prefix)} characters, but {limit}. Try a shorter prefix.", prefix
    )
