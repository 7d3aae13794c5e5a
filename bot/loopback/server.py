"""Loopback server: its HTTP and WebSocket endpoints.

`demo_server.py` has the guilds, the users and what they do; `faults.py` what can go wrong.
"""

import base64
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from types import TracebackType
from typing import Self

from aiohttp import web

from .demo_server import DemoServer, create_state
from .event_stream import EventStreams, VisibleEvent
from .faults import Faults
from .gateway.connection import handle_websocket
from .gateway.sessions import Gateway, SessionStarts
from .payloads.application_commands import CommandRegistry
from .rest import (
    command_routes,
    interaction_routes,
    message_routes,
    reaction_routes,
    resource_routes,
)
from .rest.interactions import InteractionRegistry
from .rest.rate_limits import RateLimiter, RateLimits
from .rest.routing import (
    API_PATH,
    MAX_BODY_SIZE,
    Backend,
    PayloadValidator,
    add_routes,
    json_errors,
)
from .state.encoding import parse_snowflake
from .state.permissions import NO_INTENT, Intent
from .state.server_state import StateChange

ENDPOINTS = [
    *resource_routes.ENDPOINTS,
    *message_routes.ENDPOINTS,
    *reaction_routes.ENDPOINTS,
    *command_routes.ENDPOINTS,
    *interaction_routes.ENDPOINTS,
]
"""Every REST route."""


def _make_token(application_id: int) -> str:
    """Return a new token of Discord's form: the application's id in Base64, a time, a secret."""
    parts = (str(application_id).encode(), secrets.token_bytes(4), secrets.token_bytes(28))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


class Loopback(DemoServer):
    """A Discord with one application, its bot, four users, and one or more guilds.

    Use it as `async with Loopback() as discord`. `message_content`, `members` and `presences`
    are the application's privileged intents. The bot's `token` is a random one by default. With a
    `team`, the application belongs to a team of olga's: roles ("admin", "developer", "read_only")
    by user name. The `validator` checks every payload. `heartbeat_interval`, `acknowledge_timeout`
    (for an interaction) and `token_lifetime` (of an interaction's token) are in seconds. `starts`
    limits how often shards identify. `faults` scripts failures of requests and connections.
    """

    def __init__(
        self,
        *,
        token: str = "",
        name: str = "Namesmith",
        message_content: bool = True,
        members: bool = True,
        presences: bool = True,
        guilds: int = 1,
        team: Mapping[str, str] | None = None,
        port: int = 0,
        validator: PayloadValidator | None = None,
        rate_limits: RateLimits | None = None,
        heartbeat_interval: float = 41.25,
        acknowledge_timeout: float = 3.0,
        token_lifetime: float = 900.0,
        starts: SessionStarts | None = None,
    ) -> None:
        intents = NO_INTENT
        if message_content:
            intents |= Intent.MESSAGE_CONTENT
        if members:
            intents |= Intent.GUILD_MEMBERS
        if presences:
            intents |= Intent.GUILD_PRESENCES
        state = create_state(name, intents, guilds, team)
        token = token or _make_token(state.application_id)
        gateway = Gateway(state, token, heartbeat_interval, starts=starts or SessionStarts())
        backend = Backend(
            state=state,
            gateway=gateway,
            interactions=InteractionRegistry(state, gateway, acknowledge_timeout, token_lifetime),
            commands=CommandRegistry(state.application_id, state.snowflakes),
            rate_limiter=RateLimiter(rate_limits or RateLimits()),
            validator=validator or PayloadValidator(),
            token=token,
        )
        super().__init__(backend)
        self._port = port
        self.faults = Faults(gateway)
        self._streams = EventStreams(state)
        state.listeners += [gateway.on_change, self._validate_message]

    async def __aenter__(self) -> Self:
        """Listen on 127.0.0.1."""
        app = web.Application(
            client_max_size=MAX_BODY_SIZE,
            middlewares=[self._check_origin, self.faults.middleware, json_errors],
        )
        add_routes(app, self._backend, ENDPOINTS)
        for path in ("/", "/gateway", "/gateway/"):  # clients add a slash to the URL, or none
            app.router.add_get(path, self._serve_gateway)
        app.router.add_get("/attachments/{channel_id}/{attachment_id}/{name}", self._serve_file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._backend.state.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close every connection and stop."""
        self._streams.close_all()
        await self.faults.close_sessions(code=1001)
        await self._runner.cleanup()

    async def _serve_gateway(self, request: web.Request) -> web.WebSocketResponse:
        return await handle_websocket(self._backend.gateway, request)

    async def _serve_file(self, request: web.Request) -> web.Response:
        attachment_id = request.match_info["attachment_id"]
        file = self.attachment(parse_snowflake(attachment_id) or 0)
        if file is None:
            raise web.HTTPNotFound
        headers = {
            "Content-Type": file.content_type or "application/octet-stream",
            "Content-Disposition": "attachment",  # a browser must not run an uploaded page
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=file.data, headers=headers)

    @web.middleware
    async def _check_origin(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refuse browsers: any website can send requests to 127.0.0.1, but no client of Discord."""
        origin = self._backend.state.origin
        names = {f"http://{request.headers.get('Host')}", request.headers.get("Origin", origin)}
        if names != {origin}:
            raise web.HTTPForbidden(text="This server is for bots, not for browsers.")
        return await handler(request)

    def _validate_message(self, change: StateChange) -> None:
        # The bot's own messages are validated as responses to its requests.
        if change.message and change.kind == "created" and change.user is not self.bot:
            self._backend.validator.check_message(change.message.json())

    @property
    def api_url(self) -> str:
        """The base URL of the REST routes."""
        return self._backend.state.origin + API_PATH

    @property
    def gateway_url(self) -> str:
        """The address of the gateway."""
        return self._backend.gateway.url

    async def wait_ready(
        self, shards: Collection[int] | None = None, timeout: float | None = 30.0
    ) -> None:
        """Wait until these shards, or every shard of the bot, have READY and their guilds."""
        gateway = self._backend.gateway
        await gateway.notifier.wait_until(lambda: gateway.is_connected(shards), timeout, "READY")

    async def wait_commands(self, timeout: float | None = 30.0) -> None:
        """Wait until the bot has registered commands."""
        commands, notifier = self._backend.commands, self._backend.state.notifier
        await notifier.wait_until(
            lambda: commands.registered, timeout, "a registration of commands"
        )

    async def wait_heartbeats(self, count: int, timeout: float | None = 30.0) -> None:
        """Wait until the gateway has received `count` heartbeats in total."""
        gateway = self._backend.gateway
        await gateway.notifier.wait_until(
            lambda: gateway.heartbeat_count >= count, timeout, "a heartbeat"
        )

    def events(self, *, everyone: bool = False) -> AsyncIterator[VisibleEvent]:
        """Stream the visible events of the bot, or of everyone, from now on."""
        return self._streams.open(everyone=everyone)
