"""The routes that tell what there is: the gateway, the application, users, channels, guilds."""

from ..state.errors import DiscordError, Problem
from ..state.permissions import Intent
from .routing import Endpoint, Reply, Request


def gateway_bot(request: Request) -> Reply:
    """Say where the gateway is, how many shards to use, how many sessions may start."""
    gateway = request.backend.gateway
    limit = {"total": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
    limit["remaining"] = max(0, 1000 - gateway.identified)
    return Reply({"url": gateway.url, "shards": 1, "session_start_limit": limit})


def get_channel(request: Request) -> Reply:
    """Give a channel that the bot can see."""
    channel = request.channel()
    channel.demand(request.backend.world.bot)
    return Reply(channel.json())


def open_direct(request: Request) -> Reply:
    """Give the direct-message channel with a user."""
    world = request.backend.world
    recipient = str(request.body.get("recipient_id"))
    user = world.users.get(int(recipient)) if recipient.isdecimal() else None
    if user is None:
        raise DiscordError(Problem.UNKNOWN_USER)
    if user.bot:
        raise DiscordError(Problem.CANNOT_MESSAGE_USER)
    return Reply(world.direct(user).json())


def get_user(request: Request) -> Reply:
    """Give a user."""
    user = request.backend.world.users.get(request.number("user_id"))
    if user is None:
        raise DiscordError(Problem.UNKNOWN_USER)
    return Reply(user.json())


def get_guild(request: Request) -> Reply:
    """Give a guild, with counts if asked."""
    guild = request.guild()
    if request.query.get("with_counts", "").lower() not in ("1", "true"):
        return Reply(guild.json())
    size = len(guild.members)
    return Reply(
        guild.json() | {"approximate_member_count": size, "approximate_presence_count": size}
    )


def list_channels(request: Request) -> Reply:
    """List a guild's channels."""
    return Reply([channel.json() for channel in request.guild().channels.values()])


def list_roles(request: Request) -> Reply:
    """List a guild's roles."""
    return Reply([role.json() for role in request.guild().roles.values()])


def list_members(request: Request) -> Reply:
    """List members by ascending id (the GUILD_MEMBERS intent must be granted)."""
    guild = request.guild()
    if not request.backend.world.granted & Intent.GUILD_MEMBERS:
        raise DiscordError(Problem.MISSING_ACCESS)
    limit, after = int(request.query.get("limit", 1)), int(request.query.get("after", 0))
    found = [guild.members[i] for i in sorted(guild.members) if i > after]
    return Reply([member.json() for member in found[:limit]])


def search_members(request: Request) -> Reply:
    """List members whose name begins with `query`."""
    wanted, limit = request.query.get("query", ""), int(request.query.get("limit", 1))
    found = [m for m in request.guild().members.values() if m.user.name.startswith(wanted)]
    return Reply([member.json() for member in found[:limit]])


def get_member(request: Request) -> Reply:
    """Give a member."""
    member = request.guild().members.get(request.number("user_id"))
    if member is None:
        raise DiscordError(Problem.UNKNOWN_MEMBER)
    return Reply(member.json())


def list_guilds(request: Request) -> Reply:
    """List the guilds that the bot is in."""
    world = request.backend.world
    return Reply(
        [
            {"id": str(guild.id), "name": guild.name, "icon": None, "banner": None, "owner": False}
            | {"permissions": str(int(guild.permissions(guild.members[world.bot.id])))}
            | {"features": []}
            for guild in world.guilds.values()
        ]
    )


ENDPOINTS = [
    Endpoint("GET", "/gateway", lambda r: Reply({"url": r.backend.gateway.url}), open=True),
    Endpoint("GET", "/gateway/bot", gateway_bot),
    Endpoint("GET", "/users/@me", lambda r: Reply(r.backend.world.bot.own_json())),
    Endpoint("GET", "/users/@me/guilds", list_guilds),
    Endpoint("POST", "/users/@me/channels", open_direct),
    Endpoint("GET", "/users/{user_id}", get_user),
    *(
        Endpoint("GET", path, lambda r: Reply(r.backend.world.application_json()))
        for path in ("/applications/@me", "/oauth2/applications/@me")
    ),
    Endpoint("GET", "/channels/{channel_id}", get_channel),
    Endpoint("GET", "/guilds/{guild_id}", get_guild),
    Endpoint("GET", "/guilds/{guild_id}/channels", list_channels),
    Endpoint("GET", "/guilds/{guild_id}/roles", list_roles),
    Endpoint("GET", "/guilds/{guild_id}/members", list_members),
    Endpoint("GET", "/guilds/{guild_id}/members/search", search_members),
    Endpoint("GET", "/guilds/{guild_id}/members/{user_id}", get_member),
]
