"""JSON for the web page: the initial state, events and messages, as one member sees them."""

from typing import Any

from ..event_stream import VisibleEvent
from ..server import Loopback
from ..state.encoding import Json
from ..state.guilds import Channel
from ..state.messages import Message
from ..state.permissions import Permission
from ..state.users import User

MAX_MESSAGES = 200
"""Messages of each channel in the initial state."""


def visible_channels(discord: Loopback, user: User) -> list[Channel]:
    """Return the guild channels that `user` can see, then their direct messages with the bot."""
    channels = discord.guild.channels.values()
    visible = [one for one in channels if one.permissions(user) & Permission.VIEW_CHANNEL]
    return [*visible, discord.dm(user)]


def can_see(user: User, message: Message | None) -> bool:
    """Whether `user` may see a message in a channel that they can see."""
    return message is None or message.visible_to in (None, user)


def initial_state(discord: Loopback, user: User) -> Json:
    """Return everything that the page of `user` shows at its start."""
    guild = discord.guild
    channels = visible_channels(discord, user)
    return {
        "kind": "state",
        "me": user.name,
        "guild": guild.name,
        "members": [_member_json(discord, member.user) for member in guild.members.values()],
        "roles": [
            {"id": str(role.id), "name": role.name.lstrip("@")} for role in guild.roles.values()
        ],
        "channels": [_channel_json(discord, channel) for channel in channels],
        "messages": {
            str(channel.id): [
                message_json(message)
                for message in list(discord.messages(channel).values())[-MAX_MESSAGES:]
                if can_see(user, message)
            ]
            for channel in channels
        },
    }


def _member_json(discord: Loopback, user: User) -> Json:
    permissions = discord.guild.permissions(discord.guild.members[user.id])
    return {
        "id": str(user.id),
        "name": user.name,
        "display_name": user.name if user.bot else user.name.capitalize(),
        "bot": user.bot,
        "can_manage": bool(permissions & Permission.MANAGE_GUILD) and not user.bot,
    }


def _channel_json(discord: Loopback, channel: Channel) -> Json:
    name = channel.name if channel.guild else discord.bot.name
    return {"id": str(channel.id), "name": name, "is_dm": channel.guild is None}


def event_json(event: VisibleEvent) -> Json:
    """Return an event with its channel and, if any, its message."""
    payload: Json = {"kind": event.kind, "channel": str(event.channel.id)}
    return payload | ({"message": message_json(event.message)} if event.message else {})


def message_json(message: Message) -> Json:
    """Return the message object, with attachment URLs relative to the page."""
    payload: Json = _with_page_urls(message.json(), message)
    attachments = {file["url"]: file for file in payload["attachments"]}
    images = [
        embed[key] for embed in payload["embeds"] for key in ("image", "thumbnail") if key in embed
    ]
    # As on Discord, an attachment that an embed shows is not listed below the message again.
    for image in images:
        if attachment := attachments.pop(image["url"], None):
            image["description"] = attachment.get("description")
    payload["attachments"] = list(attachments.values())
    payload["ephemeral"] = message.visible_to is not None
    return payload


def _with_page_urls(node: Any, message: Message) -> Any:
    """Replace the URLs of the message's attachments with their URLs on the page."""
    if isinstance(node, dict):
        return {key: _with_page_urls(value, message) for key, value in node.items()}
    if isinstance(node, list):
        return [_with_page_urls(value, message) for value in node]
    if not isinstance(node, str):
        return node
    for file in message.attachments:
        if node in (file.url, f"attachment://{file.filename}"):
            return f"files/{file.id}/{file.filename}"
    return node
