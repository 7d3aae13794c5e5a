"""The plain front of a style: one question at a time, answered at once, in batches of its own."""

from collections.abc import Callable
from dataclasses import dataclass

from . import spelling
from .artifact import Artifact
from .blending import blend
from .names import names
from .request import Request
from .scoring import Score, score
from .search import complete
from .steps import alone


@dataclass(frozen=True)
class Sampler:
    """Answers questions about one artifact; the engine does the same for many at once."""

    artifact: Artifact

    def names(self, request: Request) -> list[str]:
        """Return names made to order; see `bot.sampling.names`. Raises `RequestError`."""
        return alone(self.artifact, names(self.artifact, request))

    def form(self, prefix: str) -> str:
        """Return `prefix` as the style spells it; raises `RequestError`."""
        return alone(self.artifact, spelling.form(self.artifact, prefix))

    def score(self, name: str) -> Score:
        """Return how well `name` fits the style; raises `RequestError`."""
        return alone(self.artifact, score(self.artifact, name))

    def complete(self, prefix: str, k: int = 5) -> list[tuple[str, float]]:
        """Return the likeliest names with their probability; see `bot.sampling.search`."""
        return alone(self.artifact, complete(self.artifact, prefix, k))

    def blend(
        self,
        first: str,
        second: str,
        count: int = 5,
        seed: int | None = None,
        allows: Callable[[str], bool] | None = None,
    ) -> list[str]:
        """Return names between two names; see `bot.sampling.blending`. Raises `RequestError`."""
        return alone(self.artifact, blend(self.artifact, first, second, count, seed, allows))
