"""What somebody asked of a style, all of it said: what the engine is told, and a button keeps."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Self

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ..plugin import Defaults
from ..profanity import ProfanityFilter
from ..sampling import Request
from .options import MOST_SEED, Options

_Length = Annotated[int, Field(ge=0, le=10**6)]


@dataclass(frozen=True, config=ConfigDict(strict=True))
class Ask:
    """What somebody asked of a style, all of it said; lengths are in characters, inclusive."""

    asker: Annotated[int, Field(ge=0, lt=2**64)]
    style: str
    prefix: str
    suffix: str
    contains: str
    count: Annotated[int, Field(ge=1, le=25)]
    temperature: Annotated[float, Field(ge=0.1, le=2.0, allow_inf_nan=False)]
    least: _Length
    most: Annotated[int, Field(ge=1, le=10**6)] | None
    new_only: bool
    seed: Annotated[int, Field(ge=0, le=MOST_SEED)]

    @classmethod
    def of(cls, asker: int, options: Options, defaults: Defaults) -> Self:
        """Return what `options` say, completed by `defaults` and a seed."""
        length = options.length
        new_only = defaults.new_only if options.new_only is None else options.new_only
        return cls(
            asker=asker,
            style=options.style or defaults.style,
            prefix=options.prefix,
            suffix=options.suffix,
            contains=options.contains,
            count=options.count or defaults.count,
            temperature=options.temperature or defaults.temperature,
            least=length.least if length else 0,
            most=length.most if length else None,
            new_only=new_only,
            seed=new_seed() if options.seed is None else options.seed,
        )

    def request(self, top_p: float, profanity: ProfanityFilter) -> Request:
        """Return it as the engine takes it; no name contains profanity."""
        return Request(
            prefix=self.prefix,
            suffix=self.suffix,
            contains=self.contains,
            count=self.count,
            temperature=self.temperature,
            top_p=top_p,
            min_length=self.least,
            max_length=self.most,
            new_only=self.new_only,
            seed=self.seed,
            is_allowed=lambda name: not profanity.matches(name),
        )

    def again(self) -> Self:
        """Return the same with another seed."""
        return replace(self, seed=new_seed())

    def wilder(self) -> Self:
        """Return the same, more daring."""
        return replace(self, temperature=min(2.0, round(self.temperature + 0.2, 2)))

    def longer(self, names: Sequence[str], longest: int) -> Self:
        """Return the same for names longer than `names` are on average, up to `longest`."""
        mean = sum(map(len, names)) / len(names)
        least = min(round(mean) + 1, longest)
        most = self.most if self.most and self.most >= least else None
        return replace(self, least=least, most=most)


def new_seed() -> int:
    """Return a seed that is short to read and to type."""
    return random.randrange(10**9)  # noqa: S311, nothing is kept secret by it
