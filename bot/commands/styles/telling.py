"""`/style info`: all that is known of a style, and its charts."""

import asyncio
from collections.abc import Iterator
from typing import Any

import discord

from ...library import Shelved
from ...plugin import Plugin
from ...sampling import Artifact
from ..answers import COLOUR, Answer, File
from ..drawing import chosen_style
from ..text import inert, quoted, short
from .charts import charts
from .charts import told as described
from .limits import megabytes
from .listing import LAYERS
from .measures import history_of, lengths_of, measures, samples_of
from .moments import moment_of, person, when
from .shelf import on_shelf, published

_PICTURE = "style.png"


async def told(plugin: Plugin, style: str, guild_id: int | None) -> Answer:
    """Return all that is known of `style`, as it answers in the guild; raises `RequestError`."""
    name = await chosen_style(plugin, style, guild_id)
    artifact = (await plugin.library.engine(name, guild_id)).artifact
    layer = plugin.library.where(name, guild_id)
    held = on_shelf(plugin, name, guild_id if layer == "guild" else None)
    lines = [inert(short(artifact.style.description, 500))] if artifact.style.description else []
    lines += _lines(name, layer, artifact, held if layer != "shipped" else None)
    embed = discord.Embed(
        title=inert(short(artifact.style.title, 120)), description="\n".join(lines), colour=COLOUR
    )
    if judged := measures(artifact.style.report):
        text = "\n".join(f"**{m.title}** {m.value}: {m.meaning}" for m in judged)
        embed.add_field(name="How good its names are", value=text, inline=False)
    history, lengths = history_of(artifact), lengths_of(artifact)
    picture = await asyncio.to_thread(charts, history, lengths)
    if picture is None:
        return Answer(embed=embed)
    embed.set_image(url=f"attachment://{_PICTURE}")
    return Answer(embed=embed, file=File(_PICTURE, picture, described(history, lengths)))


def _lines(name: str, layer: str, artifact: Artifact, held: Shelved | None) -> Iterator[str]:
    yield f"**Called** {quoted(short(name, 60))}, {LAYERS[layer]}"
    licence = artifact.style.corpus.get("licence")
    of = f", licence {inert(short(licence, 100))}" if licence and isinstance(licence, str) else ""
    yield f"**Learnt from** {samples_of(artifact)}{of}"
    if network := _network(artifact.style.network):
        yield f"**Network** {network}"
    if made := moment_of(artifact.style.created):
        yield f"**Made** {when(made, 'D')}"
    if held:
        yield from _versions(held)


def _versions(held: Shelved) -> Iterator[str]:
    if change := published(held, held.live):
        yield f"**Published** {when(change.when, 'R')} by {person(change.who)}"
    kept = ", ".join(f"**{v} (live)**" if v == held.live else str(v) for v in held.versions[-25:])
    yield f"**Versions kept** {kept} · {megabytes(held.size)} in all"


def _network(network: dict[str, Any]) -> str:
    """Say what kind of network it is, as `LSTM, 1 layer of 256`; nothing where it is not told."""
    cell, layers, hidden = (network.get(part) for part in ("cell", "layers", "hidden"))
    if not (isinstance(cell, str) and isinstance(layers, int) and isinstance(hidden, int)):
        return ""
    several = f"{layers:,} layer{'' if layers == 1 else 's'} of {hidden:,}"
    return f"{inert(short(cell, 20).upper())}, {several}"
