"""Request: the options of one query, the constraints that names must meet, and the error.

A text inside a name is matched as it is spelled, and also with a capital where it begins the name:
“Annabel” contains “ann”, and the whole name “Ann” ends with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .phrase import Phrase, Value

MAX_EXCLUDED = 100
"""Names that a request may exclude."""


class RequestError(ValueError):
    """The request can't be met; the message is one line for the user.

    `template` has a `{}` for each of `values`; see `Phrase`. Code that shows the message
    translates it, and escapes untrusted text for its medium.
    """

    def __init__(self, template: str, *values: Value) -> None:
        self.phrase = Phrase(template, *values)
        super().__init__(self.phrase.render(lambda text: f"“{text}”"))

    def copy(self) -> "RequestError":
        """Return the same error without a traceback, which would hold the engine."""
        return RequestError(self.phrase.template, *self.phrase.values)


def all_blocked_error() -> RequestError:
    """Return the error if no name that fits is allowed, or if the real one quotes a blocked one."""
    return RequestError("Every name that fits contains a blocked word. Try something else.")


def hide_blocked(error: RequestError, is_allowed: Callable[[str], bool] | None) -> RequestError:
    """Return `error`, or `all_blocked_error` if it quotes a text that is not allowed."""
    if is_allowed is None or all(map(is_allowed, error.phrase.quoted())):
        return error
    return all_blocked_error()


@dataclass(frozen=True)
class Request:
    """A query for names; every name of the answer meets all of it.

    `prefix`, `suffix` and `contains` are matched in the spelling of the style; they may overlap in
    a name. `temperature` divides the logits; `top_p` is the probability mass of the nucleus (1: no
    cut). Lengths are in characters and inclusive (`max_length` None: the corpus's longest sample).
    `new_only` excludes samples of the corpus, `exclude` up to `MAX_EXCLUDED` names in any letter
    case. `is_allowed` is called once for each name that meets everything else. The same `seed`
    gives the same names. Raises `ValueError` for invalid values.
    """

    prefix: str = ""
    count: int = 5
    temperature: float = 1.0
    top_p: float = 1.0
    max_length: int | None = None
    seed: int | None = None
    suffix: str = ""
    contains: str = ""
    min_length: int = 0
    new_only: bool = False
    exclude: frozenset[str] = frozenset()
    is_allowed: Callable[[str], bool] | None = None

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"count is {self.count}; it must be at least 1")
        if not 0 < self.temperature < float("inf"):
            raise ValueError(f"temperature is {self.temperature}; it must be above 0")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p is {self.top_p}; it must be above 0 and at most 1")
        if self.min_length < 0:
            raise ValueError(f"min_length is {self.min_length}; it must be at least 0")
        if self.max_length is not None and self.max_length < 1:
            raise ValueError(f"max_length is {self.max_length}; it must be at least 1")
        check_excluded(self.exclude)


def check_excluded(names: frozenset[str]) -> None:
    """Raise `ValueError` if `names` are more than `MAX_EXCLUDED`."""
    if len(names) > MAX_EXCLUDED:
        raise ValueError(f"{len(names)} names are excluded; at most {MAX_EXCLUDED} can be")


@dataclass(frozen=True)
class Constraints:
    """The conditions that names must meet; the texts are in the spelling of the style.

    The texts may overlap in a name. Lengths are in characters and inclusive. `excluded` are names
    with their case folded. `is_allowed` is separate from the other conditions, because it is called
    for few names.
    """

    prefix: str
    contains: str
    suffix: str
    min_length: int
    max_length: int
    new_only: bool
    are_in_corpus: Callable[[Sequence[str]], Sequence[bool]]
    is_allowed: Callable[[str], bool] | None = None
    excluded: frozenset[str] = frozenset()
    is_max_set: bool = False
    """Whether the user set `max_length`; otherwise it is the style's own maximum."""

    @property
    def has_shape(self) -> bool:
        """Whether a text or a minimum length can make names rare."""
        return bool(self.suffix or self.contains or self.min_length)

    def fit(self, names: Sequence[str]) -> list[bool]:
        """Return whether each of `names` meets the conditions, allowed or not."""
        excluded = self.are_excluded(names)
        return [not out and self.has_form(name) for name, out in zip(names, excluded, strict=True)]

    def has_form(self, name: str) -> bool:
        """Whether `name` meets the conditions of length and text."""
        return (
            self.min_length <= len(name) <= self.max_length
            and name.startswith(self.prefix)
            and has_suffix(name, self.suffix)
            and has_text(name, self.contains)
        )

    def are_excluded(self, names: Sequence[str]) -> list[bool]:
        """Return whether each of `names` is an excluded one, or must be new and isn't."""
        known = self.are_in_corpus(names) if self.new_only else [False] * len(names)
        if not self.excluded:
            return list(known)
        return [
            is_known or name.casefold() in self.excluded
            for name, is_known in zip(names, known, strict=True)
        ]

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
    """Return `text` with a capital first letter, if there is one; the rest stays as it is."""
    capital = text[:1].upper()
    return text if len(capital) > 1 else capital + text[1:]


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


def describe(constraints: Constraints) -> tuple[Phrase, ...]:
    """Return the conditions, each as the end of a sentence about a name."""
    clauses = []
    if constraints.prefix:
        clauses.append(Phrase("begins with {}", constraints.prefix))
    if constraints.contains:
        clauses.append(Phrase("contains {}", constraints.contains))
    if constraints.suffix:
        clauses.append(Phrase("ends with {}", constraints.suffix))
    if constraints.min_length:
        clauses.append(Phrase("has at least {} characters", constraints.min_length))
    if constraints.is_max_set:
        clauses.append(Phrase("has at most {} characters", constraints.max_length))
    if constraints.new_only:
        clauses.append(Phrase("is new"))
    if constraints.excluded:
        clauses.append(Phrase("isn't shown already"))
    return tuple(clauses)


def check_lengths(constraints: Constraints) -> None:
    """Raise `RequestError` if the texts can't fit between the minimum and maximum length."""
    max_length = constraints.max_length
    limit = Phrase("names in this style have at most {}", max_length)
    if constraints.is_max_set:
        limit = Phrase("you allow at most {}", max_length)
    if constraints.min_length > max_length:
        raise RequestError(
            "You want names of at least {} characters, but {}. Try a smaller minimum.",
            constraints.min_length,
            limit,
        )
    if len(constraints.prefix) > max_length:
        raise long_prefix_error(constraints.prefix, limit)
    if not (constraints.contains or constraints.suffix):
        return
    texts = replace(
        constraints, min_length=0, is_max_set=False, new_only=False, excluded=frozenset()
    )
    pairs = (
        (replace(texts, suffix=""), texts.prefix, texts.contains),
        (replace(texts, contains=""), texts.prefix, texts.suffix),
        (replace(texts, prefix=""), texts.contains, texts.suffix),
    )
    for pair, first, second in pairs:
        shortest = len(first) + len(continuations(first, second)[0])
        is_inside = pair.contains and has_text(pair.prefix or pair.suffix, pair.contains)
        if shortest > max_length and not is_inside:
            raise RequestError(
                "A name that {} has at least {} characters, but {}. Try a shorter text.",
                describe(pair),
                shortest,
                limit,
            )


def long_prefix_error(prefix: str, limit: Phrase) -> RequestError:
    """Return the error for a prefix over `limit`, such as “you allow at most 5”."""
    return RequestError(
        "{} has {} characters, but {}. Try a shorter prefix.", prefix, len(prefix), limit
    )
