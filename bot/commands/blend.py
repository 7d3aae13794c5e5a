"""`!blend` and `/blend`: names between two names; the buttons Again and Save under an answer."""

from collections.abc import Awaitable, Sequence
from typing import Annotated, Any

import discord
from discord import app_commands, ui
from discord.ext import commands
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ..sampling import NameGenerator
from ..services import GuildContext, Services
from .answer_formats import Answer, names_answer, names_in_message, send_answer
from .base import (
    Context,
    Interaction,
    NamesmithCog,
    PersistentComponent,
    available_everywhere,
    check_allowed,
    check_profanity,
    defer_if_slow,
    respond,
)
from .markdown import truncate
from .names import add_save_button
from .options import (
    COUNT_DESCRIPTION,
    MAX_SEED,
    NEW_DESCRIPTION,
    SEED_DESCRIPTION,
    STYLE_DESCRIPTION,
    TextOptions,
)
from .query import Query, draw_others, random_seed, try_styles

_MAX_VALUE = 100 - len("namesmith-blend:")
"""Characters left in a custom id, which Discord limits to 100."""


@dataclass(frozen=True, config=ConfigDict(strict=True))
class BlendQuery(Query):
    """A request for blended names."""

    first: str
    second: str
    count: Annotated[int, Field(ge=1, le=25)]
    new_only: bool = False


class BlendOptions(TextOptions, case_insensitive=True):
    """The options of `/blend` besides the two names."""

    style: str | None = commands.flag(converter=str, default=None, description=STYLE_DESCRIPTION)
    count: int | None = commands.flag(
        converter=commands.Range[int, 1, 25], default=None, description=COUNT_DESCRIPTION
    )
    new_only: bool | None = commands.flag(
        name="new", converter=bool, default=None, description=NEW_DESCRIPTION
    )
    seed: int | None = commands.flag(
        converter=commands.Range[int, 0, MAX_SEED], default=None, description=SEED_DESCRIPTION
    )


class BlendCog(NamesmithCog, name="Namesmith blends"):
    """Blend two names."""

    @commands.hybrid_command(usage="first second [count] [option:value ...]")  # type: ignore[arg-type]  # typed for pyright
    @app_commands.describe(
        first="The names begin like this one", second="The names end like this one"
    )
    @available_everywhere
    async def blend(self, ctx: Context, first: str, second: str, *, options: BlendOptions) -> None:
        """Invent names between two names."""
        guild_context = self.guild_context(ctx)
        style = guild_context.resolve_style(options.style)
        count = options.count or guild_context.count
        new_only = guild_context.new_only if options.new_only is None else options.new_only
        query = BlendQuery(ctx.author.id, style, first, second, count, new_only)
        self.remember_style(ctx, options.style and style)
        seed = random_seed() if options.seed is None else options.seed
        await send_answer(ctx, await defer_if_slow(_blend(guild_context, query, seed), ctx.defer))

    blend.autocomplete("style")(NamesmithCog.complete_style)


class BlendButton(PersistentComponent, template=r"namesmith-blend:(?P<query>.+)"):
    """Again: other names between the same two."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Blend the names with another seed."""
        guild_context = await check_allowed(services, interaction)
        query = BlendQuery.unpack([params["query"]])
        is_own = query.user_id == interaction.user.id
        query = query.asked_by(interaction.user.id, guild_context)
        names = await names_in_message(interaction.message) if interaction.message else []
        answer = _blend(guild_context, query, random_seed(), names)
        await respond(interaction, answer, edit=is_own)


async def _blend(
    guild_context: GuildContext, query: BlendQuery, seed: int, shown: Sequence[str] = ()
) -> Answer:
    """Return the answer, with names that are not `shown` if there are any.

    Raises `UserError`, `RequestError`, `LibraryError` or `ArtifactError`.
    """
    check_profanity(guild_context, query.first, query.second)
    used: dict[int, tuple[str, NameGenerator]] = {}

    async def draw(seed: int, exclude: frozenset[str]) -> list[str]:
        def blend(generator: NameGenerator) -> Awaitable[list[str]]:
            return generator.blend(
                (query.first, query.second),
                query.count,
                seed,
                is_allowed=lambda name: not guild_context.profanity.matches(name),
                exclude=exclude,
                new_only=query.new_only,
            )

        style, generator, names = await try_styles(guild_context, query.style, seed, blend)
        used[seed] = style, generator
        return names

    drawn = await draw_others(draw, seed, query.count, shown)
    style, generator = used[seed if drawn.seed is None else drawn.seed]
    return names_answer(
        drawn.names,
        f"{truncate(query.first, 60)} \N{MULTIPLICATION SIGN} {truncate(query.second, 60)}",
        notes=[*drawn.notes, generator.title],
        shortage=drawn.shortage(query.count, new_only=query.new_only),
        known=[name for name in drawn.names if generator.in_corpus(name)],
        view=_buttons(query, style),
    )


def _buttons(query: BlendQuery, style: str) -> ui.View | None:
    view = ui.View(timeout=None)
    for value in query.pack(1, _MAX_VALUE) or ():
        again: ui.Button[Any] = ui.Button(
            label="Again",
            style=discord.ButtonStyle.primary,
            custom_id=f"namesmith-blend:{value}",
        )
        view.add_item(BlendButton(again))
    add_save_button(view, style)
    return view if view.children else None
