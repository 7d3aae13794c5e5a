"""`!settings` and `/settings`: server settings, as selects and a modal, for server managers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands, ui

from ..config_sections import NamesSettings
from ..i18n import format_number, marked, ngettext
from ..i18n import gettext as _
from ..library import StyleCard
from ..prefixes import is_prefix
from ..red import hybrid_command
from ..services import Services
from ..store import GuildSettings
from .answer_formats import EMBED_COLOUR, Answer, reply, update_message
from .base import (
    Context,
    Interaction,
    Location,
    NamesmithCog,
    PersistentComponent,
    check_can_manage,
    defer_if_slow,
    respond,
)
from .custom_ids import EXPIRED_MESSAGE, parse_id, selected_values
from .delivery import open_modal
from .errors import UserError
from .markdown import escape_markdown, inline_code, truncate
from .offered_styles import OFFER_ID, StyleOffer, default_style_options, offer_view
from .settings_modals import StyleModal, WordsModal
from .style_choices import style_label

_CUSTOM_ID = "namesmith-set:"
"""Start of the custom ids; the setting's name follows, as in `GuildSettings`."""

_SETTINGS = "style|count|temperature|new_only|channels|manager_role|words|offer"

_COUNTS = (1, 2, 3, 5, 8, 10, 15, 20, 25)
_TEMPERATURES = (0.5, 0.7, 0.9, 1.0, 1.2, 1.5, 2.0)
_TEMPERATURE_NOTES = {
    0.5: marked("{temperature} safe"),
    1.0: marked("{temperature} like the list"),
    2.0: marked("{temperature} wild"),
}
_NEW_ONLY = {"no": marked("Shown in italics"), "yes": marked("Left out")}
_NEW_ONLY_DEFAULT = {
    "no": marked("Bot default (shown in italics)"),
    "yes": marked("Bot default (left out)"),
}
_DEFAULT_LABEL = marked("Bot default ({value})")
_MAX_OPTIONS = 25
"""Discord's limit for the options of a select, and for the channels selected in one."""

_MAX_OPTION = 100
"""Discord's limit for the label and the value of an option, in characters."""

_DEFAULT, _OTHER, _VALUE = "own", "other", "="
"""The value of the option for the bot's default, and of the one that opens a modal; the first
character of any other value."""

_ANOTHER = object()
"""Stands for a value to type in a modal."""


@dataclass(frozen=True)
class BotDefaults:
    """The settings of a server that has not set any, and the styles that it can choose from.

    `prefix` None: another bot's prefix.
    """

    names: NamesSettings
    style: str
    cards: Sequence[StyleCard]
    offer: StyleOffer
    prefix: str | None


async def bot_defaults(services: Services, bot: Any, guild_id: int) -> BotDefaults:
    """Return the bot's defaults and the styles of that server; raises `StoreError`."""
    prefix = services.settings.bot.command_prefix if is_prefix(bot.command_prefix) else None
    guild_context = await services.guild_context(guild_id)
    cards = [*guild_context.cards, *guild_context.withheld]
    offer, default = StyleOffer.of(guild_context), services.library.default_style
    return BotDefaults(services.settings.names, default, cards, offer, prefix)


class SettingsCog(NamesmithCog, name="Namesmith settings"):
    """Server settings."""

    @hybrid_command()  # type: ignore[arg-type]  # typed for pyright
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def settings(self, ctx: Context) -> None:
        """Show and change the settings of this server."""
        check_can_manage(Location.of(ctx))
        guild = ctx.guild
        assert guild is not None  # noqa: S101, `check_can_manage` refuses direct messages
        work = _save_settings(self.services, ctx.bot, guild, {})
        answer = await defer_if_slow(work, ctx, ephemeral=True)
        await reply(ctx, answer, ephemeral=True)


def settings_view(
    guild: discord.Guild, current: GuildSettings, defaults: BotDefaults
) -> ui.LayoutView:
    """Return the view of all settings of `guild`, with their current values."""
    selects = (
        _select("style", _("Style"), _style_options(defaults, current), current.style),
        _select("count", _("Names per answer"), _count_options(defaults), current.count),
        _select(
            "temperature",
            _("Temperature"),
            _temperature_options(defaults, current),
            current.temperature,
        ),
        _select(
            "new_only",
            _("Names from the list"),
            _new_only_options(defaults),
            _yes_or_no(current.new_only),
        ),
    )
    container: ui.Container[Any] = ui.Container(accent_colour=EMBED_COLOUR)
    container.add_item(ui.TextDisplay(f"## {escape_markdown(truncate(guild.name, 80))}"))
    note = _("Server defaults. Command options override them.")
    container.add_item(ui.TextDisplay(f"-# {note}"))
    for select in selects:
        container.add_item(ui.ActionRow(SettingSelect(select)))
    container.add_item(ui.TextDisplay(f"**{_('Channels')}**"))
    container.add_item(ui.ActionRow(SettingSelect(_channel_select(guild, current.channels))))
    container.add_item(ui.TextDisplay(f"**{_('Manager role')}**"))
    container.add_item(ui.ActionRow(SettingSelect(_role_select(guild, current.manager_role))))
    container.add_item(ui.Separator())
    offered = _("**Offered styles:** {styles}").format(styles=defaults.offer.summary)
    for text, label, setting in (
        (offered, _("Choose ..."), "offer"),
        (_modal_summary(current, defaults), _("Change ..."), "words"),
    ):
        button: ui.Button[Any] = ui.Button(label=label, custom_id=f"{_CUSTOM_ID}{setting}")
        container.add_item(ui.Section(text, accessory=SettingSelect(button)))
    view = ui.LayoutView(timeout=None)
    return view.add_item(container)


