"""What the tests of styles do again and again: make some, publish them, use a command, read it."""

import json
from typing import Any

from bot.loopback import Channel, Loopback, Message, Permission
from bot.store import CorpusSummary, NewTraining, Store, Training

from ..artifacts import bigrams, metadata_of, model_of

HISTORY = [[100, 2.9, 3.0], [200, 2.0, 2.2], [300, 1.5, 1.9], [400, 1.2, 2.1]]
LENGTHS = [[3, 10], [4, 30], [5, 20], [9, 1]]


def style_of(*names: str, title: str = "Test", **told: Any) -> bytes:
    """Return an artifact that gives `names` and few others; `told` replaces what it tells."""
    style = json.loads(metadata_of(names)["namesmith.style"]) | {"title": title} | told
    metadata = metadata_of(names, style=json.dumps(style))
    return bytes(model_of(bigrams(names), metadata).SerializeToString())


async def trained(store: Store, content: bytes, style: str, guild_id: int | None) -> Training:
    """Keep `content` as what a training of `style` came to."""
    offered = await store.trainings.add(
        NewTraining(
            style=style,
            guild_id=guild_id,
            origin_guild_id=guild_id,
            user_id=1,
            channel_id=1,
            recipe="seed",
            file_name="list.txt",
            corpus=b"Anna\n",
            corpus_summary=CorpusSummary(samples=1),
        )
    )
    done = await store.trainings.update(offered.id, state="done", candidate=content)
    assert done is not None
    return done


def let_manage(discord: Loopback, name: str, channel: str | Channel = "general") -> None:
    """Let somebody who does not own the application manage the server, by that channel's rules."""
    discord.set_permissions(channel, discord.user(name), allow=Permission.MANAGE_GUILD)


async def styles(
    discord: Loopback,
    command: str,
    author: str = "olga",
    channel: str | Channel = "general",
    **options: Any,
) -> Message:
    """Use `/style command` and return the answer; `for_all` is the option for-all."""
    named = {name.replace("_", "-"): value for name, value in options.items()}
    call = await discord.invoke(f"style {command}", named, author=author, channel=channel)
    return await call.answer()


def description_of(message: Message) -> str:
    """Return what an embed says."""
    (embed,) = message.embeds
    return str(embed["description"])
