"""The likeliest names that begin so, told at once to many who type at the same time.

People type much the same beginnings, so an answer is kept, and whoever asks for one that is being
looked for waits for it with the others: a search takes the engine some milliseconds.
"""

import asyncio
from collections import OrderedDict
from functools import partial
from weakref import WeakKeyDictionary

from .sampling import Engine, RequestError

OFFERED = 25
"""Choices in one answer, as many as Discord shows."""

_KEPT = 4_096
"""Answers kept of one style."""

_Answer = list[str] | RequestError
_Answers = OrderedDict[str, "asyncio.Task[_Answer]"]


class Completions:
    """The answers of all engines; those of an engine go with it."""

    def __init__(self) -> None:
        self._answers: WeakKeyDictionary[Engine, _Answers] = WeakKeyDictionary()

    async def of(self, engine: Engine, prefix: str) -> list[str]:
        """Return up to `OFFERED` names that begin with `prefix`; raises `RequestError`."""
        answers = self._answers.setdefault(engine, OrderedDict())
        asked = answers.get(prefix)
        if asked is None:
            asked = answers[prefix] = asyncio.create_task(_search(engine, prefix))
            asked.add_done_callback(partial(_drop_in_vain, answers, prefix))
        answers.move_to_end(prefix)
        if len(answers) > _KEPT:
            answers.popitem(last=False)
        answer = await asyncio.shield(asked)
        if isinstance(answer, RequestError):
            raise RequestError(answer.sentence, *answer.quoted)
        return answer


async def _search(engine: Engine, prefix: str) -> _Answer:
    """Return the names, or a refusal that was never raised: one that was would hold the engine."""
    try:
        return [name for name, _ in await engine.complete(prefix, OFFERED)]
    except RequestError as refused:
        return RequestError(refused.sentence, *refused.quoted)


def _drop_in_vain(answers: _Answers, prefix: str, asked: "asyncio.Task[_Answer]") -> None:
    """Keep nothing of a search that ended without an answer: its error would hold the engine."""
    if (asked.cancelled() or asked.exception()) and answers.get(prefix) is asked:
        del answers[prefix]
