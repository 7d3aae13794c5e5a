"""Base classes of cogs and components: channel allow-list, cooldowns, errors, deferred answers.

Buttons and selects have no state: their custom ids and messages hold everything they need, so they
work after the bot restarts. A component edits the message that belongs to the user who presses it;
anyone else gets an ephemeral answer.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any, Self, TypeVar
from weakref import WeakKeyDictionary

import discord
from discord import app_commands, ui
from discord.ext import commands

from ..i18n import gettext as _
from ..i18n import join_list
from ..observer import observer
from ..red import Cog
from ..request_id import request_seconds
from ..sampling import RequestError
from ..services import GuildContext, Services, services_of
from ..store import StoreError
from .answer_formats import Answer, answer_interaction, update_message
from .custom_ids import EXPIRED_MESSAGE
from .delivery import DeliveryError, defer, respond_to
from .errors import InvalidOptionError, UserError, render_phrase, send_error
from .help import document_options
from .locales import use_locale_of
from .outcomes import report_command, report_component
from .style_choices import complete_style
from .text_options import TextOptions, check_lengths, count_hint, unknown_option

_log = logging.getLogger(__name__)
T = TypeVar("T")
Context = commands.Context[Any]
Interaction = discord.Interaction[Any]

_MAX_VALUE, _MAX_VALUES = 100, 25
"""Discord's limits: characters of a custom id or a selected value, and selected values."""

_MAX_INLINE_TEXT = 60
"""Characters of a text that the profanity filter checks on the event loop."""

DEFER_AFTER_SECONDS = 1.0
"""How long work may take before the interaction is deferred; Discord drops it after 3 s."""


def available_everywhere(command: T) -> T:
    """Allow `command` in servers, in direct messages, and as a user-installed app."""
    command = app_commands.allowed_installs(guilds=True, users=True)(command)
    return app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(command)


AnyCog = TypeVar("AnyCog")
Value = TypeVar("Value", str, int)


def autocompletion(
    complete: Callable[[AnyCog, Interaction, str], Awaitable[list[app_commands.Choice[Value]]]],
) -> Callable[[AnyCog, Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[Value]]]]:
    """Answer with the choices of `complete`, or none if the database fails or a text is too long.

    discord.py would log a traceback for each answer that comes too late.
    """

    @wraps(complete)
    async def answer(
        cog: AnyCog, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[Value]]:
        use_locale_of(interaction)
        try:
            check_lengths(dict(list(interaction.namespace)))
            choices = await complete(cog, interaction, typed)
        except (StoreError, InvalidOptionError):
            choices = []
        response = interaction.response
        try:
            await respond_to(
                interaction,
                discord.InteractionResponseType.autocomplete_result,
                lambda: response.autocomplete(choices),
            )
        except DeliveryError as fault:
            observer().count_autocomplete(is_delivered=False, seconds=request_seconds())
            _log.info("Autocomplete: %s", fault)
            response._response_type = discord.InteractionResponseType.autocomplete_result
        else:
            observer().count_autocomplete(is_delivered=True, seconds=request_seconds())
        return choices

    return answer


