"""The common bot with disnake."""

import io
import os

import disnake
from disnake import Attachment, CommandInteraction, Interaction, SelectOption, ui
from disnake.ext import commands
from disnake.http import Route

from .pipes import KINDS, NAMES_FILE, ReportingClient, run_until_stopped


class Bot(ReportingClient, commands.InteractionBot):
    """A client that reports its events."""


class Form(ui.Modal):
    """A modal with one field."""

    def __init__(self) -> None:
        best = ui.TextInput(label="Best", custom_id="best")
        super().__init__(title="Feedback", custom_id="form", components=[best])

    async def callback(self, interaction: disnake.ModalInteraction) -> None:
        await interaction.response.send_message(f"best: {interaction.text_values['best']}")


class Panel(ui.View):
    """A button, and a select of each kind."""

    @ui.button(label="Press", custom_id="press")
    async def press(self, button: ui.Button, interaction: Interaction) -> None:
        await interaction.response.edit_message(content="pressed")

    @ui.string_select(
        custom_id="kind",
        max_values=2,
        options=[SelectOption(label=KINDS[value], value=value) for value in ("elf", "orc")],
    )
    async def kind(self, select: ui.StringSelect, interaction: Interaction) -> None:
        await respond(interaction, f"kind: {', '.join(select.values)}")

    @ui.user_select(custom_id="user")
    async def user(self, select: ui.UserSelect, interaction: Interaction) -> None:
        await respond(interaction, f"user: {select.values[0].name}")

    @ui.role_select(custom_id="role")
    async def role(self, select: ui.RoleSelect, interaction: Interaction) -> None:
        await respond(interaction, f"role: {select.values[0].name}")

    @ui.channel_select(custom_id="channel")
    async def channel(self, select: ui.ChannelSelect, interaction: Interaction) -> None:
        await respond(interaction, f"channel: {select.values[0].name}")


async def respond(interaction: Interaction, content: str) -> None:
    await interaction.response.send_message(content, ephemeral=True)


intents = disnake.Intents(guilds=True, messages=True, message_content=True)
bot = Bot(intents=intents)


@bot.slash_command(description="Repeat a text.")
async def echo(interaction: CommandInteraction, text: str) -> None:
    await interaction.response.send_message(text)


@bot.slash_command(description="Choose a kind.")
async def choose(interaction: CommandInteraction, kind: str) -> None:
    await interaction.response.send_message(kind)


@choose.autocomplete("kind")
async def complete_kind(interaction: CommandInteraction, typed: str) -> dict[str, str]:
    return {name: value for value, name in KINDS.items() if value.startswith(typed)}


@bot.slash_command(description="Answer later.")
async def later(interaction: CommandInteraction) -> None:
    await interaction.response.defer()
    await interaction.edit_original_response(content="later")


@bot.slash_command(description="Send a file.")
async def file(interaction: CommandInteraction) -> None:
    data, name = NAMES_FILE
    await interaction.response.send_message("file", file=disnake.File(io.BytesIO(data), name))


@bot.slash_command(name="read", description="Read a file.")
async def read_file(interaction: CommandInteraction, file: Attachment) -> None:
    await interaction.response.send_message((await file.read()).decode())


@bot.slash_command(description="Answer more than once.")
async def several(interaction: CommandInteraction) -> None:
    await interaction.response.send_message("one")
    await interaction.followup.send("two")
    await interaction.followup.send("three", ephemeral=True)
    await interaction.edit_original_response(content="one!")


@bot.slash_command(description="Show a button and selects.")
async def panel(interaction: CommandInteraction) -> None:
    await interaction.response.send_message("panel", view=Panel())


@bot.slash_command(description="Open a form.")
async def form(interaction: CommandInteraction) -> None:
    await interaction.response.send_modal(Form())


if __name__ == "__main__":
    Route.BASE = f"{os.environ['LOOPBACK_URL']}/api/v10"
    client = bot.start(os.environ["LOOPBACK_TOKEN"])
    bot.loop.run_until_complete(run_until_stopped(client, bot.close))
