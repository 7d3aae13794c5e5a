"""`!name` and `/name`: invent names; the buttons Again, Longer, Wilder and Save under an answer.

The buttons' custom ids hold the query, and the message holds the names.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Self

import discord
from discord import app_commands, ui
from msgspec import Meta
from msgspec.structs import replace

from ..i18n import format_number, marked
from ..i18n import gettext as _
from ..library import LibraryError, StyleNotFoundError
from ..red import hybrid_command
from ..sampling import NameGenerator, Request, RequestError
from ..services import RANDOM_STYLE, GuildContext, Services
from .answer_formats import MAX_LINES, Answer, names_answer, names_in_message, send_answer
from .base import (
    Context,
    Interaction,
    NamesmithCog,
    PersistentComponent,
    autocompletion,
    available_everywhere,
    check_allowed,
    defer_if_slow,
    respond,
)
from .errors import UserError
from .markdown import truncate
from .options import MAX_COUNT, MAX_SEED, NameOptions
from .query import (
    EXPIRED_BUTTON,
    MAX_SEEDS,
    Query,
    custom_ids,
    draw_others,
    random_seed,
    try_styles,
)
from .saved import offer_save, save_label
from .text_options import count_hint

_VARIATIONS = {"again": marked("Again"), "longer": marked("Longer"), "wilder": marked("Wilder")}
"""The buttons that draw other names: the action in the custom id, and the label."""

_TEMPLATE = r"namesmith:(?P<action>again|longer|wilder|save):(?P<value>.*)"
_MAX_VALUE = 100 - len("namesmith:longer:")
"""Characters left in a custom id, which Discord limits to 100."""

_MAX_TEMPERATURE = 2.0


class NameQuery(Query, frozen=True):
    """A request for names; lengths are in characters, inclusive."""

    prefix: str
    suffix: str
    contains: str
    count: Annotated[int, Meta(ge=1, le=MAX_COUNT)]
    temperature: Annotated[float, Meta(ge=0.1, le=_MAX_TEMPERATURE)]
    min_length: Annotated[int, Meta(ge=0, le=10**6)]
    max_length: Annotated[int, Meta(ge=1, le=10**6)] | None
    new_only: bool
    seed: Annotated[int, Meta(ge=0, le=MAX_SEED)]

    @classmethod
    def of(cls, user_id: int, options: NameOptions, guild_context: GuildContext) -> Self:
        """Return the query of `options`, with the guild's defaults and a random seed.

        Raises `RequestError` for an unknown style.
        """
        length = options.length
        new_only = guild_context.new_only if options.new_only is None else options.new_only
        return cls(
            user_id=user_id,
            style=guild_context.resolve_style(options.style),
            prefix=options.prefix,
            suffix=options.suffix,
            contains=options.contains,
            count=options.count or guild_context.count,
            temperature=options.temperature or guild_context.temperature,
            min_length=length.min if length else 0,
            max_length=length.max if length else None,
            new_only=new_only,
            seed=random_seed() if options.seed is None else options.seed,
        )

    def request(self, guild_context: GuildContext, exclude: frozenset[str]) -> Request:
        """Return the request to the engine; its names pass the guild's profanity filter."""
        return Request(
            prefix=self.prefix,
            suffix=self.suffix,
            contains=self.contains,
            count=self.count,
            temperature=self.temperature,
            top_p=guild_context.top_p,
            min_length=self.min_length,
            max_length=self.max_length,
            new_only=self.new_only,
            exclude=exclude,
            seed=self.seed,
            is_allowed=guild_context.is_allowed,
        )

    def again(self) -> Self:
        """Return the query with another seed."""
        return replace(self, seed=random_seed())

    def wilder(self) -> Self:
        """Return the query at a higher temperature."""
        return replace(self, temperature=min(_MAX_TEMPERATURE, round(self.temperature + 0.2, 2)))

    def longer(self, names: Sequence[str], style_max_length: int) -> Self:
        """Return the query for names longer than the mean of `names`, within the style's limit."""
        min_length = min(mean_length(names) + 1, style_max_length)
        keeps_max = self.max_length and self.max_length >= min_length
        return replace(
            self, min_length=min_length, max_length=self.max_length if keeps_max else None
        )


