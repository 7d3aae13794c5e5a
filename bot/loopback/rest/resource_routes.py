"""Routes for the gateway, the application, users, channels, guilds and members."""

from ..gateway.dispatch import Dispatch
from ..state.encoding import Json, parse_snowflake
from ..state.errors import DiscordError, ErrorCode
from ..state.guilds import Guild
from ..state.permissions import Intent
from .routing import Endpoint, Reply, Request


def get_gateway_bot(request: Request) -> Reply:
    """Return the gateway's address, the shard count, and the session start limit."""
    gateway = request.backend.gateway
    starts = gateway.starts
    limit = {"total": starts.total, "reset_after": 86_400_000, "remaining": starts.remaining}
    limit["max_concurrency"] = starts.max_concurrency
    return Reply({"url": gateway.url, "shards": 1, "session_start_limit": limit})


def get_channel(request: Request) -> Reply:
    """Return a channel that the bot sees."""
    channel = request.channel()
    channel.require_permissions(request.backend.state.bot)
    return Reply(channel.json())


def create_dm(request: Request) -> Reply:
    """Return the direct messages with a user."""
    state = request.backend.state
    user = state.users.get(parse_snowflake(str(request.body.get("recipient_id"))) or 0)
    if user is None:
        raise DiscordError(ErrorCode.UNKNOWN_USER)
    if user.bot:
        raise DiscordError(ErrorCode.CANNOT_MESSAGE_USER)
    return Reply(state.dm_channel(user).json())


def get_user(request: Request) -> Reply:
    """Return a user."""
    user = request.backend.state.users.get(request.snowflake("user_id"))
    if user is None:
        raise DiscordError(ErrorCode.UNKNOWN_USER)
    return Reply(user.json())


def get_guild(request: Request) -> Reply:
    """Return a guild, with member counts if `with_counts` is true."""
    guild = request.guild()
    return Reply(guild.json() | _counts(request, guild))


def _counts(request: Request, guild: Guild) -> Json:
    names = ("approximate_member_count", "approximate_presence_count")
    return dict.fromkeys(names, len(guild.members)) if request.flag("with_counts") else {}


def list_channels(request: Request) -> Reply:
    """List a guild's channels."""
    return Reply([channel.json() for channel in request.guild().channels.values()])


def list_roles(request: Request) -> Reply:
    """List a guild's roles."""
    return Reply([role.json() for role in request.guild().roles.values()])


def get_role(request: Request) -> Reply:
    """Return a role."""
    role = request.guild().roles.get(request.snowflake("role_id"))
    if role is None:
        raise DiscordError(ErrorCode.UNKNOWN_ROLE)
    return Reply(role.json())


def list_members(request: Request) -> Reply:
    """List members by ascending id; the application needs the GUILD_MEMBERS intent."""
    guild = request.guild()
    if not request.backend.state.privileged_intents & Intent.GUILD_MEMBERS:
        raise DiscordError(ErrorCode.MISSING_ACCESS)
    limit, after = request.limit(1, 1000), request.query_snowflake("after") or 0
    members = [guild.members[user_id] for user_id in sorted(guild.members) if user_id > after]
    return Reply([member.json() for member in members[:limit]])


def search_members(request: Request) -> Reply:
    """List members with a name that starts with `query`."""
    prefix, limit = request.query.get("query", ""), request.limit(1, 1000)
    members = [m for m in request.guild().members.values() if m.user.name.startswith(prefix)]
    return Reply([member.json() for member in members[:limit]])


def get_member(request: Request) -> Reply:
    """Return a member."""
    member = request.guild().members.get(request.snowflake("user_id"))
    if member is None:
        raise DiscordError(ErrorCode.UNKNOWN_MEMBER)
    return Reply(member.json())


def list_guilds(request: Request) -> Reply:
    """List the guilds that the bot is a member of: `limit`, `before`, `after`, `with_counts`."""
    state, limit = request.backend.state, request.limit(200, 200)
    before, after = request.query_snowflake("before"), request.query_snowflake("after")
    found = [guild for guild in state.guilds.values() if guild.id > (after or 0)]
    if before is not None:
        found = [guild for guild in found if guild.id < before][-limit:]
    guilds: list[Json] = [
        {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(int(guild.permissions(guild.members[state.bot.id]))),
            "features": [],
            **_counts(request, guild),
        }
        for guild in found[:limit]
    ]
    return Reply(guilds)


def list_default_sounds(request: Request) -> Reply:
    """List the sounds that every user can play; py-cord asks for them before it is ready."""
    names = {"quack": "🦆", "airhorn": "🔊", "cricket": "🦗", "golf clap": "👏"}
    sounds: list[Json] = [
        {
            "name": name,
            "sound_id": str(number),
            "volume": 1.0,
            "emoji_id": None,
            "emoji_name": emoji,
            "available": True,
        }
        for number, (name, emoji) in enumerate(names.items(), 1)
    ]
    return Reply(sounds)


def leave_guild(request: Request) -> Reply:
    """Remove the bot from a guild."""
    state, guild = request.backend.state, request.guild()
    state.remove_guild(guild)
    left = Dispatch("GUILD_DELETE", {"id": str(guild.id)}, Intent.GUILDS, guild.id)
    request.backend.gateway.dispatch(left)
    return Reply(None)


ENDPOINTS = [
    Endpoint("GET", "/gateway", lambda r: Reply({"url": r.backend.gateway.url}), True),
    Endpoint("GET", "/gateway/bot", get_gateway_bot),
    Endpoint("GET", "/users/@me", lambda r: Reply(r.backend.state.bot.private_json())),
    Endpoint("GET", "/users/@me/guilds", list_guilds),
    Endpoint("DELETE", "/users/@me/guilds/{guild_id}", leave_guild),
    Endpoint("POST", "/users/@me/channels", create_dm),
    Endpoint("GET", "/users/{user_id}", get_user),
    *(
        Endpoint("GET", path, lambda r: Reply(r.backend.state.application_json()))
        for path in ("/applications/@me", "/oauth2/applications/@me")
    ),
    Endpoint("GET", "/soundboard-default-sounds", list_default_sounds),
    Endpoint("GET", "/channels/{channel_id}", get_channel),
    Endpoint("GET", "/guilds/{guild_id}", get_guild),
    Endpoint("GET", "/guilds/{guild_id}/channels", list_channels),
    Endpoint("GET", "/guilds/{guild_id}/roles", list_roles),
    Endpoint("GET", "/guilds/{guild_id}/roles/{role_id}", get_role),
    Endpoint("GET", "/guilds/{guild_id}/members", list_members),
    Endpoint("GET", "/guilds/{guild_id}/members/search", search_members),
    Endpoint("GET", "/guilds/{guild_id}/members/{user_id}", get_member),
]
