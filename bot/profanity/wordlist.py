"""The word list: read `wordlist.txt` and index its words for lookup."""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import ascii_lowercase
from typing import NamedTuple

from .normalize import collapse_repeats, run_lengths

HEAD_LENGTH = 4
"""Letters by which `Wordlist.within` is indexed. One name in nine contains any such head."""


class Entry(NamedTuple):
    """One line of `wordlist.txt`."""

    languages: str
    """ISO 639-1 codes, separated by commas."""
    sources: str
    """One letter for each source, as LICENSES.md lists them."""
    scope: str
    """`whole` if the word is blocked as a whole word, `within` if anywhere in a name."""
    word: str
    """The word in folded letters, as `normalize.letters_only` returns them."""


class Word(NamedTuple):
    """A word by its letters without repeats, and how often it repeats each of them."""

    letters: str
    run_lengths: tuple[int, ...]


@dataclass(frozen=True)
class Wordlist:
    """Blocked words, indexed by their letters without repeats.

    `whole` maps all these letters to words that are blocked as a whole word. `within` maps the
    first `HEAD_LENGTH` of them to words that are blocked anywhere in a name; shorter Latin words
    also stand under every head that begins with them.
    """

    whole: dict[str, tuple[Word, ...]]
    within: dict[str, tuple[Word, ...]]
    max_length: int


def read_entries() -> list[Entry]:
    """Return the lines of `wordlist.txt`."""
    text = files(__package__).joinpath("wordlist.txt").read_text(encoding="ascii")
    rows = [line.split(" ") for line in text.splitlines() if not line.startswith("#")]
    # Each word is padded to whole base64 groups, so that all of them decode in one call.
    words = b64decode("".join(row[3] for row in rows)).decode().split()
    return [Entry(row[0], row[1], row[2], word) for row, word in zip(rows, words, strict=True)]


@cache
def load_wordlist() -> Wordlist:
    """Return the word list, indexed; later calls return the same one."""
    entries = read_entries()
    whole = [entry.word for entry in entries]
    within = [entry.word for entry in entries if entry.scope == "within"]
    return Wordlist(_index(lambda key: [key], whole), _index(_heads, within), max(map(len, whole)))


def _index(keys: Callable[[str], list[str]], words: Iterable[str]) -> dict[str, tuple[Word, ...]]:
    """Return `words` indexed by each of the `keys` of their letters."""
    index: defaultdict[str, list[Word]] = defaultdict(list)
    for text in words:
        word = Word(collapse_repeats(text), run_lengths(text))
        for key in keys(word.letters):
            index[key].append(word)
    return {key: tuple(found) for key, found in index.items()}


def _heads(letters: str) -> list[str]:
    if len(letters) >= HEAD_LENGTH or not letters.isascii():
        return [letters[:HEAD_LENGTH]]
    return [letters, *(letters + letter for letter in ascii_lowercase)]
