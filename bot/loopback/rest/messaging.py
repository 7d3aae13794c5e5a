"""The routes of messages: saying, reading, editing, deleting, reacting, typing."""

from collections.abc import Collection

from ..gateway.events import content_is_open
from ..payloads.composing import File, Pen, referred
from ..state.errors import DiscordError, Problem
from ..state.messages import REPLY, Message, MessageFlag, withheld
from ..state.permissions import Intent, Permission
from ..state.places import Channel
from ..state.wire import Json
from .routing import Endpoint, Reply, Request


def _seen(request: Request, message: Message) -> Json:
    """Give a message as the bot may read it: without content, if that was not granted."""
    world = request.backend.world
    granted = world.granted & Intent.MESSAGE_CONTENT
    if granted or content_is_open(world, message):
        return message.json()
    return withheld(message.json())


def _readable(request: Request, *needed: Permission) -> Channel:
    channel = request.channel()
    channel.demand(request.backend.world.bot, Permission.READ_MESSAGE_HISTORY, *needed)
    return channel


def _for(files: Collection[File]) -> tuple[Permission, ...]:
    return (Permission.ATTACH_FILES,) if files else ()


def create_message(request: Request) -> Reply:
    """Say something as the bot; a known `nonce` under `enforce_nonce` gives the message it made."""
    world, channel, body = request.backend.world, request.channel(), request.body
    channel.demand(world.bot, Permission.SEND_MESSAGES, *_for(request.files))
    if (nonce := body.get("nonce")) is not None and body.get("enforce_nonce"):
        for message in list(world.messages[channel].values())[-100:]:
            if message.author is world.bot and message.nonce == nonce:
                return Reply(message.json())
    reference = referred(world, channel, body.get("message_reference"))
    draft = Pen(world, channel, world.bot).write(body, request.files, reference=reference)
    draft.flags &= ~MessageFlag.EPHEMERAL  # only the answers to interactions can be
    if not channel.permissions(world.bot) & Permission.EMBED_LINKS:
        draft.embeds = []
    message = world.post(
        channel,
        world.bot,
        draft,
        type=REPLY if reference else 0,
        reference=reference,
        tts=bool(body.get("tts")),
        nonce=nonce,
    )
    return Reply(message.json())


def list_messages(request: Request) -> Reply:
    """List a channel's messages, newest first: `limit`, `before`, `after`, `around`."""
    channel = _readable(request)
    query = request.query
    limit = min(int(query.get("limit", 50)), 100)
    found = [m for m in request.backend.world.messages[channel].values() if not m.ephemeral]
    if "after" in query:
        found = [m for m in found if m.id > int(query["after"])][:limit]
    elif "around" in query:
        older = [m for m in found if m.id < int(query["around"])][-(limit // 2) :]
        found = older + [m for m in found if m.id >= int(query["around"])][: limit - len(older)]
    elif "before" in query:
        found = [m for m in found if m.id < int(query["before"])]
    return Reply([_seen(request, message) for message in reversed(found[-limit:])])


def get_message(request: Request) -> Reply:
    """Give one message."""
    channel = _readable(request)
    message = request.backend.world.message(channel, request.number("message_id"))
    return Reply(_seen(request, message))


def edit_message(request: Request) -> Reply:
    """Edit a message of the bot's own."""
    world, channel = request.backend.world, request.channel()
    channel.demand(world.bot)
    message = world.message(channel, request.number("message_id"))
    if message.author is not world.bot:
        raise DiscordError(Problem.OTHERS_MESSAGE)
    pen = Pen(world, channel, world.bot)
    world.edit(message, pen.write(request.body, request.files, message, message.reference))
    return Reply(message.json())


def delete_message(request: Request) -> Reply:
    """Delete a message: one's own, or with Manage Messages anyone's."""
    world, channel = request.backend.world, request.channel()
    message = world.message(channel, request.number("message_id"))
    if message.author is not world.bot:
        channel.demand(world.bot, Permission.MANAGE_MESSAGES)
    world.delete(message)
    return Reply(None)


def react(request: Request) -> Reply:
    """Put the bot's reaction under a message."""
    world = request.backend.world
    channel = _readable(request, Permission.ADD_REACTIONS)
    message = world.message(channel, request.number("message_id"))
    emoji = request.path["emoji_name"]
    if emoji.isascii() and ":" not in emoji:
        raise DiscordError(Problem.UNKNOWN_EMOJI)
    world.react(message, world.bot, emoji)
    return Reply(None)


def type_in(request: Request) -> Reply:
    """Show the bot as typing."""
    world, channel = request.backend.world, request.channel()
    channel.demand(world.bot, Permission.SEND_MESSAGES)
    world.typing(channel, world.bot)
    return Reply(None)


_MESSAGES = "/channels/{channel_id}/messages"
_ONE = _MESSAGES + "/{message_id}"

ENDPOINTS = [
    Endpoint("POST", "/channels/{channel_id}/typing", type_in),
    Endpoint("GET", _MESSAGES, list_messages),
    Endpoint("POST", _MESSAGES, create_message),
    Endpoint("GET", _ONE, get_message),
    Endpoint("PATCH", _ONE, edit_message),
    Endpoint("DELETE", _ONE, delete_message),
    Endpoint("PUT", _ONE + "/reactions/{emoji_name}/@me", react),
]
