"""Guided sampling: draw names that meet rare conditions, as often as the model means them.

Plain draws would need thousands of tries until a name ends with “beth”. Instead, the suffix is
appended to many prefixes y, each of which the model reaches with probability p(y). The name
y + suffix then has the probability p(y)·p(suffix, end | y), and the answer is chosen by these
weights (sampling-importance-resampling: Rubin 1987). A text inside names is inserted in the same
way at every position where it can occur first, and the rest of the name is free. Rare lengths need
no text. More prefixes are drawn until their weights are worth enough plain draws.

The tree of all prefixes is infinite, so it is grown with few branches. A branch with a probability
below some level is dropped, or raised to that level, at random and so that its mean stays right
(rejection control: Liu, Chen and Wong 1998; drawn systematically: Kitagawa 1996). Likely branches
always stay, with their exact probability.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from .artifact import END, Floats
from .character_model import CharacterModel
from .draw import Probabilities, StepGenerator, probabilities, start_after
from .near_duplicates import MAX_CANDIDATES, DistinctNames
from .request import Constraints, Request, all_blocked_error, continuations, has_text

MAX_TRIES = 50_000
"""A request is refused if fewer than one name in this many fits."""

MAX_CHARACTERS = 1_000_000
"""Drawn characters after which the names found so far are the answer."""

MAX_STEP_ROWS = 30_000
"""Rows of the network after which no search begins and the names found so far are the answer; about
half a second of CPU time. Counted, not timed, so that a seed gives the same names everywhere."""

_FIRST_WIDTH, _GROWTH = 256, 4
MAX_NUMBERS = 2**20
"""Limit of rows x the vocabulary's or the state's size in one step, to bound the memory."""

_MAX_INSERTED, _MAX_INSERTED_NUMBERS = 2**16, 2**25
"""Prefixes stored with their states while a text is inserted at each position, and their numbers:
each has those of the vocabulary's and the state's size."""

_MIN_EFFECTIVE = 64
"""The weights must be worth this many plain draws, or four times the number of names."""

_MIN_TRIES = 5_000
"""Tries before the weights may end the search."""

_MIN_TOTAL = 1.0
"""Names that plain draws would give in as many tries. With fewer, a likely name may still be
missing, and the weights wouldn't show it."""

_ESTIMATE_WIDTH = 32

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Prefixes:
    """K prefixes of names, and the distribution of the next character after each.

    `mass` float64 [K] is the probability of reaching the prefix: exact where `is_exact` (bool [K]),
    right on average elsewhere. `p_next` float64 [K, V], `state` float32 [K, S].
    """

    texts: list[str]
    mass: Probabilities
    is_exact: npt.NDArray[np.bool_]
    p_next: Probabilities
    state: Floats

    def select(self, rows: Rows) -> "Prefixes":
        """Return the prefixes at `rows`."""
        texts = [self.texts[row] for row in rows]
        return Prefixes(
            texts, self.mass[rows], self.is_exact[rows], self.p_next[rows], self.state[rows]
        )


@dataclass
class WeightedSample:
    """Chooses up to `size` of the added names that are allowed, by weight, without replacement.

    Names that differ from those of more weight, and from `excluded`, come first. Each weight gets a
    key, ln(weight) + Gumbel noise, and the largest keys win (Efraimidis and
    Spirakis 2006). A name that is added again has its larger key, as if the weights were added.
    """

    size: int
    rng: "np.random.Generator"
    is_allowed: Callable[[str], bool] | None = None
    excluded: frozenset[str] = frozenset()
    total: float = 0.0
    squares: float = 0.0
    _keys: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, weight: float, *, is_exact: bool) -> None:
        """Add `name`; `is_exact` says that every search gives it the same weight."""
        self.total += weight
        if not is_exact:
            self.squares += weight**2
        key = math.log(weight) + self.rng.gumbel()
        self._keys[name] = max(key, self._keys.get(name, key))
        if len(self._keys) > MAX_CANDIDATES * self.size + 1_000:
            largest = islice(self._allowed(), MAX_CANDIDATES * self.size)
            self._keys = {name: self._keys[name] for name in largest}

    def choose(self) -> list[str]:
        """Return the names with the largest keys, largest first; near-duplicates come last."""
        names = DistinctNames(self.size, self.excluded)
        for name in islice(self._allowed(), MAX_CANDIDATES * self.size):
            names.add(name)
            if names.is_full:
                break
        return names.choose()

    def _allowed(self) -> Iterator[str]:
        """Yield the names that are allowed, largest key first."""
        ranked = sorted(self._keys, key=self._keys.__getitem__, reverse=True)
        yield from ranked if self.is_allowed is None else filter(self.is_allowed, ranked)

    @property
    def effective_size(self) -> float:
        """How many plain draws the weights are worth (Kong 1992), not counting exact ones."""
        if self.squares:
            return self.total**2 / self.squares
        return math.inf if self.total else 0.0

    def is_surely_below(self, total: float) -> bool:
        """Whether there are weights, but their total is three standard errors below `total`."""
        return 0 < self.total + 3 * math.sqrt(self.squares) < total


