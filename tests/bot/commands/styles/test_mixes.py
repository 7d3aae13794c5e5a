"""Mixes of styles, such as `names*2+dinosaurs`, in all commands, their buttons and autocomplete."""

from pathlib import Path

import pytest

from bot.library import Library
from bot.loopback import Loopback
from bot.store import Store

from ...artifacts import artifact_of_version, write_artifact
from ...conftest import (
    RunBot,
    buttons_of,
    footer_of,
    invoke,
    italic_names,
    names_in,
    no_bot,
    press,
    send,
)
from .helpers import make_style

pytestmark = pytest.mark.usefixtures("bot")

MIX = "names+dinosaurs"
TIMES = "\N{MULTIPLICATION SIGN}"


async def test_names_of_a_mix(discord: Loopback) -> None:
    by_text = await send(discord, f"!name Tr 7 style:{MIX} seed:3")
    assert by_text.embeds[0]["title"] == "First names + Dinosaurs"
    assert len(names_in(by_text)) == 7
    assert all(name.startswith("Tr") for name in names_in(by_text))
    options = {"prefix": "Tr", "count": 7, "seed": 3}
    by_slash = await invoke(discord, "name", options | {"style": "Dinosaurs + NAMES"})
    assert by_slash.embeds[0]["title"] == "Dinosaurs + First names"
    for style in ("names", "dinosaurs"):
        single = await invoke(discord, "name", options | {"style": style})
        assert names_in(single) != names_in(by_text)
    again = await invoke(discord, "name", options | {"style": " names +  dinosaurs"})
    assert names_in(again) == names_in(by_text)


async def test_weights_change_the_names(discord: Loopback) -> None:
    async def mean_length(style: str) -> float:
        names = names_in(await send(discord, f"!name 25 style:{style} seed:1"))
        return sum(map(len, names)) / len(names)

    light, heavy = await mean_length("names*10+dinosaurs"), await mean_length("names+dinosaurs*10")
    assert light < heavy
    answer = await send(discord, "!name style:names*2+dinosaurs*0.5")
    assert answer.embeds[0]["title"] == f"First names {TIMES}2 + Dinosaurs {TIMES}0.5"


async def test_names_in_any_list_are_known(discord: Loopback) -> None:
    for prefix in ("Mar", "Tyran"):
        known = await send(discord, f"!name {prefix} style:{MIX} new:no temperature:0.3 seed:1")
        assert italic_names(known)
        new = await send(discord, f"!name {prefix} style:{MIX} new:yes temperature:0.3 seed:1")
        assert names_in(new)
        assert not italic_names(new)


