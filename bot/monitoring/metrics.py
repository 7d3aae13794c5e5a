"""Metrics for Prometheus: counters and histograms of what the bot does, gauges of its state.

They have a registry of their own, so they touch nothing of a host bot. No label holds an id of
Discord or a text of a user, and each has few values: docs/monitoring.md lists all.
"""

import asyncio
import math
import platform
from collections.abc import Iterable, Mapping
from typing import Any

import discord
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, ProcessCollector
from prometheus_client.exposition import choose_encoder

from ..observer import CommandKind, NameOutcome, Observer, Outcome, SwapOutcome
from ..services import Services
from ..version import __version__
from .health import connected_shards

LAG_INTERVAL_SECONDS = 0.25
"""Time between two measurements of the event loop's lag."""

_COMMAND_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30)
_QUERY_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_AUTOCOMPLETE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
_TRAINING_SECONDS = (1, 5, 10, 30, 60, 120, 300, 600, 1200, 3600)
_TRANSACTION_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5)
_REQUEST_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LAG_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)


class _Registry(CollectorRegistry):
    """A registry without the time at which each series was created, which nobody needs."""

    def collect(self) -> Iterable[Metric]:
        for metric in super().collect():
            metric.samples = [each for each in metric.samples if not each.name.endswith("_created")]
            yield metric


