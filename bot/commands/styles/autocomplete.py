"""Autocomplete for the options of `/manage-styles`: styles, and versions with their dates.

Members who cannot change styles get no suggestions.
"""

from collections.abc import Sequence

from discord import app_commands
from discord.ext import commands

from ...library import StyleRecord
from ...services import Services
from ..base import Interaction
from ..style_choices import MAX_CHOICES, StyleChoices, match_styles
from .checks import check_can_change, find_publish, find_record, is_bot_owner
from .training_message import active_trainings


async def complete_own(services: Services, interaction: Interaction, typed: str) -> StyleChoices:
    """Return the styles that the user can change, live or retired."""
    styles = [record.style for record in await _records(services, interaction)]
    return await _choices(services, interaction, styles, typed)


async def complete_live(services: Services, interaction: Interaction, typed: str) -> StyleChoices:
    """Return the live styles that the user can change."""
    records = await _records(services, interaction)
    styles = [record.style for record in records if record.live]
    return await _choices(services, interaction, styles, typed)


async def complete_publishable(
    services: Services, interaction: Interaction, typed: str
) -> StyleChoices:
    """Return the trained styles that wait to be published, then those with older versions."""
    scope = await _scope(interaction)
    if scope is None:
        return []
    candidates = await services.store.trainings.list_by_guild(scope[0], ["done"])
    records = services.library.records(scope[0])
    styles = [*(training.style for training in candidates), *(record.style for record in records)]
    return await _choices(services, interaction, styles, typed)


async def complete_active(services: Services, interaction: Interaction, typed: str) -> StyleChoices:
    """Return the styles that are queued or in training in this server."""
    trainings = await active_trainings(services, interaction.guild_id)
    styles = [training.style for training in trainings]
    return await _choices(services, interaction, styles, typed)


async def complete_version(
    services: Services, interaction: Interaction, typed: str
) -> list[app_commands.Choice[int]]:
    """Return the stored versions of the chosen style, newest first."""
    scope = await _scope(interaction)
    style = interaction.namespace.style
    record = find_record(services, style, scope[0]) if scope and style else None
    if record is None:
        return []
    prefix = str(typed).strip()
    versions = [v for v in reversed(record.versions) if str(v).startswith(prefix)]
    return [
        app_commands.Choice(name=_version_label(record, version), value=version)
        for version in versions[:MAX_CHOICES]
    ]


def _version_label(record: StyleRecord, version: int) -> str:
    """Return a label such as `3 · 24 November 2026 · live`."""
    change = find_publish(record, version)
    date = [f"{change.time.day} {change.time:%B %Y}"] if change else []
    live = ["live"] if version == record.live else []
    return " · ".join([str(version), *date, *live])


async def _records(services: Services, interaction: Interaction) -> list[StyleRecord]:
    scope = await _scope(interaction)
    return services.library.records(scope[0]) if scope else []


async def _scope(interaction: Interaction) -> tuple[int | None] | None:
    """Return the guild whose styles the user can change, in a tuple; None if there is none.

    Discord sends the value of `for-all` only if the user has filled it in already.
    """
    for_all = bool(getattr(interaction.namespace, "for-all", None))
    if for_all or interaction.guild_id is None:
        return (None,) if await is_bot_owner(interaction) else None
    try:
        return (await check_can_change(interaction),)
    except commands.CheckFailure:
        return None


async def _choices(
    services: Services, interaction: Interaction, styles: Sequence[str], typed: str
) -> StyleChoices:
    """Return the distinct `styles` that match `typed`, with the titles of the live ones."""
    return match_styles(styles, await services.library.cards(interaction.guild_id), typed)
