"""Demo bot: a cog with a command for each kind of response, a view and a modal."""

import asyncio

import discord
from discord import Interaction, app_commands
from discord.app_commands import Choice
from discord.ext import commands

from .conftest import Client, create_bot


class Feedback(discord.ui.Modal, title="Feedback"):
    """A modal with a required and an optional field."""

    best: discord.ui.TextInput["Feedback"] = discord.ui.TextInput(label="Best", max_length=10)
    why: discord.ui.TextInput["Feedback"] = discord.ui.TextInput(label="Why", required=False)

    async def on_submit(self, interaction: Interaction, /) -> None:
        await interaction.response.send_message(f"best {self.best.value}, {self.why.value or '-'}")


class Panel(discord.ui.View):
    """A persistent view, with fixed custom ids and no timeout."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="More", custom_id="more")
    async def more(self, interaction: Interaction, button: discord.ui.Button["Panel"]) -> None:
        await interaction.response.edit_message(content="more")

    @discord.ui.button(label="Later", custom_id="later")
    async def later(self, interaction: Interaction, button: discord.ui.Button["Panel"]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="later")

    @discord.ui.button(label="New", custom_id="new")
    async def new(self, interaction: Interaction, button: discord.ui.Button["Panel"]) -> None:
        await interaction.response.send_message(f"for {interaction.user.name}", ephemeral=True)

    @discord.ui.button(label="Rate", custom_id="rate")
    async def rate(self, interaction: Interaction, button: discord.ui.Button["Panel"]) -> None:
        await interaction.response.send_modal(Feedback(custom_id="feedback"))

    @discord.ui.button(label="Off", custom_id="off", disabled=True)
    async def off(self, interaction: Interaction, button: discord.ui.Button["Panel"]) -> None:
        raise AssertionError("a disabled button cannot be pressed")

    @discord.ui.select(
        custom_id="style",
        max_values=2,
        options=[discord.SelectOption(label=name.title(), value=name) for name in ("elf", "orc")],
    )
    async def style(self, interaction: Interaction, select: discord.ui.Select["Panel"]) -> None:
        await interaction.response.send_message(" and ".join(select.values))

    @discord.ui.select(cls=discord.ui.UserSelect, custom_id="user")
    async def user(self, interaction: Interaction, select: discord.ui.UserSelect["Panel"]) -> None:
        await interaction.response.send_message(select.values[0].mention)


class DemoCog(commands.Cog):
    """A command for each kind of response."""

    style = app_commands.Group(name="style", description="styles")

    def __init__(self, bot: Client) -> None:
        self.bot = bot
        self.gate = asyncio.Event()
        self.refused: asyncio.Queue[discord.HTTPException] = asyncio.Queue()

    @commands.hybrid_command(description="repeat")  # type: ignore[arg-type]
    async def repeat(
        self, context: commands.Context[Client], text: str, count: commands.Range[int, 1, 5] = 1
    ) -> None:
        await context.send(text * count)

    @app_commands.command(description="responds later")
    async def slow(self, interaction: Interaction, quiet: bool = False) -> None:
        await interaction.response.defer(ephemeral=quiet)
        await self.gate.wait()
        await interaction.followup.send("at last")

    @app_commands.command(description="several responses")
    async def several(self, interaction: Interaction) -> None:
        await interaction.response.send_message("one")
        two = await interaction.followup.send("two", wait=True)
        await interaction.followup.send("three", ephemeral=True)
        await two.edit(content="two!")
        original = await interaction.original_response()
        await original.edit(content=original.content + "!")

    @app_commands.command(description="too late")
    async def never(self, interaction: Interaction) -> None:
        await self.gate.wait()
        try:
            await interaction.response.send_message("late")
        except discord.HTTPException as error:
            self.refused.put_nowait(error)

    @app_commands.command(description="twice")
    async def twice(self, interaction: Interaction) -> None:
        await interaction.response.send_message("one")
        interaction.response._response_type = None
        try:
            await interaction.response.send_message("two")
        except discord.HTTPException as error:
            self.refused.put_nowait(error)

    @app_commands.command(description="a name")
    @app_commands.choices(tone=[Choice(name="Soft", value="a"), Choice(name="Hard", value="b")])
    async def choose(self, interaction: Interaction, kind: str, tone: str = "a") -> None:
        await interaction.response.send_message(f"{kind} {tone}")

    @choose.autocomplete("kind")
    async def kinds(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        found = [name for name in ("elf", "elder", "orc") if name.startswith(typed)]
        return [Choice(name=name.title(), value=name) for name in found]

    @app_commands.command(description="things")
    async def things(
        self,
        interaction: Interaction,
        user: discord.User,
        channel: discord.TextChannel,
        file: discord.Attachment,
        role: discord.Role | None = None,
    ) -> None:
        data = (await file.read()).decode()
        text = f"{user.name} {channel.name} {data} {role and role.name}"
        await interaction.response.send_message(text)

    @style.command(description="train")
    async def train(self, interaction: Interaction, name: str) -> None:
        await interaction.response.send_message(f"training {name}")

    @app_commands.command(description="for the owner")
    @app_commands.default_permissions(manage_guild=True)
    async def admin(self, interaction: Interaction) -> None:
        await interaction.response.send_message(str(interaction.permissions.manage_guild))

    @app_commands.command(description="buttons")
    async def panel(self, interaction: Interaction) -> None:
        await interaction.response.send_message("panel", view=Panel())

    @app_commands.command(description="a form")
    async def form(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(Feedback(custom_id="feedback"))

    @app_commands.command(description="deletes its response")
    async def vanish(self, interaction: Interaction) -> None:
        await interaction.response.send_message("gone soon")
        await interaction.delete_original_response()
        await interaction.followup.send("instead")


def create_demo_bot() -> tuple[Client, DemoCog]:
    """Create a bot with the cog, context menus and the view; it registers its commands."""
    bot = create_bot()
    cog = DemoCog(bot)

    @app_commands.context_menu(name="Shout")
    async def shout(interaction: Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(message.content.upper())

    @app_commands.context_menu(name="Greet")
    async def greet(interaction: Interaction, user: discord.Member) -> None:
        await interaction.response.send_message(f"hello {user.name}")

    async def setup() -> None:
        await bot.add_cog(cog)
        bot.tree.add_command(shout)
        bot.tree.add_command(greet)
        bot.add_view(Panel())
        await bot.tree.sync()

    bot.setup_hook = setup  # type: ignore[method-assign]
    return bot, cog