class SettingSelect(PersistentComponent, template=rf"{_CUSTOM_ID}(?P<setting>{_SETTINGS})"):
    """The select of one setting, or a button that opens a modal or the offered styles."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Change the setting, and show the current settings."""
        check_can_manage(Location.of(interaction))
        guild = interaction.guild
        assert guild is not None  # noqa: S101, `check_can_manage` refuses direct messages
        defaults = await bot_defaults(services, interaction.client, guild.id)
        setting = params["setting"]

        async def save(source: Interaction, **changes: Any) -> None:
            check_can_manage(Location.of(source))  # a modal can be open for 15 minutes
            if source.guild_id != guild.id:
                raise UserError(_(EXPIRED_MESSAGE))
            await _show_settings(services, source, guild, **changes)

        if setting == "words":
            current = await services.guild_settings.read(guild.id)
            modal = WordsModal(current, defaults.prefix, save)
            await open_modal(interaction, modal, services.open_modals)
        elif setting == "offer":
            view = offer_view(guild, defaults.offer, OfferControl)
            await update_message(interaction, Answer(view=view))
        elif setting == "style" and selected_values(self.item) == [_OTHER]:
            await open_modal(interaction, StyleModal(defaults.cards, save), services.open_modals)
        else:
            await save(interaction, **{setting: _selected_value(setting, self.item)})


class OfferControl(
    PersistentComponent,
    template=rf"{OFFER_ID}(?P<action>styles|all|none|page|back):(?P<page>[0-9]+)(?::[0-9]+)?",
):
    """A select of offered styles, or a button below them."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Change which styles the server offers, and show the page as it is now."""
        check_can_manage(Location.of(interaction))
        guild = interaction.guild
        assert guild is not None  # noqa: S101, `check_can_manage` refuses direct messages
        page = parse_id(params["page"])
        if params["action"] == "back":
            await _show_settings(services, interaction, guild)
            return
        work = self._change(services, guild, params["action"], page)
        await respond(interaction, work, edit=True)

    async def _change(
        self, services: Services, guild: discord.Guild, action: str, page: int
    ) -> Answer:
        async with services.style_lock(guild.id):  # two selects in a row change it one by one
            await services.guild_settings.read(guild.id)
            offer = StyleOffer.of(await services.guild_context(guild.id))
            if action == "styles":
                chosen = selected_values(self.item)
                shown = [option.value for option in self.item.options]
                changed = offer.change(shown, chosen)
                await services.guild_settings.update(guild.id, offered=changed)
            elif action in ("all", "none"):
                changed = () if action == "all" else (offer.default,)
                await services.guild_settings.update(guild.id, offered=changed)
            offer = StyleOffer.of(await services.guild_context(guild.id))
        return Answer(view=offer_view(guild, offer, OfferControl, page))


async def _show_settings(
    services: Services, interaction: Interaction, guild: discord.Guild, **changes: Any
) -> None:
    """Save `changes`, and show all settings in the message of a component or modal."""
    work = _save_settings(services, interaction.client, guild, changes)
    await respond(interaction, work, edit=True)


async def _save_settings(
    services: Services, bot: Any, guild: discord.Guild, changes: Mapping[str, Any]
) -> Answer:
    """Save `changes`, and return all settings; raises `StoreError`."""
    if changes:
        await services.guild_settings.update(guild.id, **changes)
    current = await services.guild_settings.read(guild.id)
    defaults = await bot_defaults(services, bot, guild.id)
    return Answer(view=settings_view(guild, current, defaults))


def _selected_value(setting: str, item: ui.Item[Any]) -> Any:
    """Return the selected value as the store takes it; None for the bot's default.

    Raises `UserError` for a forged one.
    """
    if setting == "channels":
        return [channel.id for channel in selected_values(item, ui.ChannelSelect)]
    if setting == "manager_role":
        return _selected_role(item)
    value = "".join(selected_values(item))
    if value == _DEFAULT:
        return None
    types: dict[str, Any] = {"count": int, "temperature": float, "new_only": lambda v: v == "yes"}
    try:
        return types.get(setting, str)(value.removeprefix(_VALUE))
    except ValueError:
        raise UserError(_(EXPIRED_MESSAGE)) from None


