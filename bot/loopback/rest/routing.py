"""What every REST request goes through: token, rate limit, body, OpenAPI, and errors as JSON.

A route is a plain function from a `Request` to a `Reply`; this room puts them on aiohttp.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ..payloads.composing import File
from ..state.errors import NOT, DiscordError, Problem, invalid
from ..state.places import Channel, Guild
from ..state.wire import Json, encode
from .backend import Backend
from .ratelimit import Limiter, Verdict

_log = logging.getLogger(__name__)

API = "/api/v10"
BODY_LIMIT = 128 * 1024 * 1024  # bytes; single files are refused above their own, lower limit


@dataclass(frozen=True)
class Request:
    """A request that was let in: path parameters, query, JSON body, uploaded files."""

    backend: Backend
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    files: list[File] = field(default_factory=list)

    def number(self, name: str) -> int:
        """Give the snowflake in the path under `name`, or raise `DiscordError` (50035)."""
        if not self.path[name].isdecimal():
            text = f'Value "{self.path[name]}" is not snowflake.'
            raise invalid(name, "NUMBER_TYPE_COERCE", text)
        return int(self.path[name])

    def channel(self) -> Channel:
        """Give the channel in the path, or raise `DiscordError` (10003)."""
        if channel := self.backend.world.channels.get(self.number("channel_id")):
            return channel
        raise DiscordError(Problem.UNKNOWN_CHANNEL)

    def guild(self) -> Guild:
        """Give the guild in the path, or raise `DiscordError` (10004)."""
        if guild := self.backend.world.guilds.get(self.number("guild_id")):
            return guild
        raise DiscordError(Problem.UNKNOWN_GUILD)


@dataclass(frozen=True)
class Reply:
    """An answer: `data` as JSON, or nothing at all (204) for None."""

    data: Any
    status: int = 200


@dataclass(frozen=True)
class Endpoint:
    """A route; `open` ones are authorised by the token in their path, not by the bot's."""

    method: str
    path: str
    run: Callable[[Request], Reply]
    open: bool = False

    @property
    def takes_list(self) -> bool:
        """Whether the body is a list, as in one route alone, and not an object."""
        return self.method == "PUT" and self.path.endswith("/commands")

    @property
    def bucket(self) -> str:
        """The rate-limit bucket; creating messages has one of its own."""
        creates = (self.method, self.path) == ("POST", "/channels/{channel_id}/messages")
        return "messages" if creates else f"{self.method} {self.path}"


def add(app: web.Application, backend: Backend, endpoints: list[Endpoint]) -> None:
    """Put routes on the application, the literal paths (`@me`) before those with parameters."""
    for endpoint in sorted(endpoints, key=lambda endpoint: endpoint.path.count("{")):

        async def handle(request: web.Request, endpoint: Endpoint = endpoint) -> web.Response:
            return await _handle(backend, endpoint, request)

        app.router.add_route(endpoint.method, API + endpoint.path, handle)


async def _handle(backend: Backend, endpoint: Endpoint, request: web.Request) -> web.Response:
    if not endpoint.open and request.headers.get("Authorization") != f"Bot {backend.token}":
        return error(DiscordError(Problem.UNAUTHORIZED))
    verdict = _judge(backend.limiter, endpoint, request)
    if verdict.retry_after is not None:
        backend.contract.check_limited(verdict.json())
        return _response(429, verdict.json(), verdict.headers)
    try:
        body, files = await _body(request, list if endpoint.takes_list else dict)
        if request.body_exists:
            backend.contract.check_request(endpoint.method, endpoint.path, body)
        path = dict(request.match_info)
        reply = endpoint.run(Request(backend, path, dict(request.query), body, files))
    except DiscordError as refusal:
        backend.contract.check_error(endpoint.method, endpoint.path, refusal.json())
        return error(refusal, verdict.headers)
    except Exception as fault:
        _log.exception("%s %s failed", endpoint.method, endpoint.path)
        # A fault of this server's own is no answer of Discord's: it is told with the violations.
        backend.contract.violations.append(f"{endpoint.method} {endpoint.path}: {fault!r}")
        return error(DiscordError(Problem.INTERNAL), verdict.headers)
    if reply.data is None:
        return web.Response(status=204, headers=verdict.headers)
    backend.contract.check_response(endpoint.method, endpoint.path, reply.status, reply.data)
    return _response(reply.status, reply.data, verdict.headers)


def _judge(limiter: Limiter, endpoint: Endpoint, request: web.Request) -> Verdict:
    major = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")
    place = "+".join(request.match_info.get(name, "") for name in major)
    # Only requests with the bot's own token count towards its limit of everything.
    return limiter.judge(endpoint.bucket, place, counted=not endpoint.open)


async def _body(request: web.Request, kind: type) -> tuple[Any, list[File]]:
    """Give the JSON of a body, plain or in the field `payload_json` of a form, and its files."""
    files: list[File] = []
    if request.content_type == "multipart/form-data":
        form = await request.post()
        raw: Any = form.get("payload_json", "{}")
        for name, part in form.items():
            if isinstance(part, web.FileField):
                index = name.removeprefix("files[").removesuffix("]")
                number = int(index) if index.isdecimal() else len(files)
                files.append(File(number, part.filename, part.file.read()))
    else:
        raw = await request.read() or b"{}"
    try:
        body = json.loads(raw)
    except (ValueError, TypeError):
        raise DiscordError(Problem.INVALID_JSON) from None
    if not isinstance(body, kind):
        raise invalid("", *NOT[kind])
    return body, files


def error(refusal: DiscordError, headers: dict[str, str] | None = None) -> web.Response:
    """Give a refusal as Discord answers it."""
    return _response(refusal.status, refusal.json(), headers or {})


def _response(status: int, data: Json | list[Json], headers: dict[str, str]) -> web.Response:
    # The content type has no charset: discord.py takes a body for JSON under this one only.
    return web.Response(
        status=status, body=encode(data), content_type="application/json", headers=headers
    )


@web.middleware
async def as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer what no route takes as Discord does, in JSON."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return error(DiscordError(Problem.NOT_FOUND))
    except web.HTTPMethodNotAllowed:
        return error(DiscordError(Problem.METHOD_NOT_ALLOWED))
    except web.HTTPRequestEntityTooLarge:
        return error(DiscordError(Problem.ENTITY_TOO_LARGE))
