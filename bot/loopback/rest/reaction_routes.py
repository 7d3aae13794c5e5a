"""Routes for reactions: add, list and remove them."""

from ..state.errors import DiscordError, ErrorCode
from ..state.messages import Message
from ..state.permissions import Permission
from .routing import Endpoint, Reply, Request


def _find(request: Request, *required: Permission) -> Message:
    """Return the message in the path, if the bot has the permissions to see it and `required`."""
    state, channel = request.backend.state, request.channel()
    channel.require_permissions(state.bot, Permission.READ_MESSAGE_HISTORY, *required)
    return state.find_message(channel, request.snowflake("message_id"))


def _emoji(request: Request) -> str:
    emoji = request.path["emoji_name"]
    if emoji.isascii() and ":" not in emoji:
        raise DiscordError(ErrorCode.UNKNOWN_EMOJI)
    return emoji


def add_reaction(request: Request) -> Reply:
    """Add the bot's reaction to a message."""
    state = request.backend.state
    state.add_reaction(_find(request, Permission.ADD_REACTIONS), state.bot, _emoji(request))
    return Reply(None)


def list_reactions(request: Request) -> Reply:
    """List the users of one reaction by ascending id: `limit`, `after`."""
    limit, after = request.limit(25, 100), request.query_snowflake("after") or 0
    users = _find(request).reactions.get(_emoji(request), [])
    found = sorted((user for user in users if user.id > after), key=lambda user: user.id)
    return Reply([user.json() for user in found[:limit]])


def remove_own_reaction(request: Request) -> Reply:
    """Remove the bot's own reaction."""
    state = request.backend.state
    state.remove_reaction(_find(request), state.bot, _emoji(request))
    return Reply(None)


def remove_user_reaction(request: Request) -> Reply:
    """Remove a user's reaction."""
    state, message = request.backend.state, _find(request, Permission.MANAGE_MESSAGES)
    user = state.users.get(request.snowflake("user_id"))
    if user is None:
        raise DiscordError(ErrorCode.UNKNOWN_USER)
    state.remove_reaction(message, user, _emoji(request))
    return Reply(None)


def clear_emoji(request: Request) -> Reply:
    """Remove everyone's reactions with one emoji."""
    message = _find(request, Permission.MANAGE_MESSAGES)
    request.backend.state.clear_reactions(message, _emoji(request))
    return Reply(None)


def clear_reactions(request: Request) -> Reply:
    """Remove every reaction."""
    request.backend.state.clear_reactions(_find(request, Permission.MANAGE_MESSAGES))
    return Reply(None)


_REACTIONS = "/channels/{channel_id}/messages/{message_id}/reactions"
_EMOJI = _REACTIONS + "/{emoji_name}"

ENDPOINTS = [
    Endpoint("DELETE", _REACTIONS, clear_reactions),
    Endpoint("GET", _EMOJI, list_reactions),
    Endpoint("DELETE", _EMOJI, clear_emoji),
    Endpoint("PUT", _EMOJI + "/@me", add_reaction),
    Endpoint("DELETE", _EMOJI + "/@me", remove_own_reaction),
    Endpoint("DELETE", _EMOJI + "/{user_id}", remove_user_reaction),
]
