"""Every way in which `/style train` says no: a line each, before anything is downloaded or done."""

import pytest

from bot.loopback import Loopback
from bot.loopback.state.permissions import Permission

from ..conftest import no_bot, press, send
from .training import LIST, answer_of, line_of, offer, refused, text_of

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "workshop", "quick")]


async def test_a_file_of_50_mb_is_refused_by_what_discord_says_of_it(discord: Loopback) -> None:
    told = await refused(discord, content=bytes(50 * 2**20))
    assert told == "elves.txt has 50.0 MB; a list may have 2.0 MB."


async def test_an_empty_file_is_refused(discord: Loopback) -> None:
    assert await refused(discord, content=b"") == (
        "elves.txt is empty; attach a list with one name a line."
    )


async def test_a_file_that_discord_does_not_give_is_told(discord: Loopback) -> None:
    assert await refused(discord) == (
        "elves.txt cannot be had from Discord (it answers 404); attach it again."
    )


async def test_a_file_that_is_larger_than_discord_says_is_not_taken(discord: Loopback) -> None:
    given = {"name": "elves", "file": ("elves.txt", LIST)}
    call = await discord.invoke("style train", given, author="olga")
    for number in call.data["resolved"]["attachments"]:
        discord._backend.state.files[int(number)].data = bytes(3 * 2**20)
    answer = await answer_of(discord, call)
    assert text_of(answer) == "elves.txt is larger than Discord says; attach it again."


@pytest.mark.parametrize(
    ("style", "line"),
    [
        (
            "two words",
            "A style's name can have letters, digits, - and _ only. SPACE isn't allowed.",
        ),
        (
            "../up",
            "A style's name can have letters, digits, - and _ only. FULL STOP isn't allowed.",
        ),
        ("x" * 33, "A style's name can have 1 to 32 characters. This one has 33."),
    ],
)
async def test_what_is_no_name_of_a_style_is_refused(
    discord: Loopback, style: str, line: str
) -> None:
    assert await refused(discord, style) == line


async def test_who_manages_no_server_trains_nothing(discord: Loopback) -> None:
    assert await refused(discord, author="ada") == "You need Manage Server here for that."
    assert await refused(discord, author="ada", for_all=True) == (
        "Only the owner of this bot changes the styles of every server."
    )
    assert await refused(discord, author="ada", channel=discord.dm("ada")) == (
        "A server's own styles are changed in that server, by who may manage it. "
        "Those of every server are for the owner of this bot."
    )


async def test_a_group_of_people_has_no_message_to_keep_up_to_date(discord: Loopback) -> None:
    assert await refused(discord, channel=discord.create_group("olga", "ada")) == (
        "I cannot write here by myself, so I could not tell how it goes. "
        "Ask in a server, or in a direct message to me."
    )


@pytest.mark.parametrize("lacked", ["Send Messages", "Embed Links", "Attach Files"])
async def test_where_the_bot_may_not_write_it_says_what_it_needs(
    discord: Loopback, lacked: str
) -> None:
    needed = Permission[lacked.upper().replace(" ", "_")]
    discord.set_permissions("general", discord.bot, deny=int(needed))
    assert await refused(discord) == f"I need {lacked} in this channel for that."


async def test_a_confirmation_where_the_bot_may_not_write_any_more_is_refused(
    discord: Loopback,
) -> None:
    preview = await offer(discord)
    discord.set_permissions("general", discord.bot, deny=int(Permission.SEND_MESSAGES))
    call = await press(discord, preview, "Confirm", author="olga")
    assert call.content == "I need Send Messages in this channel for that."
    assert preview.components


@pytest.mark.parametrize(
    ("file", "content", "line"),
    [
        (
            "utf16.txt",
            "\n".join(["Ann"] * 30).encode("utf-16"),
            "utf16.txt:1: This file is UTF-16. Save it as UTF-8.",
        ),
        (
            "latin.txt",
            LIST + "\nZoë".encode("latin-1"),
            "latin.txt:121: Byte 3 (0xeb) isn't UTF-8. Save the file as UTF-8.",
        ),
        (
            "one.txt",
            b"Pikachu\n" * 200,
            "one.txt: Only 1 distinct sample. Add lines until there are at least 20.",
        ),
    ],
)
async def test_a_list_that_cannot_be_learned_is_refused_by_file_and_line(
    discord: Loopback, file: str, content: bytes, line: str
) -> None:
    assert line_of(await offer(discord, content=content, file=file)) == line


async def test_what_may_be_a_mistake_is_told_before_it_is_learned(discord: Loopback) -> None:
    lines = [f"{name},{number},fire" for number, name in enumerate(LIST.decode().split("\n"))]
    told = text_of(await offer(discord, content="\n".join(lines).encode(), file="table.csv"))
    assert "Before you confirm" in told
    assert "This looks like a table with 3 columns." in told


async def test_emoji_are_names_like_others(discord: Loopback) -> None:
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    faces = [f"{chr(0x1F600 + i)}{family}" for i in range(40)]
    preview = await offer(discord, content="\n".join(faces).encode(), file="emoji.txt")
    assert "**40** different names" in text_of(preview)
    assert faces[0] in text_of(preview)


async def test_a_chat_without_a_file_is_told_that_it_is_missing(discord: Loopback) -> None:
    told = await send(discord, "!style train elves", author="olga")
    assert told.content.startswith("file: attach it to your message. Usage: ")


async def test_a_list_in_a_chat_is_refused_alike(discord: Loopback) -> None:
    said = await discord.say(
        "!style train elves", author="olga", attachments=[("e.txt", bytes(3 * 2**20))]
    )
    told = await discord.wait_reply(said)
    assert text_of(told) == "e.txt has 3.0 MB; a list may have 2.0 MB."
