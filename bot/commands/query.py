"""Queries: what an answer was asked for, encoded in the custom ids of its buttons.

A button draws names that its message does not show; see `draw_others`.
"""

import base64
import dataclasses
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Annotated, Self, TypeVar

import discord
import msgspec
from msgspec import Meta, Struct
from msgspec.structs import astuple, replace

from ..i18n import gettext as _
from ..i18n import marked
from ..sampling import NameGenerator, RequestError
from ..sampling.request import MAX_EXCLUDED
from ..services import GuildContext
from ..store import MAX_ID
from .errors import UserError
from .options import MAX_SEED

EXPIRED_BUTTON = marked("This button has expired. Run the command again.")

MAX_SEEDS = 3
"""Seeds that are tried for names that the message does not show."""


class Query(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Base of queries, which are complete with defaults; `user_id` is whose answer it is.

    The order of the fields is that of the custom ids. A new field goes last, with a default that
    keeps the meaning of the buttons in messages already sent.
    """

    user_id: Annotated[int, Meta(ge=0, le=MAX_ID)]
    style: str

    def pack(self, parts: int, max_size: int) -> list[str] | None:
        """Encode it as `parts` texts of up to `max_size` characters; None if it is too long.

        The encoding is URL-safe Base64 of a JSON list of the fields' values, without the defaults
        at its end.
        """
        values = list(astuple(self))
        for default in reversed(self.__struct_defaults__):
            if values[-1] != default:
                break
            values.pop()
        text = base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")
        size = -(-len(text) // parts)
        if size > max_size:
            return None
        return [text[i * size : (i + 1) * size] for i in range(parts)]

    @classmethod
    def unpack(cls, parts: Sequence[str]) -> Self:
        """Decode what `pack` encoded; raises `UserError` for anything else."""
        text = "".join(parts)
        try:
            content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            return msgspec.json.decode(content, type=cls)
        except (ValueError, msgspec.DecodeError):  # not Base64, not JSON, or of something else
            raise UserError(_(EXPIRED_BUTTON)) from None

    def asked_by(self, user_id: int, guild_context: GuildContext) -> Self:
        """Return the query as that user asks it; raises `RequestError` if the style is gone."""
        style = guild_context.resolve_style(self.style)
        return replace(self, user_id=user_id, style=style)


def custom_ids(message: discord.Message | None) -> Iterator[str]:
    """Yield the custom ids of the buttons under `message`, in their order."""
    for row in message.components if message else []:
        if isinstance(row, discord.ActionRow):
            for item in row.children:
                yield getattr(item, "custom_id", None) or ""


T = TypeVar("T")


async def try_styles(
    guild_context: GuildContext,
    style: str,
    seed: int,
    work: Callable[[NameGenerator], Awaitable[T]],
) -> tuple[str, NameGenerator, T]:
    """Return a style, its generator and the result of `work` with it.

    For `random` it is the first of a few random styles that don't raise `RequestError`; `seed`
    chooses them. Raises the first style's error, `LibraryError` or `ArtifactError`.
    """
    first_error = None
    for name in guild_context.styles_to_try(style, seed):
        generator = await guild_context.engine(name)
        try:
            return name, generator, await work(generator)
        except RequestError as error:  # its traceback would hold the engine
            first_error = first_error or error.copy()
    assert first_error is not None  # noqa: S101, there is at least one style
    raise first_error


def random_seed() -> int:
    """Return a seed that is short to read and to type."""
    return random.randrange(10**9)  # noqa: S311, not for cryptography


@dataclasses.dataclass(frozen=True)
class DrawnNames:
    """Names that were drawn for an answer, and the notes on them in its footer.

    `seed` is None if it does not give the same names again. `are_shown` is whether there are no
    others than those that the message shows already.
    """

    names: list[str]
    seed: int | None
    are_shown: bool = False

    @property
    def notes(self) -> list[str]:
        """The seed, where it gives the names again."""
        return [] if self.seed is None else [_("seed {seed}").format(seed=self.seed)]

    def shortage(self, count: int, *, new_only: bool) -> str:
        """Return the note on fewer than `count` names, or on repeated ones; empty for neither."""
        if len(self.names) >= count and not self.are_shown:
            return ""
        if new_only:
            note = _("found no other new names") if self.are_shown else _("found no more new names")
            return f"{note} · {_('new:no adds names in the list')}"
        return _("found no other names") if self.are_shown else _("found no more names")


async def draw_others(
    draw: Callable[[int, frozenset[str]], Awaitable[list[str]]],
    seed: int,
    count: int,
    shown: Sequence[str],
    max_seeds: int = MAX_SEEDS,
) -> DrawnNames:
    """Return `count` names of `draw(seed, exclude)` that are not `shown`, in any letter case.

    A seed gives its names again only if none was excluded. So `max_seeds` are tried before names
    are excluded. If there are no others, the answer repeats names. Raises the error of `draw`.
    """
    exclude = frozenset(shown[:MAX_EXCLUDED])
    folded = frozenset(map(str.casefold, exclude))
    for attempt in range(max_seeds):
        candidate = (seed + attempt) % (MAX_SEED + 1)
        names = await draw(candidate, frozenset())
        if folded.isdisjoint(map(str.casefold, names)):
            return DrawnNames(names, candidate)
        if len(names) < count:  # these are all that there are
            break
    try:
        return DrawnNames(await draw(seed, exclude), None)
    except RequestError:
        return DrawnNames(names, candidate, are_shown=True)
