"""Request handling for every REST route: token, rate limit, body, validation, JSON errors.

A route is a plain function from a `Request` to a `Reply`; `add_routes` adds it to aiohttp.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ..gateway.sessions import Gateway
from ..payloads.application_commands import CommandRegistry
from ..payloads.field_types import check_field_types
from ..payloads.message_requests import UploadedFile
from ..state.encoding import Json, encode_json, parse_snowflake
from ..state.errors import DiscordError, ErrorCode, form_error
from ..state.guilds import Channel, Guild
from ..state.server_state import ServerState
from .interactions import InteractionRegistry
from .rate_limits import RateLimiter, RateLimitResult
from .request_body import read_body


@dataclass(eq=False)
class PayloadValidator:
    """Accepts every payload; subclasses check them, and add a line to `violations` for each error.

    `path` is the route's path with its parameters, such as `/channels/{channel_id}`.
    """

    violations: list[str] = field(default_factory=list)

    def check_request(self, method: str, path: str, body: object) -> None:
        """Check a request's body; may raise `DiscordError` (50035) to refuse it."""

    def check_response(self, method: str, path: str, status: int, data: object) -> None:
        """Check the body of a response, errors included, before it is sent."""

    def check_message(self, data: object) -> None:
        """Check a message object that the gateway dispatches."""


_log = logging.getLogger(__name__)

API_PATH = "/api/v10"
API_PATHS = ("/api", "/api/v9", API_PATH)
"""Where the routes are: without a version, clients get Discord's default."""

_API_PREFIX = re.compile(r"/api(/v\d+)?(?=/|$)")
MAX_BODY_SIZE = 128 * 1024 * 1024  # bytes; each file has its own, lower limit


@dataclass(frozen=True)
class Backend:
    """The parts of the server that routes and user actions work on."""

    state: ServerState
    gateway: Gateway
    interactions: InteractionRegistry
    commands: CommandRegistry
    rate_limiter: RateLimiter
    validator: PayloadValidator
    token: str


@dataclass(frozen=True)
class Request:
    """An accepted request: path parameters, query, JSON body and uploaded files."""

    backend: Backend
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    files: list[UploadedFile] = field(default_factory=list)

    def snowflake(self, name: str) -> int:
        """Return the path parameter `name` as an id, or raise `DiscordError` (50035)."""
        return _snowflake(name, self.path[name])

    def flag(self, name: str) -> bool:
        """Return the boolean query parameter `name`: False if it is absent."""
        return self.query.get(name, "").lower() in ("1", "true")

    def limit(self, default: int, maximum: int) -> int:
        """Return the query parameter `limit`, or raise `DiscordError` (50035)."""
        text = self.query.get("limit", str(default))
        number = parse_snowflake(text)
        if number is None:
            raise form_error("limit", "NUMBER_TYPE_COERCE", f'Value "{text}" is not int.')
        if not 1 <= number <= maximum:
            code, bound = ("NUMBER_TYPE_MIN", 1) if number < 1 else ("NUMBER_TYPE_MAX", maximum)
            side = "greater" if number < 1 else "less"
            text = f"int value should be {side} than or equal to {bound}."
            raise form_error("limit", code, text)
        return number

    def query_snowflake(self, name: str) -> int | None:
        """Return the id in the query parameter `name`, if any, or raise `DiscordError` (50035)."""
        return _snowflake(name, self.query[name]) if name in self.query else None

    def channel(self) -> Channel:
        """Return the channel in the path, or raise `DiscordError` (10003)."""
        if channel := self.backend.state.channels.get(self.snowflake("channel_id")):
            return channel
        raise DiscordError(ErrorCode.UNKNOWN_CHANNEL)

    def guild(self) -> Guild:
        """Return the guild in the path, or raise `DiscordError` (10004)."""
        if guild := self.backend.state.guilds.get(self.snowflake("guild_id")):
            return guild
        raise DiscordError(ErrorCode.UNKNOWN_GUILD)