@dataclass(frozen=True)
class GuidedSampler:
    """Draws names that meet `constraints`; appends `text` to prefixes, or inserts it."""

    model: CharacterModel
    constraints: Constraints
    text: str
    is_inserted: bool
    request: Request
    rng: "np.random.Generator"

    def names(self, start: tuple[Floats, Floats]) -> StepGenerator[tuple[list[str], int]]:
        """Return up to `count` names, and the number of tries.

        `start` is the logits [1, V] and state [1, S] after the prefix of the constraints. There are
        no names if fewer than one in `MAX_TRIES` meets the constraints, or if names are so long
        that none was found. Raises `RequestError` if names fit but none of them is allowed.
        """
        constraints = self.constraints
        sample = WeightedSample(
            self.request.count, self.rng, constraints.is_allowed, constraints.excluded
        )
        tries, rows, width = 0, 0, _FIRST_WIDTH
        max_length = constraints.max_length - len(constraints.prefix)
        max_tries = min(MAX_TRIES, MAX_CHARACTERS // max(1, max_length))
        max_rows = max_tries // 2
        if self.is_inserted:
            numbers = start[0].size + start[1].size
            max_rows = min(_MAX_INSERTED, _MAX_INSERTED_NUMBERS // numbers) // max(1, max_length)
        max_width = max(1, min(max_rows, MAX_NUMBERS // max(start[0].size, start[1].size)))
        while tries < max_tries and rows < MAX_STEP_ROWS and not self._is_done(sample):
            if rows:  # a search takes about as many rows for each of its width as those before
                width = min(width, (MAX_STEP_ROWS - rows) * tries // rows + 1)
            width = min(width, max_width, max_tries - tries)
            rows += yield from _count_rows(self.add_names(sample, start, width))
            tries += width
            width *= _GROWTH
            if tries >= _MIN_TRIES and sample.is_surely_below(tries / MAX_TRIES):
                return [], MAX_TRIES
            if tries >= _MIN_TRIES and sample.total >= _MIN_TOTAL and not sample.choose():
                break
        if sample.total * MAX_TRIES < tries:
            return [], tries
        names = sample.choose()
        if sample.total and not names:
            raise all_blocked_error()
        return names, tries

    def _is_done(self, sample: WeightedSample) -> bool:
        """Whether the choice from `sample` is close enough to the model's own distribution."""
        count = self.request.count
        min_effective = max(_MIN_EFFECTIVE, 4 * count)
        is_enough = sample.total >= _MIN_TOTAL and sample.effective_size >= min_effective
        return is_enough and len(sample.choose()) == count

    def add_names(
        self, sample: WeightedSample, start: tuple[Floats, Floats], width: int
    ) -> StepGenerator[None]:
        """Grow one tree of about `width` prefixes a length; add its names, weighted `width` · p."""
        root = _root(self.constraints.prefix, start, self.request)
        if not self.is_inserted:
            yield from self._grow(root, width, sample)
            return
        inserted = _join((yield from self._grow(root, width, None)))
        if inserted.texts:
            yield from replace(self, text="", is_inserted=False)._grow(inserted, width, sample)

    def _grow(
        self, prefixes: Prefixes, width: int, sample: WeightedSample | None
    ) -> StepGenerator[list[Prefixes]]:
        """Append the text to `prefixes` and to all that follow them.

        Add the results to `sample` as names; without a sample, return them as prefixes.
        """
        level = prefixes.mass.sum() / width
        results = []
        while prefixes.texts:
            appended = yield from self._append_text(prefixes)
            if sample is None:
                results.append(appended)
            else:
                _add_ended(sample, appended, width)
            lengths = np.array([len(text) + len(self.text) for text in prefixes.texts])
            prefixes = prefixes.select(np.flatnonzero(lengths < self.constraints.max_length))
            mass = prefixes.mass[:, None] * prefixes.p_next  # [K, V]
            mass[:, END] = 0
            if lengths.min() < self.constraints.min_length:
                level = min(level, mass.sum() / width)  # 1 - p(end) could round to 0
            prefixes = yield from _extend(self.model, prefixes, mass, level, self.request, self.rng)
        return results

    def _append_text(self, prefixes: Prefixes) -> StepGenerator[Prefixes]:
        """Return `prefixes` with the text appended, where the result meets the constraints."""
        rests = [self.text]
        if prefixes.texts == [self.constraints.prefix]:
            can_spell = self.model.vocabulary.can_spell
            rests = list(filter(can_spell, continuations(prefixes.texts[0], self.text)))
        results = []
        for rest in rests:
            fits = self._fit([text + rest for text in prefixes.texts])
            fitting = prefixes.select(np.flatnonzero(fits))
            appended = yield from _append(self.model, fitting, rest, self.request, self.rng)
            results.append(appended)
        return _join(results)

    def _fit(self, names: list[str]) -> list[bool]:
        """Return whether each name fits; if it will go on, whether it has just got the text."""
        if not self.is_inserted:
            return self.constraints.fit(names)
        contains, max_length = self.constraints.contains, self.constraints.max_length
        return [len(name) <= max_length and not has_text(name[:-1], contains) for name in names]


def _count_rows(steps: StepGenerator[None]) -> StepGenerator[int]:
    """Take `steps`; return how many rows they have, all together."""
    rows = 0
    try:
        inputs = next(steps)
        while True:
            rows += len(inputs[0])
            inputs = steps.send((yield inputs))
    except StopIteration:
        return rows


def estimate_share(model: CharacterModel, constraints: Constraints) -> StepGenerator[float]:
    """Return about which share of the style's names meets a suffix or a contained text.

    The same constraints always give the same result.
    """
    request, rng = Request(), np.random.default_rng(0)
    text, is_inserted = constraints.suffix or constraints.contains, not constraints.suffix
    start = yield from start_after(model, "")
    sample = WeightedSample(1, rng)
    sampler = GuidedSampler(model, constraints, text, is_inserted, request, rng)
    yield from sampler.add_names(sample, start, _ESTIMATE_WIDTH)
    return sample.total / _ESTIMATE_WIDTH


def _root(text: str, start: tuple[Floats, Floats], request: Request) -> Prefixes:
    """Return the one prefix `text`, with `start` as the output after it."""
    logits, state = start
    p_next = probabilities(logits, request.temperature, request.top_p)
    return Prefixes([text], np.ones(1), np.ones(1, np.bool_), p_next, state)


def _join(parts: list[Prefixes]) -> Prefixes:
    """Concatenate `parts`, of which there is at least one."""
    return Prefixes(
        [text for part in parts for text in part.texts],
        np.concatenate([part.mass for part in parts]),
        np.concatenate([part.is_exact for part in parts]),
        np.concatenate([part.p_next for part in parts]),
        np.concatenate([part.state for part in parts]),
    )


def _extend(
    model: CharacterModel,
    prefixes: Prefixes,
    mass: Probabilities,
    level: float,
    request: Request,
    rng: "np.random.Generator",
) -> StepGenerator[Prefixes]:
    """Return `prefixes` one character longer: all with mass above `level`, some of the others.

    `mass` [K, V] is the probability of each prefix with each next character.
    """
    rows, thinned = thin(mass.ravel(), level, rng)
    parents, tokens = np.divmod(rows, prefixes.p_next.shape[1])
    is_exact = prefixes.is_exact[parents] & (thinned <= mass.ravel()[rows])
    entries = model.vocabulary.entries
    texts = [prefixes.texts[i] + entries[t] for i, t in zip(parents, tokens, strict=True)]
    if not texts:
        return Prefixes(texts, thinned, is_exact, prefixes.p_next[:0], prefixes.state[:0])
    logits, state = yield tokens, prefixes.state[parents]
    p_next = probabilities(logits, request.temperature, request.top_p)
    return Prefixes(texts, thinned, is_exact, p_next, state)


def _append(
    model: CharacterModel,
    prefixes: Prefixes,
    text: str,
    request: Request,
    rng: "np.random.Generator",
) -> StepGenerator[Prefixes]:
    """Return `prefixes` with `text` appended; drop most of those where it is unlikely."""
    for character, token in zip(text, model.vocabulary.encode(text), strict=True):
        mass = prefixes.mass * prefixes.p_next[:, token]  # [K]
        if not mass.any():
            return prefixes.select(np.flatnonzero(mass))
        rows, thinned = thin(mass, float(mass.mean()), rng)
        is_exact = prefixes.is_exact[rows] & (thinned <= mass[rows])
        logits, state = yield np.full(rows.size, token), prefixes.state[rows]
        p_next = probabilities(logits, request.temperature, request.top_p)
        texts = [prefixes.texts[row] + character for row in rows]
        prefixes = Prefixes(texts, thinned, is_exact, p_next, state)
    return prefixes


def thin(
    mass: Probabilities, level: float, rng: "np.random.Generator"
) -> tuple[Rows, Probabilities]:
    """Return the rows that stay, and their mass, which is at least `level`."""
    if not mass.any():
        return np.flatnonzero(mass), mass[:0]
    is_small = mass < level
    marks = np.floor(np.cumsum(np.where(is_small, mass / level, 0)) + rng.random())
    rows = np.flatnonzero(np.where(is_small, np.diff(marks, prepend=0) > 0, mass > 0))
    return rows, mass[rows].clip(min=level)


def _add_ended(sample: WeightedSample, prefixes: Prefixes, width: int) -> None:
    """Add `prefixes` to `sample` as names that end there."""
    weights = width * prefixes.mass * prefixes.p_next[:, END]
    for name, weight, is_exact in zip(prefixes.texts, weights, prefixes.is_exact, strict=True):
        if weight:
            sample.add(name, float(weight), is_exact=bool(is_exact))