@no_bot
async def test_buttons_work_after_a_restart(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    async with run_bot(discord):
        answer = await send(discord, "!name Tr 6 style:names*2+dinosaurs")
        blend = await send(discord, f"!blend Mary Stegosaurus 4 style:{MIX}")
    async with run_bot(discord):
        for message, count in ((answer, 6), (blend, 4)):
            names = names_in(message)
            assert await press(discord, message, "Again") is message
            assert len(names_in(message)) == count
            assert names_in(message) != names
        assert answer.embeds[0]["title"] == f"First names {TIMES}2 + Dinosaurs"
        await press(discord, answer, "Longer")
        one = await send(discord, "!name Tr 1 style:names*2+dinosaurs")
        await press(discord, one, "Save")
        saved = await send(discord, "!saved")
        assert saved.embeds[0]["description"].endswith(r" · names\*2+dinosaurs")


@no_bot
async def test_names_of_a_long_mix_can_be_saved(
    discord: Loopback, run_bot: RunBot, library: Library, store: Store
) -> None:
    styles = [f"{'a' * 28}-{i}" for i in range(4)]
    for style in styles:
        await library.publish(style, make_style("Abi", "Baba", "Ibab"), author="1")
    mix = "+".join(f"{style}*{i}.25" for i, style in enumerate(styles, 1))
    async with run_bot(discord):
        answer = await send(discord, f"!name 3 new:no style:{mix}")
        assert "Save" in buttons_of(answer)
        question = await press(discord, answer, "Save")
        assert question.content == "Which names do you want to save?"
        call = await discord.select(
            question,
            question.components[0]["components"][0]["custom_id"],
            [names_in(answer)[0]],
        )
        assert (await call.answer()).content == "Saved 1 name. See `/saved`."
    (saved,) = await store.get_saved_names(discord.user("ada").id)
    assert saved.style.startswith(f"{styles[0]}*1.25+{styles[1]}")


async def test_rate_and_blend(discord: Loopback) -> None:
    rating = await send(discord, f"!rate Marysaurus style:{MIX}")
    assert "of *First names + Dinosaurs*" in rating.embeds[0]["description"]
    known = await send(discord, f"!rate Mary style:{MIX}")
    assert known.embeds[0]["description"].endswith("It's in the style's list.")
    blend = await send(discord, f"!blend Mary Stegosaurus style:{MIX}")
    assert "First names + Dinosaurs" in footer_of(blend)


async def test_prefixes_are_completed(discord: Loopback) -> None:
    async def complete(style: str) -> list[str]:
        choices = await discord.autocomplete(
            "name", {"prefix": "Tr", "style": style}, focused="prefix"
        )
        return [choice["value"] for choice in choices]

    names = await complete(MIX)
    assert len(set(names)) == 25
    assert all(name.startswith("Tr") for name in names)
    assert names not in (await complete("names"), await complete("dinosaurs"))
    assert await complete("names+fauns") == []
    assert await complete("names+") == []


async def test_the_next_style_is_completed(discord: Loopback) -> None:
    async def complete(typed: str) -> dict[str, str]:
        choices = await discord.autocomplete("name", {"style": typed}, focused="style")
        return {choice["value"]: choice["name"] for choice in choices}

    assert "names+dinosaurs" in await complete("names+")
    assert "names+names" not in await complete("names+")
    assert await complete("names*2+dino") == {"names*2+dinosaurs": "Dinosaurs (names*2+dinosaurs)"}
    assert await complete("names+surnames+dino") == {
        "names+surnames+dinosaurs": "Dinosaurs (names+surnames+dinosaurs)"
    }
    assert await complete("a+b+c+d+dino") == {}
    assert await complete("names+" + "x" * 90) == {}


async def test_info_says_what_a_mix_is(discord: Loopback) -> None:
    answer = await invoke(discord, "style info", {"style": "names*3+dinosaurs"})
    (embed,) = answer.embeds
    assert embed["title"] == f"First names {TIMES}3 + Dinosaurs"
    examples, *lines = embed["description"].split("\n")
    assert len(examples.split(" · ")) == 5
    assert lines[:2] == [
        "**First names** `names` 75 %",
        "**Dinosaurs** `dinosaurs` 25 %",
    ]


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ("names+elvs", "There is no style `elvs`."),
        ("names+", "A style is missing in `names+`."),
        ("names*0+dinosaurs", "The weight of `names` can't be `0`."),
        ("names*x+dinosaurs", "The weight of `names` can't be `x`."),
        ("names+Names", "`Names` is in the mix twice."),
        ("names+First names", "`names` is in the mix twice."),
        ("a+b+c+d+e", "A mix has at most 4 styles, and `e` is one more."),
        ("names+random", "`random` can't be in a mix."),
        ("names+" + "x" * 300, "style: that's too long: 306 characters, at most 200."),
    ],
)
async def test_error_names_the_part_at_fault(discord: Loopback, style: str, message: str) -> None:
    for command in ("name Tr", "rate Anna", "blend Anna Bert", "style info"):
        option = style if command == "style info" else f"style:{style}"
        answer = await send(discord, f"!{command} {option}")
        assert answer.content.startswith(message)
        assert not answer.embeds


@no_bot
async def test_styles_without_common_letters_are_refused(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await library.publish("korean", artifact_of_version(1), author="1")
    async with run_bot(discord):
        answer = await send(discord, "!name style:names+korean")
        expected = "`korean` has no letter in common with `names`, so they can't be mixed."
        assert answer.content == expected


@no_bot
async def test_a_style_with_exactly_that_name_wins(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    file = write_artifact(tmp_path / "names+dinosaurs*2.onnx", ["Abba", "Baba"])
    async with run_bot(discord, names={"style": str(file)}):
        answer = await send(discord, "!name 2 new:no style:Names+dinosaurs*2")
        assert answer.embeds[0]["title"] == "Test"
        mix = await send(discord, "!name 2 new:no style:names+dinosaurs")
        assert mix.embeds[0]["title"] == "First names + Dinosaurs"


@no_bot
async def test_a_new_version_of_a_part_is_used(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await library.publish("aba", make_style("Abba"), author="1")
    await library.publish("bab", make_style("Baba"), author="1")
    text = "!name 5 style:aba+bab new:no temperature:0.1"
    async with run_bot(discord, library={"poll_seconds": 0.1}):
        assert "z" not in str(names_in(await send(discord, text)))
        await library.publish("aba", make_style("Azza"), author="1")
        while "z" not in str(names_in(await send(discord, text))):
            pass