def _snowflake(name: str, text: str) -> int:
    number = parse_snowflake(text)
    if number is None:
        raise form_error(name, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
    return number


@dataclass(frozen=True)
class Reply:
    """A response: `data` as JSON, or status 204 without a body if it is None."""

    data: Any
    status: int = 200


@dataclass(frozen=True)
class Endpoint:
    """A route; `has_path_token` means that its path has a token in place of the bot's.

    Without `has_rate_limit`, its responses have no headers of rate limits.
    """

    method: str
    path: str
    run: Callable[[Request], Reply]
    has_path_token: bool = False
    has_rate_limit: bool = True

    @property
    def body_type(self) -> type:
        """The JSON type of the body: a list for one route, an object for every other."""
        return list if self.method == "PUT" and self.path.endswith("/commands") else dict

    @property
    def bucket(self) -> str:
        """The rate-limit bucket; creating messages has its own."""
        creates_message = (self.method, self.path) == ("POST", "/channels/{channel_id}/messages")
        return "messages" if creates_message else f"{self.method} {self.path}"


def add_routes(app: web.Application, backend: Backend, endpoints: list[Endpoint]) -> None:
    """Add routes, the literal paths (`@me`) before those with parameters."""
    for endpoint in sorted(endpoints, key=lambda endpoint: endpoint.path.count("{")):

        async def handle(request: web.Request, endpoint: Endpoint = endpoint) -> web.Response:
            return await _handle(backend, endpoint, request)

        for prefix in API_PATHS:
            app.router.add_route(endpoint.method, prefix + endpoint.path, handle)


def route_path(path: str) -> str:
    """Return the path of a request without `/api` and the version."""
    return _API_PREFIX.sub("", path, count=1)


async def _handle(backend: Backend, endpoint: Endpoint, request: web.Request) -> web.Response:
    method, path, validator = endpoint.method, endpoint.path, backend.validator
    if (
        not endpoint.has_path_token
        and request.headers.get("Authorization") != f"Bot {backend.token}"
    ):
        return error_response(DiscordError(ErrorCode.UNAUTHORIZED))
    limit = _count_request(backend.rate_limiter, endpoint, request)
    if limit.retry_after is not None:
        validator.check_response(method, path, 429, limit.json())
        return _json_response(429, limit.json(), limit.headers)
    try:
        body, files = await read_body(request, endpoint.body_type)
        if request.body_exists:
            validator.check_request(method, path, body)
            check_field_types(body)
        parameters = dict(request.match_info)
        reply = endpoint.run(Request(backend, parameters, dict(request.query), body, files))
    except DiscordError as error:
        validator.check_response(method, path, error.status, error.json())
        return error_response(error, limit.headers)
    except Exception as error:
        _log.exception("%s %s failed", method, path)
        # A bug of the loopback must fail the test even if the bot handles the error.
        validator.violations.append(f"{method} {path}: {error!r}")
        return error_response(DiscordError(ErrorCode.INTERNAL), limit.headers)
    if reply.data is None:
        return web.Response(status=204, headers=limit.headers)
    validator.check_response(method, path, reply.status, reply.data)
    return _json_response(reply.status, reply.data, limit.headers)


def _count_request(
    limiter: RateLimiter, endpoint: Endpoint, request: web.Request
) -> RateLimitResult:
    if not endpoint.has_rate_limit:
        return RateLimitResult({})
    names = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")
    resource = "+".join(request.match_info.get(name, "") for name in names)
    # Only requests with the bot's own token count towards its global limit.
    is_bot = not endpoint.has_path_token
    return limiter.count(endpoint.bucket, resource, counts_globally=is_bot)


def error_response(error: DiscordError, headers: dict[str, str] | None = None) -> web.Response:
    """Return an error as Discord sends it."""
    return _json_response(error.status, error.json(), headers or {})


def _json_response(status: int, data: Json | list[Json], headers: dict[str, str]) -> web.Response:
    # Without a charset: discord.py recognizes JSON only by this exact content type.
    return web.Response(
        status=status, body=encode_json(data), content_type="application/json", headers=headers
    )


@web.middleware
async def json_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer aiohttp's own errors, such as an unknown route, in Discord's JSON format."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        prefix = _API_PREFIX.match(request.path)
        is_unknown = prefix is not None and prefix[0] not in API_PATHS
        code = ErrorCode.INVALID_API_VERSION if is_unknown else ErrorCode.NOT_FOUND
        return error_response(DiscordError(code))
    except web.HTTPMethodNotAllowed:
        return error_response(DiscordError(ErrorCode.METHOD_NOT_ALLOWED))
    except web.HTTPRequestEntityTooLarge:
        return error_response(DiscordError(ErrorCode.ENTITY_TOO_LARGE))
