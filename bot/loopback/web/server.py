"""Web server of the page: static files, attachments, actions (POST) and events (WebSocket).

It has its own port, and so its own origin. Attachments are served with a sandbox policy, so that
an uploaded file can never run scripts as the page.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import WSCloseCode, web

from ..payloads.message_requests import MAX_FILE_SIZE
from ..server import Loopback
from ..state.users import User
from .actions import ACTIONS, ActionRequest, OpenModals, Upload
from .security import RequestGuard, add_security_headers
from .serialization import can_see, event_json, initial_state, visible_channels

_PAGE_FOLDER = Path(__file__).parent / "page"
_PAGE_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_INLINE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""Attachments that the browser may display. Everything else is a download."""

BODY_LIMIT = 32 * 1024 * 1024
"""Maximum size of a request, in bytes."""


@dataclass
class _Chat:
    discord: Loopback
    modals: OpenModals = field(default_factory=OpenModals)
    sockets: set[web.WebSocketResponse] = field(default_factory=set)


_CHAT: web.AppKey[_Chat] = web.AppKey("chat", _Chat)


@asynccontextmanager
async def serve_page(discord: Loopback, port: int = 0) -> AsyncIterator[str]:
    """Serve the page for a running loopback Discord; yields the page's URL, with its token."""
    guard = RequestGuard()
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[_guard_middleware(guard)])
    app[_CHAT] = _Chat(discord)
    app.on_response_prepare.append(add_security_headers)
    app.on_shutdown.append(_close_sockets)
    app.router.add_get("/{token}/", _get_page_file)
    app.router.add_get("/{token}/events/{name}", _stream_events)
    app.router.add_get("/{token}/files/{id:[0-9]{1,20}}/{name}", _get_attachment)
    app.router.add_post("/{token}/actions/{action}", _run_action)
    app.router.add_get("/{token}/{name}", _get_page_file)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        guard.host = f"127.0.0.1:{runner.addresses[0][1]}"
        yield guard.url
    finally:
        await runner.cleanup()


def _guard_middleware(guard: RequestGuard) -> Any:
    @web.middleware
    async def check(request: web.Request, handler: Any) -> web.StreamResponse:
        guard.check(request)
        response: web.StreamResponse = await handler(request)
        return response

    return check


async def _close_sockets(app: web.Application) -> None:
    for socket in list(app[_CHAT].sockets):
        await socket.close(code=WSCloseCode.GOING_AWAY)


async def _get_page_file(request: web.Request) -> web.Response:
    name = request.match_info.get("name", "index.html")
    # Only names from the folder's own listing are served, so no path can leave the folder.
    files = {path.name: path for path in _PAGE_FOLDER.iterdir() if path.suffix in _PAGE_TYPES}
    file = files.get(name)
    if file is None:
        raise web.HTTPNotFound
    content_type = _PAGE_TYPES[file.suffix]
    return web.Response(body=file.read_bytes(), content_type=content_type, charset="utf-8")


async def _get_attachment(request: web.Request) -> web.Response:
    attachment = request.app[_CHAT].discord.attachment(int(request.match_info["id"]))
    if attachment is None:
        raise web.HTTPNotFound
    is_inline = attachment.content_type in _INLINE_TYPES
    content_type = attachment.content_type if is_inline else "application/octet-stream"
    disposition = "inline" if is_inline else "attachment"
    headers = {
        "Content-Type": content_type or "",
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{_quote(attachment.filename)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return web.Response(body=attachment.data, headers=headers)


def _quote(name: str) -> str:
    return "".join(chr(b) if chr(b).isalnum() and b < 128 else f"%{b:02X}" for b in name.encode())


async def _run_action(request: web.Request) -> web.Response:
    """Run an action; an error is `{"error": line}` with status 400."""
    action = ACTIONS.get(request.match_info["action"])
    if action is None:
        raise web.HTTPNotFound
    try:
        return web.json_response(await action(await _read_request(request)))
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        return web.json_response({"error": f"Invalid request: {error}"}, status=400)
    except (ValueError, TimeoutError) as error:
        return web.json_response({"error": str(error)}, status=400)


async def _read_request(request: web.Request) -> ActionRequest:
    form = await request.post()
    body = json.loads(str(form["body"]))
    # Raises `ValueError` for what Python parses and JSON forbids: lone surrogates, Infinity.
    json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    files: dict[str, list[Upload]] = {}
    for name, part in form.items():
        if isinstance(part, web.FileField):
            data = part.file.read()
            if len(data) > MAX_FILE_SIZE:
                raise ValueError(f"{part.filename} is larger than 10 MB.")
            files.setdefault(name, []).append((part.filename, data))
    chat = request.app[_CHAT]
    author = _find_person(chat.discord, body["author"])
    return ActionRequest(chat.discord, chat.modals, author, body, files)


def _find_person(discord: Loopback, name: str) -> User:
    user = discord.user(name)
    if user.bot:
        raise ValueError(f"You can't write as {user.name}.")
    return user


async def _stream_events(request: web.Request) -> web.WebSocketResponse:
    """Send the state and then all events that one member can see, until the socket closes."""
    chat = request.app[_CHAT]
    try:
        user = _find_person(chat.discord, request.match_info["name"])
    except ValueError:
        raise web.HTTPNotFound from None
    socket = web.WebSocketResponse(heartbeat=30.0, max_msg_size=1024)
    await socket.prepare(request)
    chat.sockets.add(socket)
    sending = asyncio.create_task(_send_events(socket, chat.discord, user))
    try:
        async for _ in socket:
            pass  # the page sends its actions by POST
    finally:
        sending.cancel()
        chat.sockets.discard(socket)
    return socket


async def _send_events(socket: web.WebSocketResponse, discord: Loopback, user: User) -> None:
    events = discord.events(everyone=True)
    with suppress(ConnectionError):
        await socket.send_json(initial_state(discord, user))
        async for event in events:
            is_visible = event.channel in visible_channels(discord, user)
            if is_visible and can_see(user, event.message):
                await socket.send_json(event_json(event))
    await socket.close()
