"""Blocking sampler for tests: answers one query at a time, in batches of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.sampling import Request, Score, run_steps
from bot.sampling.blend import blend
from bot.sampling.character_model import CharacterModel
from bot.sampling.names import names
from bot.sampling.score import score
from bot.sampling.search import top_names
from bot.sampling.spelling import match_prefix


@dataclass(frozen=True)
class Sampler:
    """The methods of `Engine`, without an event loop."""

    artifact: CharacterModel

    def names(self, request: Request) -> list[str]:
        return run_steps(self.artifact, names(self.artifact, request))

    def match_prefix(self, prefix: str) -> str:
        """Return `prefix` as the style spells it."""
        return run_steps(self.artifact, match_prefix(self.artifact, prefix))

    def score(self, name: str) -> Score:
        return run_steps(self.artifact, score(self.artifact, name))

    def top_names(self, prefix: str, count: int = 5) -> list[tuple[str, float]]:
        return run_steps(self.artifact, top_names(self.artifact, prefix, count))

    def blend(
        self,
        names: Sequence[str],
        count: int = 5,
        seed: int | None = None,
        is_allowed: Callable[[str], bool] | None = None,
        exclude: frozenset[str] = frozenset(),
        *,
        new_only: bool = False,
    ) -> list[str]:
        steps = blend(self.artifact, names, count, seed, is_allowed, exclude, new_only=new_only)
        return run_steps(self.artifact, steps)
