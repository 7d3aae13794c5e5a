"""A small Discord on 127.0.0.1, for discord.py to log into: to try a bot without a token.

`Loopback` is the server, its people and what they do; see `server.py`.
"""

from .rest.interactions import Interaction
from .rest.ratelimit import LIKE_DISCORD, Limit, RateLimits
from .server import Loopback
from .state.messages import Attachment, Message
from .state.people import Member, Role, User
from .state.permissions import Intent, Permission
from .state.places import Channel, Guild
from .watching import Event

__all__ = [
    "LIKE_DISCORD",
    "Attachment",
    "Channel",
    "Event",
    "Guild",
    "Intent",
    "Interaction",
    "Limit",
    "Loopback",
    "Member",
    "Message",
    "Permission",
    "RateLimits",
    "Role",
    "User",
]
