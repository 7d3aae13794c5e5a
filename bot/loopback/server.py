"""A small Discord on 127.0.0.1: `Loopback`, its life and its connections.

What people do on it is in `town.py`; here are the sockets, and what befalls the connections.
"""

import logging
import os
from collections.abc import AsyncIterator, Collection, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from .gateway import connection
from .gateway.gateway import Gateway
from .payloads.commands import Commands
from .rest import callbacks, directory, messaging, registration, routing
from .rest.backend import Backend
from .rest.interactions import Interactions
from .rest.openapi import Contract, Document, read
from .rest.ratelimit import Limiter, RateLimits
from .state.people import Team, User
from .state.permissions import ALWAYS, Intent
from .state.wire import Json, Snowflakes
from .state.world import Change, World
from .town import Town
from .watching import Event, Watchers

_log = logging.getLogger(__name__)

OWNER, PEOPLE = "olga", ("ada", "ben", "cleo")
CHANNELS = ("general", "random")

ENDPOINTS = [
    *directory.ENDPOINTS,
    *messaging.ENDPOINTS,
    *registration.ENDPOINTS,
    *callbacks.ENDPOINTS,
]
"""Every route."""


class Loopback(Town):
    """A Discord with one application, its bot, some people and a guild or more.

    Used as `async with Loopback() as discord`. `message_content`, `members` and `presences` say
    which privileged intents the application has. A `team` of olga's owns it where one is given:
    people by name, with their roles ("admin", "developer", "read_only"). `openapi` is the path of
    Discord's OpenAPI document (by default what the environment's DISCORD_OPENAPI says).
    `heartbeat_interval`, `acknowledge_timeout` (for an interaction) and `token_lifetime` (of an
    interaction's token) are in seconds.
    """

    def __init__(
        self,
        *,
        token: str = "loopback-token",  # noqa: S107 - it opens nothing but this server
        name: str = "Namesmith",
        message_content: bool = True,
        members: bool = True,
        presences: bool = True,
        guilds: int = 1,
        team: Mapping[str, str] | None = None,
        port: int = 0,
        openapi: str | os.PathLike[str] | None = None,
        rate_limits: RateLimits | None = None,
        heartbeat_interval: float = 41.25,
        acknowledge_timeout: float = 3.0,
        token_lifetime: float = 900.0,
    ) -> None:
        snowflakes = Snowflakes()
        bot = User(snowflakes.next(), name, bot=True)
        owner, *people = (User(snowflakes.next(), person) for person in (OWNER, *PEOPLE))
        granted = (
            (Intent.MESSAGE_CONTENT if message_content else ALWAYS)
            | (Intent.GUILD_MEMBERS if members else ALWAYS)
            | (Intent.GUILD_PRESENCES if presences else ALWAYS)
        )
        world = World(bot, bot.id, owner, granted, snowflakes=snowflakes)
        world.users = {user.id: user for user in (bot, owner, *people)}
        for _ in range(guilds):
            world.add_guild(people, CHANNELS)
        gateway = Gateway(world, token, heartbeat_interval)
        backend = Backend(
            world=world,
            gateway=gateway,
            interactions=Interactions(world, gateway, acknowledge_timeout, token_lifetime),
            commands=Commands(bot.id, snowflakes),
            limiter=Limiter(rate_limits or RateLimits()),
            contract=Contract(_document(openapi)),
            token=token,
        )
        super().__init__(backend)
        if team is not None:
            roles = {self.user(person): role for person, role in team.items()}
            world.team = Team(snowflakes.next(), owner, roles)
        self._port = port
        self._watchers = Watchers(world)
        world.listeners += [gateway.tell, self._check]

    # Its life

    async def __aenter__(self) -> Self:
        """Start to listen on 127.0.0.1."""
        app = web.Application(client_max_size=routing.BODY_LIMIT, middlewares=[routing.as_json])
        routing.add(app, self._backend, ENDPOINTS)
        app.router.add_get("/gateway/", self._connect)
        app.router.add_get("/attachments/{channel_id}/{attachment_id}/{name}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._backend.world.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close every connection and stop."""
        self._watchers.stop()
        await self.close_sessions(code=1001)
        await self._runner.cleanup()

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        return await connection.serve(self._backend.gateway, request)

    async def _file(self, request: web.Request) -> web.Response:
        number = request.match_info["attachment_id"]
        file = self._backend.world.files.get(int(number)) if number.isdecimal() else None
        if file is None:
            raise web.HTTPNotFound
        kind = file.content_type or "application/octet-stream"
        return web.Response(body=file.data, headers={"Content-Type": kind})

    def _check(self, change: Change) -> None:
        # What the bot wrote was checked as the answer to its request.
        if change.message and change.kind == "created" and change.user is not self.bot:
            self._backend.contract.check_message(change.message.json())

    # Where it is

    @property
    def api_url(self) -> str:
        """The base of the REST routes."""
        return self._backend.world.origin + routing.API

    @property
    def gateway_url(self) -> str:
        """The address of the gateway."""
        return self._backend.gateway.url

    # What is waited for

    async def wait_ready(
        self, shards: Collection[int] | None = None, timeout: float | None = 30.0
    ) -> None:
        """Wait until these shards, or all that the bot speaks of, have READY and their guilds."""
        gateway = self._backend.gateway
        await gateway.bell.until(lambda: gateway.live(shards), timeout, "READY")

    async def wait_commands(self, timeout: float | None = 30.0) -> None:
        """Wait until the bot has registered commands."""
        commands, bell = self._backend.commands, self._backend.world.bell
        await bell.until(lambda: commands.registered, timeout, "a registration of commands")

    async def wait_heartbeats(self, count: int, timeout: float | None = 30.0) -> None:
        """Wait until the gateway has had `count` heartbeats in all."""
        gateway = self._backend.gateway
        await gateway.bell.until(lambda: gateway.heartbeats >= count, timeout, "a heartbeat")

    def events(self, *, everyone: bool = False) -> AsyncIterator[Event]:
        """Give all that the bot (or `everyone`) does from now on and that a person would see."""
        return self._watchers.events(everyone=everyone)

    # What befalls the connections

    async def close_sessions(self, code: int = 4000) -> None:
        """Cut the gateway connections with a close code; the sessions can be resumed."""
        for close in list(self._backend.gateway.cut.values()):
            close(code)

    async def request_reconnect(self) -> None:
        """Ask the bot to reconnect and resume (opcode 7)."""
        self._send({"op": connection.RECONNECT, "d": None})

    async def invalidate_sessions(self, *, resumable: bool = False) -> None:
        """Tell the bot that its sessions are invalid (opcode 9)."""
        self._send({"op": connection.INVALID_SESSION, "d": resumable})
        if not resumable:
            self._backend.gateway.sessions.clear()

    async def request_heartbeat(self) -> None:
        """Ask the bot for a heartbeat at once (opcode 1)."""
        self._send({"op": connection.HEARTBEAT, "d": None})

    def _send(self, payload: Json) -> None:
        for session in self._backend.gateway.sessions.values():
            if session.send:
                session.send(payload)


def _document(path: str | os.PathLike[str] | None) -> Document | None:
    """Read the document at `path`, or that of the environment where it can be checked."""
    if path is not None:
        return read(Path(path))
    named = os.environ.get("DISCORD_OPENAPI")
    if named and not (find_spec("jsonschema") and find_spec("jsonschema_rs")):
        _log.warning("DISCORD_OPENAPI is not heeded: it takes jsonschema and jsonschema-rs")
        return None
    return read(Path(named)) if named else None
