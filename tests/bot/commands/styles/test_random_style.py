"""`style:random`: each answer draws from a random style."""

import re

import pytest

from bot.library import Library
from bot.loopback import Loopback, Message

from ...conftest import RunBot, buttons_of, footer_of, invoke, names_in, no_bot, press, send
from .helpers import make_style

pytestmark = pytest.mark.usefixtures("bot")


@pytest.fixture
async def titles(library: Library) -> dict[str, str]:
    """The names of the built-in styles, by title."""
    return {card.title: card.name for card in await library.cards()}


def title_of(message: Message) -> str:
    return unescaped(message.embeds[0]["title"])


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


async def test_seed_gives_style_and_names(discord: Loopback, titles: dict[str, str]) -> None:
    found = set()
    for seed in range(12):
        answer = await send(discord, f"!name 3 style:RANDOM seed:{seed}")
        found.add(title_of(answer))
        again = await invoke(discord, "name", {"count": 3, "style": "random", "seed": seed})
        assert (title_of(again), names_in(again)) == (title_of(answer), names_in(answer))
    assert len(found) > 1
    assert found <= set(titles)


async def test_again_draws_a_new_style(discord: Loopback) -> None:
    answer = await send(discord, "!name 3 style:random")
    titles = {title_of(answer)}
    for _ in range(12):
        await press(discord, answer, "Again")
        titles.add(title_of(answer))
        seed = re.search(r"seed (\d+)", footer_of(answer))
        assert seed
        same = await send(discord, f"!name 3 style:random seed:{seed[1]}")
        assert (title_of(same), names_in(same)) == (title_of(answer), names_in(answer))
    assert len(titles) > 1


async def test_longer_and_wilder_keep_the_style(discord: Loopback) -> None:
    for label in ("Longer", "Wilder"):
        answer = await send(discord, "!name 3 style:random seed:5")
        title = title_of(answer)
        await press(discord, answer, label)
        assert title_of(answer) == title


async def test_save_stores_the_real_style(discord: Loopback, titles: dict[str, str]) -> None:
    for command in ("!name 3 style:random", "!blend Anna Bella 3 style:random"):
        answer = await send(discord, command)
        shown = {title_of(answer), *footer_of(answer).split(" · ")}
        (style,) = [name for title, name in titles.items() if title in shown]
        assert buttons_of(answer)["Save"]["custom_id"] == f"namesmith:save:{style}"


async def test_single_name_shows_the_style(discord: Loopback, titles: dict[str, str]) -> None:
    answer = await send(discord, "!name 1 style:random")
    assert footer_of(answer) in titles
    assert (await send(discord, "!name 1")).embeds == []


async def test_other_commands(discord: Loopback, titles: dict[str, str]) -> None:
    answer = await send(discord, "!rate Anna style:random")
    match = re.search(r"of \*(.+)\*", answer.embeds[0]["description"])
    assert match
    assert unescaped(match[1]) in titles
    assert title_of(await send(discord, "!style info random")) in titles


@no_bot
async def test_style_that_lacks_a_letter_is_passed_over(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    for number, name in enumerate(("かぜ", "たに")):
        await library.publish(f"kana{number}", make_style(name, title="Kana"), author="1")
    async with run_bot(discord):
        for seed in range(8):
            answer = await send(discord, f"!name Tr 3 style:random seed:{seed}")
            assert title_of(answer) != "Kana"
        error = await send(discord, "!name 5§ style:random")  # of the first style, maybe a pattern
        assert re.match("This style doesn't use the character |N.+ in this style ", error.content)
