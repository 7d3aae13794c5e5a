"""Which gateway event a change in the world becomes, and which sessions may have it.

Discord's page "Gateway", sections "Gateway Intents" and "Message Content Intent".
"""

import time
from dataclasses import dataclass

from ..state.messages import Message, emoji_json, withheld
from ..state.permissions import ALWAYS, Intent, Permission
from ..state.places import Channel
from ..state.wire import Json
from ..state.world import Change, World


@dataclass(frozen=True)
class Dispatch:
    """A gateway event: its name, its data, and what a session needs to be sent it.

    `guild_id` None goes to shard 0. `content` says that the data is a
    message, whose content is withheld from sessions without the intent unless `open`.
    """

    name: str
    data: Json
    intent: Intent = ALWAYS
    guild_id: int | None = None
    content: bool = False
    open: bool = False

    def data_for(self, intents: Intent) -> Json | None:
        """Give the data as a session with `intents` gets it, or None if it gets nothing."""
        if self.intent and not intents & self.intent:
            return None
        if self.content and not self.open and not intents & Intent.MESSAGE_CONTENT:
            return withheld(self.data)
        return self.data


_NAMES = {
    "created": "MESSAGE_CREATE",
    "thinking": "MESSAGE_CREATE",
    "filled": "MESSAGE_UPDATE",
    "edited": "MESSAGE_UPDATE",
    "deleted": "MESSAGE_DELETE",
    "typing": "TYPING_START",
    "reaction": "MESSAGE_REACTION_ADD",
}

_INTENTS = {
    "typing": (Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING),
    "reaction": (Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS),
}


def content_is_open(world: World, message: Message) -> bool:
    """Whether an application reads `message` whatever its intents: its own, to it, or in a DM."""
    own = message.author is world.bot
    return own or message.channel.guild is None or world.bot in message.mentions


def dispatch_of(world: World, change: Change) -> Dispatch | None:
    """Give the event that tells the bot of `change`, or None if the bot cannot see it."""
    if not change.channel.permissions(world.bot) & Permission.VIEW_CHANNEL:
        return None
    # An ephemeral message belongs to no guild as far as the gateway goes: it comes under the
    # direct messages' intent and without guild and member (note at "Message Create").
    hidden = change.message is not None and change.message.ephemeral
    guild = None if hidden else change.channel.guild
    in_guild, direct = _INTENTS.get(change.kind, (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES))
    is_message = change.kind in ("created", "thinking", "filled", "edited")
    return Dispatch(
        _NAMES[change.kind],
        _data(change, change.channel if guild else None),
        in_guild if guild else direct,
        guild.id if guild else None,
        content=is_message,
        open=change.message is not None and content_is_open(world, change.message),
    )


def _data(change: Change, place: Channel | None) -> Json:
    guild = place.guild if place else None
    where: Json = {"channel_id": str(change.channel.id)}
    if guild:
        where["guild_id"] = str(guild.id)
    member = guild.members.get(change.user.id) if guild else None
    if change.kind == "deleted" and change.message:
        return where | {"id": str(change.message.id)}
    if change.kind == "typing":
        about: Json = {"user_id": str(change.user.id), "timestamp": int(time.time())}
        return where | about | ({"member": member.json()} if member else {})
    if change.kind == "reaction" and change.message:
        about = {"user_id": str(change.user.id), "message_id": str(change.message.id)}
        about |= {"emoji": emoji_json(change.emoji or ""), "burst": False, "type": 0}
        about["message_author_id"] = str(change.message.author.id)
        return where | about | ({"member": member.json()} if member else {})
    assert change.message is not None  # noqa: S101 - the remaining kinds are of a message
    return where | _message(change.message, place)


def _message(message: Message, place: Channel | None) -> Json:
    about = message.json()
    guild = place.guild if place else None
    if guild is None:
        return about
    if author := guild.members.get(message.author.id):
        about["member"] = author.partial_json()
    for user, mention in zip(message.mentions, about["mentions"], strict=True):
        if member := guild.members.get(user.id):
            mention["member"] = member.partial_json()
    return about
