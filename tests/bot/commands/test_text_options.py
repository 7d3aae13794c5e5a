"""Options in text commands: many spellings, any order, typing errors, and where the count is."""

import asyncio
import contextlib
from itertools import permutations
from typing import Any
from unittest.mock import MagicMock

import pytest
from discord.ext import commands
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.blend import BlendOptions
from bot.commands.errors import InvalidOptionError
from bot.commands.options import NameOptions
from bot.commands.rate import RateOptions
from bot.commands.styles.cog import InfoOptions, ListOptions
from bot.commands.styles.manage_cog import (
    CancelOptions,
    LogOptions,
    PatternOptions,
    RetireOptions,
    TrainOptions,
    VersionOptions,
)
from bot.commands.text_options import TextOptions
from bot.loopback import Loopback

from ..conftest import names_in, send

ALL_OPTIONS: list[type[TextOptions]] = [
    *(NameOptions, BlendOptions, RateOptions, ListOptions, InfoOptions, TrainOptions),
    *(PatternOptions, CancelOptions, VersionOptions, RetireOptions, LogOptions),
]


def parse(text: str, options: type[TextOptions] = NameOptions) -> dict[str, str]:
    values = options.parse_flags(text)
    assert all(len(texts) == 1 for texts in values.values())
    return {name: texts[0] for name, texts in values.items()}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("temp:1.4", {"temperature": "1.4"}),
        ("temperature:0,7", {"temperature": "0.7"}),
        ("n:3", {"count": "3"}),
        ("count=3", {"count": "3"}),
        ("count: 3", {"count": "3"}),
        ("count : 3", {"count": "3"}),
        ("Count :3 Tr", {"count": "3", "prefix": "Tr"}),
        ("--count 3", {"count": "3"}),
        ("--count=3", {"count": "3"}),
        ("-n 3 -Tr", {"count": "3", "prefix": "-Tr"}),
        ("\u2014count 3", {"count": "3"}),
        ("Style : elves", {"style": "elves"}),
        ("--style First names --count 3", {"style": "First names", "count": "3"}),
        ("style:names 3", {"style": "names", "count": "3"}),
        ("style:big fauns 3 ends:a", {"style": "big fauns", "count": "3", "suffix": "a"}),
        ("seed:5 3", {"seed": "5", "count": "3"}),
        ('style:"Area 51"', {"style": "Area 51"}),
        ('style:"First names"+elves Tr', {"style": '"First names"+elves', "prefix": "Tr"}),
        ('style:"First names" + elves', {"style": '"First names" + elves'}),
        ("5 Tr", {"count": "5", "prefix": "Tr"}),
        ("count:3 Tr", {"count": "3", "prefix": "Tr"}),
        ("new:yes Tr new-york", {"new": "yes", "prefix": "Tr new-york"}),
        ("new_only=no", {"new": "no"}),
        ("new\u2011only:no", {"new": "no"}),
        ("length:5 \u2013 8 Tr", {"length": "5 - 8", "prefix": "Tr"}),
        ("length:\u22128", {"length": "-8"}),
        ("len:5+", {"length": "5+"}),
        ("style\uff1aelves\u3000\uff13", {"style": "elves", "count": "3"}),
        ("\uff34r \uff15", {"prefix": "\uff34r", "count": "5"}),
        ("\ufeffstyle:elves 5\u200b", {"style": "elves", "count": "5"}),
        ("count\uff1a\uff11\uff10", {"count": "10"}),
        ("http://x y", {"prefix": "http://x y"}),
        ("Re:Zero", {"prefix": "Re:Zero"}),
        ("10:30 :smile:", {"prefix": "10:30 :smile:"}),
        ("E=mc2", {"prefix": "E=mc2"}),
        ('"lenght:5"', {"prefix": "lenght:5"}),
        ("prefix:Tr 4", {"prefix": "Tr", "count": "4"}),
        ("starts-with:Tr", {"prefix": "Tr"}),
        ("O\u2019B 2", {"prefix": "O'B", "count": "2"}),
    ],
)  # fmt: skip
def test_options_are_read(text: str, options: dict[str, str]) -> None:
    assert parse(text) == options


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lenght:5", "There is no option `lenght`. Did you mean `length`?"),
        ("sytle:x", "There is no option `sytle`. Did you mean `style`?"),
        ("temprature=1", "There is no option `temprature`. Did you mean `temperature`?"),
        ("Tr coutn : 5", "There is no option `coutn`. Did you mean `count`?"),
        ("--sufix a", "There is no option `sufix`. Did you mean `suffix`?"),
        ("--foo a", "There is no option `foo`. Options: `prefix`, `style`, `count`, "),
    ],
)
def test_typing_errors_are_named(text: str, message: str) -> None:
    with pytest.raises(InvalidOptionError) as caught:
        parse(text)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("O\u2019Brien MacDonald", ["O'Brien", "MacDonald"]),
        ("Anna and Bert", ["Anna", "Bert"]),
        ("Anna und Bert", ["Anna", "Bert"]),
        ("Anna x Bert \u00d7 Carla", ["Anna", "Bert", "Carla"]),
        ("Anna, Bert & Carla", ["Anna", "Bert", "Carla"]),
        ("Anna,Bert", ["Anna", "Bert"]),
        ("Anna+Bert/Carla", ["Anna", "Bert", "Carla"]),
        ("Anna + Bert", ["Anna", "Bert"]),
        ("New York and Los Angeles", ["New York", "Los Angeles"]),
        ('"New York" Anna', ["New York", "Anna"]),
        ('"Anna and" Bert', ["Anna and", "Bert"]),
        ("x Anna", ["x", "Anna"]),
        ("first:Anna second:Bert", ["Anna", "Bert"]),
        ("Anna second:Bert Carla", ["Anna", "Bert Carla"]),
        ("Anna Bert third:Carla", ["Anna", "Bert", "Carla"]),
    ],
)
def test_names_are_joined(text: str, names: list[str]) -> None:
    values = parse(text, BlendOptions)
    assert [values[option] for option in ("first", "second", "third") if option in values] == names


