"""`/style publish`, `rollback` and `retire`: which version of a style answers, if any."""

from typing import Any

import discord

from ...library import Change, StyleRecord, validate_style_name
from ...services import Services
from ..answers import EMBED_COLOUR, Answer
from ..components import Page, PersistentComponent, page_buttons, persistent_view, respond
from ..errors import UserError
from ..markdown import format_author, format_timestamp, inline_code
from .candidate import newest_candidate, outcome, publish_candidate
from .checks import changeable, check_number, live_in, on_shelf, own, whose
from .follower import show


async def publish(
    services: Services,
    bot: discord.Client,
    style: str,
    version: int | None,
    guild_id: int | None,
    user_id: int,
) -> str:
    """Publish what was trained last as `style`, or a kept `version`; return what to tell.

    The message of the training says so too. Raises `Refused` or `LibraryError`.
    """
    if version is not None:
        return await roll_back(services, style, version, guild_id, user_id)
    candidate = await newest_candidate(services, validate_style_name(style), guild_id)
    if candidate is None:
        raise UserError(_nothing_waits(style, on_shelf(services, style, guild_id)))
    name = candidate.style
    before = live_in(services, name, guild_id)
    published = await publish_candidate(services, candidate, user_id)
    await show(bot, published, await outcome(services, published))
    return _answers_now(services, name, guild_id, before)


async def roll_back(
    services: Services, style: str, version: int | None, guild_id: int | None, user_id: int
) -> str:
    """Let `version` of `style` answer, or the one live before this one; return what to tell.

    Raises `Refused` or `LibraryError`.
    """
    async with services.candidates.deciding(guild_id):
        held = own(services, style, guild_id)
        name = held.style
        if version is not None:
            _check_kept(held, version)
        if held.live is None:
            check_number(services, name, guild_id)
        await services.library.roll_back(
            name, author=str(user_id), version=version, guild_id=guild_id
        )
    return _answers_now(services, name, guild_id, held.live)


async def retire(services: Services, style: str, guild_id: int | None, user_id: int) -> str:
    """Let `style` answer no more; return what to tell. Raises `Refused` or `LibraryError`."""
    held = own(services, style, guild_id)
    call = inline_code(held.style)
    if held.live is None:
        raise UserError(
            f"{call} is retired already; `/style rollback {held.style}` brings it back."
        )
    await services.library.retire(held.style, author=str(user_id), guild_id=guild_id)
    back = f"`/style rollback {held.style}` brings version {held.live} back."
    kept = f"Nothing of it is lost: {back}"
    return f"{call} is retired. {_instead(services, held.style, guild_id)} {kept}"


def _check_kept(held: StyleRecord, version: int) -> None:
    call = inline_code(held.style)
    if version not in held.versions:
        raise UserError(f"{call} has no version {version}; kept: {_kept(held)}.")
    if version == held.live:
        raise UserError(f"Version {version} of {call} answers already.")


def _answers_now(services: Services, style: str, guild_id: int | None, before: int | None) -> str:
    """Tell which version is live now, which was, and how to go back."""
    call, now = inline_code(style), live_in(services, style, guild_id)
    told = f"{call} answers from version {now} now."
    if before is None:
        return f"{told} None of its versions did before; `/style retire {style}` takes it back."
    back = f"`/style rollback {style} {before}`"
    return f"{told} Before, it was version {before}; {back} goes back to it."


def _instead(services: Services, style: str, guild_id: int | None) -> str:
    if style not in services.library.style_names(guild_id):
        return "No style answers by that name here now."
    layer = services.library.layer(style, guild_id)
    one = {"shared": "the one of every server", "shipped": "the one that came with me"}
    return f"By that name, {one[layer]} answers here now."


def _nothing_waits(style: str, held: StyleRecord | None) -> str:
    call = inline_code(style)
    none = f"Nothing trained as {call} waits to be published; `/style train` makes it."
    if held and held.versions:
        return f"{none} To let a kept version answer, say which: {_kept(held)}."
    return none


def _kept(held: StyleRecord) -> str:
    return ", ".join(map(str, held.versions[-25:]))


SIZE = 10
"""Changes on a page."""

_DID = {"publish": "published", "rollback": "rolled back to", "retire": "retired"}


class LogControl(
    PersistentComponent,
    template=r"namesmith-style-log:(?P<page>\d+):(?P<user>\d+):(?P<all>[01]):(?P<style>.*)",
):
    """Turns to `page` of the changes, of one `style` if it is named; for managers alone."""

    async def on_use(
        self, services: Services, interaction: discord.Interaction[Any], params: dict[str, str]
    ) -> None:
        """Show that page."""
        guild_id = await changeable(interaction, for_all=params["all"] == "1")
        user_id = interaction.user.id
        work = logged(services, guild_id, params["style"] or None, user_id, int(params["page"]))
        await respond(interaction, work, edit=int(params["user"]) == user_id)


async def logged(
    services: Services, guild_id: int | None, style: str | None, user_id: int, number: int = 0
) -> Answer:
    """Return a page of the changes to the guild's own styles (None: to those of every server).

    Raises `Refused` for a style that is not among them.
    """
    name = own(services, style, guild_id).style if style else None
    changes = services.library.changes(guild_id, name)
    if not changes:
        return Answer(f"No style of {whose(guild_id)} was changed yet.")
    page = Page.of(len(changes), number, SIZE)
    lines = "\n".join(map(_line, page.slice(changes)))
    title = f"Changes to the styles of {whose(guild_id)}"
    embed = discord.Embed(title=title, description=lines, colour=EMBED_COLOUR)
    count = f"{len(changes):,} change{'' if len(changes) == 1 else 's'}"
    embed.set_footer(text=f"{count}{page.note}")
    everyones = int(guild_id is None)

    def named(to: int) -> str:
        return f"namesmith-style-log:{to}:{user_id}:{everyones}:{name or ''}"

    turns = page_buttons(page, ("Newer", "Older"), LogControl, named)
    return Answer(embed=embed, view=persistent_view(*turns) if page.last else None)


def _line(change: Change) -> str:
    did = f"{_DID[change.operation]} {inline_code(change.style)}"
    version = "" if change.operation == "retire" else f" version {change.version}"
    digest = f" · `{change.digest[:12]}`"
    author = format_author(change.author)
    return f"{format_timestamp(change.time, 'R')} {author} {did}{version}{digest}"
