"""How text commands parse their options: `!name Tr 5 style:elves ends:a`.

An option is `name:value`, `name=value` or `--name value`, with or without spaces. Its value ends
at the next option; a number, a quoted text, a choice and a style end by themselves. The other words
are the command's text, and a number at the end or the beginning of them is the count.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self

from discord.ext import commands

from ..i18n import format_number, join_list
from ..i18n import gettext as _
from ..sampling.folding import clean, fold
from ..typing_errors import nearest_word
from .errors import InvalidOptionError
from .markdown import inline_code
from .tokenizer import LONG_DASHES, SEPARATORS, Token, fold_signs, join_tokens, tokenize

MAX_TEXT = 200
"""Characters of a text option. Names of a style can be longer, but few are."""

MAX_ARGUMENT = 1_200
"""Characters of all options of a text command together."""

_OTHER_NAMES = {
    "temperature": ("temp", "t"),
    "count": ("n", "number", "num", "amount"),
    "length": ("len", "chars", "letters"),
    "style": ("s", "styles"),
    "suffix": ("end", "ending", "endswith"),
    "contains": ("contain", "containing", "with", "includes", "include"),
    "prefix": ("begin", "begins", "beginning", "start", "starts", "startswith"),
    "for-all": ("all",),
    "version": ("v",),
    "group": ("tag",),
}
"""Names that options have besides those that the help shows."""

_OPTION = re.compile(
    rf"(--?|[{LONG_DASHES}])?([^\W\d_][\w-]{{0,39}})\s*([{SEPARATORS}](.*))?", re.DOTALL
)
_NUMBER = re.compile(r"[+-]?\d{1,20}")
_DECIMAL_COMMA = re.compile(r"([+-]?\d*),(\d+)")
_MAX_UNKNOWN = 20
"""Unknown options of a command for which a similar one is looked for."""

_MIN_HINTED_COUNT = 26
"""Smaller typed numbers are surely counts."""

_MIN_TYPO = 3
"""Characters of a mistyped name for which an option is suggested."""

_MAX_STYLE_WORDS = 12
"""Words after `style:` that are looked up as a style, and words of a mix."""

_is_style: ContextVar[Callable[[str], bool] | None] = ContextVar("namesmith_is_style", default=None)
"""What tells the server's styles while a command is parsed: discord.py's parser passes no more."""

_RANGE = re.compile(r"\d{1,6}\s*-\s*\d{1,6}|\d{1,6}\s*-|-\s*\d{1,6}")


class TextOptions(commands.FlagConverter, case_insensitive=True):
    """Base of a command's options. In a text command the words that belong to no option are text.

    `unknown` is a word of that text that looks like an option but is none, such as `Re` in
    `Re:Zero`.
    """

    unknown = ""
    quoted = ""
    """What to type if the typed count was meant as text, such as `"Agent 47"`; may be empty."""
    is_one_text = True
    """Whether the words are one text."""

    @classmethod
    def parse_flags(cls, argument: str, *, ignore_extra: bool = True) -> dict[str, list[str]]:
        """Return the text of each option by name; raises `commands.FlagError` or a bad argument."""
        del ignore_extra  # all words belong to an option
        parsed = _parse(cls, argument)
        cls.place_words(parsed.values, parsed.words)
        flags = cls.get_flags()
        return {
            name: texts if _is_text(flags[name]) else [_plain_value(flags[name], t) for t in texts]
            for name, texts in parsed.values.items()
        }

    @classmethod
    def place_words(cls, values: dict[str, list[str]], words: Sequence[Token]) -> None:
        """Add the `words` that belong to no option to `values`: all are the positional option."""
        for flag in cls.get_flags().values():
            if flag.positional and words:
                values.setdefault(flag.name, []).insert(0, join_tokens(words))

    @classmethod
    async def convert(cls, ctx: commands.Context[Any], argument: str) -> Self:
        """Return the parsed options; raises `commands.FlagError` or `commands.BadArgument`."""
        _is_style.set(lambda text: ctx.cog.guild_context(ctx).is_style(text))  # type: ignore[union-attr]
        parsed = _parse(cls, argument)
        try:
            options = await super().convert(ctx, argument)
        except commands.BadFlagArgument as error:
            raise _quoting_hint(ctx, parsed.quoted, error) or error from None
        options.unknown = next(iter(parsed.unknown), "")
        options.quoted = parsed.quoted
        return options


def _parse(options: type[TextOptions], argument: str) -> "_Parsed":
    check_length("", argument, MAX_ARGUMENT)
    return _parser_of(options).parse(tokenize(argument))


def check_length(option: str, text: str, maximum: int = MAX_TEXT) -> None:
    """Raise `InvalidOptionError` if the text of an option is too long."""
    if len(text) > maximum:
        message = _("That's too long: {count} characters, at most {maximum}.")
        if option:
            message = _("{option}: that's too long: {count} characters, at most {maximum}.")
        count, limit = format_number(len(text)), format_number(maximum)
        raise InvalidOptionError(message.format(option=option, count=count, maximum=limit))


def check_lengths(values: Mapping[str, object]) -> None:
    """Raise `InvalidOptionError` for a text that is too long; `values` are options by name.

    Raises `commands.BadFlagArgument` for a number out of range: Discord checks only the ranges of
    the commands that it knows, which can be older ones.
    """
    for option, value in values.items():
        if isinstance(value, str):
            check_length(option, value)
        elif isinstance(value, TextOptions):
            flags = value.get_flags()
            check_lengths({name: getattr(value, flag.attribute) for name, flag in flags.items()})
            for flag in flags.values():
                _check_range(flag, getattr(value, flag.attribute))


def _check_range(flag: commands.Flag, value: Any) -> None:
    """Raise `commands.BadFlagArgument` for a number, or NaN, that the option does not take."""
    limits: Any = flag.annotation
    is_limited = isinstance(limits, commands.converter.Range)  # type: ignore[arg-type]  # a class
    if is_limited and value is not None and not limits.min <= value <= limits.max:
        error = commands.RangeError(value, limits.min, limits.max)
        raise commands.BadFlagArgument(flag, str(value), error)


def unknown_option(options: type[TextOptions], name: str) -> InvalidOptionError:
    """Return the error of an option that there is not; it suggests the nearest one."""
    code = inline_code(name)
    if nearest := _parser_of(options).nearest(name):
        text = _("There is no option {option}. Did you mean {nearest}?")
        return InvalidOptionError(text.format(option=code, nearest=inline_code(nearest)))
    text = _("There is no option {option}. Options: {options}. Text with a colon goes in quotes.")
    known = join_list(map(inline_code, options.get_flags()))
    return InvalidOptionError(text.format(option=code, options=known))


@dataclass(frozen=True)
class _Option:
    """An option at one or more tokens: `width` of them, and the `rest` of the last one."""

    flag: commands.Flag
    width: int
    rest: tuple[Token, ...]


@dataclass
class _Parsed:
    """The values of options by name, the words that belong to none, and unknown options."""

    values: dict[str, list[str]] = field(default_factory=dict)
    words: list[Token] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    quoted: str = ""
    """What to type if the count was meant as text: the words around it, with quotes."""


class _OptionParser:
    """Finds the options of one command among tokens."""

    def __init__(self, options: type[TextOptions]) -> None:
        self._options = options
        self._flags = options.get_flags()
        self._names: dict[str, commands.Flag] = {}
        for flag in self._flags.values():
            for name in (flag.name, *flag.aliases, *_OTHER_NAMES.get(flag.name, ())):
                self._names.setdefault(_fold_name(name), flag)
        self._longest = max(map(len, self._names))
        self._long_names = [name for name in self._names if len(name) >= _MIN_TYPO]

    def parse(self, tokens: Sequence[Token]) -> _Parsed:
        """Sort `tokens` into options and other words; raises `InvalidOptionError`."""
        parsed = _Parsed()
        options = self._find_options(tokens, parsed)
        starts = [*options, len(tokens)]
        parsed.words += tokens[: starts[0]]
        is_counted = "count" not in self._flags or any(
            option.flag.name == "count" for option in options.values()
        )
        counts: list[Token] = []
        for (start, option), end in zip(options.items(), starts[1:], strict=True):
            flag, own = option.flag, [*option.rest, *tokens[start + option.width : end]]
            if not own:
                raise commands.MissingFlagArgument(flag)
            size = _value_size(flag, own)
            value, others = own[:size], own[size:]
            if not is_counted and _is_text(flag) and len(value) > 1 and _is_number(value[-1]):
                parsed.quoted = f"{flag.name}:{_quote(value)}"
                counts.append(value.pop())
            parsed.words += others
            parsed.values.setdefault(flag.name, []).append(join_tokens(value))
        if not is_counted:
            self._take_count(parsed, counts)
        return parsed

    def _take_count(self, parsed: _Parsed, counts: list[Token]) -> None:
        """Make the number after an option, or else at the end or start of the words, the count."""
        words = parsed.words
        if counts:
            parsed.values["count"] = [count.value for count in counts]
            return
        index = next((i for i in (-1, 0) if words and _is_number(words[i])), None)
        if index is None:
            return
        size = len(words) if self._options.is_one_text else 2
        around = words[-size:] if index else words[:size]
        others = words[: -len(around)] if index else words[len(around) :]
        texts, quoted = [token.text for token in others], _quote(around)
        parsed.quoted = " ".join([*texts, quoted] if index else [quoted, *texts])
        parsed.values["count"] = [words.pop(index).value]

    def _find_options(self, tokens: Sequence[Token], parsed: _Parsed) -> dict[int, _Option]:
        """Return the options by the index of their first token; note unknown ones."""
        options = {}
        index = 0
        while index < len(tokens):
            option = self._option_at(tokens, index, parsed)
            if option:
                options[index] = option
            index += option.width if option else 1
        return options

    def _option_at(self, tokens: Sequence[Token], index: int, parsed: _Parsed) -> _Option | None:
        token = tokens[index]
        text = token.text if token.text.isascii() else clean(token.text)
        match = _OPTION.fullmatch(text) or _OPTION.fullmatch(fold_signs(text))
        if token.opens_quote:
            return None
        if match is None:
            return None
        dashes, name, separator, rest = match.groups()
        width = 1
        if separator is None:
            following = tokens[index + 1].text if index + 1 < len(tokens) else ""
            if following[:1] in SEPARATORS and following:
                width, rest = 2, following[1:]
            elif not dashes:
                return None
        elif rest.startswith("//"):  # an address
            return None
        flag = self._names.get(_fold_name(name))
        if flag is not None:
            return _Option(flag, width, tuple(tokenize(rest or "")))
        is_looked_up = name not in parsed.unknown and len(parsed.unknown) < _MAX_UNKNOWN
        if dashes == "-":
            return None
        if dashes or (is_looked_up and self.nearest(name)):
            raise unknown_option(self._options, name)
        if width == 1 and is_looked_up:
            parsed.unknown.append(name)
        return None

    def nearest(self, name: str) -> str | None:
        """Return the option whose name is a typing error away from `name`, or None."""
        folded = _fold_name(name)
        allowed = min(2, (len(folded) - 1) // 3)
        if not _MIN_TYPO <= len(folded) <= self._longest + allowed:
            return None
        near = nearest_word(folded, self._long_names, allowed)
        return self._names[near[1]].name if near else None


@lru_cache(maxsize=64)
def _parser_of(options: type[TextOptions]) -> _OptionParser:
    return _OptionParser(options)


def _quote(tokens: Sequence[Token]) -> str:
    text = join_tokens(tokens).replace('"', "")
    return f'"{text}"'


def _value_size(flag: commands.Flag, tokens: Sequence[Token]) -> int:
    """Return how many of the `tokens` after an option are its value."""
    if not _is_text(flag):
        for size in (3, 2):  # a length with spaces, such as 5 - 8
            text = fold_signs(" ".join(token.text for token in tokens[:size]))
            if _RANGE.fullmatch(text):
                return min(size, len(tokens))
        return 1
    if not tokens[0].opens_quote:
        return _style_size(tokens) if flag.name == "style" else len(tokens)
    size = 1
    while size < len(tokens) and "+" in (tokens[size - 1].text[-1], tokens[size].text[0]):
        size += 1
    return size


def _style_size(tokens: Sequence[Token]) -> int:
    """Return how many of the `tokens` are the longest style that they begin with; or all."""
    if (is_style := _is_style.get()) is None:
        return len(tokens)
    sizes = range(min(len(tokens), _MAX_STYLE_WORDS), 0, -1)
    return next((size for size in sizes if is_style(join_tokens(tokens[:size]))), len(tokens))


def _plain_value(flag: commands.Flag, text: str) -> str:
    """Return a number, a choice or yes and no in ASCII; also a decimal comma as a point."""
    text = fold(text)
    is_float = getattr(flag.annotation, "annotation", None) is float
    return _DECIMAL_COMMA.sub(r"\1.\2", text) if is_float else text


def _is_text(flag: commands.Flag) -> bool:
    return flag.annotation is str


def _is_number(token: Token) -> bool:
    return token.quoted is None and bool(_NUMBER.fullmatch(fold(token.text)))


def _fold_name(name: str) -> str:
    """Return the name of an option in lower case, without hyphens and underscores."""
    return fold(name).replace("-", "").replace("_", "")


def count_hint(ctx: commands.Context[Any], options: TextOptions) -> str:
    """Return what to type if a large typed count was meant as text, such as Agent 47; or ""."""
    count = getattr(options, "count", None) or 0
    if not options.quoted or count < _MIN_HINTED_COUNT:
        return ""
    text = _("I read {count} as the count. If it's part of a name, use quotes: {command}.")
    return text.format(count=count, command=_command(ctx, options.quoted))


def _command(ctx: commands.Context[Any], arguments: str) -> str:
    return inline_code(f"{ctx.clean_prefix}{ctx.command} {arguments}")


def _quoting_hint(
    ctx: commands.Context[Any], quoted: str, error: commands.BadFlagArgument
) -> InvalidOptionError | None:
    """Return the error of a typed number that can't be the count, with the quoted form.

    None if `quoted` is empty: an option gave the count.
    """
    original = error.original
    if error.flag.name != "count" or not quoted or not isinstance(original, commands.RangeError):
        return None
    text = _(
        "{option}: {value} is out of range. Choose {minimum} to {maximum}. "
        "If it's part of a name, use quotes: {command}."
    )
    return InvalidOptionError(
        text.format(
            option=error.flag.name,
            value=inline_code(str(original.value)),
            minimum=original.minimum,
            maximum=original.maximum,
            command=_command(ctx, quoted),
        )
    )
