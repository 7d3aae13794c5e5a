"""What all commands share: channel allow-list, threads, user installs, deferred answers."""

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from discord import Interaction

from bot.commands import base
from bot.loopback import Loopback, Permission
from bot.loopback.rest.interactions import CallbackType
from bot.store import Store

from ..artifacts import write_artifact
from ..conftest import RunBot, buttons_of, invoke, names_in, no_bot, press, send

pytestmark = pytest.mark.usefixtures("bot")


@no_bot
async def test_allow_list_limits_channels(discord: Loopback, run_bot: RunBot, store: Store) -> None:
    allowed = discord.channel("random").id
    await store.update_guild_settings(discord.guild.id, channels=(allowed,))
    async with run_bot(discord):
        error = await send(discord, "!name Tr", author="ben")
        assert error.content == (
            f"In this server I answer in <#{allowed}>. Ask me there, or in a direct message."
        )
        by_slash = await invoke(discord, "name", {"prefix": "Tr"}, author="ben")
        assert by_slash.ephemeral
        assert by_slash.content == error.content
        await send(discord, "!name Tr", author="ben", channel="random")
        await send(discord, "!name Tr", author="ben", channel=discord.dm("ben"))
        assert names_in(await send(discord, "!name Tr", author="olga"))  # can manage the server


@no_bot
async def test_allow_list_includes_threads(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    await store.update_guild_settings(discord.guild.id, channels=(discord.channel("random").id,))
    async with run_bot(discord):
        outside = discord.create_thread("outside")
        inside = discord.create_thread("inside", "random")
        error = await send(discord, "!name Tr", author="ben", channel=outside)
        assert error.content.startswith("In this server I answer in <#")
        assert names_in(await send(discord, "!name Tr", author="ben", channel=inside))
        assert names_in(await invoke(discord, "name", author="ben", channel=inside))


async def test_threads_work(discord: Loopback) -> None:
    thread = discord.create_thread("names for the cat")
    answer = await send(discord, "!name Tr", channel=thread)
    assert len(names_in(answer)) == 5
    by_slash = await invoke(discord, "name", {"prefix": "Be"}, channel=thread)
    names = names_in(by_slash)
    assert await press(discord, by_slash, "Again") is by_slash
    assert names_in(by_slash) != names


async def test_slash_works_in_read_only_threads(discord: Loopback) -> None:
    thread = discord.create_thread("quiet")
    discord.set_permissions("general", discord.bot, deny=Permission.SEND_MESSAGES_IN_THREADS)
    assert names_in(await invoke(discord, "name", {"prefix": "Tr"}, channel=thread))


async def test_user_install_works_anywhere(discord: Loopback) -> None:
    """In a group, where the bot is not a member."""
    group = discord.create_group("ada", "ben")
    answer = await invoke(discord, "name", {"prefix": "Tr"}, channel=group)
    names = names_in(answer)
    assert all(name.startswith("Tr") for name in names)
    assert await press(discord, answer, "Again") is answer
    assert names_in(answer) != names
    own = await press(discord, answer, "Again", "ben")
    assert own.visible_to is discord.user("ben")
    assert (await invoke(discord, "rate", {"name": "Trina"}, channel=group)).attachments
    assert await discord.autocomplete("name", {"prefix": "Tr"}, focused="prefix", channel=group)
    for command in ("saved", "forget-me"):
        assert (await invoke(discord, command, channel=group)).ephemeral
    with pytest.raises(ValueError, match="/settings: not in groups"):
        await discord.invoke("settings", channel=group)
    blend = await invoke(discord, "blend", {"first": "Anna", "second": "Bella"}, channel=group)
    assert list(buttons_of(blend)) == ["Again", "Save"]


async def test_managing_commands_need_a_server(discord: Loopback) -> None:
    for command in discord.commands:
        is_available = command["name"] not in ("settings", "manage-styles")
        assert command["integration_types"] == ([0, 1] if is_available else [0])
        assert command["contexts"] == ([0, 1, 2] if is_available else [0])


def interaction() -> Any:
    """Return an interaction without a response, as `defer_if_slow` sees it."""
    source = Mock(spec=Interaction)
    source.response.is_done.return_value = False
    return source


@no_bot
async def test_slow_work_is_deferred_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "DEFER_AFTER_SECONDS", 0)
    deferred = asyncio.Event()

    async def work() -> str:
        await deferred.wait()
        return "done"

    async def defer(*_: object, **__: object) -> None:
        deferred.set()

    monkeypatch.setattr(base, "defer", defer)
    assert await base.defer_if_slow(work(), interaction()) == "done"


@no_bot
async def test_quick_work_is_not_deferred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "DEFER_AFTER_SECONDS", 60)

    async def work() -> str:
        await asyncio.sleep(0)
        return "done"

    async def defer(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(base, "defer", defer)
    assert await base.defer_if_slow(work(), interaction()) == "done"


@no_bot
async def test_slow_answers_are_deferred(
    discord: Loopback, run_bot: RunBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "DEFER_AFTER_SECONDS", 0)
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 300, "cd" * 300])
    async with run_bot(discord, names={"style": str(style)}):
        calls = [await discord.invoke("name", {"count": 25}) for _ in range(4)]
        answers = [await call.answer() for call in calls]
        assert all(answer.attachments for answer in answers)
        assert all(call.callback == CallbackType.DEFER for call in calls)


@no_bot
async def test_slow_buttons_are_deferred(
    discord: Loopback, run_bot: RunBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "DEFER_AFTER_SECONDS", 0)
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 300, "cd" * 300])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name 25")
        again = buttons_of(answer)["Again"]["custom_id"]
        own = await discord.press(answer, again)
        other = await discord.press(answer, again, author="ben")
        assert await own.answer() is answer
        assert (await other.answer()).ephemeral
        assert own.callback == CallbackType.DEFER_UPDATE
        assert other.callback == CallbackType.DEFER
        assert answer.attachments


@no_bot
async def test_slow_errors_are_ephemeral(
    discord: Loopback, run_bot: RunBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deferred answer is public, so the error replaces it as a followup."""
    monkeypatch.setattr(base, "DEFER_AFTER_SECONDS", 0)
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 20, "cd" * 20])
    async with run_bot(discord, names={"style": str(style)}):
        call = await discord.invoke("name", {"suffix": "cb"})
        await call.wait_acknowledged()
        assert call.callback == CallbackType.DEFER
        await discord.wait_until(lambda: call.followups)
        (error,) = call.followups
        assert "ends with `cb`" in error.content
        assert error.ephemeral
        await discord.wait_until(lambda: call.response and call.response.deleted)
