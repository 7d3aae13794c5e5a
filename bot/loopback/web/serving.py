"""The page's server: its own port on 127.0.0.1, the page's files, what is done, what happens.

A port of its own is an origin of its own: a file that somebody attached can never run as the page.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import WSCloseCode, web

from ..payloads.composing import FILE_LIMIT
from ..server import Loopback
from ..state.people import User
from . import telling
from .doing import ACTIONS, Desk, Request, Upload
from .guard import Guard, harden

_HERE = Path(__file__).parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_TYPES[".svg"] = "image/svg+xml"

_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""What a browser may show in place; everything else is a download."""

BODY_LIMIT = 32 * 1024 * 1024  # bytes of one request


@dataclass
class _Room:
    desk: Desk
    sockets: set[web.WebSocketResponse] = field(default_factory=set)


_ROOM: web.AppKey[_Room] = web.AppKey("room", _Room)


@asynccontextmanager
async def page(discord: Loopback, port: int = 0) -> AsyncIterator[str]:
    """Serve the page for a loopback that runs; gives its address, which holds a secret token."""
    guard = Guard()
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[_guarded(guard)])
    app[_ROOM] = _Room(Desk(discord))
    app.on_response_prepare.append(harden)
    app.on_shutdown.append(_leave)
    app.router.add_get("/{token}/", _file_of_page)
    app.router.add_get("/{token}/live/{name}", _live)
    app.router.add_get("/{token}/files/{number:[0-9]{1,20}}/{name}", _attachment)
    app.router.add_post("/{token}/do/{action}", _do)
    app.router.add_get("/{token}/{name}", _file_of_page)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        guard.host = f"127.0.0.1:{runner.addresses[0][1]}"
        yield guard.address
    finally:
        await runner.cleanup()


def _guarded(guard: Guard) -> Any:
    @web.middleware
    async def check(request: web.Request, handler: Any) -> web.StreamResponse:
        guard.check(request)
        response: web.StreamResponse = await handler(request)
        return response

    return check


async def _leave(app: web.Application) -> None:
    for socket in list(app[_ROOM].sockets):
        await socket.close(code=WSCloseCode.GOING_AWAY)


async def _file_of_page(request: web.Request) -> web.Response:
    name = request.match_info.get("name", "index.html")
    found = {path.name: path for path in _HERE.iterdir() if path.suffix in _TYPES}.get(name)
    if found is None:
        raise web.HTTPNotFound
    kind = _TYPES[found.suffix]
    return web.Response(body=found.read_bytes(), content_type=kind, charset="utf-8")


async def _attachment(request: web.Request) -> web.Response:
    found = request.app[_ROOM].desk.discord.attachment(int(request.match_info["number"]))
    if found is None:
        raise web.HTTPNotFound
    shown = found.content_type in _SHOWN
    kind = found.content_type if shown else "application/octet-stream"
    how = "inline" if shown else "attachment"
    headers = {
        "Content-Type": kind or "",
        # Names were reduced to word characters, dots and hyphens as the file was stored.
        "Content-Disposition": f"{how}; filename*=UTF-8''{_quoted(found.filename)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return web.Response(body=found.data, headers=headers)


def _quoted(name: str) -> str:
    return "".join(chr(b) if chr(b).isalnum() and b < 128 else f"%{b:02X}" for b in name.encode())


async def _do(request: web.Request) -> web.Response:
    """Do what the page asks; a refusal is `{"error": line}` with 400."""
    run = ACTIONS.get(request.match_info["action"])
    if run is None:
        raise web.HTTPNotFound
    try:
        return web.json_response(await run(await _read(request)))
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        return web.json_response({"error": f"the page sent no fitting {error}"}, status=400)
    except (ValueError, TimeoutError) as error:
        return web.json_response({"error": str(error)}, status=400)


async def _read(request: web.Request) -> Request:
    form = await request.post()
    body = json.loads(str(form["body"]))
    # What Python takes and JSON does not (half a surrogate pair, Infinity) is a `ValueError` here.
    json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    files: dict[str, list[Upload]] = {}
    for name, part in form.items():
        if isinstance(part, web.FileField):
            data = part.file.read()
            if len(data) > FILE_LIMIT:
                raise ValueError(f"{part.filename} is larger than 10 MiB")
            files.setdefault(name, []).append((part.filename, data))
    desk = request.app[_ROOM].desk
    return Request(desk, _person(desk.discord, body["as"]), body, files)


def _person(discord: Loopback, name: str) -> User:
    user = discord.user(name)
    if user.bot:
        raise ValueError(f"{user.name} speaks for itself")
    return user


async def _live(request: web.Request) -> web.WebSocketResponse:
    """Tell a page everything that one person sees, from now on, until either side leaves."""
    discord = request.app[_ROOM].desk.discord
    try:
        user = _person(discord, request.match_info["name"])
    except ValueError:
        raise web.HTTPNotFound from None
    socket = web.WebSocketResponse(heartbeat=30.0, max_msg_size=1024)
    await socket.prepare(request)
    request.app[_ROOM].sockets.add(socket)
    telling_it = asyncio.create_task(_tell(socket, discord, user))
    try:
        async for _ in socket:
            pass  # all that a page does, it does by POST
    finally:
        telling_it.cancel()
        request.app[_ROOM].sockets.discard(socket)
    return socket


async def _tell(socket: web.WebSocketResponse, discord: Loopback, user: User) -> None:
    events = discord.events(everyone=True)
    with suppress(ConnectionError):
        await socket.send_json(telling.state(discord, user))
        async for event in events:
            seen = event.channel in telling.channels(discord, user)
            if seen and telling.sees(user, event.message):
                await socket.send_json(telling.event_json(event))
    await socket.close()
