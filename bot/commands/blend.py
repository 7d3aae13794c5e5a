"""`!blend` and `/blend`: names between two or three names; the buttons Again and Save.

The custom id of Again holds the query; if it is too long for one, Save's holds the rest of it.
"""

import re
from collections.abc import Awaitable, Sequence
from typing import Annotated

import discord
from discord import ui
from discord.ext import commands
from msgspec import Meta
from msgspec.structs import replace

from ..i18n import gettext as _
from ..i18n import join_list
from ..red import hybrid_command
from ..sampling import NameGenerator
from ..services import GuildContext, Services
from .answer_formats import MAX_LINES, Answer, names_answer, names_in_message, send_answer
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
from .errors import InvalidOptionError
from .markdown import inline_code, truncate
from .names import add_save_button, shown_names
from .options import (
    COUNT_DESCRIPTION,
    MAX_COUNT,
    MAX_SEED,
    NEW_DESCRIPTION,
    SEED_DESCRIPTION,
    STYLE_DESCRIPTION,
)
from .query import MAX_SEEDS, Query, custom_ids, draw_others, random_seed, try_styles
from .saved import offer_save, save_label
from .text_options import TextOptions, count_hint
from .tokenizer import JOINING_SIGNS, Token, join_tokens, tokenize

_TEMPLATE = r"namesmith-blend(?P<save>-save)?:(?P<query>.+)"
_MAX_VALUE = 100 - len("namesmith-blend-save:")
"""Characters left in a custom id, which Discord limits to 100."""

_NAME_OPTIONS = ("first", "second", "third")
_JOINT = re.compile(f"([{JOINING_SIGNS}])")
_JOINING_WORDS = frozenset(("and", "und", "et", "y", "x", "plus", "with", "mit"))
_MAX_LISTED = 6


class BlendQuery(Query, frozen=True):
    """A request for blended names."""

    first: str
    second: str
    count: Annotated[int, Meta(ge=1, le=MAX_COUNT)]
    new_only: bool = False
    third: str = ""
    drawn_style: str = ""
    """The style of the names, if `style` is a random one."""

    @property
    def names(self) -> list[str]:
        """The two or three names."""
        return [self.first, self.second, *([self.third] if self.third else [])]


class BlendOptions(TextOptions, case_insensitive=True):
    """The options of `/blend`; as text, words such as "and" can join the names."""

    is_one_text = False
    first: str = commands.flag(positional=True, description="The names begin like this one")
    second: str = commands.flag(description="The names end like this one")
    third: str = commands.flag(default="", description="A third name to blend with them")
    style: str | None = commands.flag(converter=str, default=None, description=STYLE_DESCRIPTION)
    count: int | None = commands.flag(
        converter=commands.Range[int, 1, MAX_COUNT], default=None, description=COUNT_DESCRIPTION
    )
    new_only: bool | None = commands.flag(
        name="new", converter=bool, default=None, description=NEW_DESCRIPTION
    )
    seed: int | None = commands.flag(
        converter=commands.Range[int, 0, MAX_SEED], default=None, description=SEED_DESCRIPTION
    )

    @classmethod
    def place_words(cls, values: dict[str, list[str]], words: Sequence[Token]) -> None:
        """Add the names among the `words` to `values`; raises `InvalidOptionError`."""
        names = split_names(words)
        if len(names) + sum(option in values for option in _NAME_OPTIONS) > len(_NAME_OPTIONS):
            listed = join_list(inline_code(truncate(name, 40)) for name in names[:_MAX_LISTED])
            text = _(
                "That's more than three names: {names}. Give two or three, "
                'and put a name of several words in quotes: `"New York"`.'
            )
            raise InvalidOptionError(text.format(names=listed))
        free = (option for option in _NAME_OPTIONS if option not in values)
        values.update((option, [name]) for option, name in zip(free, names, strict=False))


def split_names(words: Sequence[Token]) -> list[str]:
    """Return the names that `words` give.

    Each word is a name, unless some are joined by "and", a comma or the like: then everything
    between two joints is one.
    """
    names: list[list[Token]] = [[]]
    parts = [part for word in words for part in _split_word(word)]
    for i, part in enumerate(parts):
        is_between = 0 < i < len(parts) - 1
        if _JOINT.fullmatch(part.text) or (is_between and part.text.casefold() in _JOINING_WORDS):
            names.append([])
        else:
            names[-1].append(part)
    if len(names) == 1:
        names = [[part] for part in names[0]]
    return [join_tokens(name) for name in names if name]