class Metrics(Observer):
    """Counts what the bot does; `read_state` adds its state, and `render` writes everything."""

    def __init__(self) -> None:
        self.registry = _Registry()
        self._rendering = asyncio.Lock()
        ProcessCollector(registry=self.registry)
        self._commands = self._counter(
            "commands", "Commands and components by outcome.", "kind", "command", "outcome"
        )
        self._command_seconds = self._histogram(
            "command_seconds",
            "Time from a command's arrival to its confirmed answer.",
            _COMMAND_SECONDS,
            *("kind", "command"),
        )
        self._autocomplete_seconds = self._histogram(
            "autocomplete_seconds",
            "Time from an autocomplete request's arrival to its confirmed answer.",
            _AUTOCOMPLETE_SECONDS,
        )
        self._autocomplete_failures = self._counter(
            "autocomplete_failures", "Autocomplete answers that Discord did not take in time."
        )
        self._query_seconds = self._histogram(
            "query_seconds",
            "Time that an engine takes to answer, such as to draw names.",
            _QUERY_SECONDS,
            "work",
        )
        self._running_queries = self._gauge(
            "running_queries", "Queries that wait for steps of networks."
        )
        self._batch_rows = self._histogram("batch_rows", "Rows of each step of a network.", _ROWS)
        self._names = self._counter("names", "Names drawn, by what became of them.", "outcome")
        self._training_seconds = self._histogram(
            "training_seconds",
            "Time of ended trainings, from when a worker could begin.",
            _TRAINING_SECONDS,
            "state",
        )
        self._trainings = self._gauge("trainings", "Trainings of this process.", "state")
        self._style_changes = self._counter(
            "style_changes", "Styles published, rolled back or retired by this process.", "change"
        )
        self._swaps = self._counter("swaps", "Open styles replaced by a new version.", "outcome")
        self._add_surroundings()
        self._start_at_zero()

    def _add_surroundings(self) -> None:
        """Add the metrics of the database, Discord and the process."""
        self._transactions = self._histogram(
            "database_seconds", "Time of database transactions.", _TRANSACTION_SECONDS, "kind"
        )
        self._database_errors = self._counter("database_errors", "Failed transactions.", "kind")
        self._rest_seconds = self._histogram(
            "rest_seconds",
            "Time of requests to Discord's REST API; stand-alone bot only.",
            _REQUEST_SECONDS,
            *("method", "status"),
        )
        self._rate_limits = self._counter("rate_limits", "Requests that Discord refused.", "scope")
        self._lag = self._histogram(
            "event_loop_lag_seconds", "How late the event loop runs a timer.", _LAG_SECONDS
        )
        self._ready = self._gauge(
            "ready", "1 while a part of the bot can be used, as /readyz says.", "part"
        )
        self._shard_connected = self._gauge(
            "shard_connected", "1 while a shard is connected.", "shard"
        )
        self._shard_latency = self._gauge(
            "shard_latency_seconds", "Time from a heartbeat to its acknowledgement.", "shard"
        )
        self._guilds = self._gauge("guilds", "Servers of this process's shards.")
        self._caches = self._gauge("cache_entries", "Entries of caches in memory.", "cache")
        self._build = self._gauge("build_info", "Always 1.", "version", "python", "discord_py")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"namesmith_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"namesmith_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: Iterable[float], *labels: str) -> Histogram:
        name = f"namesmith_{name}"
        return Histogram(name, text, labels, buckets=tuple(buckets), registry=self.registry)

    def _start_at_zero(self) -> None:
        """Make series whose labels are known, so that rates count their first event."""
        for outcome in ("used", "surplus", "duplicate", "blocked", "known", "unfit", "unfinished"):
            self._names.labels(outcome)
        for state in ("done", "failed", "cancelled"):
            self._training_seconds.labels(state)
        for change in ("publish", "roll_back", "retire"):
            self._style_changes.labels(change)
        for swap in ("loaded", "damaged", "unreachable"):
            self._swaps.labels(swap)
        for kind in ("read", "write"):
            self._transactions.labels(kind)
            self._database_errors.labels(kind)
        for scope in ("user", "global", "shared", "cloudflare"):
            self._rate_limits.labels(scope)

    def count_command(
        self, kind: CommandKind, command: str, outcome: Outcome, seconds: float
    ) -> None:
        """Count the outcome, and the time of a command that was answered."""
        self._commands.labels(kind, command, outcome).inc()
        if outcome == "ok":
            self._command_seconds.labels(kind, command).observe(seconds)

    def count_autocomplete(self, *, is_delivered: bool, seconds: float) -> None:
        """Count the time of an answer that Discord took, or a failure."""
        if is_delivered:
            self._autocomplete_seconds.observe(seconds)
        else:
            self._autocomplete_failures.inc()

    def count_query(self, work: str, seconds: float) -> None:
        """Count the time of an engine's answer."""
        self._query_seconds.labels(work).observe(seconds)

    def add_running_queries(self, change: int) -> None:
        """Change the number of waiting queries."""
        self._running_queries.inc(change)

    def count_step(self, rows: int) -> None:
        """Count the rows of a step."""
        self._batch_rows.observe(rows)

    def count_names(self, counts: Mapping[NameOutcome, int]) -> None:
        """Count names by what became of them."""
        for outcome, count in counts.items():
            if count:
                self._names.labels(outcome).inc(count)

    def count_training(self, state: str, seconds: float) -> None:
        """Count an ended training."""
        self._training_seconds.labels(state).observe(seconds)

    def count_style_change(self, change: str) -> None:
        """Count a change of a style."""
        self._style_changes.labels(change).inc()

    def count_swap(self, outcome: SwapOutcome) -> None:
        """Count a swap of an engine."""
        self._swaps.labels(outcome).inc()

    def count_transaction(self, *, writes: bool, is_failed: bool, seconds: float) -> None:
        """Count a transaction."""
        kind = "write" if writes else "read"
        self._transactions.labels(kind).observe(seconds)
        if is_failed:
            self._database_errors.labels(kind).inc()

    def count_request(self, method: str, status: str, seconds: float) -> None:
        """Count a REST request."""
        self._rest_seconds.labels(method, status).observe(seconds)

    def count_rate_limit(self, scope: str) -> None:
        """Count a REST request that was refused."""
        self._rate_limits.labels(scope).inc()

    async def measure_lag(self) -> None:
        """Measure how late timers run, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_INTERVAL_SECONDS
            await asyncio.sleep(LAG_INTERVAL_SECONDS)
            self._lag.observe(max(0.0, loop.time() - due))

    async def render(self, accept: str) -> tuple[bytes, str]:
        """Return all metrics in the format that `accept` asks for, and its content type."""
        encode, content_type = choose_encoder(accept)
        # The text takes milliseconds, which the event loop has no time for; one at a time.
        async with self._rendering:
            return await asyncio.to_thread(encode, self.registry), content_type

    def read_state(self, bot: Any, services: Services, problems: Mapping[str, str]) -> None:
        """Set the gauges; `problems` are those of `Health`."""
        self._build.labels(__version__, platform.python_version(), discord.__version__).set(1)
        for part, problem in problems.items():
            self._ready.labels(part).set(not problem)
        self._guilds.set(len(bot.guilds))
        latencies = dict(getattr(bot, "latencies", ())) or {bot.shard_id or 0: bot.latency}
        for shard_id, is_connected in connected_shards(bot).items():
            self._shard_connected.labels(shard_id).set(is_connected)
            latency = latencies.get(shard_id, math.nan)  # infinite before the first heartbeat
            self._shard_latency.labels(shard_id).set(
                latency if math.isfinite(latency) else math.nan
            )
        for state, count in services.training_manager.counts().items():
            self._trainings.labels(state).set(count)
        sizes = services.library.cache_sizes()
        for cache in ("guild_settings", "recent_styles", "text_answers"):
            sizes[cache] = len(getattr(services, cache))
        for cache, entries in sizes.items():
            self._caches.labels(cache).set(entries)
