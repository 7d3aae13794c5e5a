"""The guild cache: after any events, the same guilds as discord.py's own cache."""

import random
from typing import Any

import discord
import pytest
from discord.state import AutoShardedConnectionState
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.guild_cache import CompactState

from ..crowd import guild_json

BOT = 1 << 50
_OPTIONS: dict[str, Any] = {
    "dispatch": lambda *_: None,
    "handlers": {},
    "hooks": {},
    "http": None,
    "intents": discord.Intents(guilds=True),
    "max_messages": None,
    "member_cache_flags": discord.MemberCacheFlags.none(),
    "chunk_guilds_at_startup": False,
}
GUILDS = [number << 22 for number in (1, 2, 3)]
TEXT, VOICE, CATEGORY, FORUM = 0, 2, 4, 15


def make_state(*, is_compact: bool) -> Any:
    state: Any = (
        CompactState(is_wanted=lambda _: True, **_OPTIONS)
        if is_compact
        else AutoShardedConnectionState(**_OPTIONS)
    )
    state.user = discord.Object(BOT)
    state.shard_count = 1
    for guild_id in GUILDS:
        state._add_guild_from_data({"id": str(guild_id), "unavailable": True})
    return state


def describe(guild: discord.Guild) -> dict[str, Any]:
    """Return what the bot reads of a guild."""
    return {
        "name": guild.name,
        "locale": guild.preferred_locale,
        "system channel": guild._system_channel_id,
        "owner": guild.owner_id,
        "own roles": [role.id for role in guild.me.roles] if guild.me else [],
        "roles": {
            role.id: (role.name, role.permissions, role.tags and role.tags.bot_id)
            for role in guild.roles
        },
        "channels": {
            channel.id: (channel.type, channel.name, channel.permissions_for(guild.me))
            for channel in guild.channels
        },
        "threads": {thread.id: (thread.parent_id, thread.name) for thread in guild.threads},
    }


class Events:
    """Random events of a guild; `data` is the state that Discord has."""

    def __init__(self, guild_id: int, seed: int) -> None:
        self._random = random.Random(seed)
        self.data = guild_json(guild_id, BOT, seed, channels=4, roles=3)
        self._guild_id = str(guild_id)
        self._next_id = guild_id + 1000

    def create(self) -> tuple[str, Any]:
        return "GUILD_CREATE", self.data

    def rename(self) -> tuple[str, Any]:
        role = self._role(self.data["roles"][0]["id"])
        keys = self.data.keys() - {"channels", "threads", "members", "unavailable"}
        data = {key: self.data[key] for key in keys}
        return "GUILD_UPDATE", data | {"name": "Renamed", "roles": [role]}

    def outage(self) -> tuple[str, Any]:
        return "GUILD_DELETE", {"id": self._guild_id, "unavailable": True}

    def create_channel(self) -> tuple[str, Any]:
        return "CHANNEL_CREATE", self._channel(self._new_id())

    def update_channel(self) -> tuple[str, Any]:
        old = self._any("channels")
        changed = self._channel(old["id"]) | {"type": old["type"]}
        return "CHANNEL_UPDATE", old | changed | {"name": "changed"}

    def delete_channel(self) -> tuple[str, Any]:
        return "CHANNEL_DELETE", self._random.choice(self.data["channels"][::3])

    def create_thread(self) -> tuple[str, Any]:
        return "THREAD_CREATE", self._thread(self._new_id(), archived=False)

    def archive_thread(self) -> tuple[str, Any]:
        return "THREAD_UPDATE", self._thread(str(self._next_id), archived=True)

    def update_thread(self) -> tuple[str, Any]:
        return "THREAD_UPDATE", self._thread(str(self._next_id), archived=False)

    def delete_thread(self) -> tuple[str, Any]:
        thread = self._thread(str(self._next_id), archived=False)
        return "THREAD_DELETE", {
            key: thread[key] for key in ("id", "guild_id", "parent_id", "type")
        }

    def sync_threads(self) -> tuple[str, Any]:
        thread = self._thread(self._new_id(), archived=False)
        data = {"guild_id": self._guild_id, "threads": [thread], "members": []}
        channels = {"channel_ids": [thread["parent_id"]]}
        return "THREAD_LIST_SYNC", data | (channels if self._random.random() < 0.5 else {})

    def create_role(self) -> tuple[str, Any]:
        return "GUILD_ROLE_CREATE", self._event(role=self._role(self._new_id()))

    def update_role(self) -> tuple[str, Any]:
        return "GUILD_ROLE_UPDATE", self._event(role=self._role(self._any("roles")["id"]))

    def delete_role(self) -> tuple[str, Any]:
        role_id = self._random.choice(self.data["roles"][1:])["id"]
        return "GUILD_ROLE_DELETE", self._event(role_id=role_id)

    def update_own_roles(self) -> tuple[str, Any]:
        roles = [role["id"] for role in self.data["roles"][1:] if self._random.random() < 0.5]
        return "GUILD_MEMBER_UPDATE", self._event(**self.data["members"][0] | {"roles": roles})

    def update_someone(self) -> tuple[str, Any]:
        member = self.data["members"][0]
        user = member["user"] | {"id": "77"}
        return "GUILD_MEMBER_UPDATE", self._event(**member | {"user": user, "roles": []})

    def _event(self, **fields: Any) -> dict[str, Any]:
        return {"guild_id": self._guild_id, **fields}

    def _any(self, key: str) -> Any:
        return self._random.choice(self.data[key])

    def _new_id(self) -> str:
        self._next_id += 1
        return str(self._next_id)

    def _channel(self, id: str) -> dict[str, Any]:
        base: dict[str, Any] = next(each for each in self.data["channels"] if each["type"] == TEXT)
        denied = [
            {"id": self._any("roles")["id"], "type": 0, "allow": "0", "deny": "2048"},
            {"id": str(BOT), "type": 1, "allow": str(1 << 14), "deny": "0"},
        ]
        overwrites = denied[: self._random.randrange(3)]
        name = self._random.choice(("news", "plain", "Überall 🦉"))
        return base | {"id": id, "name": name, "permission_overwrites": overwrites}

    def _role(self, id: str) -> dict[str, Any]:
        permissions = str(self._random.choice((0, 8, 1 << 11, 104324673)))
        everyone: dict[str, Any] = self.data["roles"][0]
        return everyone | {"id": id, "name": f"r{id}", "permissions": permissions}

    def _thread(self, id: str, *, archived: bool) -> dict[str, Any]:
        when = "2026-01-01T00:00:00.000000+00:00"
        return {
            "id": id,
            "guild_id": self._guild_id,
            "type": 11,
            "name": "thread",
            "owner_id": "1",
            "message_count": 1,
            "member_count": 1,
            "rate_limit_per_user": 0,
            "parent_id": self.data["channels"][1 + int(id) % 2]["id"],
            "thread_metadata": {
                "archived": archived,
                "auto_archive_duration": 60,
                "locked": False,
                "archive_timestamp": when,
                "create_timestamp": when,
            },
        }


