"""Helpers of the /style tests: make styles, use the commands, and follow trainings."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.library import Library
from bot.loopback import Channel, Interaction, Loopback, Message, Permission
from bot.store import CorpusSummary, NewTraining, Store, Training

from ...artifacts import bigrams, metadata_of, model_of
from ...conftest import buttons_of, press

HISTORY = [[100, 2.9, 3.0], [200, 2.0, 2.2], [300, 1.5, 1.9], [400, 1.2, 2.1]]
LENGTHS = [[3, 10], [4, 30], [5, 20], [9, 1]]

LINES = Path("model/corpora/dinosaurs.txt").read_text(encoding="utf-8").split("\n")[:120]
LIST = "\n".join(LINES).encode()
"""A short list of names, as the content of a file."""

TIMEOUT = 120.0
"""Seconds that a worker may take to start and to train on a busy machine."""


def make_style(*names: str, title: str = "Test", **style: Any) -> bytes:
    """Return an artifact that draws mostly `names`; `style` overrides its description."""
    metadata = json.loads(metadata_of(names)["namesmith.style"]) | {"title": title} | style
    entries = metadata_of(names, style=json.dumps(metadata))
    return bytes(model_of(bigrams(names), entries).SerializeToString())


async def publish_versions(library: Library, guild_id: int | None, *names: str) -> None:
    """Publish one version of fauns for each of `names`, which draws only that name."""
    for name in names:
        await library.publish("fauns", make_style(name), author="1", guild_id=guild_id)


async def add_candidate(
    store: Store, artifact: bytes, style: str, guild_id: int | None, user_id: int = 1
) -> Training:
    """Store a finished training of `style` whose candidate is `artifact`."""
    new = NewTraining(
        style=style,
        guild_id=guild_id,
        origin_guild_id=guild_id,
        user_id=user_id,
        channel_id=1,
        recipe="seed",
        file_name="list.txt",
        corpus=b"Anna\n",
        corpus_summary=CorpusSummary(samples=1),
    )
    offered = await store.trainings.add(new)
    done = await store.trainings.update(offered.id, state="done", candidate=artifact)
    assert done is not None
    return done


def allow_manage(discord: Loopback, name: str, channel: str | Channel = "general") -> None:
    """Give a member who does not own the application Manage Server in that channel."""
    discord.set_permissions(channel, discord.user(name), allow=Permission.MANAGE_GUILD)


async def use_style(
    discord: Loopback,
    command: str,
    author: str = "olga",
    channel: str | Channel = "general",
    **options: Any,
) -> Message:
    """Use a command on styles, and return the answer; the keyword `for_all` is for-all."""
    group = "style" if command in ("list", "info") else "manage-styles"
    values = {name.replace("_", "-"): value for name, value in options.items()}
    call = await discord.invoke(f"{group} {command}", values, author=author, channel=channel)
    return await call.answer()


def description_of(message: Message) -> str:
    (embed,) = message.embeds
    return str(embed["description"])


def text_of(message: Message) -> str:
    """Return all text of a message as people read it, without backslashes."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.get("title", ""), embed.get("description", "")]
        parts += [f"{field['name']}\n{field['value']}" for field in embed.get("fields", [])]
        parts.append(embed.get("footer", {}).get("text", ""))
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", "\n".join(filter(None, parts)))


async def use_train(
    discord: Loopback,
    style: str = "fauns",
    content: bytes = LIST,
    *,
    file: str = "fauns.txt",
    recipe: str = "seed",
    author: str = "olga",
    channel: str | Channel = "general",
    for_all: bool = False,
) -> Message:
    """Use `/manage-styles train`, and return the answer: a preview or an error.

    In direct messages, where it is not offered, use the text command.
    """
    if discord.channel(channel).guild is None:
        text = f"!manage-styles train {style} {recipe}"
        attachments = [(file, content)]
        command = await discord.say(text, author=author, channel=channel, attachments=attachments)
        return await discord.wait_reply(command, TIMEOUT)
    values = {"name": style, "file": (file, content), "recipe": recipe, "for-all": for_all}
    call = await discord.invoke("manage-styles train", values, author=author, channel=channel)
    return await wait_answer(discord, call)


async def wait_answer(discord: Loopback, call: Interaction) -> Message:
    """Wait for the final answer of a deferred command."""
    await call.answer(timeout=TIMEOUT)

    def final_answer() -> Message | None:
        answer = call.visible_answer
        return answer if answer and answer.content != "…" else None

    return await discord.wait_until(final_answer, TIMEOUT)


async def start_training(discord: Loopback, style: str = "fauns", **options: Any) -> Message:
    """Use `/manage-styles train`, confirm, and return the message of the training."""
    preview = await use_train(discord, style, **options)
    return await confirm(discord, preview, options.get("author", "olga"))


async def confirm(discord: Loopback, preview: Message, author: str = "olga") -> Message:
    """Press Confirm under a preview, and return the message of the training."""
    messages = discord.messages(preview.channel)
    await press(discord, preview, "Confirm", author=author, timeout=TIMEOUT)
    link = await discord.wait_until(lambda: re.search(r"/(\d+)$", preview.content), TIMEOUT)
    return messages[int(link[1])]


async def finish_training(discord: Loopback, style: str = "fauns", **options: Any) -> Message:
    """Train a style, and return the message once it is ready to publish."""
    message = await start_training(discord, style, **options)
    return await wait_for(discord, message, "ready to publish")


async def press_cancel(discord: Loopback, message: Message, author: str = "olga") -> None:
    """Press Cancel under an active training, and wait until the message shows it."""
    call = await discord.press(message, buttons_of(message)["Cancel"]["custom_id"], author=author)
    await call.wait_acknowledged()
    await wait_for(discord, message, "cancelled")


async def wait_for(discord: Loopback, message: Message, text: str) -> Message:
    """Wait until `message` contains `text`, and return it."""
    await discord.wait_until(lambda: text in text_of(message), timeout=TIMEOUT)
    return message


def replies_to(presses: Sequence[Interaction]) -> list[str]:
    """Return the answers to presses, except edits of the message with the buttons."""
    answers = [(call.source, m) for call in presses for m in (call.response, *call.followups) if m]
    return [message.content for source, message in answers if message is not source]


async def train_error(
    discord: Loopback,
    style: str = "fauns",
    content: bytes = LIST,
    *,
    file: str = "fauns.txt",
    author: str = "olga",
    channel: str | Channel = "general",
    for_all: bool = False,
) -> str:
    """Train on a file that can't be downloaded, and return the error message."""
    values = {"name": style, "file": (file, content), "for-all": for_all}
    call = await discord.invoke("manage-styles train", values, author=author, channel=channel)
    for number in call.data["resolved"]["attachments"]:
        discord._backend.state.files.pop(int(number))
    return error_text(await wait_answer(discord, call))


def error_text(answer: Message) -> str:
    """Return the text of an error message: one ephemeral line."""
    assert answer.ephemeral
    assert not answer.embeds
    assert "\n" not in answer.content
    return text_of(answer)
