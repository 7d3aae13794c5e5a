"""Spelling: a typed text in the characters of a style, as a person means it.

A beam search with the network finds the likeliest paths of a lattice (`lattice.py`). A text is
spelled as typed, unless another letter case is much more likely; else in that letter case, unless
other accents are much more likely still.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log
from weakref import WeakKeyDictionary

import numpy as np

from .artifact import END, START, Floats, Ids, Vocabulary
from .character_model import CharacterModel
from .draw import Probabilities, StepGenerator, probabilities, start_after
from .folding import clean
from .guided import estimate_share
from .lattice import OTHER_CASE, OTHER_LETTERS, TYPED, Lattice, Step, build_lattice
from .model_cache import ModelCache
from .request import Constraints, Request, capitalize
from .rollouts import draw_texts

_TOLERANCE = 4.0
"""A spelling is used unless a less faithful one is more likely by this many nats."""

_MAX_SEARCHED = 128
"""Characters of a text whose spelling the network chooses; the rest is spelled as typed."""

_BEAM_SIZE = 4
"""Paths that are searched further, and as many with the typed accents."""

_spelled = ModelCache[str](max_size=512)
"""Spellings of the prefixes that people ask for."""

_CONTEXTS = 16
"""Beginnings of names after which the spellings of a text inside them are tried."""


@dataclass(slots=True)
class Path:
    """A path to some position of the lattice, in C contexts.

    `score` is ln of the mean probability of `text` after the contexts, `log_p` [C] is that of each,
    up to a constant. `token` [C] and `state` [C, S] are what the network reads next. `end` is the
    probability that a name ends here; it is 0 until the network was asked.
    """

    text: str
    change: int
    score: float
    log_p: Probabilities
    token: Ids
    state: Floats
    end: float = 0.0


def search(
    model: CharacterModel, lattice: Lattice, length: int, first: Path, *, is_whole: bool = False
) -> StepGenerator[list[list[Path]]]:
    """Return the likeliest paths to each of the first `length` positions, from the path `first`.

    With `is_whole`, the paths have the probability of their `end`. Each position takes a step of
    the network with at most 9 rows for each context.
    """
    paths: list[list[Path]] = [[] for _ in range(len(lattice.steps) + 1)]
    paths[lattice.start] = [first]
    for position in range(lattice.start, length + is_whole):
        paths[position] = _prune(paths[position])
        steps = lattice.steps[position] if position < length else ()
        branches = [(path, steps) for path in paths[position]]
        is_first = is_whole
        while branches:
            following: list[tuple[Path, tuple[Step, ...]]] = []
            outputs = yield from _advance(model, [path for path, _ in branches])
            if is_first:
                ended = zip(paths[position], outputs, strict=True)
                paths[position] = [_with_end(path, log_p) for path, (log_p, _) in ended]
            for (path, open_steps), (log_p, state) in zip(branches, outputs, strict=True):
                for step, child in _extend(model.vocabulary, path, open_steps, log_p, state):
                    if len(step.text) == 1:
                        paths[step.end].append(child)
                    else:
                        rest = Step(step.end, step.text[1:], step.change)
                        following.append((child, (rest,)))
            branches, is_first = following, False
    for position in range(length, len(paths)):
        paths[position] = _prune(paths[position])
    return paths


def _advance(
    model: CharacterModel, paths: Sequence[Path]
) -> StepGenerator[list[tuple[Probabilities, Floats]]]:
    """Return ln p(next) [C, V] and the state [C, S] after each of `paths`."""
    token = np.concatenate([path.token for path in paths])
    logits, state = yield token, np.concatenate([path.state for path in paths])
    logits[token == START, END] = -np.inf
    log_p = np.log(probabilities(logits).clip(min=np.finfo(np.float64).tiny))
    contexts = len(paths[0].token)
    return [
        (log_p[i : i + contexts], state[i : i + contexts]) for i in range(0, len(token), contexts)
    ]


def _extend(
    vocabulary: Vocabulary,
    path: Path,
    steps: Sequence[Step],
    log_p: Probabilities,
    state: Floats,
) -> Iterator[tuple[Step, Path]]:
    """Yield `path`, longer by the first character of each of `steps`."""
    if not steps:
        return
    ids = np.array(vocabulary.encode("".join(step.text[0] for step in steps)))
    totals = path.log_p[:, None] + log_p[:, ids]  # [C, N]
    scores = np.logaddexp.reduce(totals, axis=0) - log(len(totals))
    for i in _best(steps, scores.tolist()):
        yield (
            steps[i],
            Path(
                path.text + steps[i].text[0],
                max(path.change, steps[i].change),
                float(scores[i]),
                totals[:, i],
                ids[i].repeat(len(totals)),
                state,
            ),
        )


def _best(steps: Sequence[Step], scores: Sequence[float]) -> list[int]:
    """Return the indices of the steps that `_prune` could keep, for each end."""
    if len(steps) <= _BEAM_SIZE:
        return list(range(len(steps)))
    counts, best = Counter[tuple[int, int]](), list[int]()
    for i in sorted(range(len(steps)), key=lambda i: -scores[i]):
        key = steps[i].end, steps[i].change
        counts[key] += 1
        if counts[key] <= _BEAM_SIZE:
            best.append(i)
    return best


def _with_end(path: Path, log_p: Probabilities) -> Path:
    end = float(np.exp(log_p[:, END]).mean())
    return Path(path.text, path.change, path.score, path.log_p, path.token, path.state, end)


def _prune(paths: Sequence[Path]) -> list[Path]:
    """Return the likeliest of `paths`: some of them as typed or in other cases."""
    limits = {TYPED: 1, OTHER_CASE: _BEAM_SIZE, OTHER_LETTERS: _BEAM_SIZE}
    kept: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: (-path.score, path.change)):
        if path.text in kept or not any(
            limits[change] for change in limits if change >= path.change
        ):
            continue
        kept[path.text] = path
        for change in limits:
            if change >= path.change:
                limits[change] = max(0, limits[change] - 1)
    return list(kept.values())


def choose(paths: Sequence[Path]) -> Path:
    """Return the most faithful of `paths` that isn't much less likely than another."""
    best = [
        max((path for path in paths if path.change <= change), key=lambda p: p.score, default=None)
        for change in (TYPED, OTHER_CASE, OTHER_LETTERS)
    ]
    most_likely = best[-1]
    assert most_likely  # noqa: S101  (there is at least one path)
    return next(path for path in best if path and path.score >= most_likely.score - _TOLERANCE)