class NameCog(NamesmithCog, name="Namesmith"):
    """Invent names."""

    @hybrid_command(usage="[prefix] [count] [option:value ...]")  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def name(self, ctx: Context, *, options: NameOptions) -> None:
        """Invent names."""
        guild_context = self.guild_context(ctx)
        query = NameQuery.of(ctx.author.id, options, guild_context)
        self.remember_style(ctx, options.style and query.style)
        work = _draw(guild_context, query, hint=count_hint(ctx, options))
        await send_answer(ctx, await defer_if_slow(work, ctx))

    @name.autocomplete("prefix")
    @autocompletion
    async def _complete_prefix(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Return beginnings and likely names that begin with `typed`, in the chosen style."""
        try:
            guild_context = await self.services.guild_context(interaction.guild_id)
            style = guild_context.resolve_style(interaction.namespace.style)
            engine = await guild_context.engine(style)
            names = await self.services.autocomplete.get(engine, typed)
        except (RequestError, StyleNotFoundError, LibraryError):
            return []
        return [
            app_commands.Choice(name=name, value=name)
            for name in names
            if len(name) <= 100 and guild_context.is_allowed(name)
        ]

    name.autocomplete("style")(NamesmithCog.complete_style)


class NameButton(PersistentComponent, template=_TEMPLATE):
    """Again, Longer or Wilder, whose `value` is a part of the query; or Save, with the style."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Draw other names, or save these."""
        guild_context = await check_allowed(services, interaction)
        names = await shown_names(interaction)
        if params["action"] == "save":
            await offer_save(services, interaction, names, params["value"])
            return
        query = _query_in_message(interaction.message, params["action"])
        is_own = query.user_id == interaction.user.id
        query = query.asked_by(interaction.user.id, guild_context)
        query = await _vary(guild_context, query, params["action"], names)
        await respond(interaction, _draw(guild_context, query, names), edit=is_own)


def mean_length(names: Sequence[str]) -> int:
    """Return the mean length of `names` in characters, rounded."""
    return round(sum(map(len, names)) / len(names))


def add_save_button(view: ui.View, style: str, names: Sequence[str]) -> None:
    """Add the button that saves `names` of `style`; its custom id holds as much as fits of it."""
    view.add_item(_button(save_label(names), "save", truncate(style, _MAX_VALUE)))


async def _draw(
    guild_context: GuildContext, query: NameQuery, shown: Sequence[str] = (), hint: str = ""
) -> Answer:
    """Return the answer to `query`, with names that are not `shown` if there are any.

    Raises `RequestError`, `LibraryError` or `ArtifactError`.
    """
    used: dict[int, tuple[str, NameGenerator]] = {}

    async def draw(seed: int, exclude: frozenset[str]) -> list[str]:
        request = replace(query, seed=seed).request(guild_context, exclude)
        style, generator, names = await try_styles(
            guild_context, query.style, seed, lambda generator: generator.names(request)
        )
        used[seed] = style, generator
        return names

    is_rare = query.suffix or query.contains or query.min_length  # each seed can take a search
    max_seeds = 1 if is_rare or query.count > MAX_LINES else MAX_SEEDS
    drawn = await draw_others(draw, query.seed, query.count, shown, max_seeds)
    query = query if drawn.seed is None else replace(query, seed=drawn.seed)
    style, generator = used[query.seed]
    is_title_hidden = len(drawn.names) == 1 and style != query.style
    shortage = drawn.shortage(query.count, new_only=query.new_only)
    return names_answer(
        drawn.names,
        generator.title,
        notes=[*drawn.notes, *_notes(guild_context, query, generator)],
        shortage=" · ".join(filter(None, [generator.title if is_title_hidden else "", shortage])),
        known=[] if query.new_only else [n for n in drawn.names if generator.in_corpus(n)],
        view=_buttons(query, style, drawn.names, generator.max_length),
        hint=hint,
    )


def _notes(
    guild_context: GuildContext, query: NameQuery, generator: NameGenerator
) -> Iterator[str]:
    """Yield the notes on the query in the footer."""
    if query.temperature != guild_context.temperature:
        number = f"{query.temperature:g}"
        decimals = len(number.partition(".")[2])
        temperature = format_number(query.temperature, decimals)
        yield _("temperature {temperature}").format(temperature=temperature)
    longest = query.max_length or generator.max_length
    if query.min_length or longest < generator.max_length:
        yield _("length {shortest}\N{EN DASH}{longest}").format(
            shortest=query.min_length or 1, longest=longest
        )


def _buttons(query: NameQuery, style: str, names: Sequence[str], max_length: int) -> ui.View:
    """Return the buttons for an answer, without those whose custom ids cannot hold the query.

    Longer is disabled if the style has no longer names, Wilder at the highest temperature.
    """
    view = ui.View(timeout=None)
    is_longest = mean_length(names) >= max_length
    values = query.pack(len(_VARIATIONS), _MAX_VALUE)
    for action, value in zip(_VARIATIONS, values or (), strict=False):
        button = _button(_(_VARIATIONS[action]), action, value)
        is_wildest = query.temperature >= _MAX_TEMPERATURE
        button.item.disabled = {"longer": is_longest, "wilder": is_wildest}.get(action, False)
        view.add_item(button)
    add_save_button(view, style, names)
    return view


def _button(label: str, action: str, value: str) -> NameButton:
    is_primary = action == "again"
    style = discord.ButtonStyle.primary if is_primary else discord.ButtonStyle.secondary
    return NameButton(ui.Button(label=label, style=style, custom_id=f"namesmith:{action}:{value}"))


async def shown_names(interaction: Interaction) -> list[str]:
    """Return the names in the message of the pressed button; raises `UserError`."""
    message = interaction.message
    if message is None or message.author != interaction.client.user:
        raise UserError(_(EXPIRED_BUTTON))
    names = await names_in_message(message)
    if not names:
        raise UserError(_(EXPIRED_BUTTON))
    return names


def _query_in_message(message: discord.Message | None, action: str) -> NameQuery:
    """Return the query in the custom ids of the message's buttons; raises `UserError`.

    Again draws another random style; Longer and Wilder keep the one that was drawn, as Save does.
    """
    matches = (re.fullmatch(_TEMPLATE, custom_id) for custom_id in custom_ids(message))
    values = {match["action"]: match["value"] for match in matches if match}
    query = NameQuery.unpack([values.get(action, "") for action in _VARIATIONS])
    if query.style != RANDOM_STYLE or action == "again":
        return query
    return replace(query, style=values.get("save", RANDOM_STYLE))


async def _vary(
    guild_context: GuildContext, query: NameQuery, action: str, names: list[str]
) -> NameQuery:
    if action == "again":
        return query.again()
    if action == "wilder":
        return query.wilder()
    style = guild_context.styles_to_try(query.style, query.seed)[0]
    return query.longer(names, (await guild_context.engine(style)).max_length)
