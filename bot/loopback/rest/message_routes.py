"""Routes for messages: create, list, edit and delete them, and show typing."""

from collections.abc import Collection

from ..gateway.dispatch import is_content_public
from ..payloads.message_requests import Sender, UploadedFile, find_referenced
from ..state.encoding import Json, parse_snowflake
from ..state.errors import DiscordError, ErrorCode, form_error
from ..state.guilds import Channel
from ..state.messages import DEFAULT, REPLY, Message, MessageFlag, strip_content
from ..state.permissions import Intent, Permission
from .routing import Endpoint, Reply, Request


def _message_json(request: Request, message: Message) -> Json:
    """Return the message object, without content if the bot may not read that."""
    state = request.backend.state
    has_intent = state.privileged_intents & Intent.MESSAGE_CONTENT
    if has_intent or is_content_public(state, message):
        return message.json()
    return strip_content(message.json())


def _readable_channel(request: Request, *required: Permission) -> Channel:
    channel = request.channel()
    bot = request.backend.state.bot
    channel.require_permissions(bot, Permission.READ_MESSAGE_HISTORY, *required)
    return channel


def _file_permissions(files: Collection[UploadedFile]) -> tuple[Permission, ...]:
    return (Permission.ATTACH_FILES,) if files else ()


def create_message(request: Request) -> Reply:
    """Send a message; with `enforce_nonce`, a repeated `nonce` returns the existing message."""
    state, channel, body = request.backend.state, request.channel(), request.body
    file_permissions = _file_permissions(request.files)
    channel.require_permissions(state.bot, Permission.SEND_MESSAGES, *file_permissions)
    if (nonce := body.get("nonce")) is not None and body.get("enforce_nonce"):
        for message in list(state.messages[channel].values())[-100:]:
            if message.author is state.bot and message.nonce == nonce:
                return Reply(message.json())
    can_reply = channel.permissions(state.bot) & Permission.READ_MESSAGE_HISTORY
    if body.get("message_reference") and not can_reply:
        raise DiscordError(ErrorCode.CANNOT_REPLY)
    reference = find_referenced(state, channel, body.get("message_reference"))
    sender = Sender(state, channel, state.bot)
    draft = sender.build_draft(body, request.files, reference=reference)
    draft.flags &= ~MessageFlag.EPHEMERAL  # only interaction responses can be ephemeral
    if not channel.permissions(state.bot) & Permission.EMBED_LINKS:
        draft.embeds = []
    message = state.post(
        channel,
        state.bot,
        draft,
        type=REPLY if reference else DEFAULT,
        reference=reference,
        tts=bool(body.get("tts")),
        nonce=nonce,
    )
    return Reply(message.json())


def list_messages(request: Request) -> Reply:
    """List a channel's messages, newest first: `limit`, `before`, `after`, `around`."""
    channel = _readable_channel(request)
    limit = request.limit(50, 100)
    after, around, before = map(request.query_snowflake, ("after", "around", "before"))
    messages = [m for m in request.backend.state.messages[channel].values() if not m.ephemeral]
    if after is not None:
        messages = [m for m in messages if m.id > after][:limit]
    elif around is not None:
        older = [m for m in messages if m.id < around][-(limit // 2) :]
        messages = older + [m for m in messages if m.id >= around][: limit - len(older)]
    elif before is not None:
        messages = [m for m in messages if m.id < before]
    return Reply([_message_json(request, message) for message in reversed(messages[-limit:])])


def get_message(request: Request) -> Reply:
    """Return one message."""
    channel = _readable_channel(request)
    message = request.backend.state.find_message(channel, request.snowflake("message_id"))
    return Reply(_message_json(request, message))


def edit_message(request: Request) -> Reply:
    """Edit one of the bot's own messages."""
    state, channel = request.backend.state, request.channel()
    channel.require_permissions(state.bot)
    message = state.find_message(channel, request.snowflake("message_id"))
    if message.author is not state.bot:
        raise DiscordError(ErrorCode.NOT_MESSAGE_AUTHOR)
    sender = Sender(state, channel, state.bot)
    draft = sender.build_draft(request.body, request.files, message, message.reference)
    state.edit(message, draft)
    return Reply(message.json())


def delete_message(request: Request) -> Reply:
    """Delete one of the bot's messages, or with Manage Messages anyone's."""
    state, channel = request.backend.state, request.channel()
    message = state.find_message(channel, request.snowflake("message_id"))
    if message.author is not state.bot:
        channel.require_permissions(state.bot, Permission.MANAGE_MESSAGES)
    state.delete(message)
    return Reply(None)


def delete_messages(request: Request) -> Reply:
    """Delete several messages at once; ids that do not exist are ignored."""
    state, channel = request.backend.state, request.channel()
    channel.require_permissions(state.bot, Permission.MANAGE_MESSAGES)
    ids = [parse_snowflake(str(message_id)) for message_id in request.body.get("messages") or []]
    if not 2 <= len(ids) <= 100:
        text = "Must be between 2 and 100 in length."
        raise form_error("messages", "BASE_TYPE_BAD_LENGTH", text)
    found = [state.messages[channel].get(message_id or 0) for message_id in dict.fromkeys(ids)]
    for message in filter(None, found):
        state.delete(message)
    return Reply(None)


def start_typing(request: Request) -> Reply:
    """Show that the bot is typing."""
    state, channel = request.backend.state, request.channel()
    channel.require_permissions(state.bot, Permission.SEND_MESSAGES)
    state.start_typing(channel, state.bot)
    return Reply(None)


_MESSAGES = "/channels/{channel_id}/messages"
_MESSAGE = _MESSAGES + "/{message_id}"

ENDPOINTS = [
    Endpoint("POST", "/channels/{channel_id}/typing", start_typing),
    Endpoint("GET", _MESSAGES, list_messages),
    Endpoint("POST", _MESSAGES, create_message),
    Endpoint("GET", _MESSAGE, get_message),
    Endpoint("PATCH", _MESSAGE, edit_message),
    Endpoint("DELETE", _MESSAGE, delete_message),
    Endpoint("POST", _MESSAGES + "/bulk-delete", delete_messages),
]
