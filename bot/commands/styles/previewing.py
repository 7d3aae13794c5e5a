"""What is shown of a list before it is learned: how much there is, of what, and what looks odd."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

import discord
from discord import ui

from ...plugin import Plugin
from ...profanity import ProfanityFilter
from ...store import Training
from ..answers import COLOUR, Answer, File
from ..text import inert, quoted, short
from .charts import lengths_chart
from .charts import told as described
from .progress import headline, small_print

_PICTURE = "lengths.png"
_SAMPLE, _ALPHABET = 60, 180
"""Characters shown of a sample, and of all that there are."""

_FIELD = 1024
"""Characters of an embed's field, as Discord counts them."""

_TAKES = {"seed": "a few seconds", "fast": "about a minute", "best": "about ten minutes"}


async def preview_of(plugin: Plugin, training: Training, view: ui.View) -> Answer:
    """Return what is shown of the list of `training`, which is offered."""
    told = training.told
    profanity = await plugin.profanity_filter(training.home_id)
    samples = await asyncio.to_thread(_without_profanity, profanity, told["shown"])
    embed = discord.Embed(
        title=headline(training, "shall I learn this?"),
        description="\n".join(_sentences(training)),
        colour=COLOUR,
    )
    if samples:
        embed.add_field(name="Some of it", value=_fitting(map(inert, samples)), inline=False)
    embed.add_field(
        name=f"Its {told['distinct']:,} characters",
        value=quoted(short("".join(told["alphabet"]), _ALPHABET)),
        inline=False,
    )
    if told["warnings"]:
        embed.add_field(name="Before you confirm", value=warned(told["warnings"]), inline=False)
    embed.set_footer(text=f"{small_print(training)}, {_TAKES.get(training.recipe, 'some time')}")
    embed.set_image(url=f"attachment://{_PICTURE}")
    picture = await asyncio.to_thread(lengths_chart, told["lengths"])
    about = described((), told["lengths"])
    return Answer(embed=embed, file=File(_PICTURE, picture, about), view=view)


def _without_profanity(profanity: ProfanityFilter, samples: list[str]) -> list[str]:
    """Return the `samples` without blocked ones; one of many short words takes milliseconds."""
    shown = (short(sample, _SAMPLE) for sample in samples)
    return [sample for sample in shown if not profanity.matches(sample)]


def warned(warnings: list[str]) -> str:
    """Return the first of `warnings` as a list that fits a field."""
    return _fitting(f"- {inert(short(line, 300))}" for line in warnings)


def _sentences(training: Training) -> Iterator[str]:
    told: Any = training.told
    left_out = [
        f"{told[key]:,} {what}{'' if told[key] == 1 else 's'}"
        for key, what in (("duplicates", "repeated line"), ("blanks", "blank line"))
        if told[key]
    ]
    more = f"; {' and '.join(left_out)} left out" if left_out else ""
    yield f"**{told['samples']:,}** different names to learn from{more}."
    who = "this server" if training.guild_id else "every server"
    yield f"Once learned, it can be tried, and published as a style of {who}."


def _fitting(lines: Iterable[str]) -> str:
    """Return as many of `lines` as fit a field."""
    text = ""
    for line in lines:
        if len(text) + 1 + len(line) > _FIELD:
            break
        text = f"{text}\n{line}" if text else line
    return text
