"""The common bot with discord.py."""

import asyncio
import io
import os

import discord
import yarl
from discord import Attachment, Interaction, SelectOption, app_commands, ui
from discord.app_commands import Choice
from discord.gateway import DiscordWebSocket
from discord.http import Route

from .pipes import KINDS, NAMES_FILE, ReportingClient, run_until_stopped


class Bot(ReportingClient, discord.Client):
    """A client that syncs its commands."""

    async def setup_hook(self) -> None:
        # It has a gateway's address of its own.
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await self.http.get_bot_gateway())[1])
        await tree.sync()


class Form(ui.Modal, title="Feedback"):
    """A modal with one field."""

    best: ui.TextInput["Form"] = ui.TextInput(label="Best", custom_id="best")

    async def on_submit(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"best: {self.best.value}")


class Panel(ui.View):
    """A button, and a select of each kind."""

    @ui.button(label="Press", custom_id="press")
    async def press(self, interaction: Interaction, button: ui.Button["Panel"]) -> None:
        await interaction.response.edit_message(content="pressed")

    @ui.select(
        custom_id="kind",
        max_values=2,
        options=[SelectOption(label=KINDS[value], value=value) for value in ("elf", "orc")],
    )
    async def kind(self, interaction: Interaction, select: ui.Select["Panel"]) -> None:
        await respond(interaction, f"kind: {', '.join(select.values)}")

    @ui.select(cls=ui.UserSelect, custom_id="user")
    async def user(self, interaction: Interaction, select: ui.UserSelect["Panel"]) -> None:
        await respond(interaction, f"user: {select.values[0].name}")

    @ui.select(cls=ui.RoleSelect, custom_id="role")
    async def role(self, interaction: Interaction, select: ui.RoleSelect["Panel"]) -> None:
        await respond(interaction, f"role: {select.values[0].name}")

    @ui.select(cls=ui.ChannelSelect, custom_id="channel")
    async def channel(self, interaction: Interaction, select: ui.ChannelSelect["Panel"]) -> None:
        await respond(interaction, f"channel: {select.values[0].name}")


async def respond(interaction: Interaction, content: str) -> None:
    await interaction.response.send_message(content, ephemeral=True)


intents = discord.Intents(guilds=True, messages=True, message_content=True)
bot = Bot(intents=intents, guild_ready_timeout=0.1)
tree = app_commands.CommandTree(bot)


@tree.command(description="Repeat a text.")
async def echo(interaction: Interaction, text: str) -> None:
    await interaction.response.send_message(text)


@tree.command(description="Choose a kind.")
async def choose(interaction: Interaction, kind: str) -> None:
    await interaction.response.send_message(kind)


@choose.autocomplete("kind")
async def complete_kind(interaction: Interaction, typed: str) -> list[Choice[str]]:
    return [Choice(name=n, value=value) for value, n in KINDS.items() if value.startswith(typed)]


@tree.command(description="Answer later.")
async def later(interaction: Interaction) -> None:
    await interaction.response.defer()
    await interaction.edit_original_response(content="later")


@tree.command(description="Send a file.")
async def file(interaction: Interaction) -> None:
    data, name = NAMES_FILE
    await interaction.response.send_message("file", file=discord.File(io.BytesIO(data), name))


@tree.command(name="read", description="Read a file.")
async def read_file(interaction: Interaction, file: Attachment) -> None:
    await interaction.response.send_message((await file.read()).decode())


@tree.command(description="Answer more than once.")
async def several(interaction: Interaction) -> None:
    await interaction.response.send_message("one")
    await interaction.followup.send("two")
    await interaction.followup.send("three", ephemeral=True)
    await interaction.edit_original_response(content="one!")


@tree.command(description="Show a button and selects.")
async def panel(interaction: Interaction) -> None:
    await interaction.response.send_message("panel", view=Panel())


@tree.command(description="Open a form.")
async def form(interaction: Interaction) -> None:
    await interaction.response.send_modal(Form(custom_id="form"))


if __name__ == "__main__":
    Route.BASE = f"{os.environ['LOOPBACK_URL']}/api/v10"
    asyncio.run(run_until_stopped(bot.start(os.environ["LOOPBACK_TOKEN"]), bot.close))
