"""`!rate` and `/rate`: how typical a name is, with a picture of its surprising letters."""

from collections.abc import Iterator

import discord
from discord.ext import commands

from ..i18n import format_number
from ..i18n import gettext as _
from ..red import hybrid_command
from ..sampling import NameGenerator, Score
from ..services import GuildContext
from .answer_formats import EMBED_COLOUR, Answer, AnswerFile, send_answer
from .base import Context, NamesmithCog, available_everywhere, check_profanity, defer_if_slow
from .markdown import escape_markdown, truncate
from .options import STYLE_DESCRIPTION
from .pictures import rating_picture
from .query import random_seed, try_styles
from .text_options import TextOptions

_IMAGE = "rating.png"


class RateOptions(TextOptions, case_insensitive=True):
    """The options of `/rate`."""

    name: str = commands.flag(positional=True, description="The name to rate")
    style: str | None = commands.flag(converter=str, default=None, description=STYLE_DESCRIPTION)


class RateCog(NamesmithCog, name="Namesmith ratings"):
    """Rate names."""

    @hybrid_command(usage="name [style:...]")  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def rate(self, ctx: Context, *, options: RateOptions) -> None:
        """Rate how typical a name is, and show which letters are surprising."""
        guild_context = self.guild_context(ctx)
        style = guild_context.resolve_style(options.style)
        self.remember_style(ctx, options.style and style)
        answer = await defer_if_slow(rate_name(guild_context, options.name, style), ctx)
        await send_answer(ctx, answer)

    rate.autocomplete("style")(NamesmithCog.complete_style)


async def rate_name(guild_context: GuildContext, name: str, style: str) -> Answer:
    """Return the rating; raises `UserError`, `RequestError`, `LibraryError`, `ArtifactError`."""
    _style, generator, score = await try_styles(
        guild_context, style, random_seed(), lambda generator: generator.score(name)
    )
    await check_profanity(guild_context, name, score.name)
    return _answer(score, generator, await rating_picture(score, _IMAGE))


def _answer(score: Score, generator: NameGenerator, picture: AnswerFile) -> Answer:
    if score.parts:
        lines = list(_part_lines(score))
    else:
        text = _("More typical than **{percent} %** of *{style}*.")
        lines = [_fill(text, score, generator.title)]
    if generator.in_corpus(score.name):
        lines.append(
            _("All parts are in their styles' lists.")
            if score.parts
            else _("It's in the style's list.")
        )
    embed = discord.Embed(
        title=escape_markdown(truncate(score.name, 120)),
        description="\n".join(lines),
        colour=EMBED_COLOUR,
    )
    embed.set_image(url=f"attachment://{_IMAGE}")
    embed.set_footer(
        text=_(
            "Tall and bright letters are surprising. Below them is the letter that was expected."
        )
    )
    return Answer(embed=embed, file=picture)


def _part_lines(score: Score) -> Iterator[str]:
    """Yield a line for each part of a name of a pattern."""
    for part in score.parts:
        text = _("{name}: more typical than **{percent} %** of *{style}*.")
        yield _fill(text, part.score, part.title)


def _fill(text: str, score: Score, title: str) -> str:
    """Fill in the name, its percentile, and the title of the style."""
    return text.format(
        name=escape_markdown(truncate(score.name, 120)),
        percent=format_number(score.percentile),
        style=escape_markdown(title),
    )
