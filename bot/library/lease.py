"""One at a time where there are no locks: a lease is a file that only one can create.

Leases are numbered, and the highest one holds. A holder that dies leaves its lease behind: who has
seen the same one for `SECONDS` by its own clock creates the next number, which again only one can.
Clocks of different machines are never compared. What is done under a lease takes far less than
`SECONDS`, and `still` is asked before the one write that counts.
"""

import contextlib
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator

from .errors import LibraryError
from .place import Place

SECONDS = 30.0
"""For how long a lease that nobody gives back is respected."""

_PATIENCE = 4
"""For how many times that to wait for one's turn."""

_PAUSE = 0.2
"""Seconds between two looks, at most."""

_NAME = re.compile(r"\.lease-([0-9]{1,9})")

_Leases = dict[int, bytes]


@contextlib.contextmanager
def lease(place: Place, folder: str) -> Iterator[Callable[[], None]]:
    """Hold the lease of `folder`; what it gives raises `LibraryError` where it was taken over."""
    token = uuid.uuid4().hex.encode()
    mine = _taken(place, folder, token)

    def still() -> None:
        there = _leases(place, folder)
        if there.get(mine) != token or max(there) != mine:
            raise LibraryError(f"{place.name}/{folder}: somebody else changed it; try again")

    try:
        yield still
    finally:
        with contextlib.suppress(LibraryError):
            place.delete(_path(folder, mine))


def _taken(place: Place, folder: str, token: bytes) -> int:
    began = since = time.monotonic()
    seen: _Leases = {}
    while time.monotonic() - began < _PATIENCE * SECONDS:
        there = _leases(place, folder)
        if there != seen:
            seen, since = there, time.monotonic()
        free = not there or time.monotonic() - since >= SECONDS
        if free and (number := _tried(place, folder, token, there)):
            return number
        time.sleep(random.uniform(_PAUSE / 4, _PAUSE))  # noqa: S311, who waits should not march
    raise LibraryError(f"{place.name}/{folder}: somebody else is changing it; try again")


def _tried(place: Place, folder: str, token: bytes, dead: _Leases) -> int:
    """Return the number of a lease that is ours now, or 0; `dead` are those that nobody holds."""
    number = max(dead, default=0) + 1
    try:
        place.create(_path(folder, number), token)
    except FileExistsError:
        return 0
    there = _leases(place, folder)
    others = {other: held for other, held in there.items() if other != number}
    if there.get(number) != token:  # fsspec looks before it writes, and so did somebody else
        return 0
    if max(there) != number or not others.items() <= dead.items():
        place.delete(_path(folder, number))
        return 0
    for other in others:
        place.delete(_path(folder, other))
    return number


def _leases(place: Place, folder: str) -> _Leases:
    found: _Leases = {}
    for name in place.files(folder):
        if match := _NAME.fullmatch(name):
            with contextlib.suppress(FileNotFoundError):
                found[int(match[1])] = place.read(_path(folder, int(match[1])), 64)
    return found


def _path(folder: str, number: int) -> str:
    return f"{folder}/.lease-{number}"