def _selected_role(item: ui.Item[Any]) -> int | None:
    """Return the id of the selected role, None for no role; raises `UserError` for @everyone."""
    roles = selected_values(item, ui.RoleSelect)
    if any(role.is_default() for role in roles):
        raise UserError(_("Choose a role that not everyone has."))
    return roles[0].id if roles else None


def _select(setting: str, title: str, labels: Mapping[Any, str], current: Any) -> ui.Select[Any]:
    """Return the select of a setting.

    `labels` are by value: None for the bot's default, `_ANOTHER` for the option that opens a modal.
    The selected one begins with the `title`, because it is all that a screen reader reads.
    """
    options = [
        discord.SelectOption(
            label=truncate(f"{title}: {label}", _MAX_OPTION) if value == current else label,
            value=_option_value(value),
            default=value == current,
        )
        for value, label in labels.items()
    ]
    return ui.Select(custom_id=f"{_CUSTOM_ID}{setting}", placeholder=title, options=options)


def _option_value(value: Any) -> str:
    return {None: _DEFAULT, _ANOTHER: _OTHER}.get(value, f"{_VALUE}{value}")


def _style_options(defaults: BotDefaults, current: GuildSettings) -> dict[Any, str]:
    """Return all styles, or those of which one is likely wanted and an option for any other."""
    fitting = [card for card in defaults.cards if len(card.name) < _MAX_OPTION]
    room = _MAX_OPTIONS - 1 if len(fitting) < _MAX_OPTIONS else _MAX_OPTIONS - 2
    cards = default_style_options(defaults.offer, fitting, current.style, room)
    options: dict[Any, str] = {None: _default_label(truncate(defaults.style, 60))}
    options |= {card.name: style_label(card, _MAX_OPTION) for card in cards}
    return options | ({_ANOTHER: _("Another style ...")} if len(cards) < len(fitting) else {})


def _count_options(defaults: BotDefaults) -> dict[Any, str]:
    default = _default_label(format_number(defaults.names.count))
    return {None: default} | {count: format_number(count) for count in _COUNTS}


def _temperature_options(defaults: BotDefaults, current: GuildSettings) -> dict[Any, str]:
    own = () if current.temperature is None else (current.temperature,)
    labels = {}
    for each in sorted({*_TEMPERATURES, *own}):
        note = _TEMPERATURE_NOTES.get(each)
        labels[each] = _(note).format(temperature=_format(each)) if note else _format(each)
    return {None: _default_label(_format(defaults.names.temperature))} | labels


def _format(temperature: float) -> str:
    """Return a temperature with as many decimals as it has, such as 0.85 or 1."""
    decimals = len(f"{temperature:g}".partition(".")[2])
    return format_number(temperature, decimals)


def _new_only_options(defaults: BotDefaults) -> dict[Any, str]:
    default = "yes" if defaults.names.new_only else "no"
    labels = {value: _(label) for value, label in _NEW_ONLY.items()}
    return {None: _(_NEW_ONLY_DEFAULT[default])} | labels


def _default_label(value: str) -> str:
    return _(_DEFAULT_LABEL).format(value=value)


def _yes_or_no(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _channel_select(guild: discord.Guild, channels: Sequence[int]) -> ui.ChannelSelect[Any]:
    existing = [channel for channel in channels if guild.get_channel(channel)][:_MAX_OPTIONS]
    kind = discord.SelectDefaultValueType.channel
    return ui.ChannelSelect(
        custom_id=f"{_CUSTOM_ID}channels",
        channel_types=[
            discord.ChannelType.text,
            discord.ChannelType.news,
            discord.ChannelType.forum,
        ],
        placeholder=_("Channels: all"),
        min_values=0,
        max_values=_MAX_OPTIONS,
        default_values=[discord.SelectDefaultValue(id=id_, type=kind) for id_ in existing],
    )


def _role_select(guild: discord.Guild, role_id: int | None) -> ui.RoleSelect[Any]:
    existing = [role_id] if role_id and guild.get_role(role_id) else []
    kind = discord.SelectDefaultValueType.role
    return ui.RoleSelect(
        custom_id=f"{_CUSTOM_ID}manager_role",
        placeholder=_("Who can train styles with text commands, besides Manage Server"),
        min_values=0,
        max_values=1,
        default_values=[discord.SelectDefaultValue(id=id_, type=kind) for id_ in existing],
    )


def _modal_summary(current: GuildSettings, defaults: BotDefaults) -> str:
    """Return the current values of the modal; only the number of blocked words, not the words."""
    words = _("**Blocked words:** none")
    if count := len(current.blocked):
        words = ngettext(
            "**Blocked words:** {count} word", "**Blocked words:** {count} words", count
        ).format(count=format_number(count))
    lines = [words]
    if defaults.prefix is not None:
        prefix = inline_code(current.prefix or defaults.prefix)
        lines.append(_("**Command prefix:** {prefix}").format(prefix=prefix))
    return "\n".join(lines)
