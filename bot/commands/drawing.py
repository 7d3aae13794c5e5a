"""From what was asked to the answer that shows it, for a command and for a button alike."""

from collections.abc import Iterator

from discord.ui import View

from ..library import Library
from ..plugin import Defaults, Plugin
from ..profanity import ProfanityFilter
from ..sampling import Artifact, RequestError
from .answers import Answer, shown
from .asking import Ask
from .errors import Refused


def style_named(library: Library, style: str, guild_id: int | None) -> str:
    """Return the name of `style` as it is in that guild; raises `RequestError`."""
    names = library.names(guild_id)
    for name in names:
        if style in (name, name.casefold()) or style.strip().casefold() == name.casefold():
            return name
    several = ", ".join("{}" for _ in names[:25])
    raise RequestError(f"There is no such style; there are {several}.", *names[:25])


async def chosen_style(plugin: Plugin, style: str | None, guild_id: int | None) -> str:
    """Return the name of `style`, or of the one that answers there where none is asked for.

    Raises `RequestError`.
    """
    style = style or (await plugin.defaults(guild_id)).style
    return style_named(plugin.library, style, guild_id)


def check_profanity(profanity: ProfanityFilter, *texts: str) -> None:
    """Raise `Refused` if one of the texts contains a blocked word."""
    if any(map(profanity.matches, texts)):
        raise Refused("That word is blocked here.")


async def draw(plugin: Plugin, ask: Ask, guild_id: int | None, view: View | None) -> Answer:
    """Return the answer to `ask`, with `view`; raises `RequestError` or `ArtifactError`."""
    defaults = await plugin.defaults(guild_id)
    profanity = await plugin.profanity_filter(guild_id)
    engine = await plugin.library.engine(ask.style, guild_id)
    artifact = engine.artifact
    names = await engine.names(ask.request(defaults.top_p, profanity))
    known = [name for name in names if artifact.in_corpus(name)]
    notes = list(_notes(ask, names, defaults, artifact))
    return shown(names, artifact.style.title, notes, known, view)


def _notes(ask: Ask, names: list[str], defaults: Defaults, artifact: Artifact) -> Iterator[str]:
    """Yield what is to be known of an answer beside its names."""
    yield f"seed {ask.seed}"
    if ask.temperature != defaults.temperature:
        yield f"temperature {ask.temperature:g}"
    if ask.least or (ask.most or artifact.max_length) < artifact.max_length:
        yield f"length {ask.least or 1}\N{EN DASH}{ask.most or artifact.max_length}"
    if len(names) < ask.count:
        yield "no more of these"
