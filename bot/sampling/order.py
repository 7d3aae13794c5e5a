"""A request as the style spells it: what every name of the answer must be.

A text within a name is met in small letters, as most names have it, and counts as met where it
opens a name with a capital: “ann” is in “Annabel”, and the whole name “Ann” ends in it.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """What names are asked for, in the spelling of the style that `knows` its samples.

    The texts may overlap in a name; the lengths, in characters, are inclusive. What `is_allowed` is
    false for is not said: it stands apart from what is asked for, as it is asked of few names.
    """

    beginning: str
    part: str
    ending: str
    least: int
    most: int
    new_only: bool
    knows: Callable[[str], bool]
    is_allowed: Callable[[str], bool] | None = None

    def met(self, name: str) -> bool:
        """Whether `name` is one of those asked for, allowed or not."""
        return (
            self.least <= len(name) <= self.most
            and name.startswith(self.beginning)
            and ends(name, self.ending)
            and holds(name, self.part)
            and not (self.new_only and self.knows(name))
        )

    def allowed(self, name: str) -> bool:
        """Whether `name`, if asked for, may be said."""
        return self.is_allowed is None or self.is_allowed(name)


def ends(name: str, text: str) -> bool:
    """Whether `name` ends in `text`, or is nothing else, with a capital."""
    return name.endswith(text) or name == capitalised(text)


def holds(name: str, text: str) -> bool:
    """Whether `text` is in `name`, or opens it, with a capital."""
    return text in name or name.startswith(capitalised(text))


def completions(beginning: str, text: str) -> list[str]:
    """Return all that can follow `beginning` so that `text` ends there, the shortest first.

    That is `text` itself, what is left of it where the beginning ends in its head, and what is left
    where the beginning opens it with a capital.
    """
    overlaps = (k for k in range(min(len(beginning), len(text)), -1, -1))
    rests = [text[k:] for k in overlaps if beginning.endswith(text[:k])]
    if capitalised(text).startswith(beginning):
        rests.append(capitalised(text)[len(beginning) :])
    return sorted(dict.fromkeys(rests), key=len)


def capitalised(text: str) -> str:
    """Return `text` with its first letter as a name begins."""
    return text[:1].upper() + text[1:]
