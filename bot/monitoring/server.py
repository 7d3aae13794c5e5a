"""The HTTP server: `/healthz`, `/readyz` and `/metrics`."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ..config import ConfigError
from ..config_sections import MonitoringSettings
from ..observer import add_observer, remove_observer
from ..services import Services
from .health import Health

if TYPE_CHECKING:
    from .metrics import Metrics

_log = logging.getLogger(__name__)

_SHUTDOWN_SECONDS = 1.0
"""At the end, time limit for requests that are being answered."""

_HEADERS = {"Cache-Control": "no-store"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def start_monitoring(bot: Any, services: Services) -> None:
    """Serve until `services` close; raises `ConfigError` if the port or a library is missing."""
    settings = services.settings.monitoring
    health = Health(bot, services)

    async def healthz(_: web.Request) -> web.Response:
        """Answer as long as the event loop runs; restart the process if it doesn't."""
        return _answer("ok")

    async def readyz(_: web.Request) -> web.Response:
        """Answer 503 with the problems in one line while commands can't be answered."""
        problems = (await health.problems()).items()
        lines = [f"{part}: {problem}" for part, problem in problems if problem]
        return _answer("; ".join(lines), status=503) if lines else _answer("ready")

    handlers: dict[str, Handler] = {"/healthz": healthz, "/readyz": readyz}
    metrics = _make_metrics() if settings.metrics else None
    if metrics:

        async def render(request: web.Request) -> web.Response:
            metrics.read_state(bot, services, await health.problems())
            body, content_type = await metrics.render(request.headers.get("Accept", ""))
            return web.Response(body=body, headers=_HEADERS | {"Content-Type": content_type})

        handlers["/metrics"] = render
    runner = await _listen(_make_app(handlers), settings)
    services.run_in_background(_observe_to_the_end(metrics, runner))
    await asyncio.sleep(0)  # from here on, it closes the server whenever it is cancelled
    pages = ", ".join(handlers)
    _log.info("Monitoring: %s at http://%s:%d", pages, _in_url(settings.host), settings.port)


def _make_metrics() -> "Metrics":
    """Return the metrics; raises `ConfigError` where the library for them is missing."""
    try:
        from .metrics import Metrics
    except ModuleNotFoundError as error:
        if error.name != "prometheus_client":
            raise
        raise ConfigError(
            "[monitoring] metrics: prometheus-client is missing. Install it with "
            "pip install prometheus-client, or set metrics = false."
        ) from None
    return Metrics()


def _make_app(handlers: Mapping[str, Handler]) -> web.Application:
    app = web.Application(client_max_size=1024, middlewares=[_make_middleware(list(handlers))])
    app.add_routes([web.get(path, handler) for path, handler in handlers.items()])
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
    return web.Response(text=line + "\n", status=status, headers=_HEADERS)


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


async def _observe_to_the_end(metrics: "Metrics | None", runner: web.AppRunner) -> None:
    """Collect metrics until cancelled, then close the server."""
    if metrics:
        add_observer(metrics)
    try:
        await (metrics.measure_lag() if metrics else asyncio.Event().wait())
    finally:
        if metrics:
            remove_observer(metrics)
        await runner.cleanup()


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
