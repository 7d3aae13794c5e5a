"""What the tests of trainings do again and again: offer a list, confirm, wait for what comes."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.loopback import Channel, Interaction, Loopback, Message

from ..conftest import buttons_of, press

LINES = Path("model/corpora/dinosaurs.txt").read_text(encoding="utf-8").split("\n")[:120]
LIST = "\n".join(LINES).encode()
"""A short list of names, as the bytes of a file."""

PATIENCE = 120.0
"""Seconds that a worker may take to start and to learn, on a machine that does much else."""


async def offer(
    discord: Loopback,
    style: str = "elves",
    content: bytes = LIST,
    *,
    file: str = "elves.txt",
    recipe: str = "seed",
    author: str = "olga",
    channel: str | Channel = "general",
    for_all: bool = False,
) -> Message:
    """Bring a list, and return the answer: a preview, or a refusal."""
    given = {"name": style, "file": (file, content), "recipe": recipe, "for-all": for_all}
    call = await discord.invoke("style train", given, author=author, channel=channel)
    return await answer_of(discord, call)


async def answer_of(discord: Loopback, call: Interaction) -> Message:
    """Wait for an answer through a deferral, and through what stands for one that is refused."""
    await call.answer(timeout=PATIENCE)

    def final_answer() -> Message | None:
        answer = call.visible_answer
        return answer if answer and answer.content != "…" else None

    return await discord.wait_until(final_answer)


async def begin(discord: Loopback, style: str = "elves", **how: Any) -> Message:
    """Bring a list, confirm, and return the message that tells how it goes."""
    preview = await offer(discord, style, **how)
    author = how.get("author", "olga")
    return await confirm(discord, preview, author)


async def confirm(discord: Loopback, preview: Message, author: str = "olga") -> Message:
    """Press Confirm under a preview, and return the message that tells how it goes."""
    there = preview.channel
    await press(discord, preview, "Confirm", author=author)
    link = await discord.wait_until(lambda: re.search(r"/(\d+)$", preview.content))
    return discord.messages(there)[int(link[1])]


async def give_up(discord: Loopback, message: Message, author: str = "olga") -> None:
    """Press Cancel under a training that goes on, and wait until its message says so."""
    call = await discord.press(message, buttons_of(message)["Cancel"]["custom_id"], author=author)
    await call.wait_acknowledged()
    await until(discord, message, "cancelled")


async def until(discord: Loopback, message: Message, words: str) -> Message:
    """Wait until `message` says `words`."""
    await discord.wait_until(lambda: words in text_of(message), timeout=PATIENCE)
    return message


def text_of(message: Message) -> str:
    """Return all that a person reads in a message, without the marks that keep it inert."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.get("title", ""), embed.get("description", "")]
        parts += [f"{field['name']}\n{field['value']}" for field in embed.get("fields", [])]
        parts.append(embed.get("footer", {}).get("text", ""))
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", "\n".join(filter(None, parts)))


def refusals_of(presses: Sequence[Interaction]) -> list[str]:
    """Return what those who pressed were told apart from what became of the message itself."""
    told = [(one.source, m) for one in presses for m in (one.response, *one.followups) if m]
    return [message.content for source, message in told if message is not source]


async def refused(
    discord: Loopback,
    style: str = "elves",
    content: bytes = LIST,
    *,
    file: str = "elves.txt",
    author: str = "olga",
    channel: str | Channel = "general",
    for_all: bool = False,
) -> str:
    """Bring a list that nobody could download, and return the line that refuses it."""
    given = {"name": style, "file": (file, content), "for-all": for_all}
    call = await discord.invoke("style train", given, author=author, channel=channel)
    _take_away(discord, call)
    return line_of(await answer_of(discord, call))


def line_of(answer: Message) -> str:
    """Return the one line that an answer is, which its asker alone sees."""
    assert answer.ephemeral
    assert not answer.embeds
    assert "\n" not in answer.content
    return text_of(answer)


def _take_away(discord: Loopback, call: Interaction) -> None:
    for number in call.data["resolved"]["attachments"]:
        discord._backend.state.files.pop(int(number))
