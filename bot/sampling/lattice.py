"""Lattice: the ways in which a style can spell a typed text.

Each typed character has some spellings: itself, its other letter case, the letters that fold to the
same (`folding.py`). Together they are a lattice from the beginning of the text to its end.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .artifact import Vocabulary
from .character_model import CharacterModel
from .folding import describe_character, fold, fold_case, fold_character, is_invisible, typed_forms
from .phrase import Phrase
from .request import RequestError

_MAX_TEXT = 500
"""Characters of a text, if the style's names aren't as long."""

_MAX_SHOWN = 100
"""Characters of the style that an error message lists."""

_MAX_SEGMENT = 4
"""Typed characters that one character of a style can stand for, such as ß for ss."""

_SIGNS = (7, 9)
"""Combining classes of Indic signs, nukta and virama: without them, a name is another one."""

TYPED, OTHER_CASE, OTHER_LETTERS = range(3)
"""How faithful a spelling is; a path is as faithful as its worst step."""


@dataclass(frozen=True)
class Step:
    """A `text` of the style's characters for the typed characters up to `end`."""

    end: int
    text: str
    change: int


@dataclass(frozen=True)
class Lattice:
    """The spellings of a typed text: `steps[i]` are those of what begins at its character i.

    Each position has at least one step, and one of them is `TYPED`; unless no path goes there.
    """

    steps: tuple[tuple[Step, ...], ...]
    skip: tuple[int, ...]
    """For each position, the next one whose character isn't dropped."""

    @property
    def start(self) -> int:
        """The first position with steps."""
        return self.skip[0]

    @property
    def has_choices(self) -> bool:
        """Whether there is more than one path."""
        return any(len(steps) > 1 for steps in self.steps)

    def has_other_letters(self) -> bool:
        """Whether paths differ in more than letter case."""
        return any(step.change == OTHER_LETTERS for steps in self.steps for step in steps)

    def reach(self, count: int) -> int:
        """Return the last position that a path of at most `count` characters reaches."""
        shortest = {self.start: 0}
        for position in range(self.start, len(self.steps)):
            for step in self.steps[position] if shortest.get(position, count) < count else ():
                length = shortest[position] + len(step.text)
                shortest[step.end] = min(length, shortest.get(step.end, length))
        return max(end for end, length in shortest.items() if length <= count)

    def typed(self, start: int | None = None) -> str:
        """Return the most faithful path from a position, by default the first."""
        text, position = "", self.start if start is None else start
        while position < len(self.steps):
            step = next(step for step in self.steps[position] if step.change == TYPED)
            text += step.text
            position = step.end
        return text


@dataclass(frozen=True, eq=False)
class _Letters:
    """A style's characters by what people type for them.

    `beginnings` are those of the forms of more than one letter, from two letters on.
    """

    vocabulary: Vocabulary
    forms: dict[str, list[str]]
    beginnings: frozenset[str]


@lru_cache(maxsize=128)
def index_letters(vocabulary: Vocabulary) -> _Letters:
    """Return the style's characters by what people type; the first call takes the time."""
    forms: dict[str, list[str]] = {}
    for character in vocabulary.characters:
        for form in typed_forms(character):
            forms.setdefault(form, []).append(character)
    beginnings = (form[:end] for form in forms for end in range(2, len(form) + 1))
    return _Letters(vocabulary, forms, frozenset(beginnings))


def build_lattice(model: CharacterModel, text: str) -> Lattice:
    """Return the spellings of `text`, which is clean; raises `RequestError`."""
    can_spell, limit = model.vocabulary.can_spell, max(_MAX_TEXT, 3 * model.max_length)
    text = "".join(c for c in text if can_spell(c) or not is_invisible(c))
    if len(text) > limit:
        raise RequestError(
            "{} has {} characters, but {}. Try a shorter prefix.",
            text[:_MAX_SHOWN] + "…",
            len(text),
            Phrase("names in this style have at most {}", model.max_length),
        )
    lattice = partial_lattice(model.vocabulary, text)
    length = len(lattice.steps)
    if length < len(text):
        raise _unknown_character(text[length], model.vocabulary)
    return lattice


def partial_lattice(vocabulary: Vocabulary, text: str) -> Lattice:
    """Return the spellings of the longest beginning of `text` that the style can spell."""
    letters, skip = index_letters(vocabulary), _skipped(vocabulary, text)
    found = [_steps_at(letters, text, i) for i in range(len(text))]
    reachable = {skip[0]}
    for i, steps in enumerate(found):
        if i in reachable:
            reachable.update(skip[i + step.end] for step in steps)
    length = max(reachable)
    alive = {length}
    kept: list[tuple[Step, ...]] = [()] * length
    for i in range(length - 1, -1, -1):
        ends = (Step(skip[i + step.end], step.text, step.change) for step in found[i])
        kept[i] = _with_typed([step for step in ends if step.end in alive])
        if kept[i]:
            alive.add(i)
    return Lattice(tuple(kept), tuple(skip[: length + 1]))


def _with_typed(steps: list[Step]) -> tuple[Step, ...]:
    """Return `steps`, most faithful first; the first one counts as typed."""
    if not steps or any(step.change == TYPED for step in steps):
        return tuple(steps)
    return (Step(steps[0].end, steps[0].text, TYPED), *steps[1:])


