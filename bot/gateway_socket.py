"""The gateway connection of the stand-alone client: it skips frames that it cannot read.

discord.py ends the bot at the first frame that is not what Discord documents. A new connection
resumes the session that the last process left, or waits for its turn to identify.
"""

import logging
from typing import Any, Self

import aiohttp
from discord import DiscordException
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

from .logs import one_line
from .request_id import end_receiving, receive_request

_log = logging.getLogger(__name__)

_MALFORMED = (AttributeError, LookupError, TypeError, ValueError)
"""What discord.py raises for a frame that is not JSON, or not the object that it expects."""

_CONNECTION_ERRORS = (OSError, TimeoutError, aiohttp.ClientError, DiscordException)
"""What discord.py raises where it cannot connect."""

_SESSION_ENDING_CODES = (4007, 4009)
"""Close codes for a wrong sequence number, and for a session that has timed out."""


class TolerantWebSocket(DiscordWebSocket):
    """A connection that skips malformed frames, and resumes where the compression is damaged."""

    @classmethod
    async def from_client(cls, client: Any, **options: Any) -> Self:
        """Connect a shard, as the client's `handover` and `identify_turns` say if it has them."""
        shard_id = options["shard_id"]
        handover = getattr(client, "handover", None)
        if options.get("resume") or handover is None:
            return await super().from_client(client, **options)
        if restored := handover.restore(shard_id):
            try:
                return await super().from_client(client, shard_id=shard_id, resume=True, **restored)
            except (*_CONNECTION_ERRORS, ReconnectWebSocket) as error:
                _log.warning("Shard %s cannot resume: %s", shard_id, one_line(error))
        handover.discard(shard_id)
        await client.identify_turns.wait(shard_id)
        return await super().from_client(client, **options)

    async def poll_event(self) -> None:
        """Handle the next event; identify anew where a lost session cannot be resumed.

        discord.py would try to resume it without a pause, for ever.
        """
        try:
            await super().poll_event()
        except ReconnectWebSocket as error:
            has_ended = self.socket.close_code in _SESSION_ENDING_CODES
            if error.resume and (has_ended or self.session_id is None):
                raise ReconnectWebSocket(self.shard_id, resume=False) from None
            raise

    async def received_message(self, msg: Any, /) -> None:
        """Handle a frame; one that cannot be read is one line in the log."""
        if isinstance(msg, bytes):
            try:
                msg = self._decompressor.decompress(msg)
            except Exception as error:  # the kind depends on the compression in use
                _log.warning(
                    "Shard %s: a gateway frame cannot be decompressed (%s); resuming the session",
                    self.shard_id,
                    one_line(error),
                )
                await self.close()
                raise ReconnectWebSocket(self.shard_id) from None
            if msg is None:  # the frame goes on in the next one
                return
        token = receive_request()
        try:
            await super().received_message(msg)
        except _MALFORMED as error:
            _log.warning(
                "Shard %s: skipped a malformed gateway frame (%s)", self.shard_id, one_line(error)
            )
        finally:
            end_receiving(token)
