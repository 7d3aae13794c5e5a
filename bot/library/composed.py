"""Generators made of the engines of other styles, cached until one of those engines is freed."""

import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

from ..sampling import Artifact, Engine, NameGenerator, RequestError
from ..sampling.mix import MixedModel, Part
from .mix_text import WeightedStyle

_Key = tuple[str, tuple[int, ...]]
"""The canonical text, and the ids of the parts: guilds can have different styles of one name."""


class ComposedCache:
    """Up to `max_generators` generators, least recently used evicted first.

    A generator is dropped as soon as the engine of one of its parts is freed. So that this can
    happen, a generator must not refer to these engines: it takes what it needs of them, such as
    their artifacts, or asks the library for them at each request.
    """

    def __init__(self, max_generators: int = 64) -> None:
        self._max_generators = max_generators
        self._cached: OrderedDict[_Key, tuple[NameGenerator, list[weakref.ref[NameGenerator]]]]
        self._cached = OrderedDict()

    def __len__(self) -> int:
        return len(self._cached)

    def get(
        self, text: str, parts: Sequence[NameGenerator], build: Callable[[], NameGenerator]
    ) -> NameGenerator:
        """Return the generator of the canonical `text`, made of `parts`; if needed, `build` it."""
        key = (text, tuple(map(id, parts)))
        if key not in self._cached:
            drop = partial(self._drop, key)
            self._cached[key] = build(), [weakref.ref(part, drop) for part in parts]
        self._cached.move_to_end(key)
        if len(self._cached) > self._max_generators:
            self._cached.popitem(last=False)
        return self._cached[key][0]

    def close(self) -> None:
        """Close all generators and cancel their requests."""
        for generator, _ in self._cached.values():
            generator.close()
        self._cached.clear()

    def _drop(self, key: _Key, _: object) -> None:
        self._cached.pop(key, None)


def mix_engine(styles: Sequence[WeightedStyle], engines: Sequence[NameGenerator]) -> Engine:
    """Return an engine of its own for the mix of `styles`, whose engines are `engines`.

    It shares only the sessions with them, so it does not slow them down. Raises `RequestError` for
    a style without a network, or without a letter in common with the others.
    """
    parts = []
    for each, engine in zip(styles, engines, strict=True):
        if not (isinstance(engine, Engine) and isinstance(engine.model, Artifact)):
            raise RequestError("{} is a pattern. Mix only styles that aren't patterns.", each.style)
        parts.append(Part(each.style, engine.model, each.weight))
    return Engine(MixedModel(parts))