@pytest.mark.parametrize(
    "text", ["Anna Bert Carla Dora", "Anna, Bert, Carla, Dora", "a b c third:d"]
)
def test_no_name_is_dropped(text: str) -> None:
    with pytest.raises(InvalidOptionError, match="more than three names"):
        parse(text, BlendOptions)


@pytest.mark.parametrize(
    ("options", "text", "values"),
    [
        (
            PatternOptions,
            'name:x pattern:\u201c{elves} of {kingdoms}\u201d',
            {"name": "x", "pattern": "{elves} of {kingdoms}"},
        ),
        (
            PatternOptions,
            "folk {elves} of {kingdoms} title:Big Folk",
            {"name": "folk", "pattern": "{elves} of {kingdoms}", "title": "Big Folk"},
        ),
        (TrainOptions, "elves best", {"name": "elves", "recipe": "best"}),
        (TrainOptions, "elves Best", {"name": "elves", "recipe": "best"}),
        (TrainOptions, "recipe=best name=elves", {"name": "elves", "recipe": "best"}),
        (VersionOptions, "elves v3", {"style": "elves", "version": "3"}),
        (VersionOptions, "\u201celves\u201d version:3", {"style": "elves", "version": "3"}),
        (RateOptions, "Agent 47", {"name": "Agent 47"}),
        (InfoOptions, "\u2018First names\u2019", {"style": "First names"}),
        (CancelOptions, "elves", {"style": "elves"}),
        (RetireOptions, "elves all:yes", {"style": "elves", "for-all": "yes"}),
    ],
)  # fmt: skip
def test_other_commands(options: type[TextOptions], text: str, values: dict[str, str]) -> None:
    assert parse(text, options) == values


PARTS = ('style:"First names"', "count:3", "temp=1,2", "length:5 - 8", 'ends:"a b"', "seed: 7")


@given(st.permutations([*PARTS, "Tr"]))
def test_order_makes_no_difference(parts: list[str]) -> None:
    assert parse(" ".join(parts)) == parse(" ".join(["Tr", *PARTS]))


