"""The plain front of a style: one question at a time, answered at once, in batches of its own."""

from dataclasses import dataclass

from . import spelling
from .artifact import Artifact
from .names import names
from .request import Request
from .steps import alone


@dataclass(frozen=True)
class Sampler:
    """Answers questions about one artifact; the engine does the same for many at once."""

    artifact: Artifact

    def names(self, request: Request) -> list[str]:
        """Return names made to order; see `bot.sampling.names`. Raises `NamesRefused`."""
        return alone(self.artifact, names(self.artifact, request))

    def form(self, prefix: str) -> str:
        """Return `prefix` as the style spells it; raises `NamesRefused`."""
        return alone(self.artifact, spelling.form(self.artifact, prefix))
