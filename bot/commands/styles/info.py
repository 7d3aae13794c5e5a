"""`/style info`: example names, what a style is and where it comes from; figures behind Details.

Anyone can write an artifact, so the report in it may be incomplete or wrong. Everything is
validated, and invalid values are left out.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeVar

import discord
from discord import ui
from msgspec import Meta, ValidationError, convert

from ...i18n import format_number, join_list, marked, ngettext
from ...i18n import gettext as _
from ...library import PatternStyle, StyleRecord, WeightedStyle
from ...sampling import Artifact, ArtifactError, RequestError, Style
from ...services import GuildContext, Services
from ..answer_formats import EMBED_COLOUR, Answer
from ..base import Interaction, PersistentComponent, check_allowed, persistent_view, respond
from ..markdown import (
    escape_markdown,
    format_author,
    format_size,
    format_timestamp,
    inline_code,
    parse_timestamp,
    truncate,
)
from ..query import random_seed
from .checks import find_publish, find_record
from .quality import details_answer, poor_verdict

_EXAMPLES, _MAX_EXAMPLE = 5, 60
"""Example names, and characters of each."""

_DETAILS_ID = "namesmith-details:"
_LAYERS = {
    "guild": marked("this server"),
    "shared": marked("all servers"),
    "shipped": marked("built in"),
}

_Count = Annotated[int, Meta(ge=0, le=10**9)]
_Loss = Annotated[float, Meta(ge=0, le=1000)]
_History = Annotated[list[tuple[_Count, _Loss, _Loss]], Meta(max_length=1000)]
_Lengths = Annotated[list[tuple[_Count, _Count]], Meta(max_length=1000)]

T = TypeVar("T")


class DetailsButton(PersistentComponent, template=rf"{_DETAILS_ID}(?P<style>.+)"):
    """Shows the figures of a style, to the user who presses it."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Send the figures."""
        guild = await check_allowed(services, interaction)
        await respond(interaction, _details(services, guild, params["style"]), edit=False)


async def describe_style(services: Services, guild: GuildContext, style: str) -> Answer:
    """Return example names of `style` and what it is; raises `RequestError` or `ArtifactError`."""
    (name, *_others) = guild.styles_to_try(guild.resolve_style(style), random_seed())
    if parts := guild.library.mix_parts(name, guild.guild_id):
        return await _describe_mix(guild, name, parts)
    if pattern := await guild.library.pattern(name, guild.guild_id):
        lines = [line async for line in _style_lines(services, guild, name, pattern)]
        lines.append(_("**Pattern** {pattern}").format(pattern=inline_code(pattern.pattern)))
        if record := _find_record(services, guild, name):
            lines += _version_lines(record)
        return Answer(embed=_embed(pattern.title, lines))
    artifact = await guild.library.artifact(name, guild.guild_id)
    lines = [line async for line in _style_lines(services, guild, name, artifact.style)]
    embed = _embed(artifact.style.title, [*lines, _sample_line(artifact)])
    if verdict := poor_verdict(artifact.style.report):
        embed.add_field(name=_("Poor style"), value=verdict, inline=False)
    return Answer(embed=embed, view=_details_button(name))


def _details_button(name: str) -> ui.View | None:
    custom_id = f"{_DETAILS_ID}{name}"
    if len(custom_id) > 100:
        return None
    return persistent_view(DetailsButton(ui.Button(label=_("Details"), custom_id=custom_id)))


async def _details(services: Services, guild: GuildContext, style: str) -> Answer:
    """Return the figures of `style`; raises `RequestError` if it is gone, or `ArtifactError`."""
    name = guild.resolve_style(style)
    artifact = await guild.library.artifact(name, guild.guild_id)
    report, corpus = artifact.style.report, artifact.style.corpus
    history = sorted(_validate(_History, report.get("history")))
    lengths = sorted(dict(_validate(_Lengths, corpus.get("lengths"))).items())
    lines = _detail_lines(services, guild, name, artifact.style)
    title = escape_markdown(truncate(artifact.style.title, 120))
    return await details_answer(title, lines, report, history, lengths)


def _embed(title: str, lines: Sequence[str]) -> discord.Embed:
    return discord.Embed(
        title=escape_markdown(truncate(title, 120)),
        description="\n".join(lines),
        colour=EMBED_COLOUR,
    )


