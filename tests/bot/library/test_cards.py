"""Style cards: what they say, when they change, and that no network is opened for them."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import Library, StorageError, StyleCard
from bot.library import cards as cards_module
from bot.library.cards import read_card, read_file_card
from bot.library.storage import LocalStorage
from bot.sampling import Artifact

from ..artifacts import bigrams, metadata_of, model_of
from .conftest import OpenLibrary

GUILD, OTHER = 1001, 1002
local_only = pytest.mark.parametrize("url", ["folder"], indirect=True)

FAUNS = {
    "group": "Fantasy",
    "tags": ["elf", "forest"],
    "examples": ["Aelrin", "Sylwen", "Thalor"],
    "description": "Fauns of high fantasy",
}


def make(title: str, **style: object) -> bytes:
    metadata = metadata_of(["Ann"])
    entries = json.loads(metadata["namesmith.style"]) | {"title": title} | style
    metadata["namesmith.style"] = json.dumps(entries)
    return bytes(model_of(bigrams(["Ann"]), metadata).SerializeToString())


async def cards_of(library: Library, guild_id: int | None = None) -> dict[str, StyleCard]:
    return {card.name: card for card in await library.cards(guild_id)}


@pytest.fixture
def no_sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Count the sessions that are opened from here on."""
    opened: list[int] = []
    session = ort.InferenceSession

    def count(*args: object, **kwargs: object) -> ort.InferenceSession:
        opened.append(1)
        return session(*args, **kwargs)

    monkeypatch.setattr(ort, "InferenceSession", count)
    yield opened
    assert opened == []


def test_card_says_what_the_artifact_says() -> None:
    content = make("Fauns", **FAUNS)
    card = read_card(memoryview(content), "fauns", "guild")
    style = Artifact.read(content, "fauns").style
    assert (card.title, card.description) == (style.title, style.description)
    assert (card.group, card.tags, card.examples) == (style.group, style.tags, style.examples)
    assert (card.name, card.layer, card.kind) == ("fauns", "guild", "network")
    assert not card.is_damaged


def test_older_artifact_has_no_group() -> None:
    card = read_card(memoryview(make("Test")), "test", "shared")
    assert (card.group, card.tags, card.examples) == ("", (), ())


def test_texts_are_bounded() -> None:
    style = {"description": "d\n" * 10**3, "group": "g" * 99, "tags": ["t" * 99, " "]}
    card = read_card(memoryview(make("t" * 200, **style)), "test", "shared")
    assert (len(card.title), len(card.description), len(card.group)) == (100, 500, 40)
    assert card.tags == ("t" * 32,)
    assert "\n" not in card.description


@local_only
async def test_no_network_is_opened(library: Library, no_sessions: list[int]) -> None:
    titles = {card.name: card.title for card in await library.cards()}
    assert list(titles) == library.style_names()
    assert titles["names"] == "First names"


async def test_cards_follow_changes(library: Library) -> None:
    assert "fauns" not in await cards_of(library)
    await library.publish("fauns", make("Old fauns"), author="7")
    assert (await cards_of(library))["fauns"].title == "Old fauns"
    await library.publish("fauns", make("Fauns", **FAUNS), author="7")
    card = (await cards_of(library))["fauns"]
    assert (card.title, card.group, card.layer) == ("Fauns", "Fantasy", "shared")
    await library.publish("fauns", make("Our fauns"), author="7", guild_id=GUILD)
    own = (await cards_of(library, GUILD))["fauns"]
    assert (own.title, own.layer) == ("Our fauns", "guild")
    assert (await cards_of(library, OTHER))["fauns"] == card
    await library.roll_back("fauns", author="7")
    assert (await cards_of(library))["fauns"].title == "Old fauns"
    await library.retire("fauns", author="7")
    assert "fauns" not in await cards_of(library)


@local_only
async def test_unchanged_card_is_not_read_again(library: Library) -> None:
    await library.publish("fauns", make("Fauns"), author="7")
    first = await cards_of(library)
    await library.refresh()
    second = await cards_of(library)
    assert all(second[name] is card for name, card in first.items())


@local_only
async def test_damaged_version(open_library: OpenLibrary, tmp_path: Path) -> None:
    folder = tmp_path / "styles" / "fauns"
    async with open_library() as library:
        for number in (1, 2):
            await library.publish("fauns", make(f"Fauns {number}"), author="7")
        (folder / "0002.onnx").write_bytes(b"torn")
        assert (await cards_of(library))["fauns"].title == "Fauns 1"
    async with open_library() as library:
        (folder / "0001.onnx").unlink()
        card = (await cards_of(library))["fauns"]
        assert (card.title, card.is_damaged) == ("fauns", True)


@local_only
async def test_slow_or_failing_storage(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request does not wait for it, and the cards are there later."""
    await library.publish("fauns", make("Fauns"), author="7")
    release = asyncio.Event()
    loop = asyncio.get_running_loop()
    read, fails = LocalStorage.read, True

    def slow_read(self: LocalStorage, path: str, max_bytes: int) -> bytes:
        if fails:
            raise StorageError("down")
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result()
        return read(self, path, max_bytes)

    monkeypatch.setattr(LocalStorage, "read", slow_read)
    monkeypatch.setattr(cards_module, "_READ_SECONDS", 0.01)
    bare = StyleCard("fauns", "fauns", layer="shared")
    assert (await cards_of(library))["fauns"] == bare
    fails = False
    assert (await cards_of(library))["fauns"] == bare
    release.set()
    async with asyncio.timeout(60):
        while (await cards_of(library))["fauns"].title != "Fauns":  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@given(st.integers(0, 4000), st.binary(max_size=20))
def test_any_content_is_a_card_or_an_error(at: int, patch: bytes) -> None:
    content = bytearray(make("Fauns", **FAUNS))
    content[at : at + len(patch)] = patch
    for damaged in (content, content[: -(at % len(content)) or None], patch):
        try:
            card = read_card(memoryview(damaged), "fauns", "shared")
        except ValueError:
            continue
        assert card.title


def test_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "empty.onnx").touch()
    for name in ("empty", "missing"):
        assert read_file_card(tmp_path / f"{name}.onnx", name).is_damaged
