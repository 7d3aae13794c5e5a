"""`/manage-styles publish`, `rollback`, `retire` and `log`: which version of a style is live.

A `guild_id` of None stands for the styles of all servers. Functions that change a style return the
text of the answer, and raise `UserError` or `LibraryError`.
"""

import discord

from ...i18n import format_number, join_list, ngettext
from ...i18n import gettext as _
from ...library import Change, StyleRecord, validate_style_name
from ...services import Services
from ..answer_formats import EMBED_COLOUR, Answer
from ..base import Interaction, PersistentComponent, persistent_view, respond
from ..custom_ids import parse_id
from ..errors import UserError
from ..markdown import format_author, format_timestamp, inline_code
from ..pages import Page, page_buttons
from .candidate import (
    candidate_message,
    candidate_verdict,
    newest_candidate,
    publish_candidate,
)
from .checks import (
    check_can_change,
    check_style_count,
    find_record,
    get_record,
    live_version,
    own_style_name,
)
from .training_message import edit_message

_PAGE_SIZE = 10


class LogControl(
    PersistentComponent,
    template=r"namesmith-style-log:(?P<page>[0-9]+):(?P<user>[0-9]+):(?P<all>[01]):(?P<style>.*)",
):
    """Turns the page of a log; other members who may read it get their own."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Show the page."""
        user_id, page = interaction.user.id, parse_id(params["page"])
        runner_id, for_all = parse_id(params["user"]), params["all"] == "1"
        guild_id = await check_can_change(interaction, for_all=for_all, runner_id=runner_id)
        is_own = runner_id == user_id
        work = style_log(services, guild_id, params["style"] or None, user_id, page)
        await respond(interaction, work, edit=is_own)


async def publish_style(
    services: Services,
    bot: discord.Client,
    style: str,
    version: int | None,
    guild_id: int | None,
    user_id: int,
) -> str:
    """Publish the newest candidate of `style`, or make a stored `version` live.

    The message of the training is updated too.
    """
    if version is not None:
        return await roll_back_style(services, style, version, guild_id, user_id)
    candidate = await newest_candidate(services, validate_style_name(style), guild_id)
    if candidate is None:
        raise UserError(_no_candidate_message(style, find_record(services, style, guild_id)))
    previous = live_version(services, candidate.style, guild_id)
    published = await publish_candidate(services, candidate, user_id)
    await edit_message(bot, published, await candidate_message(services, published))
    text = live_message(services, candidate.style, guild_id, previous)
    return f"{text}\n{candidate_verdict(candidate)}".rstrip()


async def roll_back_style(
    services: Services, style: str, version: int | None, guild_id: int | None, user_id: int
) -> str:
    """Make `version` of `style` live, or the version that was live before."""
    style = await own_style_name(services, style, guild_id)
    async with services.style_lock(guild_id):
        record = get_record(services, style, guild_id)
        if version is not None:
            _check_version(record, version)
        if record.live is None:
            check_style_count(services, record.style, guild_id)
        await services.library.roll_back(
            record.style, author=str(user_id), version=version, guild_id=guild_id
        )
    return live_message(services, record.style, guild_id, record.live)


async def retire_style(services: Services, style: str, guild_id: int | None, user_id: int) -> str:
    """Retire `style`; its versions stay stored."""
    style = await own_style_name(services, style, guild_id)
    record = get_record(services, style, guild_id)
    code, restore = inline_code(record.style), f"`/manage-styles rollback {record.style}`"
    if record.live is None:
        raise UserError(
            _("{style} is already retired. To restore it: {restore}.").format(
                style=code, restore=restore
            )
        )
    await services.library.retire(record.style, author=str(user_id), guild_id=guild_id)
    replacement = _replacement_message(services, record.style, guild_id)
    text = _("{style} is retired. {replacement} To restore version {version}: {restore}.")
    return text.format(style=code, replacement=replacement, version=record.live, restore=restore)


