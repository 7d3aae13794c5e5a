"""What a style's file tells of its training, in words: other people's words, that may lack or lie.

Anybody can write an artifact, so nothing of its report is taken for what it should be.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from math import exp, isfinite
from typing import Annotated, Any, NamedTuple, TypeVar

import discord
from pydantic import Field, TypeAdapter, ValidationError

from ...library import StyleNotFoundError, StyleRecord
from ...rendering.charts import describe_charts, draw_charts
from ...sampling import Artifact, ArtifactError
from ...services import Services
from ..answers import EMBED_COLOUR, Answer, AnswerFile
from ..components import (
    Page,
    PersistentComponent,
    check_allowed,
    page_buttons,
    persistent_view,
    respond,
)
from ..markdown import (
    escape_markdown,
    format_author,
    format_timestamp,
    inline_code,
    parse_timestamp,
    truncate,
)
from .checks import megabytes, on_shelf, published

_Count = Annotated[int, Field(ge=0, le=10**9)]
_Loss = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
_HISTORY = TypeAdapter(
    Annotated[list[tuple[_Count, _Loss, _Loss]], Field(max_length=1000)],
)
_LENGTHS = TypeAdapter(
    Annotated[list[tuple[_Count, _Count]], Field(max_length=1000)],
)

T = TypeVar("T")


class Measure(NamedTuple):
    """One thing that was measured of a style: what, how much, and what that means.

    Kept short: they stand in columns, and Discord breaks long lines even in a block of code.
    """

    title: str
    value: str
    meaning: str


def measures(report: Mapping[str, Any]) -> list[Measure]:
    """Return what `report` tells of how good the names are, as far as it does."""
    found = []
    if (nats := _number(report, "nats_per_character", 100)) is not None:
        meaning = f"like a choice of {exp(nats):,.1f} characters"
        found.append(Measure("Surprise", f"{nats:.2f} nats", meaning))
    if (share := _number(report, "share_new", 1)) is not None:
        found.append(Measure("New", f"{100 * share:.0f} %", "names that are not in its list"))
    if (share := _number(report, "share_unique", 1)) is not None:
        drawn = _number(report, "drawn", 10**9)
        of = f"among {drawn:,.0f} drawn" if drawn else "names"
        found.append(Measure("Distinct", f"{100 * share:.0f} %", f"different {of}"))
    if (off := _number(report, "length_distance", 10**6)) is not None:
        found.append(Measure("Lengths", f"{off:.2f} off", "in characters, on average"))
    return found


def history_of(artifact: Artifact) -> list[tuple[int, float, float]]:
    """Return step, loss learned from and loss held out at each measurement, none if not told."""
    points = _read(_HISTORY, artifact.style.report.get("history"))
    return sorted(points)


def lengths_of(artifact: Artifact) -> list[tuple[int, int]]:
    """Return how many samples have each length, ascending, none if not told."""
    bars = _read(_LENGTHS, artifact.style.corpus.get("lengths"))
    return sorted(dict(bars).items())


def samples_of(artifact: Artifact) -> str:
    """Return how many samples the style learned from, as many as it knows: `1,204 samples`."""
    count = int(artifact.corpus_digests.size)
    return f"{count:,} sample{'' if count == 1 else 's'}"


def _read(kind: TypeAdapter[list[T]], told: Any) -> list[T]:
    try:
        return kind.validate_python(told)
    except ValidationError:
        return []


def _number(told: Mapping[str, Any], key: str, most: float) -> float | None:
    value = told.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= most and isfinite(value) else None


SIZE = 10
"""Styles on a page."""

LAYERS = {
    "guild": "this server's own",
    "shared": "of every server",
    "shipped": "one that came with me",
}
"""How it is told where a style is from."""


class ListControl(PersistentComponent, template=r"namesmith-styles:(?P<page>\d+):(?P<user>\d+)"):
    """Turns to `page`; who is not `user` gets a list of their own."""

    async def on_use(
        self, services: Services, interaction: discord.Interaction[Any], params: dict[str, str]
    ) -> None:
        """Show that page."""
        await check_allowed(services, interaction)
        user_id = interaction.user.id
        work = listed(services, interaction.guild_id, user_id, int(params["page"]))
        await respond(interaction, work, edit=int(params["user"]) == user_id)


async def listed(services: Services, guild_id: int | None, user_id: int, number: int = 0) -> Answer:
    """Return a page of the styles that answer in the guild, or in direct messages."""
    names = services.library.style_names(guild_id)
    default = (await services.guild_context(guild_id)).style
    page = Page.of(len(names), number, SIZE)
    shown = page.slice(names)
    entries = [
        _entry(services, name, guild_id, opened, answers=name == default)
        for name, opened in zip(shown, await _opened(services, shown, guild_id), strict=True)
    ]
    embed = discord.Embed(title="Styles", description="\n".join(entries), colour=EMBED_COLOUR)
    count = f"{len(names):,} style{'' if len(names) == 1 else 's'}"
    embed.set_footer(text=f"{count}{page.note} · /style info tells of one")
    labels = "Back", "Next"
    turns = page_buttons(page, labels, ListControl, lambda to: f"namesmith-styles:{to}:{user_id}")
    return Answer(embed=embed, view=persistent_view(*turns) if page.last else None)


async def _opened(
    services: Services, styles: Sequence[str], guild_id: int | None
) -> Sequence[Artifact | None]:
    """Return the artifact of each of `styles`, None where it is gone or broken."""

    async def opened(name: str) -> Artifact | None:
        try:
            return (await services.library.engine(name, guild_id)).artifact
        except (ArtifactError, StyleNotFoundError):
            return None

    return await asyncio.gather(*map(opened, styles))


def _entry(
    services: Services, name: str, guild_id: int | None, opened: Artifact | None, *, answers: bool
) -> str:
    """Return a style in two lines: what it is called, and what is to be known of it."""
    call = inline_code(truncate(name, 60))
    if opened is None:
        return f"{call}\n-# cannot be opened just now"
    layer = services.library.layer(name, guild_id)
    facts = [samples_of(opened), LAYERS[layer]]
    held = on_shelf(services, name, guild_id if layer == "guild" else None)
    if layer != "shipped" and held and held.live:
        change = published(held, held.live)
        facts.append(
            f"version {held.live}" + (f" of {format_timestamp(change.time, 'D')}" if change else "")
        )
    elif made := parse_timestamp(opened.style.created):
        facts.append(format_timestamp(made, "D"))
    if answers:
        facts.append("**answers when no style is named**")
    return f"**{escape_markdown(truncate(opened.style.title, 80))}** {call}\n-# {' · '.join(facts)}"


_PICTURE = "style.png"


async def info(services: Services, style: str, guild_id: int | None) -> Answer:
    """Return all that is known of `style`, as it answers in the guild; raises `RequestError`."""
    name = (await services.guild_context(guild_id)).resolve_style(style)
    artifact = (await services.library.engine(name, guild_id)).artifact
    layer = services.library.layer(name, guild_id)
    held = on_shelf(services, name, guild_id if layer == "guild" else None)
    lines = (
        [escape_markdown(truncate(artifact.style.description, 500))]
        if artifact.style.description
        else []
    )
    lines += _lines(name, layer, artifact, held if layer != "shipped" else None)
    embed = discord.Embed(
        title=escape_markdown(truncate(artifact.style.title, 120)),
        description="\n".join(lines),
        colour=EMBED_COLOUR,
    )
    if judged := measures(artifact.style.report):
        text = "\n".join(f"**{m.title}** {m.value}: {m.meaning}" for m in judged)
        embed.add_field(name="How good its names are", value=text, inline=False)
    history, lengths = history_of(artifact), lengths_of(artifact)
    picture = await asyncio.to_thread(draw_charts, history, lengths)
    if picture is None:
        return Answer(embed=embed)
    embed.set_image(url=f"attachment://{_PICTURE}")
    return Answer(
        embed=embed, file=AnswerFile(_PICTURE, picture, describe_charts(history, lengths))
    )


def _lines(name: str, layer: str, artifact: Artifact, held: StyleRecord | None) -> Iterator[str]:
    yield f"**Called** {inline_code(truncate(name, 60))}, {LAYERS[layer]}"
    licence = artifact.style.corpus.get("licence")
    of = (
        f", licence {escape_markdown(truncate(licence, 100))}"
        if licence and isinstance(licence, str)
        else ""
    )
    yield f"**Learnt from** {samples_of(artifact)}{of}"
    if network := _network(artifact.style.network):
        yield f"**Network** {network}"
    if made := parse_timestamp(artifact.style.created):
        yield f"**Made** {format_timestamp(made, 'D')}"
    if held:
        yield from _versions(held)


def _versions(held: StyleRecord) -> Iterator[str]:
    if change := published(held, held.live):
        author = format_author(change.author)
        yield f"**Published** {format_timestamp(change.time, 'R')} by {author}"
    kept = ", ".join(f"**{v} (live)**" if v == held.live else str(v) for v in held.versions[-25:])
    yield f"**Versions kept** {kept} · {megabytes(held.size)} in all"


def _network(network: dict[str, Any]) -> str:
    """Say what kind of network it is, as `LSTM, 1 layer of 256`; nothing where it is not told."""
    cell, layers, hidden = (network.get(part) for part in ("cell", "layers", "hidden"))
    if not (isinstance(cell, str) and isinstance(layers, int) and isinstance(hidden, int)):
        return ""
    several = f"{layers:,} layer{'' if layers == 1 else 's'} of {hidden:,}"
    return f"{escape_markdown(truncate(cell, 20).upper())}, {several}"
