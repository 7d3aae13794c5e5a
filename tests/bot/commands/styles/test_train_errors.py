"""Errors of `/manage-styles train`: one line each, before anything is downloaded or trained."""

import pytest

from bot.loopback import Loopback
from bot.loopback.state.permissions import Permission

from ...conftest import no_bot, press, send
from .helpers import LIST, allow_manage, error_text, text_of, train_error, use_train, wait_answer

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "training_bot", "fake_training")]


async def test_large_file(discord: Loopback) -> None:
    text = await train_error(discord, content=bytes(50 * 2**20))
    assert text == "fauns.txt is too large (50.0 MB). The limit is 2.0 MB."


async def test_empty_file(discord: Loopback) -> None:
    assert await train_error(discord, content=b"") == (
        "fauns.txt is empty. Attach a list with one name per line."
    )


async def test_failed_download(discord: Loopback) -> None:
    assert await train_error(discord) == (
        "I couldn't download fauns.txt from Discord (HTTP 404). Attach it again."
    )


async def test_download_larger_than_reported(discord: Loopback) -> None:
    options = {"name": "fauns", "file": ("fauns.txt", LIST)}
    call = await discord.invoke("manage-styles train", options, author="olga")
    for number in call.data["resolved"]["attachments"]:
        discord._backend.state.files[int(number)].data = bytes(3 * 2**20)
    answer = await wait_answer(discord, call)
    assert text_of(answer) == "fauns.txt is larger than Discord reported. Attach it again."


@pytest.mark.parametrize("origin", ["http://127.0.0.1:9", "https://discord.evil.example"])
async def test_file_elsewhere(discord: Loopback, origin: str) -> None:
    """Discord would never send such an address."""
    state = discord._backend.state
    own, state.origin = state.origin, origin
    options = {"name": "fauns", "file": ("fauns.txt", LIST)}
    call = await discord.invoke("manage-styles train", options, author="olga")
    state.origin = own
    assert text_of(await wait_answer(discord, call)) == (
        "I couldn't download fauns.txt from Discord (it isn't on Discord's servers). "
        "Attach it again."
    )


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (
            "two words",
            "A style's name can have letters, digits, - and _ only. `space` isn't allowed.",
        ),
        (
            "../up",
            "A style's name can have letters, digits, - and _ only. `.` isn't allowed.",
        ),
        ("x" * 33, "A style's name can have 1 to 32 characters. This one has 33."),
    ],
)
async def test_invalid_style_name(discord: Loopback, style: str, text: str) -> None:
    assert await train_error(discord, style) == text


async def test_missing_permission(discord: Loopback) -> None:
    await discord.wait_commands()
    with pytest.raises(ValueError, match="ada lacks the permission MANAGE_GUILD"):
        await train_error(discord, author="ada")
    allow_manage(discord, "ada")
    assert await train_error(discord, author="ada", for_all=True) == (
        "Only the bot's owner can change styles for all servers."
    )
    for channel in (discord.dm("olga"), discord.create_group("olga", "ada")):
        with pytest.raises(ValueError, match="not in"):
            await train_error(discord, channel=channel)


@pytest.mark.parametrize("permission", ["Send Messages", "Embed Links"])
async def test_bot_permission(discord: Loopback, permission: str) -> None:
    denied = Permission[permission.upper().replace(" ", "_")]
    discord.set_permissions("general", discord.bot, deny=int(denied))
    assert await train_error(discord) == f"I need {permission} in this channel for that."


async def test_bot_permission_on_confirm(discord: Loopback) -> None:
    preview = await use_train(discord)
    discord.set_permissions("general", discord.bot, deny=int(Permission.SEND_MESSAGES))
    answer = await press(discord, preview, "Confirm", author="olga")
    assert answer.content == "I need Send Messages in this channel for that."
    assert preview.components


async def test_invalid_list(discord: Loopback) -> None:
    text = error_text(await use_train(discord, content=b"Pikachu\n" * 200, file="one.txt"))
    assert text == "one.txt: The list has only 1 different name. Add some until there are 20."


async def test_line_of_75000_characters(discord: Loopback) -> None:
    text = error_text(await use_train(discord, content=LIST + b"\n" + b"x" * 75_000))
    assert text == ("fauns.txt: Line 121 has more than 2,000 characters. Shorten or remove it.")


async def test_emoji_are_accepted(discord: Loopback) -> None:
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    emoji = [f"{chr(0x1F600 + i)}{family}" for i in range(40)]
    preview = await use_train(discord, content="\n".join(emoji).encode(), file="emoji.txt")
    assert "**40** different names" in text_of(preview)
    assert emoji[0] in text_of(preview)


async def test_missing_attachment(discord: Loopback) -> None:
    answer = await send(discord, "!style train fauns", author="olga")
    assert answer.content.startswith("file: attach the file to your message. Usage: ")


async def test_large_file_in_prefix_command(discord: Loopback) -> None:
    command = await discord.say(
        "!style train fauns", author="olga", attachments=[("e.txt", bytes(3 * 2**20))]
    )
    answer = await discord.wait_reply(command)
    assert text_of(answer) == "e.txt is too large (3.0 MB). The limit is 2.0 MB."
