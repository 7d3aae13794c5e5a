"""Tab completion."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from discord import Interaction, app_commands
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.loopback import Loopback
from bot.loopback.terminal.completion import suggest

from ...openapi import CheckedLoopback
from ..conftest import Client, RunBot
from ..demo_bot import create_demo_bot


def autocompleting_bot() -> Client:
    """A bot whose `/pick` autocompletes with the other options that it receives."""
    bot, _ = create_demo_bot()

    @bot.tree.command(description="pick one")
    async def pick(
        interaction: Interaction, count: app_commands.Range[int, 1, 9], flag: bool, what: str
    ) -> None:
        await interaction.response.send_message(what)

    @pick.autocomplete("what")
    async def autocomplete(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
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
async def loopback(run_bot: RunBot) -> AsyncIterator[Loopback]:
    """A loopback on which that bot runs."""
    async with (
        CheckedLoopback(acknowledge_timeout=60.0) as loopback,
        run_bot(loopback, autocompleting_bot()),
    ):
        await loopback.wait_commands()
        yield loopback


async def completions(
    loopback: Loopback, line: str, author: str = "ada", *, in_dm: bool = False
) -> list[str]:
    """Return `line` completed with each suggestion."""
    channel = loopback.dm(author) if in_dm else loopback.channel("general")
    found = await suggest(loopback, line, loopback.user(author), channel)
    return [line[: len(line) - one.replaced_length] + one.text for one in found]


async def test_permitted_commands(loopback: Loopback) -> None:
    assert sorted(await completions(loopback, "/s")) == ["/several ", "/slow ", "/style "]
    assert await completions(loopback, "/ad") == []
    assert await completions(loopback, "/ad", "olga") == ["/admin "]
    assert "/panel " in await completions(loopback, "/")
    assert await completions(loopback, "/Sho") == []
    assert await completions(loopback, "  /pan") == ["  /panel "]


async def test_descriptions(loopback: Loopback) -> None:
    (panel,) = await suggest(loopback, "/pan", loopback.user("ada"), loopback.channel("general"))
    assert (panel.label, panel.description) == ("/panel", "buttons")
    (text, _) = await suggest(
        loopback, "/repeat ", loopback.user("ada"), loopback.channel("general")
    )
    assert text.description.endswith("(required)")


async def test_subcommands(loopback: Loopback) -> None:
    assert await completions(loopback, "/style ") == ["/style train "]
    assert await completions(loopback, "/style tr") == ["/style train "]
    assert await completions(loopback, "/style train n") == ["/style train name:"]


async def test_unused_options(loopback: Loopback) -> None:
    assert await completions(loopback, "/repeat ") == ["/repeat text:", "/repeat count:"]
    assert await completions(loopback, "/repeat co") == ["/repeat count:"]
    assert await completions(loopback, "/repeat text:a b ") == ["/repeat text:a b count:"]
    assert await completions(loopback, "/repeat text:a b c") == ["/repeat text:a b count:"]
    assert await completions(loopback, "/repeat text:a count:1 ") == []


async def test_choices_and_booleans(loopback: Loopback) -> None:
    assert await completions(loopback, "/choose kind:elf tone:") == [
        "/choose kind:elf tone:Soft",
        "/choose kind:elf tone:Hard",
    ]
    assert await completions(loopback, "/choose tone:h") == ["/choose tone:Hard"]
    assert await completions(loopback, "/slow quiet:t") == ["/slow quiet:true"]


async def test_members_channels_and_roles(loopback: Loopback) -> None:
    assert await completions(loopback, "/things user:c") == ["/things user:cleo"]
    assert await completions(loopback, "/things user:@C") == ["/things user:cleo"]
    assert await completions(loopback, "/things channel:") == [
        "/things channel:general",
        "/things channel:random",
    ]
    assert await completions(loopback, "/things role:n") == ["/things role:Namesmith"]
    assert await completions(loopback, "/things channel:", in_dm=True) == []


async def test_autocomplete_choices(loopback: Loopback) -> None:
    found = await suggest(
        loopback, "/choose kind:el", loopback.user("ada"), loopback.channel("general")
    )
    assert [(one.text, one.replaced_length, one.label) for one in found] == [
        ("elf", 2, "Elf"),
        ("elder", 2, "Elder"),
    ]
    assert await completions(loopback, "/choose kind: ") == [
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
async def test_autocomplete_gets_valid_options(line: str, value: str, loopback: Loopback) -> None:
    assert (await completions(loopback, line))[0] == line[: line.index("what:")] + f"what:{value}"


async def test_ambiguous_value_is_quoted(loopback: Loopback) -> None:
    for line in ("/pick what:a", '/pick what:"a'):
        assert await completions(loopback, line) == ["/pick what:a", '/pick what:"a odd:"']
    assert '/pick what:"a" count:' in await completions(loopback, '/pick what:"a" cou')


async def test_no_suggestions_on_timeout(run_bot: RunBot) -> None:
    async with (
        CheckedLoopback(acknowledge_timeout=0.1) as loopback,
        run_bot(loopback, autocompleting_bot()),
    ):
        await loopback.wait_commands()
        assert await completions(loopback, "/pick what:nothing") == []


async def test_local_commands(loopback: Loopback) -> None:
    assert await completions(loopback, ".") == [".as ", ".in ", ".attach ", ".apps ", ".help "]
    assert await completions(loopback, ".as ") == [".as olga", ".as ada", ".as ben", ".as cleo"]
    assert await completions(loopback, ".as B") == [".as ben"]
    assert await completions(loopback, ".in ") == [".in general", ".in random", ".in dm"]
    assert await completions(loopback, ".in #r") == [".in #random"]
    assert await completions(loopback, ".apps s") == [".apps Shout"]


async def test_paths(loopback: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("towns.txt", "tours", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "a b.txt").touch()
    monkeypatch.chdir(tmp_path)
    start = "/things user:ada file:"
    found = [f"{start}{path}" for path in ("to/", "tours", "towns.txt")]
    assert await completions(loopback, start) == found
    assert await completions(loopback, f"{start}tow") == [f"{start}towns.txt"]
    assert await completions(loopback, ".attach to/") == [".attach to/a b.txt"]
    assert await completions(loopback, f".attach {tmp_path}/.") == [f".attach {tmp_path}/.hidden"]
    assert await completions(loopback, ".attach nowhere/") == []


async def test_components_and_select_options(loopback: Loopback) -> None:
    await (await loopback.invoke("panel")).answer()
    numbers = [one for one in await completions(loopback, "") if not one.startswith(("/", "."))]
    assert numbers == ["1", "2", "3", "4", "6 ", "7 "]
    assert await completions(loopback, "6") == ["6 "]
    assert await completions(loopback, "6 ") == ["6 Elf", "6 Orc"]
    assert await completions(loopback, "6 Elf, o") == ["6 Elf, Orc"]
    assert await completions(loopback, "7 b") == ["7 ben"]
    assert await completions(loopback, "1 ") == []
    assert await completions(loopback, "9 x") == []


_FRAGMENTS = st.sampled_from(
    ["/", "/repeat", "/style", " ", "text:", "count:", "kind:", '"', ".as", ".in", "6 ", ",", "@"]
)


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(line=st.lists(_FRAGMENTS | st.text(max_size=6), max_size=8).map("".join))
async def test_any_line_is_accepted(line: str, loopback: Loopback) -> None:
    for one in await suggest(loopback, line, loopback.user("ada"), loopback.channel("general")):
        assert 0 <= one.replaced_length <= len(line)
        assert one.text


@pytest.mark.parametrize("line", ["9" * 5000, "1" * 5000 + " ", "/repeat count:" + "9" * 5000])
async def test_long_lines_are_accepted(line: str, loopback: Loopback) -> None:
    await suggest(loopback, line, loopback.user("ada"), loopback.channel("general"))
