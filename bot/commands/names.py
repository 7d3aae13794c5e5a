"""`!name` and `/name`: invented names, by one hybrid command."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands
from discord.ui import View
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ..library import Library, LibraryError, StyleNotFoundError
from ..profanity import ProfanityFilter
from ..sampling import Artifact, Request, RequestError
from ..services import Defaults, Services
from ..store import StoreError
from .answers import Answer, names_answer, names_in_message, send_answer
from .base import NamesmithCog, available_everywhere, defer_if_slow
from .components import (
    PersistentComponent,
    check_allowed,
    pack_custom_ids,
    respond,
    unpack_custom_ids,
)
from .errors import UserError
from .options import MAX_SEED, NameOptions
from .saved import offer_save

_Length = Annotated[int, Field(ge=0, le=10**6)]


@dataclass(frozen=True, config=ConfigDict(strict=True))
class NameQuery:
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
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)]

    @classmethod
    def of(cls, asker: int, options: NameOptions, defaults: Defaults) -> Self:
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


def resolve_style(library: Library, style: str, guild_id: int | None) -> str:
    """Return the name of `style` as it is in that guild; raises `RequestError`."""
    names = library.style_names(guild_id)
    for name in names:
        if style in (name, name.casefold()) or style.strip().casefold() == name.casefold():
            return name
    several = ", ".join("{}" for _ in names[:25])
    raise RequestError(f"There is no such style; there are {several}.", *names[:25])


async def choose_style(services: Services, style: str | None, guild_id: int | None) -> str:
    """Return the name of `style`, or of the one that answers there where none is asked for.

    Raises `RequestError`.
    """
    style = style or (await services.defaults(guild_id)).style
    return resolve_style(services.library, style, guild_id)


def check_profanity(profanity: ProfanityFilter, *texts: str) -> None:
    """Raise `Refused` if one of the texts contains a blocked word."""
    if any(map(profanity.matches, texts)):
        raise UserError("That word is blocked here.")


async def draw_names(
    services: Services, ask: NameQuery, guild_id: int | None, view: View | None
) -> Answer:
    """Return the answer to `ask`, with `view`; raises `RequestError` or `ArtifactError`."""
    defaults = await services.defaults(guild_id)
    profanity = await services.profanity_filter(guild_id)
    engine = await services.library.engine(ask.style, guild_id)
    artifact = engine.artifact
    names = await engine.names(ask.request(defaults.top_p, profanity))
    known = [name for name in names if artifact.in_corpus(name)]
    notes = list(_notes(ask, names, defaults, artifact))
    return names_answer(names, artifact.style.title, notes, known, view)


def _notes(
    ask: NameQuery, names: list[str], defaults: Defaults, artifact: Artifact
) -> Iterator[str]:
    """Yield what is to be known of an answer beside its names."""
    yield f"seed {ask.seed}"
    if ask.temperature != defaults.temperature:
        yield f"temperature {ask.temperature:g}"
    if ask.least or (ask.most or artifact.max_length) < artifact.max_length:
        yield f"length {ask.least or 1}\N{EN DASH}{ask.most or artifact.max_length}"
    if len(names) < ask.count:
        yield "no more of these"


_CHANGES = {"again": "Again", "longer": "Longer", "wilder": "Wilder"}
_SAVE = "save"
_ROOM = 100 - len("namesmith:longer:")

_TEMPLATE = r"namesmith:(?P<what>again|longer|wilder|save):(?P<part>.*)"

EXPIRED_BUTTON = "This button does not tell any more what was asked. Ask again."


class NameButton(PersistentComponent, template=_TEMPLATE):
    """One of the buttons; `part` is its part of what was asked, or the style to save under."""

    async def used(
        self, services: Services, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Draw other names, or save these."""
        await check_allowed(services, interaction)
        names = await names_shown(interaction)
        if said["what"] == _SAVE:
            await offer_save(services, interaction, names, said["part"])
            return
        ask = _asked(interaction.message)
        mine = ask.asker == interaction.user.id
        style = resolve_style(services.library, ask.style, interaction.guild_id)
        ask = replace(ask, style=style, asker=interaction.user.id)
        ask = await _changed(services, ask, said["what"], names, interaction.guild_id)
        work = draw_names(services, ask, interaction.guild_id, answer_buttons(ask))
        await respond(interaction, work, mine=mine)