class NamesmithCog(Cog):
    """A cog whose commands obey the channel allow-list and the cooldowns.

    A subclass with its own `cog_load`, `cog_unload`, `cog_check` or `cog_before_invoke` calls
    these.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        """Show the options of the commands in the help of any bot."""
        super().__init_subclass__(**options)
        for command in vars(cls).values():
            if isinstance(command, commands.Command):
                document_options(command)

    def __init__(self, services: Services) -> None:
        self.services = services
        self._guild_contexts: WeakKeyDictionary[Context, GuildContext] = WeakKeyDictionary()

    async def cog_load(self) -> None:
        """Keep the services open."""
        self.services.join(self)

    async def cog_unload(self) -> None:
        """Close the services if this is the last cog that uses them."""
        await self.services.leave(self)

    async def red_delete_data_for_user(self, *, requester: str, user_id: int) -> None:
        """Delete a user's data, as `/forget-me` does; Red-DiscordBot calls this for each cog."""
        del requester
        await self.services.forget_user(user_id)

    async def cog_check(self, ctx: Context) -> bool:
        """Raise `UserError` in a channel that the server's allow-list leaves out."""
        use_locale_of(ctx)
        location = Location.of(ctx)
        try:
            guild_context = await self.services.guild_context(location.guild_id)
        except Exception as error:  # discord.py gives other errors to nobody
            raise commands.CommandInvokeError(error) from error
        check_channel(guild_context, location)
        self._guild_contexts[ctx] = guild_context
        return True

    async def cog_before_invoke(self, ctx: Context) -> None:
        """Count the command against the cooldowns, once its options are parsed.

        Raises `CommandOnCooldown`, and `InvalidOptionError` for a text that is too long.
        """
        self.services.cooldowns.spend(ctx.author.id, ctx.channel.id)
        parameters = ctx.command.clean_params if ctx.command else {}
        check_lengths(dict(zip(parameters, ctx.args[2:], strict=False)) | ctx.kwargs)

    async def cog_after_invoke(self, ctx: Context) -> None:
        """Report a command that was answered; `cog_command_error` reports one that failed."""
        if not ctx.command_failed:
            report_command(ctx)

    async def cog_command_error(self, ctx: Context, error: Exception) -> None:
        """Answer with the error message.

        Text that a style can't use may have been meant as an option, and a count as text.
        """
        report_command(ctx, error)
        options = ctx.kwargs.get("options")
        cause = getattr(error, "original", error)
        if isinstance(cause, RequestError) and isinstance(options, TextOptions):
            if options.unknown:
                error = unknown_option(type(options), options.unknown)
            elif hint := count_hint(ctx, options):
                error = UserError(f"{render_phrase(cause.phrase)} {hint}")
        await send_error(ctx, error)

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Answer in the user's language; for slash commands, also those that are nothing else."""
        use_locale_of(interaction)
        return True

    async def cog_app_command_error(
        self, interaction: Interaction, error: app_commands.AppCommandError
    ) -> None:
        """Answer with the error message; for commands that exist as slash commands only."""
        report_command(interaction, error)
        await send_error(interaction, error)

    def guild_context(self, ctx: Context) -> GuildContext:
        """Return the guild context that `cog_check` read for this command."""
        return self._guild_contexts[ctx]

    @autocompletion
    async def complete_style(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Return the styles that match `typed`; the one that the member used here comes first."""
        guild_context = await self.services.guild_context(interaction.guild_id)
        channel_id = interaction.channel_id or 0
        recent = self.services.recent_styles.get(interaction.user.id, channel_id)
        return complete_style(guild_context, recent, typed)

    def remember_style(self, ctx: Context, style: str | None) -> None:
        """Remember a style that the member chose, to offer it first in this channel."""
        if style:
            self.services.recent_styles.set(ctx.author.id, ctx.channel.id, style)


async def defer_if_slow(
    work: Awaitable[T],
    source: Context | Interaction,
    *,
    ephemeral: bool = False,
    thinking: bool = True,
) -> T:
    """Return the result of `work`; defer the interaction first if it takes over a second.

    Without `thinking`, the answer is an edit of the component's message.
    """
    interaction = source if isinstance(source, discord.Interaction) else source.interaction
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task,), timeout=DEFER_AFTER_SECONDS)
        if not task.done() and interaction and not interaction.response.is_done():
            await defer(interaction, ephemeral=ephemeral, thinking=thinking)
        return await task
    finally:
        task.cancel()
        del task  # its exception's traceback refers to this frame: a cycle that holds the engine


@dataclass(frozen=True)
class Location:
    """Where a command or component is used; `parent_id` is the channel of a thread."""

    guild_id: int | None
    channel_id: int
    parent_id: int | None
    can_manage_guild: bool
    """Whether the user has the permission Manage Server."""

    @classmethod
    def of(cls, source: Context | Interaction) -> Self:
        """Return the location of a command or of a component."""
        channel = source.channel
        interaction = source if isinstance(source, discord.Interaction) else source.interaction
        if interaction:
            guild_id, channel_id = interaction.guild_id, interaction.channel_id or 0
        else:
            guild_id = source.guild.id if source.guild else None
            channel_id = channel.id if channel else 0
        parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
        return cls(guild_id, channel_id, parent_id, source.permissions.manage_guild)


def check_can_manage(location: Location) -> None:
    """Raise `NoPrivateMessage` in direct messages, `MissingPermissions` without Manage Server."""
    if location.guild_id is None:
        raise commands.NoPrivateMessage
    if not location.can_manage_guild:
        raise commands.MissingPermissions(["manage_guild"])


def check_channel(guild_context: GuildContext, location: Location) -> None:
    """Raise `UserError`, with the allowed channels, outside the server's channel allow-list.

    The allow-list does not apply to members who can manage the server.
    """
    allowed = guild_context.channels
    if not allowed or location.can_manage_guild:
        return
    if {location.channel_id, location.parent_id} & set(allowed):
        return
    channels = join_list(f"<#{channel}>" for channel in allowed[:10])
    text = _("In this server I answer in {channels}. Ask me there, or in a direct message.")
    if len(allowed) > 10:
        text = _(
            "In this server I answer in {channels} and other channels. "
            "Ask me there, or in a direct message."
        )
    raise UserError(text.format(channels=channels))


class PersistentComponent(ui.DynamicItem[Any], template=r"(?!)"):
    """A button or select; subclasses set the `template` of the custom id and define `on_use`."""

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the component that was used."""
        del interaction, match
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:
        """Call `on_use`, and answer with the error message where it fails."""
        services = services_of(interaction.client)
        match = self.template.fullmatch(self.custom_id)
        if services is None or match is None:  # the extension has been unloaded
            return
        use_locale_of(interaction)
        try:
            _check_size(self.custom_id, self.item)
            await self.on_use(services, interaction, match.groupdict())
        except Exception as error:
            report_component(type(self).__name__, error)
            await send_error(interaction, error)
        else:
            report_component(type(self).__name__)

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Handle the interaction; `params` are the template's groups in the custom id."""
        raise NotImplementedError


def _check_size(custom_id: str, item: ui.Item[Any]) -> None:
    """Raise `UserError` if a custom id or a selected value is longer than Discord's limit."""
    values = item.values if isinstance(item, ui.Select) else []
    if len(values) > _MAX_VALUES or any(len(text) > _MAX_VALUE for text in (custom_id, *values)):
        raise UserError(_(EXPIRED_MESSAGE))


def persistent_view(*components: PersistentComponent) -> ui.View:
    """Return a view of `components` that does not time out."""
    view = ui.View(timeout=None)
    for component in components:
        view.add_item(component)
    return view


def button_row(
    component: type[PersistentComponent],
    kind: str,
    subject_id: int,
    **buttons: tuple[str, discord.ButtonStyle],
) -> ui.View:
    """Return a view of buttons, ACTION=(label, style), with the custom ids KIND:ACTION:SUBJECT."""
    return persistent_view(
        *(
            component(
                ui.Button(label=label, style=style, custom_id=f"{kind}:{action}:{subject_id}")
            )
            for action, (label, style) in buttons.items()
        )
    )


async def check_profanity(guild_context: GuildContext, *texts: str) -> None:
    """Raise `UserError` if one of the texts contains a word that is blocked in the guild.

    Long texts, which take milliseconds, are checked on a thread.
    """
    matches = guild_context.profanity.matches
    is_long = sum(map(len, texts)) > _MAX_INLINE_TEXT
    if await asyncio.to_thread(any, map(matches, texts)) if is_long else any(map(matches, texts)):
        raise UserError(_("That word is blocked here."))


async def check_allowed(services: Services, interaction: Interaction) -> GuildContext:
    """Check the channel allow-list and the cooldowns, and return the guild context.

    Raises `UserError` or `CommandOnCooldown`.
    """
    guild_context = await services.guild_context(interaction.guild_id)
    check_channel(guild_context, Location.of(interaction))
    services.cooldowns.spend(interaction.user.id, interaction.channel_id or 0)
    return guild_context


async def respond(interaction: Interaction, work: Awaitable[Answer], *, edit: bool) -> None:
    """Answer with the result of `work`: edit the message, or send an ephemeral one."""
    answer = await defer_if_slow(work, interaction, ephemeral=not edit, thinking=not edit)
    if edit:
        await update_message(interaction, answer)
    else:
        await answer_interaction(interaction, answer, ephemeral=True)
