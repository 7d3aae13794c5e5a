"""Permission checks, limits and style lookups that the `/manage-styles` commands share.

A `guild_id` of None stands for the styles of all servers.
"""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord.ext import commands

from ...i18n import format_number, join_list, marked, ngettext
from ...i18n import gettext as _
from ...library import Change, StyleCard, StyleRecord
from ...library.card_search import find_card, search_cards
from ...services import Services, services_of
from ...store import Training
from ..base import Context, Interaction, Location
from ..custom_ids import parse_id
from ..errors import UserError
from ..markdown import format_size, inline_code

_OWNER_ONLY = marked("Only the bot's owner can change styles for all servers.")
_DIRECT_MESSAGE = marked(
    "To change a server's styles, run this in that server; you need Manage Server there. "
    "Only the bot's owner can change styles for all servers."
)
_NOT_A_MEMBER = marked(
    "I'm not a member of this server, so it can't have its own styles. Invite me first."
)
_CHECKED_BY_DISCORD = (
    discord.InteractionType.application_command,
    discord.InteractionType.autocomplete,
)
_HOUR = timedelta(hours=1)


async def check_can_change(
    source: Context | Interaction, *, for_all: bool = False, runner_id: int | None = None
) -> int | None:
    """Check that the user may change styles, and return the guild whose styles they may change.

    In direct messages, and with `for_all`, these are the styles of all servers. `runner_id` is who
    used the command that a component belongs to. Raises `UserError` or `MissingPermissions`.
    """
    location = Location.of(source)
    if for_all or location.guild_id is None:
        if not await is_bot_owner(source):
            raise UserError(_(_OWNER_ONLY) if for_all else _(_DIRECT_MESSAGE))
        return None
    await _check_can_manage(source, location, runner_id)
    if _client(source).get_guild(location.guild_id) is None:
        raise UserError(_(_NOT_A_MEMBER))
    return location.guild_id


async def can_manage_styles(source: Context | Interaction) -> bool:
    """Command check: whether the user may change styles, before the options are read.

    The bot's owner may change those of all servers. Raises the errors of `check_can_change`.
    """
    try:
        await check_can_change(source)
    except commands.CheckFailure:
        if not await is_bot_owner(source):
            raise
    return True


async def _check_can_manage(
    source: Context | Interaction, location: Location, runner_id: int | None
) -> None:
    """Raise `MissingPermissions` or `UserError` if the user may not change the server's styles."""
    user = _user(source)
    if location.can_manage_guild or is_permitted_by_discord(source) or user.id == runner_id:
        return
    services = services_of(_client(source))
    settings = await services.guild_settings.get(location.guild_id) if services else None
    role_id = settings.manager_role if settings else None
    role = source.guild.get_role(role_id) if source.guild and role_id else None
    if role is None:
        raise commands.MissingPermissions(["manage_guild"])
    if role not in getattr(user, "roles", ()):
        text = _("You need the permission Manage Server or the role {role} for that.")
        raise UserError(text.format(role=role.mention))


def is_permitted_by_discord(source: Context | Interaction) -> bool:
    """Whether this is a slash command that Discord offers only to whom the server's admins allow.

    Discord checks the server's permissions for commands that the server has installed, but not
    for components.
    """
    interaction = source if isinstance(source, discord.Interaction) else source.interaction
    if interaction is None or interaction.type not in _CHECKED_BY_DISCORD:
        return False
    command = interaction.command
    root = getattr(command, "root_parent", None) or command
    permissions = getattr(root, "default_permissions", None)
    is_restricted = permissions is not None and permissions.manage_guild
    return is_restricted and interaction.is_guild_integration()


async def get_training(
    services: Services, interaction: Interaction, training_id: str, missing: str
) -> Training:
    """Return the training in a custom id, if the user may change the styles that it is for.

    Raises `UserError` with the text `missing` for one that was not started in this server, or that
    does not exist; and the errors of `check_can_change`.
    """
    training = await services.store.trainings.get(parse_id(training_id))
    if training is None or training.origin_guild_id != interaction.guild_id:
        raise UserError(missing)
    await check_can_change(
        interaction, for_all=training.guild_id is None, runner_id=training.user_id
    )
    return training


async def is_bot_owner(source: Context | Interaction) -> bool:
    """Whether the user owns the application, or is an admin or developer of its team."""
    return bool(await _client(source).is_owner(_user(source)))


def check_style_count(services: Services, style: str, guild_id: int | None) -> None:
    """Raise `UserError` if one more live style would exceed the guild's limit."""
    if guild_id is None:
        return
    max_styles = services.settings.training.max_guild_styles
    live = [record.style for record in services.library.records(guild_id) if record.live]
    if max_styles and style not in live and len(live) >= max_styles:
        text = ngettext(
            "This server has reached its limit of {count} own style. "
            "Use `/manage-styles retire` to make room.",
            "This server has reached its limit of {count} own styles. "
            "Use `/manage-styles retire` to make room.",
            max_styles,
        )
        raise UserError(text.format(count=format_number(max_styles)))