def test_order_of_unquoted_texts() -> None:
    parts = ("style:big fauns", "count:3", "ends:a")
    expected = parse(" ".join(parts))
    assert all(parse(" ".join(order)) == expected for order in permutations(parts))


SIGNS = st.sampled_from(
    ["style", "count", "lenght", "x", ":", "=", "--", " ", " 5", '"', "\u201c", "\u2019", "+", ","]
)


@given(st.sampled_from(ALL_OPTIONS), st.text() | st.lists(SIGNS).map("".join))
def test_errors_are_our_own(options: type[TextOptions], text: str) -> None:
    context = MagicMock(spec=commands.Context)
    context.clean_prefix, context.current_parameter, context.command = "!", MagicMock(), None
    with contextlib.suppress(commands.UserInputError):
        asyncio.run(options.convert(context, text))


@pytest.mark.parametrize("text", ["aaa: " * 240, " ".join(f"st{i}l: x" for i in range(120))])
def test_similar_options_are_sought_for_a_few(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    def typing_errors(*args: Any) -> int:
        calls.append(args)
        return 9

    monkeypatch.setattr("bot.typing_errors.typing_errors", typing_errors)
    NameOptions.parse_flags(text)
    assert len(calls) <= 20 * 40


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("!name Agent 47", 'If it\'s part of a name, use quotes: `!name "Agent 47"`.'),
        ("!name 2001", 'use quotes: `!name "2001"`.'),
        ("!name style:Area 51", 'use quotes: `!name style:"Area 51"`.'),
        ("!blend Anna Agent 47", 'use quotes: `!blend Anna "Agent 47"`.'),
        ("!name count:2001", "count: `2001` is out of range. Choose 1 to 100. Usage: "),
        ("!name foo:bar", "There is no option `foo`. Options: `prefix`, `style`, "),
        ("!name lenght:5", "There is no option `lenght`. Did you mean `length`?"),
        ("!rate sytle:names", "There is no option `sytle`. Did you mean `style`?"),
        ("!blend Anna Bert Carla Dora", "That's more than three names: `Anna`, `Bert`, "),
        ("!style info foo:bar", "There is no option `foo`. Options: `style`."),
        ('!name "foo:bar"', "doesn't use the character `:`"),
    ],
)
async def test_errors_say_what_to_type(discord: Loopback, text: str, part: str) -> None:
    answer = await send(discord, text)
    assert part in answer.content


@pytest.mark.usefixtures("bot")
async def test_phones_can_type(discord: Loopback) -> None:
    plain = await send(discord, '!name Tr 3 style:"First names" temp:1.2 seed:5')
    typed = await send(
        discord, "!name \u201cTr\u201d --style \u201cfirst names\u201d n=3 temperature:1,2 seed : 5"
    )
    assert names_in(plain) == names_in(typed)
    assert len(names_in(await send(discord, "\uff01name\u3000Tr\u3000\uff13"))) == 3
    straight = await send(discord, "!blend O'Brien MacDonald seed:1")
    curly = await send(discord, "!blend O\u2019Brien MacDonald seed:1")
    assert (curly.content, curly.embeds) == (straight.content, straight.embeds)
    assert "quotation mark" not in curly.content


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("!name style:surnames Tr seed:5", '!name Tr style:"surnames" seed:5'),
        ("!name style:First names Tr 3 seed:5", '!name Tr 3 style:"First names" seed:5'),
        ("!name style:norse + celtic Tr 3 seed:5", "!name Tr 3 style:norse+celtic seed:5"),
        ("!rate style:surnames Miller", "!rate Miller style:surnames"),
        ("!blend style:surnames Anna Bert seed:5", "!blend Anna Bert style:surnames seed:5"),
    ],
)
async def test_words_after_a_style_are_the_text(discord: Loopback, text: str, same: str) -> None:
    typed, plain = await send(discord, text), await send(discord, same)
    assert (typed.content, typed.embeds[0].get("title")) == (
        plain.content,
        plain.embeds[0].get("title"),
    )
    assert not typed.content.startswith("There is no")