def first_path(model: CharacterModel) -> Path:
    """Return the empty path, at the beginning of a name."""
    state = np.zeros((1, model.state_size), np.float32)
    return Path("", TYPED, 0.0, np.zeros(1), np.array([START]), state)


_MAX_SPELLINGS, _MAX_CACHED = 256, 100
_spellings: WeakKeyDictionary[CharacterModel, dict[str, str]] = WeakKeyDictionary()
"""Cached spellings of prefixes of up to 100 characters; many requests have the same prefix."""


def match_prefix(model: CharacterModel, prefix: str) -> StepGenerator[str]:
    """Return `prefix` as this style spells it.

    That is as typed, unless the style almost always uses another letter case, or other accents.
    Raises `RequestError` with the first character that the style doesn't use.
    """
    text = clean(prefix).lstrip()
    if not text:
        return ""
    cached = _spellings.setdefault(model, {})
    if (spelling := cached.get(text)) is None:
        spelling = yield from _spell_prefix(model, text)
        if len(cached) >= _MAX_SPELLINGS:
            cached.clear()
        if len(text) <= _MAX_CACHED:
            cached[text] = spelling
    return spelling


def _spell_prefix(model: CharacterModel, text: str) -> StepGenerator[str]:
    lattice = build_lattice(model, text)
    typed = lattice.typed()
    if not lattice.has_choices or (typed == text and model.in_corpus(text)):
        return typed
    if spelled := _spelled.get(model, text):
        return spelled
    length = min(_MAX_SEARCHED, len(lattice.steps))
    paths = yield from search(model, lattice, length, first_path(model))
    end = next(i for i in range(length, len(paths)) if paths[i])
    spelled = choose(paths[end]).text + lattice.typed(end)
    _spelled.store(model, text, spelled)
    return spelled


