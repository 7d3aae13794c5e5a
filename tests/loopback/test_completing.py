"""What Tab offers in the terminal chat."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from discord import Interaction, app_commands
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.loopback import Loopback
from bot.loopback.terminal.completion import suggest

from .cogs import equipped
from .conftest import Client, Running


def picking() -> Client:
    """A bot whose `/pick` offers what it is told of the other options."""
    bot, _ = equipped()

    @bot.tree.command(description="pick one")
    async def pick(
        interaction: Interaction, count: app_commands.Range[int, 1, 9], flag: bool, what: str
    ) -> None:
        await interaction.response.send_message(what)

    @pick.autocomplete("what")
    async def known(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        if typed == "nothing":
            await asyncio.Event().wait()
        seen = [
            f"{name}={getattr(interaction.namespace, name)}"
            for name in ("count", "flag")
            if name in interaction.namespace
        ]
        values = (f"{typed} {' '.join(seen)}".strip(), f"{typed} odd:")
        return [app_commands.Choice(name=typed or "-", value=one) for one in values]

    return bot


@pytest.fixture
async def loopback(running: Running) -> AsyncIterator[Loopback]:
    """A loopback with that bot on it."""
    async with Loopback() as loopback, running(loopback, picking()):
        await loopback.wait_commands()
        yield loopback


async def ends(
    loopback: Loopback, line: str, author: str = "ada", *, direct: bool = False
) -> list[str]:
    """Return `line` as each offer would make it."""
    place = loopback.dm(author) if direct else loopback.channel("general")
    found = await suggest(loopback, line, loopback.user(author), place)
    return [line[: len(line) - one.replaced_length] + one.text for one in found]


async def test_commands_that_one_may_use_are_offered(loopback: Loopback) -> None:
    assert sorted(await ends(loopback, "/s")) == ["/several ", "/slow ", "/style "]
    assert await ends(loopback, "/ad") == []
    assert await ends(loopback, "/ad", "olga") == ["/admin "]
    assert "/panel " in await ends(loopback, "/")
    assert await ends(loopback, "/Sho") == []
    assert await ends(loopback, "  /pan") == ["  /panel "]


async def test_each_is_offered_with_what_it_does(loopback: Loopback) -> None:
    (panel,) = await suggest(loopback, "/pan", loopback.user("ada"), loopback.channel("general"))
    assert (panel.label, panel.description) == ("/panel", "buttons")
    (text, _) = await suggest(
        loopback, "/repeat ", loopback.user("ada"), loopback.channel("general")
    )
    assert text.description.endswith("(required)")


async def test_subcommands_are_offered(loopback: Loopback) -> None:
    assert await ends(loopback, "/style ") == ["/style train "]
    assert await ends(loopback, "/style tr") == ["/style train "]
    assert await ends(loopback, "/style train n") == ["/style train name:"]


async def test_options_are_offered_until_they_are_there(loopback: Loopback) -> None:
    assert await ends(loopback, "/repeat ") == ["/repeat text:", "/repeat count:"]
    assert await ends(loopback, "/repeat co") == ["/repeat count:"]
    assert await ends(loopback, "/repeat text:a b ") == ["/repeat text:a b count:"]
    assert await ends(loopback, "/repeat text:a b c") == ["/repeat text:a b count:"]
    assert await ends(loopback, "/repeat text:a count:1 ") == []


async def test_choices_and_truths_are_offered(loopback: Loopback) -> None:
    assert await ends(loopback, "/choose kind:elf tone:") == [
        "/choose kind:elf tone:Soft",
        "/choose kind:elf tone:Hard",
    ]
    assert await ends(loopback, "/choose tone:h") == ["/choose tone:Hard"]
    assert await ends(loopback, "/slow quiet:t") == ["/slow quiet:true"]


async def test_people_places_and_roles_are_offered(loopback: Loopback) -> None:
    assert await ends(loopback, "/things user:c") == ["/things user:cleo"]
    assert await ends(loopback, "/things user:@C") == ["/things user:cleo"]
    assert await ends(loopback, "/things place:") == [
        "/things place:general",
        "/things place:random",
    ]
    assert await ends(loopback, "/things role:n") == ["/things role:Namesmith"]
    assert await ends(loopback, "/things place:", direct=True) == []


async def test_what_the_bot_offers_is_offered(loopback: Loopback) -> None:
    found = await suggest(
        loopback, "/choose kind:el", loopback.user("ada"), loopback.channel("general")
    )
    assert [(one.text, one.replaced_length, one.label) for one in found] == [
        ("elf", 2, "Elf"),
        ("elder", 2, "Elder"),
    ]
    assert await ends(loopback, "/choose kind: ") == [
        *(f"/choose kind: {one}" for one in ("elf", "elder", "orc", "tone:"))
    ]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("/pick count:3 flag:yes what:a", "a count=3 flag=True"),
        ("/pick what:a", "a"),
        ("/pick count: flag:on what:a", "a flag=True"),
        ("/pick count:many flag:x what:a b", "a b"),
        ("/pick count:10 flag:on what:a", "a"),
    ],
)
async def test_the_bot_is_told_of_the_other_options_as_far_as_they_go(
    line: str, value: str, loopback: Loopback
) -> None:
    assert (await ends(loopback, line))[0] == line[: line.index("what:")] + f"what:{value}"


async def test_a_value_that_would_be_read_as_an_option_is_quoted(loopback: Loopback) -> None:
    for line in ("/pick what:a", '/pick what:"a'):
        assert await ends(loopback, line) == ["/pick what:a", '/pick what:"a odd:"']
    assert '/pick what:"a" count:' in await ends(loopback, '/pick what:"a" cou')


async def test_nothing_is_offered_where_the_bot_does_not_answer(running: Running) -> None:
    async with Loopback(acknowledge_timeout=0.1) as loopback, running(loopback, picking()):
        await loopback.wait_commands()
        assert await ends(loopback, "/pick what:nothing") == []


async def test_the_chats_own_words_are_offered(loopback: Loopback) -> None:
    assert await ends(loopback, ".") == [".as ", ".in ", ".help "]
    assert await ends(loopback, ".as ") == [".as olga", ".as ada", ".as ben", ".as cleo"]
    assert await ends(loopback, ".as B") == [".as ben"]
    assert await ends(loopback, ".in ") == [".in general", ".in random", ".in dm"]
    assert await ends(loopback, ".in #r") == [".in #random"]


async def test_buttons_and_what_menus_hold_are_offered(loopback: Loopback) -> None:
    await (await loopback.invoke("panel")).answer()
    numbers = [one for one in await ends(loopback, "") if not one.startswith(("/", "."))]
    assert numbers == ["1", "2", "3", "4", "6 ", "7 "]
    assert await ends(loopback, "6") == ["6 "]
    assert await ends(loopback, "6 ") == ["6 Elf", "6 Orc"]
    assert await ends(loopback, "6 Elf, o") == ["6 Elf, Orc"]
    assert await ends(loopback, "7 b") == ["7 ben"]
    assert await ends(loopback, "1 ") == []
    assert await ends(loopback, "9 x") == []


_BITS = st.sampled_from(
    ["/", "/repeat", "/style", " ", "text:", "count:", "kind:", '"', ".as", ".in", "6 ", ",", "@"]
)


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(line=st.lists(_BITS | st.text(max_size=6), max_size=8).map("".join))
async def test_no_line_is_too_strange(line: str, loopback: Loopback) -> None:
    for one in await suggest(loopback, line, loopback.user("ada"), loopback.channel("general")):
        assert 0 <= one.replaced_length <= len(line)
        assert one.text


@pytest.mark.parametrize("line", ["9" * 5000, "1" * 5000 + " ", "/repeat count:" + "9" * 5000])
async def test_no_line_is_too_long(line: str, loopback: Loopback) -> None:
    await suggest(loopback, line, loopback.user("ada"), loopback.channel("general"))
