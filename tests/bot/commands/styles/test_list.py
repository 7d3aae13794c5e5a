"""`/style list`: the styles that a server offers, by group."""

import re
from pathlib import Path

import pytest

from bot.library import Library
from bot.loopback import Interaction, Loopback, Message
from bot.store import Store

from ...conftest import RunBot, buttons_of, footer_of, press, send
from .helpers import description_of, make_style, use_style

EXAMPLES = ("Aelrin", "Sylwen", "Thalor")
GROUPS = ("People", "Myths", "Places", "Nature", "Fantasy", "Modern")


def entries_of(message: Message) -> dict[str, str]:
    """Return the lines of each style below its group, by the style's name."""
    entries: dict[str, str] = {}
    name = ""
    for line in description_of(message).split("\n"):
        if found := re.search(r"\*\* `(.*)`", line):
            name = found[1]
        entries[name] = f"{entries.get(name, '')}\n{line}".lstrip()
    entries.pop("", None)
    return entries


def groups_of(message: Message) -> list[str]:
    return re.findall(r"^__\*\*(.*)\*\*__$", description_of(message), re.MULTILINE)


async def choose_group(
    discord: Loopback, message: Message, label: str, author: str = "ada"
) -> Message:
    (select,) = [c for row in message.components for c in row["components"] if "options" in c]
    (chosen,) = [o["value"] for o in select["options"] if o["label"].startswith(f"{label} (")]
    call: Interaction = await discord.select(message, select["custom_id"], [chosen], author=author)
    return await call.answer()


@pytest.fixture
async def many(library: Library) -> Library:
    """A library with sixty more styles, ten in each group."""
    for number in range(60):
        style = make_style(
            "Abi",
            title=f"Test style {number}",
            group=GROUPS[number % 6],
            tags=["even" if number % 2 == 0 else "odd", f"tag{number}"],
            examples=EXAMPLES,
        )
        await library.publish(f"s{number:02}", style, author="1")
    return library


@pytest.mark.usefixtures("bot")
async def test_built_in_styles(discord: Loopback) -> None:
    for answer in (
        await use_style(discord, "list", author="ada"),
        await send(discord, "!style"),
        await send(discord, "!style list"),
        await send(discord, "!style", channel=discord.dm("ada")),
    ):
        assert "**First names** `names` · default style" in description_of(answer)
        assert description_of(answer).count("default style") == 1
        assert re.match(r"\d+ styles", footer_of(answer))
        assert footer_of(answer).endswith(" · more names: /style info")
        assert not answer.ephemeral


async def test_own_styles_come_first(
    discord: Loopback, run_bot: RunBot, library: Library, store: Store
) -> None:
    guild_id = discord.guild.id
    owls = make_style("Grom", title="Owls", group="Fantasy", examples=EXAMPLES)
    await library.publish("test-owls", owls, author="shell: a")
    fauns = make_style("Abi", title="Fauns", description="Our *own* fauns")
    await library.publish("fauns", fauns, author="1", guild_id=guild_id)
    await store.update_guild_settings(guild_id, style="fauns")
    async with run_bot(discord):
        answer = await use_style(discord, "list")
        assert groups_of(answer)[0] == "This server"
        entries = entries_of(answer)
        assert entries["fauns"].split("\n")[:2] == [
            "**Fauns** `fauns` · default style",
            r"Our \*own\* fauns",
        ]
        answer = await send(discord, "!style list fantasy")
        assert "**Owls** `test-owls`\nAelrin · Sylwen · Thalor" in description_of(answer)
        direct = await send(discord, "!style", channel=discord.dm("ada"))
        assert "`fauns` · default" not in description_of(direct)


