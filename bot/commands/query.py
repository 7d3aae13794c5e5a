"""Queries: what an answer was asked for, encoded in the custom ids of its buttons."""

import base64
import json
import random
from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Annotated, Self

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ..services import GuildContext
from .errors import UserError

EXPIRED_BUTTON = "This button has expired. Run the command again."


@dataclass(frozen=True, config=ConfigDict(strict=True))
class Query:
    """Base of queries, which are complete with defaults; `user_id` is whose answer it is.

    The order of the fields is that of the custom ids. A new field goes last, with a default that
    keeps the meaning of the buttons in messages already sent.
    """

    user_id: Annotated[int, Field(ge=0, lt=2**64)]
    style: str

    def pack(self, parts: int, max_size: int) -> list[str] | None:
        """Encode it as `parts` texts of up to `max_size` characters; None if it is too long.

        The encoding is URL-safe Base64 of a JSON list of the fields' values.
        """
        values = json.dumps(astuple(self), ensure_ascii=False, separators=(",", ":"))
        text = base64.urlsafe_b64encode(values.encode(errors="surrogatepass")).decode().rstrip("=")
        size = -(-len(text) // parts)
        if size > max_size:
            return None
        return [text[i * size : (i + 1) * size] for i in range(parts)]

    @classmethod
    def unpack(cls, parts: Sequence[str]) -> Self:
        """Decode what `pack` encoded; raises `UserError` for anything else."""
        text = "".join(parts)
        try:
            values = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            return cls(*json.loads(values))
        except (ValueError, TypeError):  # not Base64, not JSON, or JSON of something else
            raise UserError(EXPIRED_BUTTON) from None

    def asked_by(self, user_id: int, guild_context: GuildContext) -> Self:
        """Return the query as that user asks it; raises `RequestError` if the style is gone."""
        return replace(self, user_id=user_id, style=guild_context.resolve_style(self.style))


def random_seed() -> int:
    """Return a seed that is short to read and to type."""
    return random.randrange(10**9)  # noqa: S311, not for cryptography
