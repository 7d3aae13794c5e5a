"""Learning: from a text file of samples to a checkpoint of a character-level recurrent network.

This room knows torch and nothing of the bot. `export` turns its checkpoint into the one file that
the bot reads.
"""

from collections.abc import Callable

Heed = Callable[[], None]
"""What long work calls every now and then; what it raises breaks the work off."""


class ModelError(Exception):
    """Input that cannot be used; the message is one line: what, where, and how to mend it."""


def unheeding() -> None:
    """The `Heed` of work that nobody wants to break off."""