async def _draw_examples(guild: GuildContext, name: str, stored: Sequence[str]) -> str:
    """Return names of a style as Markdown: new ones, or those in its file if there are none."""
    request = guild.request(_EXAMPLES)
    try:
        names = await (await guild.engine(name)).names(request)
    except (RequestError, ArtifactError):
        names = [example for example in stored if guild.is_allowed(example)]
    shown = (escape_markdown(truncate(name, _MAX_EXAMPLE)) for name in names[:_EXAMPLES])
    return " · ".join(shown)


async def _describe_mix(guild: GuildContext, name: str, parts: Sequence[WeightedStyle]) -> Answer:
    """Return what a mix is made of; raises as `describe_style` does."""
    generator = await guild.engine(name)
    titles = {card.name: card.title for card in guild.cards}
    total = sum(part.weight for part in parts)
    examples = await _draw_examples(guild, name, ())
    lines = [examples] if examples else []
    lines += [
        f"**{escape_markdown(truncate(titles.get(part.style, part.style), 80))}** "
        f"{inline_code(truncate(part.style, 60))} {100 * part.weight / total:.0f} %"
        for part in parts
    ]
    lines.append(_("A mix: each letter can come from any of them, and a new name is in no list."))
    return Answer(embed=_embed(generator.title, lines))


async def _style_lines(
    services: Services, guild: GuildContext, name: str, style: Style | PatternStyle
) -> AsyncIterator[str]:
    """Yield what networks and patterns have: examples, description, name, group and tags."""
    if examples := await _draw_examples(guild, name, style.examples):
        yield examples
    if style.description:
        yield escape_markdown(truncate(style.description, 500))
    layer = _(_LAYERS[services.library.layer(name, guild.guild_id)])
    text = _("**Name** {name} ({layer})")
    if name == guild.style:
        text = _("**Name** {name} ({layer}, default style)")
    yield text.format(name=inline_code(truncate(name, 60)), layer=layer)
    if about := [*filter(None, [style.group]), *style.tags]:
        topics = escape_markdown(truncate(join_list(about), 200))
        yield _("**About** {topics}").format(topics=topics)


def _sample_line(artifact: Artifact) -> str:
    count = int(artifact.corpus_digests.size)
    text = ngettext("**Learned from** {count} name", "**Learned from** {count} names", count)
    line = text.format(count=format_number(count))
    licence = artifact.style.corpus.get("licence")
    if not isinstance(licence, str) or not licence:
        return line
    text = _("{line} (licence {licence})")
    return text.format(line=line, licence=escape_markdown(truncate(licence, 100)))


def _detail_lines(
    services: Services, guild: GuildContext, name: str, style: Style
) -> Iterator[str]:
    if record := _find_record(services, guild, name):
        yield from _version_lines(record)
    if created := parse_timestamp(style.created):
        yield _("**Created** {date}").format(date=format_timestamp(created, "D"))
    if network := _format_network(style.network):
        yield _("**Network** {network}").format(network=network)


def _version_lines(record: StyleRecord) -> Iterator[str]:
    if change := find_publish(record, record.live):
        yield _("**Published** {time} by {author}").format(
            time=format_timestamp(change.time, "R"), author=format_author(change.author)
        )
    live = _("**{version} (live)**").format(version=record.live)
    versions = join_list(
        live if version == record.live else str(version) for version in record.versions[-25:]
    )
    yield _("**Versions** {versions} · {size} in total").format(
        versions=versions, size=format_size(record.size)
    )


def _find_record(services: Services, guild: GuildContext, name: str) -> StyleRecord | None:
    """Return the record of a published style, None for a built-in one."""
    layer = services.library.layer(name, guild.guild_id)
    if layer == "shipped":
        return None
    return find_record(services, name, guild.guild_id if layer == "guild" else None)


def _format_network(network: Mapping[str, Any]) -> str:
    """Return a description such as `LSTM, 1 layer of 256 units`, empty if it is incomplete."""
    cell, layers, hidden = (network.get(key) for key in ("cell", "layers", "hidden"))
    if not (isinstance(cell, str) and isinstance(layers, int) and isinstance(hidden, int)):
        return ""
    text = ngettext(
        "{cell}, {layers} layer of {units} units",
        "{cell}, {layers} layers of {units} units",
        layers,
    )
    return text.format(
        cell=escape_markdown(truncate(cell, 20).upper()),
        layers=format_number(layers),
        units=format_number(hidden),
    )


def _validate(kind: type[list[T]], value: Any) -> list[T]:
    """Return `value` as that `kind`, or an empty list if it is invalid."""
    try:
        return convert(value, kind)
    except ValidationError:
        return []
