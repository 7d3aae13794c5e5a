"""Autocomplete cache: beginnings and the most likely names for each prefix, per generator.

Many people type the same prefixes, so answers are cached, and concurrent requests for one prefix
share a single search.
"""

import asyncio
from collections import OrderedDict
from functools import partial
from weakref import WeakKeyDictionary

from .generator import NameGenerator
from .request import RequestError

MAX_CHOICES = 25
"""Choices in one answer: Discord's limit."""

_MAX_BEGINNINGS = 5

_MOST = 0.8
"""Probability of all names found, from which on they come before the beginnings."""

_MAX_CACHED = 4_096
"""Cached prefixes per generator; the least recently used one is dropped first."""

_Answer = list[str] | RequestError
_Searches = OrderedDict[str, "asyncio.Task[_Answer]"]


class AutocompleteCache:
    """Cached answers of all generators; a generator's answers are freed with it."""

    def __init__(self) -> None:
        self._searches: WeakKeyDictionary[NameGenerator, _Searches] = WeakKeyDictionary()

    async def get(self, generator: NameGenerator, prefix: str) -> list[str]:
        """Return up to `MAX_CHOICES` completions of `prefix`; raises `RequestError`.

        They are beginnings, such as Tra for Tr, and whole names; first what is likelier to help.
        """
        searches = self._searches.setdefault(generator, OrderedDict())
        search = searches.get(prefix)
        if search is None:
            search = searches[prefix] = asyncio.create_task(_search(generator, prefix))
            search.add_done_callback(partial(_drop_if_failed, searches, prefix))
        searches.move_to_end(prefix)
        if len(searches) > _MAX_CACHED:
            searches.popitem(last=False)
        answer = await asyncio.shield(search)
        if isinstance(answer, RequestError):
            raise answer.copy()
        return answer


async def _search(generator: NameGenerator, prefix: str) -> _Answer:
    """Return completions, or a fresh error: a raised one's traceback would hold the generator."""
    try:
        names = await generator.top_names(prefix, MAX_CHOICES)
        beginnings = await generator.top_beginnings(prefix, _MAX_BEGINNINGS)
    except RequestError as error:
        return error.copy()
    texts, longer = [name for name, _ in names], [text for text, _ in beginnings]
    are_most = sum(probability for _, probability in names) >= _MOST
    ordered = (*texts, *longer) if are_most else (*longer, *texts)
    return list(dict.fromkeys(ordered))[:MAX_CHOICES]


def _drop_if_failed(searches: _Searches, prefix: str, search: "asyncio.Task[_Answer]") -> None:
    """Drop a search that failed or was cancelled: its error would hold the generator."""
    if (search.cancelled() or search.exception()) and searches.get(prefix) is search:
        del searches[prefix]
