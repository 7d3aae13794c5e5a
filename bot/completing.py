"""The likeliest names that begin so, told at once to many who type at the same time.

People type much the same beginnings, so an answer is kept, and whoever asks for one that is being
looked for waits for it with the others: a search takes the engine some milliseconds.
"""

import asyncio
from collections import OrderedDict
from types import NoneType
from weakref import WeakKeyDictionary

from .sampling import Engine, NamesRefused

OFFERED = 25
"""Choices in one answer, as many as Discord shows."""

_KEPT = 4_096
"""Answers kept of one style."""

_Answers = OrderedDict[str, "asyncio.Task[list[str]]"]


class Completions:
    """The answers of all engines; those of an engine go with it."""

    def __init__(self) -> None:
        self._answers: WeakKeyDictionary[Engine, _Answers] = WeakKeyDictionary()

    async def of(self, engine: Engine, prefix: str) -> list[str]:
        """Return up to `OFFERED` names that begin with `prefix`; raises `NamesRefused`."""
        answers = self._answers.setdefault(engine, OrderedDict())
        asked = answers.get(prefix)
        if asked is None or _in_vain(asked):
            asked = answers[prefix] = asyncio.create_task(_search(engine, prefix))
        answers.move_to_end(prefix)
        if len(answers) > _KEPT:
            answers.popitem(last=False)
        return await asyncio.shield(asked)


async def _search(engine: Engine, prefix: str) -> list[str]:
    return [name for name, _ in await engine.complete(prefix, OFFERED)]


def _in_vain(asked: "asyncio.Task[list[str]]") -> bool:
    """Whether `asked` ended without an answer; a refusal is one."""
    if not asked.done():
        return False
    return asked.cancelled() or not isinstance(asked.exception(), NamesRefused | NoneType)
