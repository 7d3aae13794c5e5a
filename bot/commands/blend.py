"""`!blend` and `/blend`: names between two names."""

from dataclasses import replace
from typing import Annotated, Any

import discord
from discord import app_commands, ui
from discord.ext import commands
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ..services import Services
from .answers import Answer, names_answer, send_answer
from .base import NamesmithCog, available_everywhere, defer_if_slow
from .components import (
    PersistentComponent,
    check_allowed,
    pack_custom_ids,
    respond,
    unpack_custom_ids,
)
from .errors import UserError
from .markdown import truncate
from .names import (
    EXPIRED_BUTTON,
    add_save_button,
    check_profanity,
    choose_style,
    new_seed,
    resolve_style,
)
from .options import COUNT_DESCRIPTION, MAX_SEED, SEED_DESCRIPTION, STYLE_DESCRIPTION, TextOptions

_ROOM = 100 - len("namesmith-blend:")


@dataclass(frozen=True, config=ConfigDict(strict=True))
class BlendQuery:
    """What somebody asked to be blended."""

    asker: Annotated[int, Field(ge=0, lt=2**64)]
    style: str
    first: str
    second: str
    count: Annotated[int, Field(ge=1, le=25)]


class BlendOptions(TextOptions, case_insensitive=True):
    """What can be said of the names wanted, besides the two."""

    style: str | None = commands.flag(converter=str, default=None, description=STYLE_DESCRIPTION)
    count: int | None = commands.flag(
        converter=commands.Range[int, 1, 25], default=None, description=COUNT_DESCRIPTION
    )
    seed: int | None = commands.flag(
        converter=commands.Range[int, 0, MAX_SEED], default=None, description=SEED_DESCRIPTION
    )


class BlendCog(NamesmithCog, name="Namesmith blends"):
    """Names between two names."""

    @commands.hybrid_command(usage="first second [count] [option:value ...]")  # type: ignore[arg-type]  # typed for pyright
    @app_commands.describe(
        first="The name that the others begin like", second="The name that they end like"
    )
    @available_everywhere
    async def blend(
        self, ctx: commands.Context[Any], first: str, second: str, *, options: BlendOptions
    ) -> None:
        """Invent names between two names."""
        guild_id = ctx.guild.id if ctx.guild else None
        count = options.count or (await self.services.defaults(guild_id)).count
        style = await choose_style(self.services, options.style, guild_id)
        asked = BlendQuery(ctx.author.id, style, first, second, count)
        seed = new_seed() if options.seed is None else options.seed
        await send_answer(
            ctx, await defer_if_slow(_blended(self.services, asked, seed, guild_id), ctx.defer)
        )

    blend.autocomplete("style")(NamesmithCog.complete_style)


class BlendButton(PersistentComponent, template=r"namesmith-blend:(?P<asked>.+)"):
    """Again: other names between the same two."""

    async def used(
        self, services: Services, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Blend once more."""
        await check_allowed(services, interaction)
        try:
            asked = unpack_custom_ids(BlendQuery, [said["asked"]])
        except ValueError:
            raise UserError(EXPIRED_BUTTON) from None
        user_id = interaction.user.id
        style = resolve_style(services.library, asked.style, interaction.guild_id)
        again = replace(asked, asker=user_id, style=style)
        work = _blended(services, again, new_seed(), interaction.guild_id)
        await respond(interaction, work, mine=asked.asker == user_id)


async def _blended(
    services: Services, asked: BlendQuery, seed: int, guild_id: int | None
) -> Answer:
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
    title = f"{truncate(asked.first, 60)} \N{MULTIPLICATION SIGN} {truncate(asked.second, 60)}"
    known = [name for name in names if artifact.in_corpus(name)]
    notes = [f"seed {seed}", artifact.style.title]
    return names_answer(names, title, notes, known, _buttons(asked))


def _buttons(asked: BlendQuery) -> ui.View | None:
    view = ui.View(timeout=None)
    for part in pack_custom_ids(asked, 1, _ROOM) or ():
        primary = discord.ButtonStyle.primary
        again: ui.Button[Any] = ui.Button(
            label="Again", style=primary, custom_id=f"namesmith-blend:{part}"
        )
        view.add_item(BlendButton(again))
    add_save_button(view, asked.style)
    return view if view.children else None