async def style_log(
    services: Services, guild_id: int | None, style: str | None, user_id: int, page_number: int = 0
) -> Answer:
    """Return a page of the changes to the guild's styles, or to one `style`, newest first.

    Raises `UserError` if the guild has no such style.
    """
    style = await own_style_name(services, style, guild_id) if style else None
    name = get_record(services, style, guild_id).style if style else None
    changes = services.library.changes(guild_id, name)
    if not changes:
        here = _("No changes to the styles of this server yet.")
        return Answer(here if guild_id else _("No changes to the styles of all servers yet."))
    page = Page.of(len(changes), page_number, _PAGE_SIZE)
    lines = "\n".join(map(_log_line, page.slice(changes)))
    here = _("Changes to the styles of this server")
    title = here if guild_id else _("Changes to the styles of all servers")
    embed = discord.Embed(title=title, description=lines, colour=EMBED_COLOUR)
    embed.set_footer(text=f"{_count_changes(len(changes))}{page.note}")
    for_all = int(guild_id is None)

    def custom_id(target: int) -> str:
        return f"namesmith-style-log:{target}:{user_id}:{for_all}:{name or ''}"

    buttons = page_buttons(page, (_("Newer"), _("Older")), LogControl, custom_id)
    return Answer(embed=embed, view=persistent_view(*buttons) if page.last else None)


def _count_changes(count: int) -> str:
    text = ngettext("{count} change", "{count} changes", count)
    return text.format(count=format_number(count))


def _log_line(change: Change) -> str:
    action = {
        "publish": _("{time} {author} published version {version} of {style}"),
        "rollback": _("{time} {author} rolled {style} back to version {version}"),
        "retire": _("{time} {author} retired {style}"),
    }[change.operation]
    line = action.format(
        time=format_timestamp(change.time, "R"),
        author=format_author(change.author),
        version=change.version,
        style=inline_code(change.style),
    )
    return f"{line} · `{change.digest[:12]}`"


def _check_version(record: StyleRecord, version: int) -> None:
    """Raise `UserError` if `version` is not stored or already live."""
    code = inline_code(record.style)
    if version not in record.versions:
        raise UserError(
            _("{style} has no version {version}. Available versions: {versions}.").format(
                style=code, version=version, versions=_format_versions(record)
            )
        )
    if version == record.live:
        raise UserError(
            _("Version {version} of {style} is already live.").format(version=version, style=code)
        )


def live_message(services: Services, style: str, guild_id: int | None, previous: int | None) -> str:
    """Return which version is live now, and how to go back to the `previous` one."""
    version = live_version(services, style, guild_id)
    if previous is None:
        text = _(
            "Version {version} of {style} is now live. No version was live before. "
            "To undo this: {undo}."
        )
        undo = inline_code(f"/manage-styles retire {style}")
    else:
        text = _(
            "Version {version} of {style} is now live. To go back to version {previous}: {undo}."
        )
        undo = inline_code(f"/manage-styles rollback {style} {previous}")
    return text.format(version=version, style=inline_code(style), previous=previous, undo=undo)


def _replacement_message(services: Services, style: str, guild_id: int | None) -> str:
    """Return which other style has the name of a retired one."""
    if style not in services.library.style_names(guild_id):
        return _("It can't be used for names any more.")
    layer = services.library.layer(style, guild_id)
    if layer == "shared":
        return _("The style for all servers of the same name is live instead.")
    return _("The built-in style of the same name is live instead.")


def _no_candidate_message(style: str, record: StyleRecord | None) -> str:
    if record and record.versions:
        text = _(
            "No training of {style} is ready to publish. To publish an older version, choose one: "
            "{versions}."
        )
        return text.format(style=inline_code(style), versions=_format_versions(record))
    text = _("No training of {style} is ready to publish. Use `/manage-styles train` to start one.")
    return text.format(style=inline_code(style))


def _format_versions(record: StyleRecord) -> str:
    return join_list(map(str, record.versions[-25:]))
