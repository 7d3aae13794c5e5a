"""Make `wordlist.txt` from the sources that LICENSES.md lists. The bot doesn't run this.

    npm pack naughty-words@1.2.0 @dsojevic/profanity-list@1.0.0
    python -m bot.profanity.make_wordlist naughty-words-1.2.0.tgz dsojevic-profanity-list-1.0.0.tgz

The same sources always give the same file.
"""

import codecs
import hashlib
import json
import sys
import tarfile
import unicodedata
from base64 import b64encode
from collections import defaultdict
from pathlib import Path
from typing import Any

from .allowlist import ORDINARY_NAMES
from .filter import has_substitutes, letters_only

FOLDER = Path(__file__).parent

LDNOOBW_SHA256 = "c34b05e10a97ec7b9e0c3dd91d09888187c0f08d0812eaea79679795585b217e"
DSOJEVIC_SHA256 = "d9ff073baa8527685758262690fedd4bc6563107486a4f07896f822cd057cba4"

LANGUAGES = "ar de en es fr hi it ja ko nl pt ru sv th zh"
"""Languages taken from LDNOOBW, as ISO 639-1 codes."""

SOURCES = {
    "l": "LDNOOBW, in naughty-words 1.2.0",
    "d": "@dsojevic/profanity-list 1.0.0",
    "n": "own_words.txt",
}
"""What the letters in `wordlist.txt` stand for."""

MIN_SEVERITY = 2
"""A word of the dsojevic list alone needs this severity: level 1 is “Mild”."""

MIN_LENGTH, MIN_LENGTH_SYLLABLES = 3, 2
"""Letters of the shortest words, in alphabets and in scripts whose signs are syllables."""

MIN_WITHIN, MIN_WITHIN_AGREED = 6, 4
"""Letters from which any word, and a word of both packages, is blocked within names."""

SYLLABLES = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "THAI")
"""Scripts without spaces, or whose signs are syllables: two of them make a word."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HARMLESS = _words(
    """
    bellesa bicon breasts bum christ cishet cissie cissy claustrophile claustrophilia collared
    collaring crap dipsea domination domme enby fingered frolicme gaysian gokun hard hell hermie
    jesus jerkmate leso literotica onlyfans ponyboy ponygirl pot satan sex sexual sexuality sexy
    snatch tgirl tiedup transbian xx
    """
)
"""Words of the sources that are harmless in a name: everyday words, given names, identities."""

WHOLE_ONLY = _words(
    """
    anal analsex anus areola ariano arse asscock asses assman balls belino blacks boner bordel
    butt chatte cialis cipa clit clits cock cocks coon coons cumming cums damn dike dink dinks
    duche dyke ecchi engerd escort esperma fags fart feck fister fook grope guro hoer homo
    hooker hore horny kike knob kock kraut kums kunt labia licker milf mofo muff nazis negro
    nude orgy paki panty pecker phuk phuq pikey piscio piss poof poon porn prick pube puta queer
    quim rape scat semen sexo shag shagger skeet smut sperm spic spick suck sucker swalow teez
    terrone tits titt tosser turd twink wank
    """
)
"""Words that innocent names contain: Hancock, Arsenault, Montenegro, Spooner."""


def main(ldnoobw: Path, dsojevic: Path) -> None:
    """Write `wordlist.txt` from the two downloaded packages and `own_words.txt`."""
    sources: defaultdict[str, set[str]] = defaultdict(set)
    languages: defaultdict[str, set[str]] = defaultdict(set)

    def add(source: str, language: str, word: str) -> None:
        folded = letters_only(word.lower())
        if has_substitutes(word) or len(folded) < _min_length(folded) or folded in HARMLESS:
            return
        sources[folded].add(source)
        languages[folded].add(language)

    ldnoobw_package = _open(ldnoobw, LDNOOBW_SHA256)
    for language in LANGUAGES.split():
        for word in _read_json(ldnoobw_package, f"{language}.json"):
            add("l", language, word)
    for entry in _read_json(_open(dsojevic, DSOJEVIC_SHA256), "en.json"):
        for word in entry["match"].replace("*", "").split("|"):
            if entry["severity"] >= MIN_SEVERITY or letters_only(word) in sources:
                add("d", "en", word)
    own = _own_words()
    for word in own:
        add("n", "en", word)
    lines = []
    for word in sorted(sources):
        scope = "within" if _is_within(word, sources[word], own) else "whole"
        columns = (",".join(sorted(languages[word])), "".join(sorted(sources[word])), scope)
        lines.append(" ".join((*columns, _encode(word))))
    (FOLDER / "wordlist.txt").write_text(_with_header(lines), encoding="ascii")


def digest(lines: list[str]) -> str:
    """Return the SHA-256 digest of the word list's `lines`, without its comments."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _with_header(lines: list[str]) -> str:
    header = f"""\
# The words that the profanity filter blocks. Made by make_wordlist.py: don't edit this file.
# Each line: languages, sources (see LICENSES.md), scope, word.
# The words are in base64, so that nobody has to read slurs in a diff or a search result.
# sha256 of the lines below: {digest(lines)}
"""
    return header + "\n".join(lines) + "\n"


def _encode(word: str) -> str:
    """Return `word` in base64, padded with spaces to whole groups of three bytes."""
    raw = word.encode()
    return b64encode(raw + b" " * (3 - len(raw) % 3)).decode()


def _open(package: Path, sha256: str) -> tarfile.TarFile:
    found = hashlib.sha256(package.read_bytes()).hexdigest()
    if found != sha256:
        raise SystemExit(f"{package} has the digest {found}, not {sha256}.")
    return tarfile.open(package)


def _read_json(package: tarfile.TarFile, name: str) -> Any:
    file = package.extractfile(f"package/{name}")
    if file is None:
        raise SystemExit(f"{name} is not a file of the package.")
    return json.load(file)


def _own_words() -> dict[str, bool]:
    """Return the words of `own_words.txt`, and whether each is starred: blocked within names."""
    text = (FOLDER / "own_words.txt").read_text(encoding="ascii")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    words = codecs.decode(" ".join(lines), "rot13").split()
    return {word.rstrip("*"): word.endswith("*") for word in words}


def _is_within(word: str, sources: set[str], own: dict[str, bool]) -> bool:
    """Whether `word` is bad enough, and long enough, to be blocked within names."""
    if word in WHOLE_ONLY or word in ORDINARY_NAMES:
        return False
    if _has_syllables(word) or len(word) >= MIN_WITHIN or own.get(word, False):
        return True
    return len(word) >= MIN_WITHIN_AGREED and {"l", "d"} <= sources


def _min_length(word: str) -> int:
    return MIN_LENGTH_SYLLABLES if _has_syllables(word) else MIN_LENGTH


def _has_syllables(word: str) -> bool:
    return bool(word) and unicodedata.name(word[0], "").startswith(SYLLABLES)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