def check_storage(services: Services, style: str, guild_id: int | None, size: int = 0) -> int:
    """Return how many versions of `style` can be stored if a new one takes `size` bytes.

    Raises `UserError` if the guild has no room for it. Old versions make room, except the one that
    was live last: it stays for a rollback.
    """
    max_versions = services.settings.library.keep_versions
    if guild_id is None:
        return max_versions
    check_style_count(services, style, guild_id)
    max_bytes = services.settings.training.max_guild_bytes
    if not max_bytes:
        return max_versions
    used = sum(record.size for record in services.library.records(guild_id))
    version_sizes = _version_sizes(find_record(services, style, guild_id))
    total = used + size
    while total > max_bytes and len(version_sizes) > 1:
        total -= version_sizes.pop(0)
    if total <= max_bytes:
        return min(max_versions, len(version_sizes) + 1)
    text = _("This server's own styles take up {used} of {limit}.")
    if size:
        text = _(
            "This server's own styles take up {used} of {limit}, and {style} needs {size} more."
        )
    usage = text.format(
        used=format_size(total - size),
        limit=format_size(max_bytes),
        style=inline_code(style),
        size=format_size(size),
    )
    raise UserError(f"{usage} {_('Retired styles count too. Ask the owner of the bot for room.')}")


async def check_hourly_trainings(services: Services, guild_id: int | None) -> None:
    """Raise `UserError` if the guild has reached its number of trainings per hour."""
    if guild_id is None:
        return
    max_trainings = services.settings.training.max_guild_trainings_per_hour
    if not max_trainings:
        return
    since = datetime.now(UTC) - _HOUR
    if await services.store.trainings.count_started_since(guild_id, since) >= max_trainings:
        text = ngettext(
            "This server has reached its limit of {count} training per hour. Try again later.",
            "This server has reached its limit of {count} trainings per hour. Try again later.",
            max_trainings,
        )
        raise UserError(text.format(count=format_number(max_trainings)))


def find_record(services: Services, style: str, guild_id: int | None) -> StyleRecord | None:
    """Return the guild's own style of that name in any letter case, None if there is none."""
    name = unicodedata.normalize("NFC", style.strip().casefold())
    records = services.library.records(guild_id)
    return next((record for record in records if record.style == name), None)


async def own_style_name(services: Services, style: str, guild_id: int | None) -> str:
    """Return the name of the guild's own style with that name or title, else `style`."""
    names = {record.style for record in services.library.records(guild_id)}
    cards = [card for card in await services.library.cards(guild_id) if card.name in names]
    card = find_card(cards, style)
    return card.name if card else style.strip()


def get_record(services: Services, style: str, guild_id: int | None) -> StyleRecord:
    """Return the guild's own style of that name; raises `UserError` if there is none."""
    if record := find_record(services, style, guild_id):
        return record
    styles = [record.style for record in services.library.records(guild_id)]
    names = [inline_code(name) for name in styles[:25]]
    advice = _("Use `/manage-styles train` to create one.")
    if names:
        advice = _("Available: {styles}.").format(styles=join_list(names))
    if near := search_cards([StyleCard(name, name) for name in styles], style)[:1]:
        question = _("Did you mean {style}?").format(style=inline_code(near[0].name))
        advice = f"{question} {advice}"
    text = _("There is no style {style} for all servers.")
    if guild_id:
        text = _("This server has no style {style} of its own.")
    raise UserError(f"{text.format(style=inline_code(style))} {advice}")


def live_version(services: Services, style: str, guild_id: int | None) -> int | None:
    """Return the live version of the guild's own style, None if it has none."""
    record = find_record(services, style, guild_id)
    return record.live if record else None


def find_publish(record: StyleRecord, version: int | None) -> Change | None:
    """Return the change that published `version`, None if the log does not have it."""
    published = (c for c in record.changes if c.operation == "publish" and c.version == version)
    return next(published, None)


def _user(source: Context | Interaction) -> discord.User | discord.Member:
    return source.user if isinstance(source, discord.Interaction) else source.author


def _client(source: Context | Interaction) -> Any:
    return source.client if isinstance(source, discord.Interaction) else source.bot


def _version_sizes(record: StyleRecord | None) -> list[int]:
    """Return the bytes of each stored version: the oldest first, the last live one at the end."""
    if record is None:
        return []
    sizes = {change.version: change.size for change in record.changes}
    last_live = record.live or next((change.version for change in record.changes), 0)
    versions = sorted(record.versions, key=lambda version: (version == last_live, version))
    return [sizes.get(version, 0) for version in versions]