def _skipped(vocabulary: Vocabulary, text: str) -> list[int]:
    """Return, for each position of `text`, the next one whose character the style needs."""
    skip = [len(text)] * (len(text) + 1)
    for i in range(len(text) - 1, -1, -1):
        is_dropped = not fold(text[i]) and not vocabulary.can_spell(text[i])
        skip[i] = skip[i + 1] if is_dropped else i
    return skip


def _steps_at(letters: _Letters, text: str, position: int) -> tuple[Step, ...]:
    """Return the steps from a position of `text`; their ends are relative to it."""
    form, end = fold_character(text[position]), position + 1
    around = text[position - 1 : position] + text[position + 1 : position + 2]
    is_among_capitals = len(form) > 1 and any(map(str.isupper, around))
    while end < min(len(text), position + _MAX_SEGMENT):
        following = fold_character(text[end])
        is_sign = unicodedata.combining(text[end]) in _SIGNS
        if is_sign and letters.vocabulary.can_spell(text[end]):
            break
        if following and form + following not in letters.beginnings:
            break
        form, end = form + following, end + 1
    return _steps(letters, text[position:end], is_among_capitals=is_among_capitals)


@lru_cache(maxsize=16_384)
def _steps(letters: _Letters, text: str, *, is_among_capitals: bool) -> tuple[Step, ...]:
    """Return the steps from the beginning of `text`, most faithful first.

    `is_among_capitals` says how to capitalize Æ in a style without it.
    """
    form, found = "", dict[tuple[int, str], tuple[object, ...]]()
    for end in range(1, len(text) + 1):
        form += fold(text[end - 1])
        for spelled in _meant(letters.forms.get(form, []), text[:end], form):
            found[end, spelled] = _rank(text[:end], spelled)
    if letters.vocabulary.can_spell(text[:1]):
        found[1, text[:1]] = _rank(text[:1], text[:1])
    several = _letter_by_letter(letters.forms, text[0], is_among_capitals=is_among_capitals)
    for i, spelled in enumerate(several):
        found.setdefault((1, spelled), (*_rank(text[:1], spelled)[:2], False, True, i, spelled))
    ranked = sorted(found, key=found.__getitem__)
    return tuple(_faithfulness(text, ranked))


def _meant(candidates: list[str], typed: str, form: str) -> list[str]:
    """Return the candidates, whose form is `form`, without other accents than those typed."""
    case = fold_case(typed)
    if case == form:
        return candidates
    meant = [each for each in candidates if fold_case(each) in (case, fold_character(each))]
    return meant or candidates


def _rank(typed: str, spelled: str) -> tuple[object, ...]:
    """Return a sort key: what keeps the typed letter case and accents comes first."""
    return (
        spelled != typed,
        spelled[0].isupper() != typed[0].isupper(),
        fold_case(spelled) != fold_case(typed),
        len(typed) > 1,
        0,
        spelled,
    )


def _letter_by_letter(
    forms: dict[str, list[str]], character: str, *, is_among_capitals: bool
) -> Iterator[str]:
    """Yield the spellings of a letter as the several that people type for it, such as ss for ß."""
    form = fold(character)
    if len(form) < 2 or not all(letter in forms for letter in form):
        return
    lower, upper = (
        "".join(_letter(forms[letter], letter, is_upper=is_upper) for letter in form)
        for is_upper in (False, True)
    )
    title = upper[0] + lower[1:]
    if not (character.isupper() or character.istitle()):
        yield from dict.fromkeys((lower, title, upper))
    elif is_among_capitals:
        yield from dict.fromkeys((upper, title, lower))
    else:
        yield from dict.fromkeys((title, upper, lower))


def _letter(candidates: list[str], form: str, *, is_upper: bool) -> str:
    """Return the candidate of that letter case, and without accents, if there is one."""
    return min(candidates, key=lambda each: (each.isupper() != is_upper, fold_case(each) != form))


def _faithfulness(text: str, ranked: Sequence[tuple[int, str]]) -> Iterator[Step]:
    """Yield the `ranked` spellings as steps."""
    first = next(((end, spelled) for end, spelled in ranked if end == 1), None)
    for end, spelled in ranked:
        typed, case = text[:end], fold_case(spelled)
        if (end, spelled) == first:
            yield Step(end, spelled, TYPED)
        elif case == fold_case(typed) or (first and end == 1 and case == fold_case(first[1])):
            yield Step(end, spelled, OTHER_CASE)
        else:
            yield Step(end, spelled, OTHER_LETTERS)


def nearest(vocabulary: Vocabulary, character: str) -> str | None:
    """Return the one character of a style that is most like `character`, None if there is none."""
    steps = _steps(index_letters(vocabulary), character, is_among_capitals=False)
    return steps[0].text[0] if steps else None


def _unknown_character(character: str, vocabulary: Vocabulary) -> RequestError:
    shown, known = describe_character(character), vocabulary.characters
    if len(known) <= _MAX_SHOWN:
        return RequestError("This style doesn't use the character {}. It uses: {}.", shown, known)
    return RequestError(
        "This style doesn't use the character {}. It uses: {} and {} more.",
        shown,
        known[:_MAX_SHOWN],
        len(known) - _MAX_SHOWN,
    )
