"""Observer: hears what the bot does, for metrics; by default it ignores everything.

There is one for the process, because steps of networks and threads are shared. Its methods are
called on any thread, and take microseconds.
"""

from collections.abc import Mapping
from typing import Literal

Outcome = Literal["ok", "user_error", "rate_limited", "undelivered", "error"]
"""How a command ended: answered, refused as the user's mistake, refused by a cooldown, answered
without Discord taking the answer, or failed because of the bot."""

CommandKind = Literal["slash", "text", "message", "component", "modal"]
NameOutcome = Literal["used", "surplus", "duplicate", "blocked", "known", "unfit", "unfinished"]
SwapOutcome = Literal["loaded", "damaged", "unreachable"]


class Observer:
    """Ignores everything; `monitoring.metrics` counts it."""

    def count_command(
        self, kind: CommandKind, command: str, outcome: Outcome, seconds: float
    ) -> None:
        """Count a command or component, `seconds` after it came."""

    def count_autocomplete(self, *, is_delivered: bool, seconds: float) -> None:
        """Count an autocomplete request, `seconds` after it came."""

    def count_query(self, work: str, seconds: float) -> None:
        """Count an answer of an engine; `work` is the function of `bot.sampling`."""

    def add_running_queries(self, change: int) -> None:
        """Add to the number of queries that engines have not answered yet."""

    def count_step(self, rows: int) -> None:
        """Count a step of a network with so many rows."""

    def count_names(self, counts: Mapping[NameOutcome, int]) -> None:
        """Count the names that were drawn for a request, by what became of them."""

    def count_training(self, state: str, seconds: float) -> None:
        """Count a training that ended, `seconds` after a worker could begin it."""

    def count_style_change(self, change: str) -> None:
        """Count a change by this process: publish, roll_back or retire."""

    def count_swap(self, outcome: SwapOutcome) -> None:
        """Count an attempt to replace an open engine by that of a new version."""

    def count_transaction(self, *, writes: bool, is_failed: bool, seconds: float) -> None:
        """Count a transaction of the database."""

    def count_request(self, method: str, status: str, seconds: float) -> None:
        """Count a request to Discord's REST API; `status` is a number, or "none" without answer."""

    def count_rate_limit(self, scope: str) -> None:
        """Count a request that Discord refused with 429: user, global, shared or cloudflare."""


_observers: list[Observer] = [Observer()]


def observer() -> Observer:
    """Return the observer of this process."""
    return _observers[-1]


def add_observer(added: Observer) -> None:
    """Let `added` hear everything, until it is removed."""
    _observers.append(added)


def remove_observer(removed: Observer) -> None:
    """Stop `removed` from hearing anything."""
    _observers.remove(removed)
