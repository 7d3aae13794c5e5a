"""Patterns in the library: published, resolved in the layers of a guild, refused when broken."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import (
    SHIPPED_PATTERNS,
    Library,
    LibraryError,
    PatternStyle,
    StyleNotFoundError,
)
from bot.library.pattern_style import load_shipped_patterns, style_names, title_of
from bot.sampling import ArtifactError, PatternGenerator, Request, RequestError

from ..artifacts import bigrams, metadata_of, model_of
from .conftest import OpenLibrary

CATALOGUE = Path(__file__).parents[3] / "model" / "corpora" / "catalogue.toml"
GUILD = 7
LISTS = {"fauns": ("Aelar", "Belar"), "towns": ("Ox", "Yx"), "ghosts": ("Uu",)}


def artifact(*samples: str) -> bytes:
    return bytes(model_of(bigrams(samples), metadata_of(samples)).SerializeToString())


def pattern(text: str, **fields: Any) -> bytes:
    return PatternStyle(title="Test", pattern=text, **fields).to_bytes()


async def publish(library: Library, guild_id: int | None = None, **styles: bytes) -> None:
    for name, content in styles.items():
        await library.publish(name, content, author="1", guild_id=guild_id)


async def one_name(library: Library, style: str, guild_id: int | None = None) -> str:
    generator = await library.engine(style, guild_id)
    return (await generator.names(Request(count=1, seed=1)))[0]


async def test_a_pattern_is_a_version_like_any_other(open_library: OpenLibrary) -> None:
    async with open_library() as library, open_library() as other:
        await publish(library, fauns=artifact("Aelar"), towns=artifact("Ox"))
        await publish(library, lords=pattern("{fauns} of {towns}"))
        assert await one_name(library, "lords") == "Aelar of Ox"
        await publish(library, lords=pattern("{fauns}, {towns}", description="Short", tags=["a"]))
        assert await one_name(library, "lords") == "Aelar, Ox"
        await library.roll_back("lords", author="1")
        assert await one_name(library, "lords") == "Aelar of Ox"
        await other.refresh()
        assert await one_name(other, "lords") == "Aelar of Ox"
        await library.retire("lords", author="1")
        with pytest.raises(StyleNotFoundError):
            await library.engine("lords")
        assert [change.operation for change in library.changes(None, "lords")] == [
            "retire",
            "rollback",
            "publish",
            "publish",
        ]


async def test_a_network_and_a_pattern_can_be_versions_of_one_style(
    open_library: OpenLibrary,
) -> None:
    async with open_library() as library:
        await publish(library, fauns=artifact("Aelar"), lords=artifact("Lord"))
        assert await one_name(library, "lords") == "Lord"
        await publish(library, lords=pattern("{fauns} of Ox"))
        assert await one_name(library, "lords") == "Aelar of Ox"
        await library.roll_back("lords", author="1")
        assert await one_name(library, "lords") == "Lord"


async def test_the_card_of_a_pattern(open_library: OpenLibrary) -> None:
    async with open_library() as library:
        content = pattern(
            "{names}", description="Names", group="People", tags=["a"], examples=["A"]
        )
        await publish(library, GUILD, people=content)
        card = next(card for card in await library.cards(GUILD) if card.name == "people")
        assert (card.kind, card.title, card.group, card.tags) == (
            "pattern",
            "Test",
            "People",
            ("a",),
        )
        assert (card.description, card.examples, card.layer) == ("Names", ("A",), "guild")
        found = await library.pattern("people", GUILD)
        assert found
        assert found.pattern == "{names}"
        assert await library.pattern("names", GUILD) is None


async def test_parts_are_those_of_the_guild_that_asks(open_library: OpenLibrary) -> None:
    async with open_library() as library:
        await publish(library, fauns=artifact("Aelar"), lords=pattern("Lord {fauns}"))
        await publish(library, GUILD, fauns=artifact("Zed"))
        assert await one_name(library, "lords") == "Lord Aelar"
        assert await one_name(library, "lords", GUILD) == "Lord Zed"
        await publish(library, GUILD, fauns=artifact("Yan"))
        assert await one_name(library, "lords", GUILD) == "Lord Yan"


async def test_a_missing_part_is_named(open_library: OpenLibrary) -> None:
    async with open_library() as library:
        await publish(library, fauns=artifact("Aelar"), towns=artifact("Ox"))
        await publish(library, lords=pattern("{fauns} of {towns}"))
        await library.retire("towns", author="1")
        with pytest.raises(RequestError, match="needs the style “towns”, which isn't available"):
            await library.engine("lords")
        await library.roll_back("towns", author="1")
        assert await one_name(library, "lords") == "Aelar of Ox"


async def test_circles_and_large_patterns_are_refused(open_library: OpenLibrary) -> None:
    async with open_library() as library:
        await publish(library, fauns=artifact("Aelar"), a=pattern("{b}"), b=pattern("{a}{fauns}"))
        with pytest.raises(RequestError, match="refers to itself: its part “a” leads back to it"):
            await library.engine("a")
        await publish(library, three=pattern("{fauns}{fauns}{fauns}"))
        await publish(library, many=pattern("{three}{three}{three}"))
        with pytest.raises(RequestError, match="has 9 parts, with those of the patterns in it"):
            await library.engine("many")
        await publish(library, six=pattern("{fauns|fauns|fauns|fauns|fauns|fauns}"))
        await publish(library, wide=pattern("{six|six|six}"))
        with pytest.raises(RequestError, match="at most 16 styles"):
            await library.engine("wide")
        await publish(library, c0=pattern("{fauns}"))
        for depth in range(1, 10):
            await library.publish(f"c{depth}", pattern(f"{{c{depth - 1}}}"), author="1")
        assert await one_name(library, "c7") == "Aelar"
        with pytest.raises(RequestError, match="more than 8 patterns"):
            await library.engine("c9")


async def test_a_part_may_be_a_mix_of_networks(open_library: OpenLibrary) -> None:
    async with open_library() as library:
        await publish(library, fauns=artifact("Aelar"), owls=artifact("Aegrok"))
        await publish(library, allies=pattern("{fauns+owls*2} and {names}"))
        assert (await one_name(library, "allies")).startswith("Ae")
        await publish(library, circle=pattern("{circle+fauns}"))
        for style in ("circle", "fauns+allies"):
            with pytest.raises(RequestError, match=r"is a pattern\. Mix only styles that aren't"):
                await library.engine(style)
        await library.retire("owls", author="1")
        with pytest.raises(RequestError, match="needs the style “fauns\\+owls\\*2”"):
            await library.engine("allies")


async def test_a_broken_pattern_is_refused(open_library: OpenLibrary) -> None:
    valid = json.loads(pattern("{fauns}"))
    async with open_library() as library:
        for broken, reason in (
            (valid | {"pattern": "{fauns"}, "isn't closed"),
            (valid | {"pattern": "{fauns*0+owls}"}, "weight"),
            (valid | {"title": ""}, "title"),
            (valid | {"title": "x" * 101}, "title"),
            (valid | {"format": 2}, "format"),
            (valid | {"tags": ["x"] * 99}, "tags"),
            ({"pattern": "{fauns}"}, "title"),
        ):
            with pytest.raises(LibraryError, match=reason) as raised:
                await library.publish("lords", json.dumps(broken).encode(), author="1")
            assert len(str(raised.value).splitlines()) == 1
        with pytest.raises(LibraryError, match="65,536 bytes"):
            await library.publish("lords", b"{" + b" " * 70_000, author="1")


@given(st.one_of(st.binary(max_size=60).map(lambda rest: b"{" + rest), st.text().map(str.encode)))
def test_any_content_is_refused_with_one_line(content: bytes) -> None:
    with pytest.raises(ArtifactError) as raised:
        PatternStyle.read(content, "lords")
    assert len(str(raised.value).splitlines()) == 1


async def test_a_pattern_can_be_the_default_style(open_library: OpenLibrary) -> None:
    async with open_library() as library:
        await publish(library, fauns=artifact("Aelar"), lords=pattern("Lord {fauns}"))
    async with open_library(style="lords") as library:
        assert await one_name(library, library.default_style) == "Lord Aelar"
        await library.retire("fauns", author="1")
    with pytest.raises(StyleNotFoundError, match="needs the style “fauns”"):
        async with open_library(style="lords"):
            pass


def test_shipped_patterns_name_styles_of_the_catalogue() -> None:
    tables = tomllib.loads(SHIPPED_PATTERNS.read_text())
    styles = tomllib.loads(CATALOGUE.read_text()).keys()
    assert len(tables) >= 10
    assert not tables.keys() & styles
    for name, table in tables.items():
        style = PatternStyle.of(**table)
        assert {*style_names(style.parsed)} <= {*styles, *tables}, name
        assert style.pattern == table["pattern"]
        assert 20 <= len(style.description) <= 100
        assert 2 <= len(style.tags) <= 6
    usable = load_shipped_patterns(SHIPPED_PATTERNS, styles)
    assert usable.keys() == tables.keys()


def test_shipped_patterns_without_their_styles_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "patterns.toml"
    file.write_text(
        '[outer]\ntitle = "A"\npattern = "{inner} {a}"\n\n'
        '[inner]\ntitle = "B"\npattern = "{a+b}"\n\n'
        '[lost]\ntitle = "C"\npattern = "{a} {gone}"\n'
    )
    assert list(load_shipped_patterns(file, {"a", "b"})) == ["outer", "inner"]
    assert not load_shipped_patterns(file, {"a"})


async def test_all_shipped_patterns_answer(open_library: OpenLibrary) -> None:
    """Each is built of the styles that are shipped; none stops the bot."""
    async with open_library() as library:
        for card in await library.cards():
            if card.kind == "pattern":
                generator = await library.engine(card.name)
                assert isinstance(generator, PatternGenerator)
                assert len(await generator.names(Request(count=3, seed=1))) == 3


def test_a_title_is_made_of_the_name() -> None:
    assert title_of("elf-lords") == "Elf lords"
    assert title_of("--") == "--"