def _split_word(word: Token) -> list[Token]:
    """Split a word at the signs that join names, such as `Anna+Bert`; a quoted text stays whole."""
    if word.quoted is not None:
        return [word]
    pieces = _JOINT.split(word.text)
    return [part for piece in pieces if piece for part in _tokens_of(piece)]


def _tokens_of(piece: str) -> list[Token]:
    return [Token(piece)] if _JOINT.fullmatch(piece) else tokenize(piece)


class BlendCog(NamesmithCog, name="Namesmith blends"):
    """Blend two or three names."""

    @hybrid_command(usage="first second [third] [count] [option:value ...]")  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def blend(self, ctx: Context, *, options: BlendOptions) -> None:
        """Invent names between two or three names."""
        guild_context = self.guild_context(ctx)
        style = guild_context.resolve_style(options.style)
        count = options.count or guild_context.count
        new_only = guild_context.new_only if options.new_only is None else options.new_only
        first, second, third = options.first, options.second, options.third
        query = BlendQuery(ctx.author.id, style, first, second, count, new_only, third)
        self.remember_style(ctx, options.style and style)
        seed = random_seed() if options.seed is None else options.seed
        work = _blend(guild_context, query, seed, hint=count_hint(ctx, options))
        await send_answer(ctx, await defer_if_slow(work, ctx))

    blend.autocomplete("style")(NamesmithCog.complete_style)


class BlendButton(PersistentComponent, template=_TEMPLATE):
    """Again: other names between the same ones; or Save, with the rest of a long query."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Blend the names with another seed, or save those in the message."""
        guild_context = await check_allowed(services, interaction)
        matches = (re.fullmatch(_TEMPLATE, each) for each in custom_ids(interaction.message))
        query = BlendQuery.unpack([match["query"] for match in matches if match])
        if params["save"]:
            names = await shown_names(interaction)
            await offer_save(services, interaction, names, query.drawn_style or query.style)
            return
        is_own = query.user_id == interaction.user.id
        query = query.asked_by(interaction.user.id, guild_context)
        names = await names_in_message(interaction.message) if interaction.message else []
        answer = _blend(guild_context, query, random_seed(), names)
        await respond(interaction, answer, edit=is_own)


async def _blend(
    guild_context: GuildContext,
    query: BlendQuery,
    seed: int,
    shown: Sequence[str] = (),
    hint: str = "",
) -> Answer:
    """Return the answer, with names that are not `shown` if there are any.

    Raises `UserError`, `RequestError`, `LibraryError` or `ArtifactError`.
    """
    await check_profanity(guild_context, *query.names)
    used: dict[int, tuple[str, NameGenerator]] = {}

    async def draw(seed: int, exclude: frozenset[str]) -> list[str]:
        def blend(generator: NameGenerator) -> Awaitable[list[str]]:
            return generator.blend(
                query.names,
                query.count,
                seed,
                is_allowed=guild_context.is_allowed,
                exclude=exclude,
                new_only=query.new_only,
            )

        style, generator, names = await try_styles(guild_context, query.style, seed, blend)
        used[seed] = style, generator
        return names

    max_seeds = 1 if query.count > MAX_LINES else MAX_SEEDS
    drawn = await draw_others(draw, seed, query.count, shown, max_seeds)
    style, generator = used[seed if drawn.seed is None else drawn.seed]
    return names_answer(
        drawn.names,
        " \N{MULTIPLICATION SIGN} ".join(truncate(name, 60) for name in query.names),
        notes=[*drawn.notes, generator.title],
        shortage=drawn.shortage(query.count, new_only=query.new_only),
        known=[name for name in drawn.names if generator.in_corpus(name)],
        view=_buttons(query, style, drawn.names),
        hint=hint,
    )


def _buttons(query: BlendQuery, drawn_style: str, names: Sequence[str]) -> ui.View:
    view = ui.View(timeout=None)
    buttons = (
        (_("Again"), "blend", discord.ButtonStyle.primary),
        (save_label(names), "blend-save", discord.ButtonStyle.secondary),
    )
    is_random = drawn_style != query.style
    values = replace(query, drawn_style="").pack(1, _MAX_VALUE) or (
        replace(query, drawn_style=drawn_style if is_random else "").pack(2, _MAX_VALUE) or []
    )
    for value, (label, kind, style) in zip(values, buttons, strict=False):
        custom_id = f"namesmith-{kind}:{value}"
        view.add_item(BlendButton(ui.Button(label=label, style=style, custom_id=custom_id)))
    if len(values) < len(buttons):
        add_save_button(view, drawn_style, names)
    return view
