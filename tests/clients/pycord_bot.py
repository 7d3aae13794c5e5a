"""The common bot with py-cord, whose package is `discord` too."""

# mypy: ignore-errors
# It sees discord.py.

import io
import os

import discord
from discord import (
    ApplicationContext,
    Attachment,
    AutocompleteContext,
    Interaction,
    SelectOption,
    ui,
)
from discord.http import Route

from .pipes import KINDS, NAMES_FILE, ReportingClient, run_until_stopped


class Bot(ReportingClient, discord.Bot):
    """A client that reports its events."""


class Form(ui.Modal):
    """A modal with one field."""

    def __init__(self) -> None:
        super().__init__(title="Feedback", custom_id="form")
        self.best = ui.InputText(label="Best", custom_id="best")
        self.add_item(self.best)

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"best: {self.best.value}")


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


intents = discord.Intents(guilds=True, messages=True, message_content=True)
bot = Bot(intents=intents, guild_ready_timeout=0.1)


@bot.slash_command(description="Repeat a text.")
async def echo(context: ApplicationContext, text: str) -> None:
    await context.respond(text)


async def complete_kind(context: AutocompleteContext) -> list[discord.OptionChoice]:
    choices = [(name, value) for value, name in KINDS.items() if value.startswith(context.value)]
    return [discord.OptionChoice(name, value) for name, value in choices]


@bot.slash_command(description="Choose a kind.")
@discord.option("kind", autocomplete=complete_kind)
async def choose(context: ApplicationContext, kind: str) -> None:
    await context.respond(kind)


@bot.slash_command(description="Answer later.")
async def later(context: ApplicationContext) -> None:
    await context.defer()
    await context.edit(content="later")


@bot.slash_command(description="Send a file.")
async def file(context: ApplicationContext) -> None:
    data, name = NAMES_FILE
    await context.respond("file", file=discord.File(io.BytesIO(data), name))


@bot.slash_command(name="read", description="Read a file.")
async def read_file(context: ApplicationContext, file: Attachment) -> None:
    await context.respond((await file.read()).decode())


@bot.slash_command(description="Answer more than once.")
async def several(context: ApplicationContext) -> None:
    await context.respond("one")
    await context.followup.send("two")
    await context.followup.send("three", ephemeral=True)
    await context.edit(content="one!")


@bot.slash_command(description="Show a button and selects.")
async def panel(context: ApplicationContext) -> None:
    await context.respond("panel", view=Panel())


@bot.slash_command(description="Open a form.")
async def form(context: ApplicationContext) -> None:
    await context.send_modal(Form())


if __name__ == "__main__":
    Route.API_BASE_URL = f"{os.environ['LOOPBACK_URL']}/api/v{{API_VERSION}}"
    client = bot.start(os.environ["LOOPBACK_TOKEN"])
    bot.loop.run_until_complete(run_until_stopped(client, bot.close))
