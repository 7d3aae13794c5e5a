"""Tokenizer of text commands: splits what people type into words and quoted texts.

Phones type curly quotes, typographic apostrophes and long dashes, and Japanese keyboards full-width
signs; all of them mean what the ASCII ones mean. An apostrophe in, before or after a word opens no
quote, and a quote that nothing closes is ordinary text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CLOSERS = {
    '"': '"”“',
    "“": '”“"',
    "„": '“”‟"',
    "‟": "”",
    "”": "”",
    "'": "'’",
    "‘": "’'",
    "‚": "‘’",
    "`": "`",
    "«": "»",
    "»": "«",
    "‹": "›",
    "›": "‹",
    "「": "」",
    "｢": "｣",
    "『": "』",
    "《": "》",
    "〈": "〉",
    "〝": "〞〟",
    "＂": "＂",
}
"""What closes each opening quote: the first one for which there is a closing quote in the text."""

SEPARATORS = ":=：＝"
"""Signs between the name and the value of an option."""

JOINING_SIGNS = "&+×,/、，＋＆／"
"""Signs between names of a list."""

LONG_DASHES = "—–"
"""What phones make of two hyphens."""

_BEFORE_QUOTE = frozenset(SEPARATORS + JOINING_SIGNS + "*")
"""Characters of a word after which a quote can open, as at its start: `style:"First names"+elves`.
"""

_ELISION = re.compile(r"(?:t(?:is|was|were|will|il)|em|n|cause|round|bout)\b", re.IGNORECASE)
"""Words that begin with an apostrophe: it does not open a quote there."""

_APOSTROPHES = re.compile(r"(?<=\w)[’‘´`ʼ′＇]|[’‘´`ʼ′＇](?=\w)")
_DASHES = re.compile("[‐‑‒–—―−－]")
_ESCAPED = re.compile(r'\\(["“”„«»‹›「」『』])')


@dataclass(frozen=True)
class Token:
    """A word, which can contain quotes; `quoted` is the content if it is one quoted text.

    `opens_quote` is whether it begins with a quoted text.
    """

    text: str
    quoted: str | None = None
    opens_quote: bool = False

    @property
    def value(self) -> str:
        """The content of a quoted text as it is; another word as ASCII spells it."""
        return fold_signs(self.text) if self.quoted is None else self.quoted


def fold_signs(text: str) -> str:
    """Return `text` with ' and - for the typographic apostrophes and dashes in it."""
    return _DASHES.sub("-", _APOSTROPHES.sub("'", text))


def join_tokens(tokens: Sequence[Token]) -> str:
    """Return the text of several words; the content of a quoted text if it is the only one."""
    if len(tokens) == 1:
        return tokens[0].value
    return " ".join(fold_signs(token.text) for token in tokens)


def tokenize(text: str) -> list[Token]:
    """Split `text` at white space that is not quoted, in time linear in its length."""
    closing = _ClosingQuotes(text)
    tokens = []
    start = 0
    while start < len(text):
        if text[start].isspace():
            start += 1
            continue
        end, first_quote_end = start, None
        while end < len(text) and not text[end].isspace():
            can_open = end == start or text[end - 1] in _BEFORE_QUOTE
            close = closing.find(end) if can_open and text[end] in _CLOSERS else None
            if close is not None and end == start:
                first_quote_end = close + 1
            end = end + 1 if close is None else close + 1
        is_quoted = first_quote_end == end
        content = _ESCAPED.sub(r"\1", text[start + 1 : end - 1]) if is_quoted else None
        tokens.append(Token(text[start:end], content, first_quote_end is not None))
        start = end
    return tokens


class _ClosingQuotes:
    """Positions of the quotes in `text` that can close one, by character, nearest last.

    A closing quote is at the end of a word. One after a backslash closes only if no other does.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._plain: dict[str, list[int]] = {}
        self._escaped: dict[str, list[int]] = {}
        closers = frozenset("".join(_CLOSERS.values()))
        for position in range(len(text) - 1, 0, -1):
            character = text[position]
            if character in closers and not text[position + 1 : position + 2].isalnum():
                is_escaped = text[position - 1] == "\\"
                positions = self._escaped if is_escaped else self._plain
                positions.setdefault(character, []).append(position)

    def find(self, opening: int) -> int | None:
        """Return the position of the quote that closes the one at `opening`, or None.

        Positions are asked for in rising order.
        """
        quote = self._text[opening]
        is_single = quote in "'‘`"
        if is_single and _ELISION.match(self._text, opening + 1):
            return None
        for kind in (self._plain, self._escaped):
            for closer in _CLOSERS[quote]:
                positions = kind.get(closer, [])
                while positions and positions[-1] <= opening:
                    positions.pop()
                if positions and not (is_single and positions[-1] == opening + 1):
                    return positions[-1]
        return None