NAMES = sorted(name for name in vars(Events) if not name.startswith("_"))


@settings(deadline=None)
@given(
    st.integers(0, 2**32),
    st.lists(st.tuples(st.sampled_from(range(3)), st.sampled_from(NAMES), st.booleans())),
    st.integers(0, 2),
)
def test_same_guilds_as_in_discord_py(
    seed: int, steps: list[tuple[int, str, bool]], max_open: int
) -> None:
    """Whatever changes, and whichever guilds are open at that time."""
    plain, compact = make_state(is_compact=False), make_state(is_compact=True)
    compact.guild_cache.max_open = max_open
    guilds = [Events(guild_id, seed + guild_id) for guild_id in GUILDS]
    first = [(number, "create", False) for number in range(len(GUILDS))]
    for number, name, is_looked_up in [*first, *steps]:
        event, data = getattr(guilds[number], name)()
        for state in (plain, compact):
            if event == "GUILD_CREATE":  # READY comes first, with the guild's id
                state._add_guild_from_data({"id": data["id"], "unavailable": True})
            state.parsers[event](data)
        if is_looked_up:
            guild_id = GUILDS[number]
            assert describe(compact._get_guild(guild_id)) == describe(plain._get_guild(guild_id))
    for guild_id in GUILDS:
        assert describe(compact._get_guild(guild_id)) == describe(plain._get_guild(guild_id))
    assert {guild.id for guild in compact.guilds} == set(GUILDS)
    assert len(compact.guild_cache._open) <= max(1, max_open)


def test_guild_goes_and_comes_back() -> None:
    state = make_state(is_compact=True)
    data = guild_json(GUILDS[0], BOT, 1)
    assert state._get_guild(GUILDS[0]).unavailable
    state.parsers["GUILD_CREATE"](data)
    guild = state._get_guild(GUILDS[0])
    assert not guild.unavailable
    state.parsers["GUILD_DELETE"]({"id": data["id"], "unavailable": True})
    assert state._get_guild(GUILDS[0]) is guild
    state.parsers["GUILD_DELETE"]({"id": data["id"]})
    assert state._get_guild(GUILDS[0]) is None
    assert GUILDS[0] not in state._guilds
    state.parsers["GUILD_CREATE"]({key: data[key] for key in data if key != "unavailable"})
    assert describe(state._get_guild(GUILDS[0])) == describe(guild)


def test_changes_of_unknown_guilds_are_ignored() -> None:
    state = make_state(is_compact=True)
    for name in NAMES:
        if name != "create":
            event, data = getattr(Events(9 << 22, 1), name)()
            state.parsers[event](data)
    assert set(state.guild_cache) == set(GUILDS)


def test_damaged_event_changes_nothing() -> None:
    state = make_state(is_compact=True)
    state.parsers["GUILD_CREATE"](guild_json(GUILDS[0], BOT, 1))
    before = describe(state._get_guild(GUILDS[0]))
    for is_open in (True, False):
        state.guild_cache.max_open = int(is_open)
        state._get_guild(GUILDS[0])
        with pytest.raises(LookupError):
            state.parsers["CHANNEL_UPDATE"]({"guild_id": str(GUILDS[0]), "name": "x", "type": 0})
        assert describe(state._get_guild(GUILDS[0])) == before


def test_channel_of_an_open_guild_is_found() -> None:
    state = make_state(is_compact=True)
    data = guild_json(GUILDS[0], BOT, 1)
    state.parsers["GUILD_CREATE"](data)
    channel_id = int(data["channels"][-1]["id"])
    assert state.get_channel(channel_id) is None
    state._get_guild(GUILDS[0])
    assert state.get_channel(channel_id).id == channel_id
