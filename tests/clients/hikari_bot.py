"""The common bot with hikari, without a framework for commands."""

import asyncio
import logging
import os

import hikari
from hikari import CommandOption, OptionType, ResponseType
from hikari.impl import AutocompleteChoiceBuilder, MessageActionRowBuilder, ModalActionRowBuilder

from .pipes import KINDS, NAMES_FILE, report, run_until_stopped

bot = hikari.GatewayBot(
    os.environ["LOOPBACK_TOKEN"],
    banner=None,
    logs=None,
    suppress_optimization_warning=True,
    intents=hikari.Intents.GUILDS | hikari.Intents.ALL_MESSAGES | hikari.Intents.MESSAGE_CONTENT,
    rest_url=f"{os.environ['LOOPBACK_URL']}/api/v10",
)

OPTIONS = {
    "echo": ("text", OptionType.STRING),
    "choose": ("kind", OptionType.STRING),
    "read": ("file", OptionType.ATTACHMENT),
}
"""Name and type of each command's option."""

COMMANDS = [*OPTIONS, "later", "file", "several", "panel", "form"]


def build_panel() -> list[MessageActionRowBuilder]:
    """Build the rows of a button, and of a select of each kind."""
    button, kind, user, role, channel = (MessageActionRowBuilder() for _ in range(5))
    button.add_interactive_button(hikari.ButtonStyle.PRIMARY, "press", label="Press")
    menu = kind.add_text_menu("kind", max_values=2)
    for value in ("elf", "orc"):
        menu.add_option(KINDS[value], value)
    user.add_select_menu(hikari.ComponentType.USER_SELECT_MENU, "user")
    role.add_select_menu(hikari.ComponentType.ROLE_SELECT_MENU, "role")
    channel.add_channel_menu("channel")
    return [button, kind, user, role, channel]


@bot.listen()
async def on_started(event: hikari.StartedEvent) -> None:
    application = await bot.rest.fetch_application()
    builders = [bot.rest.slash_command_builder(name, name) for name in COMMANDS]
    for builder in builders:
        if builder.name in OPTIONS:
            name, option_type = OPTIONS[builder.name]
            option = CommandOption(
                type=option_type,
                name=name,
                description=name,
                is_required=True,
                autocomplete=name == "kind",
            )
            builder.add_option(option)
    await bot.rest.set_application_commands(application, builders)


@bot.listen()
async def on_ready(event: hikari.ShardReadyEvent) -> None:
    report("ready", user=event.my_user.username)


@bot.listen()
async def on_message(event: hikari.MessageCreateEvent) -> None:
    message, me = event.message, bot.get_me()
    if event.is_bot or me is None:
        return
    is_mention = me.id in message.user_mentions_ids
    report(
        "message",
        content=message.content,
        author=event.author.username,
        is_dm=isinstance(event, hikari.DMMessageCreateEvent),
        is_mention=is_mention,
        files=[file.filename for file in message.attachments],
    )
    answer = "mentioned" if is_mention else f"heard {message.content}"
    await message.respond(answer, reply=True)


@bot.listen()
async def on_command(event: hikari.CommandInteractionCreateEvent) -> None:
    call = event.interaction
    match call.command_name:
        case "echo" | "choose":
            await respond(call, str(call.options[0].value))
        case "later":
            await call.create_initial_response(ResponseType.DEFERRED_MESSAGE_CREATE)
            await call.edit_initial_response("later")
        case "file":
            await respond(call, "file", attachment=hikari.Bytes(*NAMES_FILE))
        case "read":
            (file,) = call.resolved.attachments.values()
            await respond(call, (await file.read()).decode())
        case "several":
            await respond(call, "one")
            await call.execute("two")
            await call.execute("three", flags=hikari.MessageFlag.EPHEMERAL)
            await call.edit_initial_response("one!")
        case "panel":
            await respond(call, "panel", components=build_panel())
        case "form":
            row = ModalActionRowBuilder().add_text_input("best", "Best")
            await call.create_modal_response("Feedback", "form", component=row)


@bot.listen()
async def on_autocomplete(event: hikari.AutocompleteInteractionCreateEvent) -> None:
    typed = str(event.interaction.options[0].value)
    choices = [AutocompleteChoiceBuilder(n, v) for v, n in KINDS.items() if v.startswith(typed)]
    await event.interaction.create_response(choices)


@bot.listen()
async def on_component(event: hikari.ComponentInteractionCreateEvent) -> None:
    call = event.interaction
    if call.custom_id == "press":
        await call.create_initial_response(ResponseType.MESSAGE_UPDATE, "pressed")
        return
    match call.custom_id:
        case "user":
            selected = [user.username for user in call.resolved.users.values()]
        case "role":
            selected = [role.name for role in call.resolved.roles.values()]
        case "channel":
            selected = [channel.name for channel in call.resolved.channels.values()]
        case _:
            selected = call.values
    content = f"{call.custom_id}: {', '.join(selected)}"
    await respond(call, content, flags=hikari.MessageFlag.EPHEMERAL)


@bot.listen()
async def on_modal(event: hikari.ModalInteractionCreateEvent) -> None:
    ((field,),) = event.interaction.components
    await respond(event.interaction, f"best: {field.value}")


async def respond(
    call: hikari.CommandInteraction | hikari.ComponentInteraction | hikari.ModalInteraction,
    content: str,
    **fields: object,
) -> None:
    await call.create_initial_response(ResponseType.MESSAGE_CREATE, content, **fields)


async def run() -> None:
    await bot.start(check_for_updates=False)
    await bot.join()


if __name__ == "__main__":
    # Its own logging writes to standard output, and warns of every lost connection.
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(run_until_stopped(run(), bot.close))