def answer_buttons(ask: NameQuery) -> ui.View | None:
    """Return the buttons for an answer to `ask`, as far as their custom ids can hold it."""
    view = ui.View(timeout=None)
    parts = pack_custom_ids(ask, len(_CHANGES), _ROOM)
    for what, part in zip(_CHANGES, parts or (), strict=False):
        button = _button(_CHANGES[what], what, part)
        button.item.disabled = what == "wilder" and ask.temperature >= 2
        view.add_item(button)
    add_save_button(view, ask.style)
    return view if view.children else None


def add_save_button(view: ui.View, style: str) -> None:
    """Add the button that saves names of `style`, if its custom id can hold that."""
    if len(style) <= _ROOM:
        view.add_item(_button("Save", _SAVE, style))


async def names_shown(interaction: discord.Interaction[Any]) -> list[str]:
    """Return the names in the message whose button was pressed; raises `Refused`."""
    message = interaction.message
    if message is None or message.author != interaction.client.user:
        raise UserError(EXPIRED_BUTTON)
    names = await names_in_message(message)
    if not names:
        raise UserError(EXPIRED_BUTTON)
    return names


def _button(label: str, what: str, part: str) -> NameButton:
    primary, secondary = discord.ButtonStyle.primary, discord.ButtonStyle.secondary
    style = primary if what == "again" else secondary
    return NameButton(ui.Button(label=label, style=style, custom_id=f"namesmith:{what}:{part}"))


def _asked(message: discord.Message | None) -> NameQuery:
    """Return what the custom ids of a message's buttons hold together."""
    rows = message.components if message else []
    ids = (
        getattr(item, "custom_id", None) or ""
        for row in rows
        if isinstance(row, discord.ActionRow)
        for item in row.children
    )
    found = (re.fullmatch(_TEMPLATE, custom_id) for custom_id in ids)
    parts = {match["what"]: match["part"] for match in found if match}
    try:
        return unpack_custom_ids(NameQuery, [parts.get(change, "") for change in _CHANGES])
    except ValueError:
        raise UserError(EXPIRED_BUTTON) from None


async def _changed(
    services: Services, ask: NameQuery, what: str, names: list[str], guild_id: int | None
) -> NameQuery:
    if what == "again":
        return ask.again()
    if what == "wilder":
        return ask.wilder()
    engine = await services.library.engine(ask.style, guild_id)
    return ask.longer(names, engine.artifact.max_length)


_Choices = list[app_commands.Choice[str]]


class NameCog(NamesmithCog, name="Namesmith"):
    """Invented names."""

    @commands.hybrid_command(usage="[prefix] [count] [option:value ...]")  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def name(self, ctx: commands.Context[Any], *, options: NameOptions) -> None:
        """Invent names, all as you want them."""
        guild_id = ctx.guild.id if ctx.guild else None
        ask = NameQuery.of(ctx.author.id, options, await self.services.defaults(guild_id))
        ask = replace(ask, style=resolve_style(self.services.library, ask.style, guild_id))
        answer = await defer_if_slow(
            draw_names(self.services, ask, guild_id, answer_buttons(ask)), ctx.defer
        )
        await send_answer(ctx, answer)

    @name.autocomplete("prefix")
    async def _complete_prefix(self, interaction: discord.Interaction[Any], typed: str) -> _Choices:
        """Return the likeliest names that begin as typed, in the style already chosen."""
        guild_id, chosen = interaction.guild_id, interaction.namespace.style
        try:
            style = await choose_style(self.services, chosen, guild_id)
            engine = await self.services.library.engine(style, guild_id)
            names = await self.services.autocomplete.get(engine, typed)
            profanity = await self.services.profanity_filter(guild_id)
        except (RequestError, StoreError, StyleNotFoundError, LibraryError):
            return []
        fit = (name for name in names if len(name) <= 100 and not profanity.matches(name))
        return [app_commands.Choice(name=name, value=name) for name in fit]

    name.autocomplete("style")(NamesmithCog.complete_style)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Delete all that was the server's: this is the cog that no bot is without."""
        await self.services.forget_guild(guild.id)
