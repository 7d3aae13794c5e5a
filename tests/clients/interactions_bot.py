"""The common bot with interactions.py."""

import asyncio
import io
import logging
import os

import aiohttp
import interactions
from interactions import (
    ActionRow,
    AutocompleteContext,
    Button,
    ButtonStyle,
    ChannelSelectMenu,
    Client,
    ComponentContext,
    Intents,
    Modal,
    ModalContext,
    OptionType,
    RoleSelectMenu,
    ShortText,
    SlashContext,
    StringSelectMenu,
    StringSelectOption,
    UserSelectMenu,
    component_callback,
    listen,
    modal_callback,
    slash_command,
    slash_option,
)
from interactions.api.events import MessageCreate, Ready
from interactions.api.http.route import Route

from .pipes import KINDS, NAMES_FILE, report, run_until_stopped

INTENTS = Intents.GUILDS | Intents.GUILD_MESSAGES | Intents.DIRECT_MESSAGES
bot = Client(intents=INTENTS | Intents.MESSAGE_CONTENT)


@listen()
async def on_ready(event: Ready) -> None:
    report("ready", user=bot.user.username)


@listen()
async def on_message_create(event: MessageCreate) -> None:
    message = event.message
    if message.author.bot:
        return
    is_mention = bot.user.id in [user.id async for user in message.mention_users]
    report(
        "message",
        content=message.content,
        author=message.author.username,
        is_dm=message.guild is None,
        is_mention=is_mention,
        files=[file.filename for file in message.attachments],
    )
    await message.reply("mentioned" if is_mention else f"heard {message.content}")


@slash_command("echo", description="Repeat a text.")
@slash_option("text", "A text.", opt_type=OptionType.STRING, required=True)
async def echo(context: SlashContext, text: str) -> None:
    await context.send(text)


@slash_command("choose", description="Choose a kind.")
@slash_option("kind", "A kind.", opt_type=OptionType.STRING, required=True, autocomplete=True)
async def choose(context: SlashContext, kind: str) -> None:
    await context.send(kind)


@choose.autocomplete("kind")
async def complete_kind(context: AutocompleteContext) -> None:
    typed = context.input_text
    choices = [(name, value) for value, name in KINDS.items() if value.startswith(typed)]
    await context.send([{"name": name, "value": value} for name, value in choices])


@slash_command("later", description="Answer later.")
async def later(context: SlashContext) -> None:
    await context.defer()
    await context.edit(content="later")


@slash_command("file", description="Send a file.")
async def file(context: SlashContext) -> None:
    data, name = NAMES_FILE
    await context.send("file", file=interactions.File(io.BytesIO(data), file_name=name))


@slash_command("read", description="Read a file.")
@slash_option("file", "A file.", opt_type=OptionType.ATTACHMENT, required=True)
async def read_file(context: SlashContext, file: interactions.Attachment) -> None:
    async with aiohttp.request("GET", file.url) as response:
        await context.send(await response.text())


@slash_command("several", description="Answer more than once.")
async def several(context: SlashContext) -> None:
    await context.send("one")
    await context.send("two")
    await context.send("three", ephemeral=True)
    await context.edit(content="one!")


@slash_command("panel", description="Show a button and selects.")
async def panel(context: SlashContext) -> None:
    options = [StringSelectOption(label=KINDS[value], value=value) for value in ("elf", "orc")]
    parts = [
        Button(style=ButtonStyle.PRIMARY, label="Press", custom_id="press"),
        StringSelectMenu(options, custom_id="kind", max_values=2),
        UserSelectMenu(custom_id="user"),
        RoleSelectMenu(custom_id="role"),
        ChannelSelectMenu(custom_id="channel"),
    ]
    await context.send("panel", components=[ActionRow(part) for part in parts])


@slash_command("form", description="Open a form.")
async def form(context: SlashContext) -> None:
    best = ShortText(label="Best", custom_id="best")
    await context.send_modal(Modal(best, title="Feedback", custom_id="form"))


@component_callback("press")
async def press(context: ComponentContext) -> None:
    await context.edit_origin(content="pressed")


@component_callback("kind", "user", "role", "channel")
async def select(context: ComponentContext) -> None:
    values = [
        getattr(value, "username", None) or getattr(value, "name", value)
        for value in context.values
    ]
    await context.send(f"{context.custom_id}: {', '.join(values)}", ephemeral=True)


@modal_callback("form")
async def submit(context: ModalContext, best: str) -> None:
    await context.send(f"best: {best}")


if __name__ == "__main__":
    logging.getLogger("interactions").setLevel(logging.ERROR)  # it warns of every new session
    Route.BASE = f"{os.environ['LOOPBACK_URL']}/api/v10"
    asyncio.run(run_until_stopped(bot.astart(os.environ["LOOPBACK_TOKEN"])))
