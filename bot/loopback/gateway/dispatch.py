"""Dispatch events: which gateway event a state change becomes, and which sessions receive it.

Discord's page "Gateway", sections "Gateway Intents" and "Message Content Intent".
"""

import time
from dataclasses import dataclass

from ..state.encoding import Json
from ..state.guilds import Channel
from ..state.messages import Message, emoji_json, strip_content
from ..state.permissions import NO_INTENT, Intent, Permission
from ..state.server_state import ServerState, StateChange


@dataclass(frozen=True)
class Dispatch:
    """A gateway event, and what a session needs in order to receive it.

    An event without a `guild_id` goes to shard 0. If `is_message`, sessions without the
    MESSAGE_CONTENT intent get the data without content, except when `is_content_public`.
    """

    name: str
    data: Json
    intent: Intent = NO_INTENT
    guild_id: int | None = None
    is_message: bool = False
    is_content_public: bool = False

    def data_for(self, intents: Intent) -> Json | None:
        """Return the data for a session with `intents`, or None if it receives nothing."""
        if self.intent and not intents & self.intent:
            return None
        has_content = self.is_content_public or intents & Intent.MESSAGE_CONTENT
        if self.is_message and not has_content:
            return strip_content(self.data)
        return self.data


_EVENT_NAMES = {
    "created": "MESSAGE_CREATE",
    "thinking": "MESSAGE_CREATE",
    "filled": "MESSAGE_UPDATE",
    "edited": "MESSAGE_UPDATE",
    "deleted": "MESSAGE_DELETE",
    "typing": "TYPING_START",
    "reaction": "MESSAGE_REACTION_ADD",
    "reaction_removed": "MESSAGE_REACTION_REMOVE",
    "emoji_cleared": "MESSAGE_REACTION_REMOVE_EMOJI",
    "reactions_cleared": "MESSAGE_REACTION_REMOVE_ALL",
}

_REACTION_KINDS = ("reaction", "reaction_removed", "emoji_cleared", "reactions_cleared")
_REACTION_INTENTS = (Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS)

_GUILD_AND_DM_INTENTS = {
    "typing": (Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING),
    **dict.fromkeys(_REACTION_KINDS, _REACTION_INTENTS),
}


def is_content_public(state: ServerState, message: Message) -> bool:
    """Whether the bot reads the content without the intent: its own, a mention, or a DM."""
    is_own = message.author is state.bot
    return is_own or message.channel.guild is None or state.bot in message.mentions


def dispatch_for(state: ServerState, change: StateChange) -> Dispatch | None:
    """Return the event for `change`, or None if the bot cannot see the channel."""
    if not change.channel.permissions(state.bot) & Permission.VIEW_CHANNEL:
        return None
    # Discord dispatches an ephemeral message under the direct messages' intent, without guild
    # and member (note at "Message Create").
    is_ephemeral = change.message is not None and change.message.ephemeral
    guild = None if is_ephemeral else change.channel.guild
    guild_intent, dm_intent = _GUILD_AND_DM_INTENTS.get(
        change.kind, (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES)
    )
    return Dispatch(
        _EVENT_NAMES[change.kind],
        _event_data(change, change.channel if guild else None),
        guild_intent if guild else dm_intent,
        guild.id if guild else None,
        is_message=change.kind in ("created", "thinking", "filled", "edited"),
        is_content_public=change.message is not None and is_content_public(state, change.message),
    )


def _event_data(change: StateChange, guild_channel: Channel | None) -> Json:
    guild = guild_channel.guild if guild_channel else None
    location: Json = {"channel_id": str(change.channel.id)}
    if guild:
        location["guild_id"] = str(guild.id)
    member = guild.members.get(change.user.id) if guild else None
    member_field = {"member": member.json()} if member else {}
    if change.kind == "deleted" and change.message:
        return location | {"id": str(change.message.id)}
    if change.kind == "typing":
        typing: Json = {"user_id": str(change.user.id), "timestamp": int(time.time())}
        return location | typing | member_field
    if change.kind in _REACTION_KINDS and change.message:
        return location | _reaction_data(change, change.message, member_field)
    assert change.message is not None  # noqa: S101 - every other kind has a message
    location["channel_type"] = change.channel.type  # discord.js knows direct messages by it
    return location | _message_data(change.message, guild_channel)


def _reaction_data(change: StateChange, message: Message, member_field: Json) -> Json:
    data: Json = {"message_id": str(message.id)}
    if change.emoji:
        data["emoji"] = emoji_json(change.emoji)
    if change.kind not in ("reaction", "reaction_removed"):
        return data
    data |= {"user_id": str(change.user.id), "burst": False, "type": 0}
    if change.kind == "reaction":
        data |= {"message_author_id": str(message.author.id)} | member_field
    return data


def _message_data(message: Message, guild_channel: Channel | None) -> Json:
    data = message.json()
    guild = guild_channel.guild if guild_channel else None
    if guild is None:
        return data
    if author := guild.members.get(message.author.id):
        data["member"] = author.partial_json()
    for user, mention in zip(message.mentions, data["mentions"], strict=True):
        if member := guild.members.get(user.id):
            mention["member"] = member.partial_json()
    return data
