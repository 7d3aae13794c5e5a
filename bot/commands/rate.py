"""`!rate` and `/rate`: how much a name is like those of a style, and a picture that says why."""

import asyncio
from typing import Any

import discord
from discord.ext import commands

from ..rendering.rating_image import draw_rating, format_probability, shown_characters
from ..sampling import Artifact, Score
from ..services import Services
from .answers import EMBED_COLOUR, Answer, AnswerFile, send_answer
from .base import NamesmithCog, available_everywhere, defer_if_slow
from .markdown import escape_markdown, truncate
from .names import check_profanity, choose_style
from .options import STYLE_DESCRIPTION, TextOptions

_PICTURE = "rating.png"


class RateOptions(TextOptions, case_insensitive=True):
    """What can be said of a name to be rated."""

    name: str = commands.flag(positional=True, description="The name to rate")
    style: str | None = commands.flag(converter=str, default=None, description=STYLE_DESCRIPTION)


class RateCog(NamesmithCog, name="Namesmith ratings"):
    """What a style thinks of a name."""

    @commands.hybrid_command(usage="name [style:...]")  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def rate(self, ctx: commands.Context[Any], *, options: RateOptions) -> None:
        """Say how name-like a name is, and which of its letters surprise."""
        work = _rated(self.services, options, ctx.guild.id if ctx.guild else None)
        await send_answer(ctx, await defer_if_slow(work, ctx.defer))

    rate.autocomplete("style")(NamesmithCog.complete_style)


async def _rated(services: Services, options: RateOptions, guild_id: int | None) -> Answer:
    profanity = await services.profanity_filter(guild_id)
    style = await choose_style(services, options.style, guild_id)
    engine = await services.library.engine(style, guild_id)
    score = await engine.score(options.name)
    check_profanity(profanity, options.name, score.name)
    return _answer(score, engine.artifact, await asyncio.to_thread(draw_rating, score))


def _answer(score: Score, artifact: Artifact, png: bytes) -> Answer:
    title = escape_markdown(artifact.style.title)
    told = f"More name-like than **{score.percentile:.0f} %** of *{title}*."
    if artifact.in_corpus(score.name):
        told += " It is one of them."
    embed = discord.Embed(
        title=escape_markdown(truncate(score.name, 120)), description=told, colour=EMBED_COLOUR
    )
    embed.set_image(url=f"attachment://{_PICTURE}")
    embed.set_footer(text=f"{score.nats:.2f} nats a letter · high and bright: a surprise")
    return Answer(embed=embed, file=AnswerFile(_PICTURE, png, _described(score)))


def _described(score: Score) -> str:
    """Say what the picture shows: each letter, and what was expected where it was not that."""
    told = []
    for place in shown_characters(score):
        character, (likeliest, probability) = place.character or "end", place.expected[0]
        surprised = likeliest != place.character
        more = (
            f" (expected {likeliest or 'end'}, {format_probability(probability)})"
            if surprised
            else ""
        )
        told.append(f"{character}{more}")
    return truncate(", ".join(told), 1024)
