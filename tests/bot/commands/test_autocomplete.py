"""Autocomplete of the options of `/name`, and its cache."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.loopback import Loopback
from bot.sampling import Artifact, Engine, RequestError
from bot.sampling.autocomplete import AutocompleteCache
from bot.store import Store

from ..artifacts import NAMES, all_names, write_artifact
from ..conftest import RunBot, invoke, names_in, no_bot

pytestmark = pytest.mark.usefixtures("bot")


async def complete_prefix(discord: Loopback, typed: str, **options: Any) -> list[str]:
    choices = await discord.autocomplete("name", options | {"prefix": typed}, focused="prefix")
    assert all(choice["name"] == choice["value"] for choice in choices)
    return [choice["value"] for choice in choices]


async def test_prefix_gives_25_names(discord: Loopback) -> None:
    names = await complete_prefix(discord, "Tr")
    assert len(set(names)) == 25
    assert all(name.startswith("Tr") for name in names)
    assert await complete_prefix(discord, "tr") == names
    assert len(await complete_prefix(discord, "")) == 25


async def test_choices_are_valid_prefixes(discord: Loopback) -> None:
    for name in (await complete_prefix(discord, "Tr"))[:3]:
        answer = await invoke(discord, "name", {"prefix": name, "count": 2})
        found = names_in(answer) if answer.embeds else [answer.content]
        assert all(longer.startswith(name) for longer in found)


@pytest.mark.parametrize("typed", ["Tr5", "A" * 100, "@everyone", "\n", " "])
async def test_no_prefix_is_an_error(
    discord: Loopback, typed: str, caplog: pytest.LogCaptureFixture
) -> None:
    names = await complete_prefix(discord, typed)
    assert names == [] or not typed.strip()
    assert "autocomplete" not in caplog.text


async def test_chosen_style_is_used(discord: Loopback) -> None:
    dinosaurs = await complete_prefix(discord, "Tr", style="dinosaurs")
    assert any(name.endswith("saurus") for name in dinosaurs)
    assert await complete_prefix(discord, "Tr", style="no such style") == []


@no_bot
async def test_most_likely_names_come_first(
    discord: Loopback, run_bot: RunBot, store: Store, tmp_path: Path
) -> None:
    """Except for the names that the server blocks."""
    exact = all_names(NAMES, 1e-9, 6, prefix="T", min_probability=1e-6)
    style = write_artifact(tmp_path / "test.onnx", NAMES)
    await store.update_guild_settings(discord.guild.id, blocked=("trina",))
    async with run_bot(discord, names={"style": str(style)}):
        names = await complete_prefix(discord, "T")
        by_probability = sorted(exact, key=lambda name: -exact[name])
        assert names[:2] == [name for name in by_probability if name != "Trina"][:2]
        assert "Trina" not in names


@no_bot
async def test_too_long_names_are_left_out(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["a" + "b" * 150, "ac"])
    async with run_bot(discord, names={"style": str(style)}):
        assert all(len(name) <= 100 for name in await complete_prefix(discord, "a"))


async def test_100_users_type_at_once(discord: Loopback) -> None:
    words = [f"{a}{b}{c}" for a in "ABCDJ" for b in "aeio" for c in "lmnrt"]
    alone = [await complete_prefix(discord, word) for word in words[:3]]
    answers = await asyncio.gather(*(complete_prefix(discord, word) for word in words))
    assert answers[:3] == alone
    for word, names in zip(words, answers, strict=True):
        assert all(name.startswith(word) for name in names)


@no_bot
async def test_equal_requests_share_a_search(tmp_path: Path) -> None:
    engine = Engine(Artifact.open(write_artifact(tmp_path / "test.onnx")))
    cache = AutocompleteCache()
    answers = await asyncio.gather(*(cache.get(engine, "T") for _ in range(50)))
    assert all(answer is answers[0] for answer in answers)
    engine.close()  # cached answers do not need the engine
    assert await cache.get(engine, "T") is answers[0]
    with pytest.raises(RuntimeError, match="closed"):
        await cache.get(engine, "A")


@no_bot
async def test_cancelled_request_spares_rest(tmp_path: Path) -> None:
    engine = Engine(Artifact.open(write_artifact(tmp_path / "test.onnx")))
    cache = AutocompleteCache()
    first, second = (asyncio.create_task(cache.get(engine, "T")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert "Tess" in await second
    for _ in range(2):
        with pytest.raises(RequestError):
            await cache.get(engine, "5")
    engine.close()


async def test_prefix_gives_beginnings_and_names(discord: Loopback) -> None:
    for typed in ("Tr", "tr"):
        choices = await complete_prefix(discord, typed)
        assert choices[0] == "Tr"
        longer = [choice for choice in choices if len(choice) == 3]
        assert {"Tra", "Tre", "Tri"} <= set(longer)
        assert choices[1 : 1 + len(longer)] == longer
        assert len(choices) - 1 - len(longer) >= 16
        assert len(set(choices)) == 25
    mixed = await complete_prefix(discord, "Tr", style="names+elves")
    assert "Tra" in mixed
    assert all(choice.startswith("Tr") for choice in mixed)


async def test_first_choices_need_no_prefix(discord: Loopback) -> None:
    assert any(len(choice) == 1 for choice in await complete_prefix(discord, ""))


async def test_patterns_are_completed(discord: Loopback) -> None:
    choices = await complete_prefix(discord, "A", style="people")
    assert all(choice.startswith("A") for choice in choices)
    assert min(map(len, choices)) == 2
    assert max(map(len, choices)) > 5
