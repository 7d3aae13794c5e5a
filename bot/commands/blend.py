"""`!blend` and `/blend`: names between two names."""

from dataclasses import replace
from typing import Annotated, Any

import discord
from discord import app_commands, ui
from discord.ext import commands
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ..services import Services
from .answers import Answer, send, shown
from .base import NamesmithCog, everywhere, soon
from .components import Control, admit, answer_use, pack, unpack
from .errors import Refused
from .markdown import short
from .names import TORN, add_save, check_profanity, chosen_style, new_seed, style_named
from .options import COUNT, MOST_SEED, SEED, STYLE, Flags

_ROOM = 100 - len("namesmith-blend:")


@dataclass(frozen=True, config=ConfigDict(strict=True))
class Blend:
    """What somebody asked to be blended."""

    asker: Annotated[int, Field(ge=0, lt=2**64)]
    style: str
    first: str
    second: str
    count: Annotated[int, Field(ge=1, le=25)]


class BlendOptions(Flags, case_insensitive=True):
    """What can be said of the names wanted, besides the two."""

    style: str | None = commands.flag(converter=str, default=None, description=STYLE)
    count: int | None = commands.flag(
        converter=commands.Range[int, 1, 25], default=None, description=COUNT
    )
    seed: int | None = commands.flag(
        converter=commands.Range[int, 0, MOST_SEED], default=None, description=SEED
    )


class Blending(NamesmithCog, name="Namesmith blends"):
    """Names between two names."""

    @commands.hybrid_command(usage="first second [count] [option:value ...]")  # type: ignore[arg-type]  # typed for pyright
    @app_commands.describe(
        first="The name that the others begin like", second="The name that they end like"
    )
    @everywhere
    async def blend(
        self, ctx: commands.Context[Any], first: str, second: str, *, options: BlendOptions
    ) -> None:
        """Invent names between two names."""
        guild_id = ctx.guild.id if ctx.guild else None
        count = options.count or (await self.services.defaults(guild_id)).count
        style = await chosen_style(self.services, options.style, guild_id)
        asked = Blend(ctx.author.id, style, first, second, count)
        seed = new_seed() if options.seed is None else options.seed
        await send(ctx, await soon(_blended(self.services, asked, seed, guild_id), ctx.defer))

    blend.autocomplete("style")(NamesmithCog.complete_style)


class BlendButton(Control, template=r"namesmith-blend:(?P<asked>.+)"):
    """Again: other names between the same two."""

    async def used(
        self, services: Services, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Blend once more."""
        await admit(services, interaction)
        try:
            asked = unpack(Blend, [said["asked"]])
        except ValueError:
            raise Refused(TORN) from None
        user_id = interaction.user.id
        style = style_named(services.library, asked.style, interaction.guild_id)
        again = replace(asked, asker=user_id, style=style)
        work = _blended(services, again, new_seed(), interaction.guild_id)
        await answer_use(interaction, work, mine=asked.asker == user_id)


async def _blended(services: Services, asked: Blend, seed: int, guild_id: int | None) -> Answer:
    profanity = await services.profanity_filter(guild_id)
    check_profanity(profanity, asked.first, asked.second)
    engine = await services.library.engine(asked.style, guild_id)
    artifact = engine.artifact
    names = await engine.blend(
        asked.first,
        asked.second,
        asked.count,
        seed,
        is_allowed=lambda name: not profanity.matches(name),
    )
    title = f"{short(asked.first, 60)} \N{MULTIPLICATION SIGN} {short(asked.second, 60)}"
    known = [name for name in names if artifact.in_corpus(name)]
    notes = [f"seed {seed}", artifact.style.title]
    return shown(names, title, notes, known, _buttons(asked))


def _buttons(asked: Blend) -> ui.View | None:
    view = ui.View(timeout=None)
    for part in pack(asked, 1, _ROOM) or ():
        primary = discord.ButtonStyle.primary
        again: ui.Button[Any] = ui.Button(
            label="Again", style=primary, custom_id=f"namesmith-blend:{part}"
        )
        view.add_item(BlendButton(again))
    add_save(view, asked.style)
    return view if view.children else None
