"""Loopback Discord: a small Discord on 127.0.0.1 that discord.py logs into without a token.

`Loopback` in `server.py` is the server with its demo guild and users.
"""

from .event_stream import VisibleEvent
from .faults import Fault, Faults
from .rest.interactions import Interaction
from .rest.rate_limits import DISCORD_RATE_LIMITS, Limit, RateLimits
from .rest.routing import PayloadValidator
from .server import Loopback
from .state.guilds import Channel, Guild
from .state.messages import Attachment, Message
from .state.permissions import Intent, Permission
from .state.users import Member, Role, User

__all__ = [
    "DISCORD_RATE_LIMITS",
    "Attachment",
    "Channel",
    "Fault",
    "Faults",
    "Guild",
    "Intent",
    "Interaction",
    "Limit",
    "Loopback",
    "Member",
    "Message",
    "PayloadValidator",
    "Permission",
    "RateLimits",
    "Role",
    "User",
    "VisibleEvent",
]