def match_suffix(
    model: CharacterModel, constraints: Constraints, suffix: str
) -> StepGenerator[str]:
    """Return `suffix` as this style spells it at the end of names; raises `RequestError`."""
    return _match_inside(model, constraints, clean(suffix).rstrip(), is_suffix=True)


def match_contains(
    model: CharacterModel, constraints: Constraints, text: str
) -> StepGenerator[str]:
    """Return `text` as this style spells it anywhere in names; raises `RequestError`."""
    return _match_inside(model, constraints, clean(text), is_suffix=False)


def _match_inside(
    model: CharacterModel, constraints: Constraints, text: str, *, is_suffix: bool
) -> StepGenerator[str]:
    """Return the spelling of `text` after the first letter of names.

    Lower case is used as typed, unless the style has other accents. Otherwise, the spellings are
    tried in order: as typed, lower case, the others. The first one that names don't have far less
    often than another is used.
    """
    if not text:
        return ""
    lattice = build_lattice(model, text)
    typed = lattice.typed()
    has_other_letters = lattice.has_other_letters()
    lower = text.lower()
    if not lattice.has_choices or (text == lower and not has_other_letters):
        return typed
    spellings = [typed]
    if text != lower:
        cases = (lower, capitalize(text), capitalize(lower), lower.title(), text.upper())
        spellings += [build_lattice(model, clean(case)).typed() for case in cases]
    if has_other_letters:
        spellings.append((yield from _choose_inside(model, lattice)))
    if len(set(spellings)) == 1:
        return typed
    bare = replace(constraints, prefix="", min_length=0, new_only=False, contains="", suffix="")
    shares: dict[str, float] = {}
    for spelling in dict.fromkeys(spellings):
        only = replace(bare, suffix=spelling) if is_suffix else replace(bare, contains=spelling)
        shares[spelling] = yield from estimate_share(model, only)
    min_share = max(shares.values()) * np.exp(-_TOLERANCE)
    return next(spelling for spelling, share in shares.items() if share >= min_share)


def _choose_inside(model: CharacterModel, lattice: Lattice) -> StepGenerator[str]:
    """Return the spelling after the beginnings of some names, which are always the same."""
    rng = np.random.default_rng(0)
    start = yield from start_after(model, "")
    drawn = yield from draw_texts(
        model.vocabulary, *start, _CONTEXTS, model.max_length, Request(), rng
    )
    beginnings = [text[: rng.integers(1, len(text) + 1)] for text in drawn] or [""]
    rows = [[START, *model.vocabulary.encode(text)] for text in beginnings]
    token = np.array([row[-1] for row in rows])
    state: Floats = np.zeros((len(rows), model.state_size), np.float32)
    for position in range(max(map(len, rows)) - 1):
        (active,) = np.nonzero([position < len(row) - 1 for row in rows])
        tokens = np.array([rows[i][position] for i in active])
        _, following = yield tokens, state[active]
        state[active] = following
    first = Path("", TYPED, 0.0, np.zeros(len(rows)), token, state)
    length = min(_MAX_SEARCHED, len(lattice.steps))
    paths = yield from search(model, lattice, length, first)
    end = next(i for i in range(length, len(paths)) if paths[i])
    return choose(paths[end]).text + lattice.typed(end)
