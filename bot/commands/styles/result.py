"""What a training came to, to be judged: ten names, how good they are, how it learned."""

import asyncio
from collections.abc import Mapping
from typing import Any

import discord

from ...plugin import Plugin
from ...sampling import ArtifactError, Request, RequestError
from ...store import Training
from ..answers import COLOUR, Answer, File
from ..text import inert, name_lines, quoted, short
from .charts import loss_chart
from .charts import told as described
from .measures import measures
from .moments import person
from .previewing import warned
from .progress import headline, small_print

_NAMES = 10
_NAME = 100
"""Characters shown of a name."""

_PICTURE = "loss.png"

_BECAME = {"done": "ready to publish", "published": "published", "discarded": "discarded"}
"""How a title says what became of it, by its state."""


async def result(plugin: Plugin, training: Training) -> Answer:
    """Return the message of a training that is done, published or discarded, without buttons."""
    told = training.told
    names = told.get("names")
    if names is None and training.state == "done":  # else there is nothing left to draw from
        names = await _kept_names(plugin, training)
    embed = discord.Embed(
        title=headline(training, _BECAME[training.state]), description=names, colour=COLOUR
    )
    embed.add_field(name="How good they are", value=_table(told.get("report", {})), inline=False)
    if warnings := told.get("warnings"):
        value = warned(warnings)
        embed.add_field(name="Before you publish it", value=value, inline=False)
    if decided := _decision(training):
        embed.add_field(name="\N{ZERO WIDTH SPACE}", value=decided, inline=False)
    embed.set_footer(text=f"{small_print(training)} · {learned_in(told.get('seconds', 0))}")
    history = told.get("history")
    if not history:
        return Answer(embed=embed)
    embed.set_image(url=f"attachment://{_PICTURE}")
    picture = await asyncio.to_thread(loss_chart, history)
    return Answer(embed=embed, file=File(_PICTURE, picture, described(history, ())))


async def tried(plugin: Plugin, training: Training) -> Answer:
    """Return an answer with some new names of the style that `training` came to."""
    return Answer(embed=discord.Embed(description=await _names(plugin, training), colour=COLOUR))


async def _kept_names(plugin: Plugin, training: Training) -> str:
    """Draw the names of the message, and keep them: it is shown again when all is decided."""
    names = await _names(plugin, training)
    told = {**training.told, "names": names}
    await plugin.store.trainings.change(training.id, was=["done"], told=told)
    return names


async def _names(plugin: Plugin, training: Training) -> str:
    """Return names as lines of Markdown, those of the list slanted; or why there are none."""
    defaults = await plugin.defaults(training.home_id)
    profanity = await plugin.profanity_filter(training.home_id)
    request = Request(
        count=_NAMES,
        temperature=defaults.temperature,
        top_p=defaults.top_p,
        is_allowed=lambda name: not profanity.matches(name),
    )
    try:
        engine = await plugin.candidates.engine(training.id)
        if engine is None:
            return "It is kept no more. Train it again."
        names = await engine.names(request)
    except ArtifactError as error:
        return f"It cannot be used: {inert(str(error))}"
    except RequestError as refused:
        return refused.template.format(*map(quoted, refused.values))
    artifact = engine.artifact
    known = [short(name, _NAME) for name in names if artifact.in_corpus(name)]
    return name_lines([short(name, _NAME) for name in names], known)


def _table(report: Mapping[str, Any]) -> str:
    """Return what was measured, as columns in fixed width."""
    rows = measures(report)
    if not rows:
        return "Nothing was measured."
    wide, value_wide = (max(len(row[i]) for row in rows) for i in (0, 1))
    lines = [f"{row.title:{wide}}  {row.value:>{value_wide}}  {row.meaning}" for row in rows]
    return "```\n" + "\n".join(lines) + "\n```"


def _decision(training: Training) -> str | None:
    """Say who published or discarded it, and how to go back; None while nobody has."""
    decided = training.told.get("decided")
    if not decided:
        return None
    who = person(str(decided["by"] or ""))
    if training.state == "discarded":
        return f"Discarded by {who}. No style has changed."
    style = quoted(training.style)
    return (
        f"Published by {who} as version {decided['version']} of {style}. "
        f"To go back: {quoted(f'/style rollback {training.style}')}."
    )


def learned_in(seconds: float) -> str:
    """Return how long it took, as `learned in 52 s`."""
    return f"learned in {seconds / 60:.0f} min" if seconds >= 120 else f"learned in {seconds:.0f} s"
