"""What was asked, in the custom ids of an answer's buttons: they work after a restart of the bot.

Discord gives a button 100 characters. What was asked is cut into as many parts as there are buttons
that need it, and put together again from the message when one is pressed.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any, TypeVar

T = TypeVar("T")


def pack(asked: Any, parts: int, room: int) -> list[str] | None:
    """Return the dataclass `asked` as texts of up to `room` characters, None if it is too long."""
    told = json.dumps(astuple(asked), ensure_ascii=False, separators=(",", ":"))
    text = base64.urlsafe_b64encode(told.encode(errors="surrogatepass")).decode().rstrip("=")
    size = -(-len(text) // parts)
    return [text[i * size : (i + 1) * size] for i in range(parts)] if size <= room else None


def unpack(kind: type[T], parts: Sequence[str]) -> T:
    """Return the `kind`, a pydantic dataclass, of which `pack` made `parts`.

    Raises `ValueError` for what it cannot have made.
    """
    text = "".join(parts)
    try:
        told = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return kind(*json.loads(told))
    except (ValueError, TypeError) as error:  # no base64, no JSON, or JSON of something else
        raise ValueError(f"no request is written as {text[:100]!r}") from error
