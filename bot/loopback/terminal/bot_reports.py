"""Bot reports: what became of a message or interaction, where no message of the bot says it.

The chat runs in the bot's process, so the bot's own listeners can fill them. Without reports, the
chat waits for answers.
"""

from dataclasses import dataclass, field

from ..state.messages import Message
from ..state.notifier import Notifier


@dataclass
class BotReports:
    """Reports by the id of the message or interaction; `is_active` means that a bot reports."""

    is_active: bool = False
    ignored: dict[int, str] = field(default_factory=dict)
    """Messages that the bot doesn't answer, with a hint for the author; empty for small talk."""
    failed: set[int] = field(default_factory=set)
    """Commands and components that the bot answers with an error message."""
    notifier: Notifier = field(default_factory=Notifier)

    def add_ignored(self, message_id: int, hint: str) -> None:
        """Report that the bot doesn't answer a message, and why."""
        self.ignored[message_id] = hint
        self.notifier.notify()

    def is_error(self, answer: Message) -> bool:
        """Whether the bot's message is an error message."""
        metadata = (answer.interaction or {}).get("interaction_metadata", {})
        sources = {answer.reference.id if answer.reference else 0, int(metadata.get("id", 0))}
        return not sources.isdisjoint(self.failed)
