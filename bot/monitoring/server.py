"""The HTTP server: `/healthz` while the event loop runs, `/readyz` while the bot can answer."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from ..config import ConfigError
from ..config_sections import MonitoringSettings
from ..services import Services
from .health import Health

_log = logging.getLogger(__name__)

_SHUTDOWN_SECONDS = 1.0
"""At the end, time limit for requests that are being answered."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def start_monitoring(bot: Any, services: Services) -> None:
    """Serve until `services` close; raises `ConfigError` if the port can't be had."""
    settings = services.settings.monitoring
    runner = await _listen(_make_app(Health(bot, services)), settings)
    services.run_in_background(_clean_up_at_the_end(runner))
    _log.info("Monitoring: http://%s:%d/readyz", _in_url(settings.host), settings.port)


def _make_app(health: Health) -> web.Application:
    async def healthz(_: web.Request) -> web.Response:
        """Answer as long as the event loop runs; restart the process if it doesn't."""
        return _answer("ok")

    async def readyz(_: web.Request) -> web.Response:
        """Answer 503 with the problems in one line while commands can't be answered."""
        problems = await health.problems()
        return _answer("; ".join(problems), status=503) if problems else _answer("ready")

    routes = {"/healthz": healthz, "/readyz": readyz}
    app = web.Application(client_max_size=1024, middlewares=[_make_middleware(list(routes))])
    app.add_routes([web.get(path, handler) for path, handler in routes.items()])
    return app


def _make_middleware(paths: list[str]) -> Any:
    """Return what answers an unknown path in one line."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return _answer(f"There is no such page. The pages are {', '.join(paths)}.", status=404)

    return middleware


def _answer(line: str, *, status: int = 200) -> web.Response:
    return web.Response(text=line + "\n", status=status, headers={"Cache-Control": "no-store"})


async def _listen(app: web.Application, settings: MonitoringSettings) -> web.AppRunner:
    """Start the server; raises `ConfigError` if it can't listen there."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        await runner.cleanup()
        # asyncio's own text repeats the address.
        number = error.errno or 0  # negative for an unknown host
        reason = os.strerror(number) if number > 0 else error.strerror or str(error)
        raise ConfigError(
            f"[monitoring] port: can't listen on {_in_url(settings.host)}:{settings.port} "
            f"({reason.lower()}). Choose another port, or stop the program that uses it."
        ) from None
    return runner


async def _clean_up_at_the_end(runner: web.AppRunner) -> None:
    """Wait to be cancelled, then close the server."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await runner.cleanup()


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
