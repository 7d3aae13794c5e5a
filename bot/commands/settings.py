"""`!settings` and `/settings`: what holds in a server, for those who may manage it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from ..config import NamesSettings
from ..prefixes import is_prefix
from ..services import Services
from ..store import MAX_PREFIX, GuildSettings
from .answers import EMBED_COLOUR, reply
from .base import Location, NamesmithCog, check_can_manage
from .components import PersistentComponent
from .errors import send_error
from .markdown import escape_markdown, inline_code, truncate

_LIMIT = 4000
"""Characters of a field, as Discord counts them."""


class WordsModal(ui.Modal, title="Words and prefix"):
    """Asks for them, and gives what was typed to `submitted`, named as the settings are.

    `prefix` is the bot's own, None where the server's is not ours to set.
    """

    def __init__(
        self, set_here: GuildSettings, prefix: str | None, submitted: Callable[..., Awaitable[None]]
    ) -> None:
        super().__init__(timeout=900)
        self._submitted = submitted
        self._words: ui.TextInput[Any] = ui.TextInput(
            style=discord.TextStyle.paragraph,
            default="\n".join(set_here.blocked),
            max_length=_LIMIT,
            required=False,
            custom_id="words",
        )
        self.add_item(
            ui.Label(
                text="Words that no name may hold",
                description="One a line. Slurs and the like are out already.",
                component=self._words,
            )
        )
        self._prefix: ui.TextInput[Any] | None = None
        if prefix is not None:
            self._prefix = ui.TextInput(
                default=set_here.prefix or "",
                placeholder=prefix,
                max_length=MAX_PREFIX,
                required=False,
                custom_id="prefix",
            )
            label = ui.Label(text="What comes before commands in a chat", component=self._prefix)
            self.add_item(label)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Hand on what was typed."""
        changes: dict[str, Any] = {
            "blocked": [w for w in self._words.value.split("\n") if w.strip()]
        }
        if self._prefix is not None:
            changes["prefix"] = self._prefix.value.strip() or None
        await self._submitted(interaction, **changes)

    async def on_error(  # type: ignore[override]  # as discord.py has it too
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        """Tell what does not fit."""
        await send_error(interaction, error)


_SETTING = "namesmith-set:"
"""How the custom ids begin; the setting follows, as `GuildSettings` calls it."""

_COUNTS = (1, 2, 3, 5, 8, 10, 15, 20, 25)
_TEMPERATURES = {0.5: "safe", 0.7: "", 0.9: "", 1.0: "as learned", 1.2: "", 1.5: "", 2.0: "wild"}
_OPTIONS = 25
"""Options of a select, and what can be chosen in one, on Discord."""

_OWN, _OTHER = "own", "="
"""What the value of an option is, or begins with: the bot's own default, or another."""


@dataclass(frozen=True)
class BotDefaults:
    """What holds where a server has set nothing; `prefix` None: the bot has its own way."""

    names: NamesSettings
    style: str
    styles: Sequence[str]
    prefix: str | None


def bot_defaults(services: Services, bot: Any, guild_id: int) -> BotDefaults:
    """Return what holds in a server that has set nothing."""
    prefix = services.settings.bot.command_prefix if is_prefix(bot.command_prefix) else None
    styles = tuple(services.library.style_names(guild_id))
    return BotDefaults(services.settings.names, services.library.default_style, styles, prefix)


def settings_view(guild: discord.Guild, set_here: GuildSettings, own: BotDefaults) -> ui.LayoutView:
    """Return all settings of `guild`, each as it is now."""
    selects = (
        ("Style", _select("style", _styles(own), set_here.style)),
        ("Names in an answer", _select("count", _counts(own), set_here.count)),
        ("Temperature", _select("temperature", _temperatures(own, set_here), set_here.temperature)),
        ("Known names", _select("new_only", _new_only(own), _yes(set_here.new_only))),
        ("Where names are made", _channels(guild, set_here.channels)),
    )
    container: ui.Container[Any] = ui.Container(accent_colour=EMBED_COLOUR)
    container.add_item(ui.TextDisplay(f"## {escape_markdown(truncate(guild.name, 80))}"))
    container.add_item(ui.TextDisplay("-# What holds here when a command does not say otherwise."))
    for title, select in selects:
        container.add_item(ui.TextDisplay(f"**{title}**"))
        container.add_item(ui.ActionRow(SettingSelect(select)))
    button: ui.Button[Any] = ui.Button(label="Change ...", custom_id=f"{_SETTING}words")
    container.add_item(ui.Separator())
    container.add_item(ui.Section(_typed(set_here, own), accessory=SettingSelect(button)))
    view = ui.LayoutView(timeout=None)
    return view.add_item(container)


class SettingSelect(PersistentComponent, template=rf"{_SETTING}(?P<what>\w+)"):
    """A select of one setting, or the button that opens the form of the others."""

    async def used(
        self, services: Services, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Change the setting, if the person may, and show what holds now."""
        check_can_manage(Location.of(interaction))
        guild = interaction.guild
        assert guild is not None  # noqa: S101, it is where somebody manages it
        own = bot_defaults(services, interaction.client, guild.id)
        if said["what"] == "words":
            set_here = await services.guild(guild.id)

            async def submitted(press: discord.Interaction[Any], **changes: Any) -> None:
                changed = await services.store.change_guild(guild.id, **changes)
                await press.response.edit_message(view=settings_view(guild, changed, own))

            await interaction.response.send_modal(WordsModal(set_here, own.prefix, submitted))
            return
        changes = {said["what"]: _value(said["what"], self.item.values)}
        changed = await services.store.change_guild(guild.id, **changes)
        await interaction.response.edit_message(view=settings_view(guild, changed, own))


def _value(what: str, chosen: list[Any]) -> Any:
    """Return what was chosen as the store takes it; None for the bot's own default."""
    if what == "channels":
        return [channel.id for channel in chosen]
    value = str(chosen[0])
    if value == _OWN:
        return None
    kinds: dict[str, Any] = {"count": int, "temperature": float, "new_only": lambda v: v == "yes"}
    return kinds.get(what, str)(value.removeprefix(_OTHER))


def _select(what: str, choices: dict[Any, str], chosen: Any) -> ui.Select[Any]:
    """Return the select of a setting; its choices are the labels by value, None: the bot's own."""
    options = [
        discord.SelectOption(
            label=label,
            value=_OWN if value is None else f"{_OTHER}{value}",
            default=value == chosen,
        )
        for value, label in choices.items()
    ]
    return ui.Select(custom_id=f"{_SETTING}{what}", options=options)


def _styles(own: BotDefaults) -> dict[Any, str]:
    listed = [style for style in own.styles if len(style) <= 100][: _OPTIONS - 1]
    return {None: f"As the bot: {truncate(own.style, 80)}"} | {style: style for style in listed}


def _counts(own: BotDefaults) -> dict[Any, str]:
    return {None: f"As the bot: {own.names.count}"} | {count: str(count) for count in _COUNTS}


def _temperatures(own: BotDefaults, set_here: GuildSettings) -> dict[Any, str]:
    offered = dict(_TEMPERATURES)
    if set_here.temperature is not None:
        offered.setdefault(set_here.temperature, "")
    listed = {t: f"{t:g} {offered[t]}".rstrip() for t in sorted(offered)}
    return {None: f"As the bot: {own.names.temperature:g}"} | listed


def _new_only(own: BotDefaults) -> dict[Any, str]:
    words = {"no": "Slanted, among the new ones", "yes": "Left out"}
    return {None: f"As the bot: {words[_yes(own.names.new_only) or 'no'].lower()}"} | words


def _yes(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _channels(guild: discord.Guild, chosen: Sequence[int]) -> ui.ChannelSelect[Any]:
    there = [channel for channel in chosen if guild.get_channel(channel)][:_OPTIONS]
    kind = discord.SelectDefaultValueType.channel
    return ui.ChannelSelect(
        custom_id=f"{_SETTING}channels",
        channel_types=[
            discord.ChannelType.text,
            discord.ChannelType.news,
            discord.ChannelType.forum,
        ],
        placeholder="In all channels",
        min_values=0,
        max_values=_OPTIONS,
        default_values=[discord.SelectDefaultValue(id=id_, type=kind) for id_ in there],
    )


def _typed(set_here: GuildSettings, own: BotDefaults) -> str:
    """Say what is typed in the form; the words themselves are not shown where others may look."""
    count = len(set_here.blocked)
    words = f"{count} word{'' if count == 1 else 's'}" if count else "none beside the bot's own"
    lines = [f"**Blocked words** {words}"]
    if own.prefix is not None:
        lines.append(f"**Before commands in a chat** {inline_code(set_here.prefix or own.prefix)}")
    return "\n".join(lines)


class SettingsCog(NamesmithCog, name="Namesmith settings"):
    """What holds in a server."""

    @commands.hybrid_command()  # type: ignore[arg-type]  # typed for pyright
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def settings(self, ctx: commands.Context[Any]) -> None:
        """Show and change how names are made in this server."""
        check_can_manage(Location.of(ctx))
        assert ctx.guild is not None  # noqa: S101, it is where somebody manages it
        set_here = await self.services.guild(ctx.guild.id)
        view = settings_view(
            ctx.guild, set_here, bot_defaults(self.services, ctx.bot, ctx.guild.id)
        )
        await reply(ctx, view=view, ephemeral=True)
