"""Payload validation hook: what the server calls for each payload that it receives or sends."""

from dataclasses import dataclass, field


@dataclass(eq=False)
class PayloadValidator:
    """Accepts every payload; subclasses check them, and add a line to `violations` for each error.

    `path` is the route's path with its parameters, such as `/channels/{channel_id}`.
    """

    violations: list[str] = field(default_factory=list)

    def check_request(self, method: str, path: str, body: object) -> None:
        """Check a request's body; may raise `DiscordError` (50035) to refuse it."""

    def check_response(self, method: str, path: str, status: int, data: object) -> None:
        """Check the body of a response, errors included, before it is sent."""

    def check_message(self, data: object) -> None:
        """Check a message object that the gateway dispatches."""
