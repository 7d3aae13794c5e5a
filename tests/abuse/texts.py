"""Hostile texts, numbers and custom ids, from a seeded generator."""

import random
from collections.abc import Sequence

STRANGER = 123456789012345678
"""An id that nobody has: no answer may mention it."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_TOKENS = (
    'a A 1 \\ " \\" “ \' ` ``` * _ ~~ || [( { } {a} {a| | + *9 a+ a*2+ style: - {} %s {0} sh1t'
)
_SCRIPTS = (
    "e\u0301 \u0301 \ufdfa \u0130 ß \u0149 \U0001d58b \ufb03 \u2167 漢 नि 각 👩\u200d🚀 🏳️\u200d🌈"
)
_INVISIBLE = "\u200d\u202e\0 \n\ufeff\u2028\u1160\u3164\u00ad\x1b\U000e0061"
_PHRASES = ("1 ", "scunthorpe ", "f u c k ", "> ", "@everyone ", "count:1 ", "prefix:a ")
REPEATED = (*_TOKENS.split(), *_SCRIPTS.split(), *_INVISIBLE, *_PHRASES)
_MENTION_TEXT = (
    "@everyone @here https://evil.example/x <https://evil.example> [x](https://evil.example) "
    "discord.gg/evil <@{0}> <@!{0}> <@&{0}> <#{0}> <:evil:{0}> <a:evil:{0}> </name:{0}> <t:{0}:R>"
)
_MENTIONS = _MENTION_TEXT.format(STRANGER).split()
_MARKDOWN = (
    *_words("**bold** __u__ ~~s~~ ||spoiler|| `code` \\` ``a`b`` `<@1>`@everyone` *_`~| [a](b)"),
    *("```\ncode\n```", "> quote", "# Title", "-# small", "1. one", "- item"),
)
_NAMES = ("Tr", "Trina", "Mary Ann", "O'Neil", "Ångström", "Saint-Exupéry", "李", "Пётр", "x", "")
_STYLES = _words(
    "names elves random Names NAMES dinosaurs elvse full-names names+elves names*3+elves a+b+c*9 "
    "names*0+elves names*-1+elves names*99999999999+elves names*nan+elves names+names names*+elves "
    "random+elves full-names+elves + names+ +names ../names /etc/passwd names.onnx names\0 @1/names"
)
_PATTERNS = (
    *_words("{names} {names|elves} {names names} {{names}} {} {|} {random} {names+elves} {нет}"),
    *("{elves} of {names}", "{names}" * 9, "{names|" * 30 + "elves}", "{ }", "{names}\n{elves}"),
    *("@everyone {names}", f"<@{STRANGER}> {{names}}", "\0{names}"),
)
NUMBERS = (
    *_words("0 1 -1 25 26 999 1e9 1e-9 1e309 nan inf -inf NaN 0x10 1_0 \u0663 ² ½ 1,5 1.5 0.1 2.0"),
    *("--5", "+5", "", " ", "9" * 30, "9" * 400, str(2**53), str(2**63 - 1), str(2**63)),
    *(str(2**64), str(-(2**63)), str(2**200)),
)
_LENGTHS = ("5", "5-8", "5-", "-8", "5+", "8-5", "0", "-", "--", "999999-", "1-999999", "-0", "5-5")
_BOOLEANS = ("yes", "no", "true", "maybe", "", "2", "YES", "enable")
_FLAGS = _words(
    "prefix style count suffix ends contains has length temperature new new-only seed third group "
    "version for-all title pattern"
)
_SIZES = (0, 1, 2, 5, 20, 60, 99, 100, 101, 199, 200, 201, 900, 1199, 1201, 1990, 4000, 6000)

HOSTILE_INTEGERS = (0, 1, -1, 5, 25, 26, 10**9, 2**31, 2**53 - 1, 2**53, 2**63, 2**64, -(2**63))
HOSTILE_FLOATS = (0.0, -0.0, 0.05, 0.1, 0.5, 1.0, 2.0, 2.1, -1.0, 1e308, 5e-324)


class HostileTexts:
    """Draws hostile texts; the same seed draws the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def choose(self, *options: str) -> str:
        """Return one of `options`."""
        return self.random.choice(options)

    def text(self) -> str:
        """Return any text."""
        kind = self.random.randrange(8)
        if kind == 0:
            return self.repeated()
        if kind == 1:
            return self.mixture()
        if kind == 2:
            return f"{self.choose(*_NAMES)}{self.choose(*_MENTIONS)}{self.choose(*_NAMES)}"
        tables = (_MENTIONS, _MARKDOWN, _NAMES, NUMBERS, _STYLES)
        return self.choose(*tables[kind - 3])

    def repeated(self) -> str:
        """Return a long repetition."""
        unit, size = self.choose(*REPEATED), self.random.choice(_SIZES)
        return (unit * size)[:size]

    def mixture(self) -> str:
        """Return random pieces in random order."""
        pieces = (*REPEATED, *_MENTIONS, *_MARKDOWN, *_NAMES)
        return "".join(self.choose(*pieces) for _ in range(self.random.randrange(1, 30)))

    def option(self, name: str) -> str:
        """Return a text for the option `name`, which often almost fits."""
        fitting = {
            "style": _STYLES,
            "count": NUMBERS,
            "version": NUMBERS,
            "seed": NUMBERS,
            "temperature": NUMBERS,
            "length": (*_LENGTHS, *NUMBERS),
            "new": _BOOLEANS,
            "for-all": _BOOLEANS,
            "pattern": _PATTERNS,
        }.get(name, _NAMES)
        return self.choose(*fitting) if self.random.random() < 0.6 else self.text()

    def arguments(self) -> str:
        """Return the arguments of a text command: texts, quotes and options with colons."""
        parts = [self._quoted(self.text()) for _ in range(self.random.randrange(3))]
        for _ in range(self.random.choice((0, 0, 1, 1, 2, 5))):
            flag = self.choose(*_FLAGS)
            parts.append(f"{flag}:{self._quoted(self.option(flag))}")
        if self.random.random() < 0.2:
            self.random.shuffle(parts)
        return " ".join(parts)

    def _quoted(self, text: str) -> str:
        quote = self.choose("", "", "", '"', "“", "'", "«")
        end = {"“": "”", "«": "»"}.get(quote, quote)
        return f"{quote}{text}{end if self.random.random() < 0.8 else ''}"

    def custom_id(self, known: Sequence[str]) -> str:
        """Return a forged custom id: one of `known` with a part changed, removed or added."""
        parts = self.choose(*known).split(":")
        for _ in range(self.random.choice((0, 1, 1, 1, 2, 4))):
            place = self.random.randrange(len(parts))
            change = self.random.randrange(6)
            if change == 0:
                parts[place] = self.choose(*NUMBERS)
            elif change == 1:
                parts[place] = self.text()
            elif change == 2 and len(parts) > 1:
                del parts[place]
            elif change == 3:
                parts.insert(place, self.choose("", *NUMBERS))
            elif change == 4:
                parts[place] = parts[place][: len(parts[place]) // 2]
            else:
                parts[place] = f"{parts[place]}{self.choose('A', '=', '-', '9', self.repeated())}"
        return ":".join(parts)

    def integer(self) -> int:
        """Return an integer, which a JSON number can be."""
        return self.random.choice(HOSTILE_INTEGERS)

    def float(self) -> float:
        """Return a finite number."""
        return self.random.choice(HOSTILE_FLOATS)
