"""What the page is told: who and what there is for one person, each message, each event."""

from typing import Any

from ..server import Loopback
from ..state.messages import Message
from ..state.people import User
from ..state.permissions import Permission
from ..state.places import Channel
from ..state.wire import Json
from ..watching import Event

KEPT = 200
"""Messages of a channel that a page begins with."""


def channels(discord: Loopback, user: User) -> list[Channel]:
    """Give the places that someone sees: the guild's channels, then the bot's direct messages."""
    there = discord.guild.channels.values()
    seen = [place for place in there if place.permissions(user) & Permission.VIEW_CHANNEL]
    return [*seen, discord.dm(user)]


def sees(user: User, message: Message | None) -> bool:
    """Whether a message is for someone's eyes, if they see its channel."""
    return message is None or message.visible_to in (None, user)


def state(discord: Loopback, user: User) -> Json:
    """Give everything that a page begins with, as `user` sees it."""
    guild = discord.guild
    places = channels(discord, user)
    return {
        "kind": "state",
        "me": user.name,
        "guild": guild.name,
        "members": [_member(discord, member.user) for member in guild.members.values()],
        "roles": [
            {"id": str(role.id), "name": role.name.lstrip("@")} for role in guild.roles.values()
        ],
        "channels": [_channel(discord, place) for place in places],
        "messages": {
            str(place.id): [
                message_json(message)
                for message in list(discord.messages(place).values())[-KEPT:]
                if sees(user, message)
            ]
            for place in places
        },
    }


def _member(discord: Loopback, user: User) -> Json:
    manages = discord.guild.permissions(discord.guild.members[user.id]) & Permission.MANAGE_GUILD
    shown = user.name if user.bot else user.name.capitalize()
    about: Json = {"id": str(user.id), "name": user.name, "shown": shown, "bot": user.bot}
    return about | {"manages": bool(manages) and not user.bot}


def _channel(discord: Loopback, place: Channel) -> Json:
    name = place.name if place.guild else discord.bot.name
    return {"id": str(place.id), "name": name, "direct": place.guild is None}


def event_json(event: Event) -> Json:
    """Give an event as the page is told of it."""
    about: Json = {"kind": event.kind, "channel": str(event.channel.id)}
    return about | ({"message": message_json(event.message)} if event.message else {})


def message_json(message: Message) -> Json:
    """Give the message object, its files at the page's own addresses."""
    told: Json = local(message.json(), message)
    files = {file["url"]: file for file in told["attachments"]}
    shown = [
        embed[part] for embed in told["embeds"] for part in ("image", "thumbnail") if part in embed
    ]
    # As on Discord: a file that an embed shows is described there, and not shown again below it.
    for picture in shown:
        if file := files.pop(picture["url"], None):
            picture["description"] = file.get("description")
    told["attachments"] = list(files.values())
    told["only"] = message.visible_to is not None
    return told


def local(node: Any, message: Message) -> Any:
    """Give JSON with the addresses of a message's files as they are under the page."""
    if isinstance(node, dict):
        return {key: local(value, message) for key, value in node.items()}
    if isinstance(node, list):
        return [local(value, message) for value in node]
    if not isinstance(node, str):
        return node
    for file in message.attachments:
        if node in (file.url, f"attachment://{file.filename}"):
            return f"files/{file.id}/{file.filename}"
    return node