async def test_retired_styles_are_left_out(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await library.publish("test-owls", make_style("Grom"), author="1")
    await library.retire("test-owls", author="1")
    async with run_bot(discord):
        answer = await send(discord, "!style list test-owls")
        assert answer.content.startswith("No style matches `test-owls`.")


@pytest.mark.usefixtures("many")
async def test_groups_have_pages(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        answer = await send(discord, "!style")
        assert footer_of(answer).split(" · ")[1].startswith("page 1 of ")
        assert groups_of(answer) == ["People"]
        assert buttons_of(answer)["Back"]["disabled"]
        assert len(entries_of(answer)) <= 10
        seen = [*entries_of(answer)]
        while not buttons_of(answer)["Next"].get("disabled"):
            assert await press(discord, answer, "Next") is answer
            assert len(groups_of(answer)) == 1
            seen += entries_of(answer)
        assert {f"s{number:02}" for number in range(60)} <= set(seen)
        assert len(seen) == len(set(seen)) == int(footer_of(answer).split()[0])


@pytest.mark.usefixtures("many")
async def test_group_can_be_chosen(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        answer = await send(discord, "!style")
        assert await choose_group(discord, answer, "Fantasy") is answer
        assert groups_of(answer) == ["Fantasy"]
        assert {"s04", "s10"} <= set(entries_of(answer))
    async with run_bot(discord):  # the select works after a restart
        other_users = await choose_group(discord, answer, "Modern", author="ben")
        assert other_users.ephemeral
        assert groups_of(other_users) == ["Modern"]
        assert groups_of(answer) == ["Fantasy"]
        await choose_group(discord, answer, "All groups")
        assert groups_of(answer) == ["People"]


@pytest.mark.usefixtures("many")
async def test_filter(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        for text, styles in (
            ("tag17", ["s17"]),
            ("TEST STYLE 23", ["s23"]),
            ("s31", ["s31"]),
        ):
            for answer in (
                await send(discord, f"!style list {text}"),
                await use_style(discord, "list", group=text),
            ):
                assert list(entries_of(answer)) == styles
                assert footer_of(answer).startswith("1 style · ")
        answer = await send(discord, "!style list odd")
        assert footer_of(answer).startswith("30 styles · page 1 of ")
        await press(discord, answer, "Next")
        assert all(int(name[1:]) % 2 for name in entries_of(answer))
        for text in ("zzqq", "q" * 200):
            error = await send(discord, f"!style list {text}")
            assert error.content.endswith("`/style list` shows all styles.")


@pytest.mark.usefixtures("many")
async def test_group_is_completed(discord: Loopback, run_bot: RunBot) -> None:
    async def complete(typed: str) -> list[str]:
        choices = await discord.autocomplete("style list", {"group": typed}, focused="group")
        return [choice["value"] for choice in choices]

    async with run_bot(discord):
        groups = await complete("")
        assert [group for group in groups if group in GROUPS] == list(GROUPS)
        assert len(groups) == 25
        assert await complete("FANTAS") == ["Fantasy"]
        assert "tag17" in await complete("tag1")


async def test_broken_style_is_marked(
    discord: Loopback, run_bot: RunBot, library: Library, tmp_path: Path
) -> None:
    await library.publish("test-owls", make_style("Grom"), author="1")
    (tmp_path / "data" / "styles" / "test-owls" / "0001.onnx").write_bytes(b"torn")
    async with run_bot(discord):
        entries = entries_of(await send(discord, "!style list test-owls"))
        assert entries["test-owls"].endswith("\ncan't be opened right now")


async def test_longest_texts_fit(discord: Loopback, run_bot: RunBot, library: Library) -> None:
    for number in range(10):
        title = "@everyone [x](https://example.org) **" + "*" * 160
        examples = ["*" * 100] * 3
        artifact = make_style("Abi", title=title, group=f"{number}" + "_" * 99, examples=examples)
        await library.publish(f"{'a' * 31}{number}", artifact, author="1")
    async with run_bot(discord):
        answer = await send(discord, f"!style list {'a' * 31}")
        assert len(entries_of(answer)) == 10
        assert not answer.mention_everyone
        assert r"\[x\]\(" in description_of(answer)


@pytest.mark.usefixtures("bot")
async def test_unknown_subcommand(discord: Loopback) -> None:
    answer = await send(discord, "!style publsih fauns")
    assert answer.content == "There is no such command. See `!help style`."
