"""`/style info`: what a style is, how good it is, and which versions it has.

Anyone can write an artifact, so the report in it may be incomplete or wrong. Everything is
validated, and invalid values are left out.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeVar

import discord
from pydantic import Field, TypeAdapter, ValidationError

from ...library import PatternStyle, StyleRecord, WeightedStyle
from ...rendering.charts import describe_charts, draw_charts
from ...sampling import Artifact, Style
from ...services import GuildContext, Services
from ..answer_formats import EMBED_COLOUR, Answer, AnswerFile
from ..markdown import (
    escape_markdown,
    format_author,
    format_count,
    format_size,
    format_timestamp,
    inline_code,
    parse_timestamp,
    truncate,
)
from ..query import random_seed
from .checks import find_publish, find_record
from .quality import describe_measurement, poor_verdict, style_metrics

_CHART_FILE = "style.png"
_LAYERS = {"guild": "this server", "shared": "all servers", "shipped": "built in"}

_Count = Annotated[int, Field(ge=0, le=10**9)]
_Loss = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
_HISTORY = TypeAdapter(Annotated[list[tuple[_Count, _Loss, _Loss]], Field(max_length=1000)])
_LENGTHS = TypeAdapter(Annotated[list[tuple[_Count, _Count]], Field(max_length=1000)])

T = TypeVar("T")


async def describe_style(services: Services, guild: GuildContext, style: str) -> Answer:
    """Return the details of `style` with its charts; raises `RequestError` or `ArtifactError`."""
    (name, *_) = guild.styles_to_try(guild.resolve_style(style), random_seed())
    if parts := guild.library.mix_parts(name, guild.guild_id):
        return await _describe_mix(guild, name, parts)
    if pattern := await guild.library.pattern(name, guild.guild_id):
        return _describe_pattern(services, guild, name, pattern)
    artifact = await guild.library.artifact(name, guild.guild_id)
    embed = discord.Embed(
        title=escape_markdown(truncate(artifact.style.title, 120)),
        description="\n".join(_detail_lines(services, guild, name, artifact)),
        colour=EMBED_COLOUR,
    )
    if quality := "\n".join(_quality_lines(artifact.style.report)):
        embed.add_field(name="Quality", value=quality, inline=False)
    history = sorted(_validate(_HISTORY, artifact.style.report.get("history")))
    lengths = sorted(dict(_validate(_LENGTHS, artifact.style.corpus.get("lengths"))).items())
    png = await asyncio.to_thread(draw_charts, history, lengths)
    if png is None:
        return Answer(embed=embed)
    embed.set_image(url=f"attachment://{_CHART_FILE}")
    charts = AnswerFile(_CHART_FILE, png, describe_charts(history, lengths))
    return Answer(embed=embed, file=charts)


async def _describe_mix(guild: GuildContext, name: str, parts: Sequence[WeightedStyle]) -> Answer:
    """Return what a mix is made of; raises as `describe_style` does."""
    generator = await guild.engine(name)
    titles = {card.name: card.title for card in guild.cards}
    total = sum(part.weight for part in parts)
    lines = [
        f"**{escape_markdown(truncate(titles.get(part.style, part.style), 80))}** "
        f"{inline_code(truncate(part.style, 60))} {100 * part.weight / total:.0f} %"
        for part in parts
    ]
    lines.append("A mix: each letter can come from any of them, and a new name is in no list.")
    title = escape_markdown(truncate(generator.title, 200))
    return Answer(
        embed=discord.Embed(title=title, description="\n".join(lines), colour=EMBED_COLOUR)
    )


def _describe_pattern(
    services: Services, guild: GuildContext, name: str, pattern: PatternStyle
) -> Answer:
    layer = services.library.layer(name, guild.guild_id)
    lines = [
        *_style_lines(guild, name, layer, pattern),
        f"**Pattern** {inline_code(pattern.pattern)}",
    ]
    if record := _find_record(services, guild, name, layer):
        lines += _version_lines(record)
    title = escape_markdown(truncate(pattern.title, 120))
    embed = discord.Embed(title=title, description="\n".join(lines), colour=EMBED_COLOUR)
    return Answer(embed=embed)


def _detail_lines(
    services: Services, guild: GuildContext, name: str, artifact: Artifact
) -> Iterator[str]:
    style = artifact.style
    layer = services.library.layer(name, guild.guild_id)
    yield from _style_lines(guild, name, layer, style)
    licence = style.corpus.get("licence")
    suffix = ""
    if isinstance(licence, str) and licence:
        suffix = f" (licence {escape_markdown(truncate(licence, 100))})"
    yield f"**Trained on** {_format_samples(artifact)}{suffix}"
    if network := _format_network(style.network):
        yield f"**Network** {network}"
    if created := parse_timestamp(style.created):
        yield f"**Created** {format_timestamp(created, 'D')}"
    if record := _find_record(services, guild, name, layer):
        yield from _version_lines(record)


def _style_lines(
    guild: GuildContext, name: str, layer: str, style: Style | PatternStyle
) -> Iterator[str]:
    """Yield what networks and patterns have: description, name, group, tags and examples."""
    if style.description:
        yield escape_markdown(truncate(style.description, 500))
    default = ", default style" if name == guild.style else ""
    yield f"**Name** {inline_code(truncate(name, 60))} ({_LAYERS[layer]}{default})"
    if about := [*filter(None, [style.group]), *style.tags]:
        yield f"**About** {escape_markdown(truncate(', '.join(about), 200))}"
    if style.examples:
        yield f"**Examples** {escape_markdown(truncate(', '.join(style.examples), 200))}"


def _quality_lines(report: Mapping[str, Any]) -> Iterator[str]:
    if verdict := poor_verdict(report):
        yield f"**Poor style** {verdict}"
    for metric in style_metrics(report):
        yield f"**{metric.name}** {metric.value}: {metric.meaning}"
    if measurement := describe_measurement(report):
        yield measurement


def _version_lines(record: StyleRecord) -> Iterator[str]:
    if change := find_publish(record, record.live):
        author = format_author(change.author)
        yield f"**Published** {format_timestamp(change.time, 'R')} by {author}"
    versions = ", ".join(
        f"**{version} (live)**" if version == record.live else str(version)
        for version in record.versions[-25:]
    )
    yield f"**Versions** {versions} · {format_size(record.size)} in total"


def _find_record(
    services: Services, guild: GuildContext, name: str, layer: str
) -> StyleRecord | None:
    """Return the record of a published style, None for a built-in one."""
    if layer == "shipped":
        return None
    return find_record(services, name, guild.guild_id if layer == "guild" else None)


def _format_samples(artifact: Artifact) -> str:
    return format_count(int(artifact.corpus_digests.size), "sample")


def _format_network(network: Mapping[str, Any]) -> str:
    """Return a description such as `LSTM, 1 layer of 256 units`, empty if it is incomplete."""
    cell, layers, hidden = (network.get(key) for key in ("cell", "layers", "hidden"))
    if not (isinstance(cell, str) and isinstance(layers, int) and isinstance(hidden, int)):
        return ""
    cell = escape_markdown(truncate(cell, 20).upper())
    return f"{cell}, {format_count(layers, 'layer')} of {format_count(hidden, 'unit')}"


def _validate(adapter: TypeAdapter[list[T]], value: Any) -> list[T]:
    """Return `value`, or an empty list if it is invalid."""
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return []
