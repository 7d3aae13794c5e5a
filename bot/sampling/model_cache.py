"""Model cache: results of queries by text, for as long as their model lives."""

from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from .character_model import CharacterModel

T = TypeVar("T")


class ModelCache(Generic[T]):
    """Up to `max_size` results of each model; a full cache is emptied.

    Threads share it, so each change is one operation.
    """

    def __init__(self, max_size: int) -> None:
        self.max_size = max_size
        self._results: WeakKeyDictionary[CharacterModel, dict[str, T]] = WeakKeyDictionary()

    def get(self, model: CharacterModel, text: str) -> T | None:
        """Return the result for `text`, or None."""
        return self._results.get(model, {}).get(text)

    def store(self, model: CharacterModel, text: str, result: T) -> None:
        """Store the result for `text`."""
        results = self._results.setdefault(model, {})
        if len(results) >= self.max_size:
            results.clear()
        results[text] = result

    def count(self, model: CharacterModel) -> int:
        """Return how many results of `model` are cached."""
        return len(self._results.get(model, {}))
