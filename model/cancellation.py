"""Cancellation: a check that long work calls regularly, and the error that ends it."""

from collections.abc import Callable

IsCancelled = Callable[[], bool]
"""Returns whether the result is no longer wanted."""
CheckCancelled = Callable[[], None]
"""Raises an error if the work is cancelled. The work passes that error on."""


class CancelledError(Exception):
    """The work was cancelled."""


def cancellation_check(is_cancelled: IsCancelled) -> CheckCancelled:
    """Return a check that raises `CancelledError` once `is_cancelled` returns true."""

    def check_cancelled() -> None:
        if is_cancelled():
            raise CancelledError

    return check_cancelled


def never_cancelled() -> None:
    """Do nothing: the check of work that cannot be cancelled."""
