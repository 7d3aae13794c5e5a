"""Request: the id of what is being handled, for the log, and the time at which it came.

Both are in a context variable, so tasks and threads that a request starts have them, too.
"""

import logging
import random
import time
from contextvars import ContextVar, Token
from dataclasses import dataclass, field


@dataclass(slots=True)
class Request:
    """A command, component or event; `received_at` is a value of `time.perf_counter`."""

    received_at: float = field(default_factory=time.perf_counter)
    id: str = ""
    """Eight hexadecimal digits; empty until an entry point of the bot handles the request."""


def _shared_variable() -> ContextVar[Request | None]:
    """Return the variable of this process, also after the extension has been loaded anew.

    That makes new modules, while the client and a handler's filter keep the old ones. A logger is
    always the same object.
    """
    logger = logging.getLogger(__name__)
    if "request" not in vars(logger):
        variable = ContextVar[Request | None]("namesmith_request", default=None)
        vars(logger)["request"] = variable
    shared: ContextVar[Request | None] = vars(logger)["request"]
    return shared


_request = _shared_variable()


def receive_request() -> Token[Request | None]:
    """Note that something has just come from the gateway; `end_receiving` takes the token."""
    return _request.set(Request())


def end_receiving(token: Token[Request | None]) -> None:
    """Forget it in this task; the tasks that it started keep it."""
    _request.reset(token)


def begin_request() -> None:
    """Give the request of this task an id, if it has none."""
    request = _request.get()
    if request is None:
        _request.set(request := Request())
    if not request.id:
        request.id = f"{random.getrandbits(32):08x}"


def request_id() -> str:
    """Return the id of the current request; empty outside of requests."""
    request = _request.get()
    return request.id if request else ""


def request_seconds() -> float:
    """Return the time since the current request came, 0 outside of requests."""
    request = _request.get()
    return time.perf_counter() - request.received_at if request else 0.0


class RequestIdFilter(logging.Filter):
    """Gives each record the id of its request as `record.request_id`; add it to a handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the id, and keep the record."""
        record.request_id = request_id()
        return True
