"""How long work is broken off: at the next of the calls that it makes for that."""

from collections.abc import Callable

from model import Heed

Stopped = Callable[[], bool]
"""Says whether nobody wants the result any more."""


class StoppedError(Exception):
    """Nobody wants the result any more."""


def stopping(stopped: Stopped) -> Heed:
    """What raises `StoppedError` once `stopped` says so."""

    def heed() -> None:
        if stopped():
            raise StoppedError

    return heed
