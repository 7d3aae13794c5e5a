"""What `/name` offers while its options are being typed."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.loopback import Loopback
from bot.sampling import Artifact, Engine, RequestError
from bot.sampling.autocomplete import AutocompleteCache
from bot.store import Store

from ..artifacts import NAMES, all_names, write_artifact
from ..conftest import RunBot, names_in, no_bot

pytestmark = pytest.mark.usefixtures("bot")


async def offered(discord: Loopback, typed: str, **options: Any) -> list[str]:
    options |= {"prefix": typed}
    choices = await discord.autocomplete("name", options, focused="prefix")
    assert all(choice["name"] == choice["value"] for choice in choices)
    return [choice["value"] for choice in choices]


async def test_a_prefix_is_completed_to_the_likeliest_names(discord: Loopback) -> None:
    names = await offered(discord, "Tr")
    assert len(set(names)) == 25
    assert all(name.startswith("Tr") for name in names)
    assert await offered(discord, "tr") == names
    assert len(await offered(discord, "")) == 25


async def test_each_choice_is_a_prefix_that_can_be_asked_for(discord: Loopback) -> None:
    for name in (await offered(discord, "Tr"))[:3]:
        answer = await (await discord.invoke("name", {"prefix": name, "count": 2})).answer()
        found = names_in(answer) if answer.embeds else [answer.content]
        assert all(one.startswith(name) for one in found)


@pytest.mark.parametrize("typed", ["Tr5", "A" * 100, "@everyone", "\n", " "])
async def test_what_no_name_begins_with_is_offered_nothing_or_something_but_never_an_error(
    discord: Loopback, typed: str, caplog: pytest.LogCaptureFixture
) -> None:
    names = await offered(discord, typed)
    assert names == [] or not typed.strip()
    assert "autocomplete" not in caplog.text


async def test_the_style_already_chosen_completes(discord: Loopback) -> None:
    dinosaurs = await offered(discord, "Tr", style="dinosaurs")
    assert any(name.endswith("saurus") for name in dinosaurs)
    assert await offered(discord, "Tr", style="no such style") == []


@no_bot
async def test_the_likeliest_come_first_and_no_blocked_word_is_offered(
    discord: Loopback, run_bot: RunBot, store: Store, tmp_path: Path
) -> None:
    exact = all_names(NAMES, 1e-9, 6, beginning="T", least=1e-6)
    style = write_artifact(tmp_path / "test.onnx", NAMES)
    await store.update_guild_settings(discord.guild.id, blocked=("trina",))
    async with run_bot(discord, names={"style": str(style)}):
        names = await offered(discord, "T")
        likeliest = sorted(exact, key=lambda name: -exact[name])
        assert names[:2] == [name for name in likeliest if name != "Trina"][:2]
        assert "Trina" not in names


@no_bot
async def test_names_too_long_for_a_choice_are_not_offered(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["a" + "b" * 150, "ac"])
    async with run_bot(discord, names={"style": str(style)}):
        assert all(len(name) <= 100 for name in await offered(discord, "a"))


async def test_style_names_are_completed(discord: Loopback) -> None:
    async def styles(typed: str) -> list[str]:
        choices = await discord.autocomplete("name", {"style": typed}, focused="style")
        return [choice["value"] for choice in choices]

    assert await styles("") == ["names", "dinosaurs", "surnames"]
    assert await styles("DINO") == ["dinosaurs"]
    assert await styles("names") == ["names", "surnames"]
    assert await styles("x") == []


async def test_100_people_who_type_at_once_are_all_answered(discord: Loopback) -> None:
    words = [f"{a}{b}{c}" for a in "ABCDJ" for b in "aeio" for c in "lmnrt"]
    alone = [await offered(discord, word) for word in words[:3]]
    answers = await asyncio.gather(*(offered(discord, word) for word in words))
    assert answers[:3] == alone
    for word, names in zip(words, answers, strict=True):
        assert all(name.startswith(word) for name in names)


async def test_equal_questions_are_asked_of_the_engine_once(tmp_path: Path) -> None:
    artifact = Artifact.open(write_artifact(tmp_path / "test.onnx"))
    engine, completions = Engine(artifact), AutocompleteCache()
    answers = await asyncio.gather(*(completions.get(engine, "T") for _ in range(50)))
    assert all(answer is answers[0] for answer in answers)
    engine.close()  # what was answered before needs the engine no more
    assert await completions.get(engine, "T") is answers[0]
    with pytest.raises(RuntimeError, match="closed"):
        await completions.get(engine, "A")


async def test_who_gives_up_does_not_take_the_answer_from_others(tmp_path: Path) -> None:
    artifact = Artifact.open(write_artifact(tmp_path / "test.onnx"))
    engine, completions = Engine(artifact), AutocompleteCache()
    first, second = (asyncio.create_task(completions.get(engine, "T")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert "Tess" in await second
    for _ in range(2):
        with pytest.raises(RequestError):
            await completions.get(engine, "5")
    engine.close()
