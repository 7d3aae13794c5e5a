"""Forged components: custom ids and values of others, of other servers, and of no use at all."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import extension
from bot.commands.custom_ids import EXPIRED_MESSAGE, parse_id
from bot.commands.errors import UserError
from bot.loopback import Channel, Loopback, Message
from bot.loopback.payloads.message_requests import Sender
from bot.loopback.payloads.modals import fill_modal
from bot.loopback.rest.interactions import InteractionType
from bot.store import MAX_ID, GuildSettings, SavedName, Store

from ...openapi import CheckedLoopback
from ..conftest import RunBot, send
from .styles.helpers import add_candidate, allow_manage, make_style
from .test_settings import components_of, open_modal, open_settings

TEMPLATES = [
    "namesmith-saved:turn:{}:1",
    "namesmith-saved:turn:0:{}",
    "namesmith-saved:export:{}:1",
    "namesmith-saved:delete:0:{}",
    "namesmith-styles:{}:1",
    "namesmith-styles:{}:1:fantasy",
    "namesmith-styles:0:{}",
    "namesmith-styles:group:{}",
    "namesmith-style-log:{}:1:0:",
    "namesmith-style-log:0:{}:1:names",
    "namesmith-train:confirm:{}",
    "namesmith-train:drop:{}",
    "namesmith-train:cancel:{}",
    "namesmith-train-read:layout:{}",
    "namesmith-train-read:tidy:{}",
    "namesmith-train:publish:{}",
    "namesmith-train:discard:{}",
    "namesmith-train:try:{}",
    "namesmith-forget:yes:{}",
    "namesmith-forget:no:{}",
    "namesmith-pattern:publish:0:{}:heroes",
    "namesmith-offer:page:{}",
    "namesmith-offer:all:{}",
    "namesmith-offer:back:{}",
]
"""The custom ids with a number, each with `{}` for it."""

WITHOUT_NUMBERS = [
    "namesmith:again:WzUs",
    "namesmith-blend:WzUs",
    "namesmith-keep:names",
    "namesmith-keep-all:names",
    "namesmith-set:count",
    "namesmith-pattern:publish:0:heroes",  # of a preview that an older version sent
    "namesmith-details:names",
]

NUMBERS = [
    *(str(2**63), str(2**64), "9" * 60, "-1", "+1", "007", "00", "1_0", "1.0", "1e3", "0x1"),
    *("١٢", "१", "²", " 1", "1 ", "1\n", "", "x", "None"),
]

TRAINING_EXPIRED = {
    "confirm": "This preview has expired or was already used. Run `/manage-styles train` again.",
    "drop": "This preview has expired or was already used. Run `/manage-styles train` again.",
    "publish": "This training has expired. Run `/manage-styles train` again.",
    "discard": "This training has expired. Run `/manage-styles train` again.",
    "try": "This training has expired. Run `/manage-styles train` again.",
    "details": "This training has expired. Run `/manage-styles train` again.",
    "cancel": "That training has already finished.",
}


async def post(
    discord: Loopback, components: Iterable[dict[str, Any]], channel: Channel | None = None
) -> Message:
    """Post a message that the plugin did not make, as the bot, with a component a row."""
    channel = channel or discord.channel("general")
    rows = [{"type": 1, "components": [component]} for component in components]
    url = f"{discord.api_url}/channels/{channel.id}/messages"
    headers = {"Authorization": f"Bot {discord.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, json={"content": "?", "components": rows}) as response,
    ):
        return discord.messages(channel)[int((await response.json())["id"])]


def button(custom_id: str) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": "Go", "custom_id": custom_id}


def select(custom_id: str, *values: str) -> dict[str, Any]:
    options = [{"label": value or "?", "value": value} for value in values]
    return {"type": 3, "custom_id": custom_id, "options": options, "max_values": len(options)}


async def press_all(discord: Loopback, custom_ids: Sequence[str], **where: Any) -> list[str]:
    """Press forged buttons, and return the answers, which are ephemeral."""
    author = where.pop("author", "olga")
    answers = []
    for start in range(0, len(custom_ids), 5):
        some = custom_ids[start : start + 5]
        message = await post(discord, map(button, some), **where)
        calls = [await discord.press(message, each, author=author) for each in some]
        for call in calls:
            answer = await call.answer()
            assert answer.ephemeral, call.name
            answers.append(answer.content)
    return answers


def test_every_component_is_tried() -> None:
    tried = [*(template.format(1) for template in TEMPLATES), *WITHOUT_NUMBERS]
    for component in extension._COMPONENTS:
        pattern = component.__discord_ui_compiled_template__
        assert any(map(pattern.fullmatch, tried)), component
        has_number = any(map(pattern.fullmatch, tried[: len(TEMPLATES)]))
        assert has_number or not {"id", "page", "user"} & pattern.groupindex.keys()


@given(st.integers(0, MAX_ID))
def test_ids_are_read(number: int) -> None:
    assert parse_id(str(number)) == number


@given(st.sampled_from(NUMBERS) | st.text() | st.integers().map(str))
def test_ids_are_canonical(text: str) -> None:
    is_canonical = re.fullmatch(r"0|[1-9][0-9]*", text) and int(text) < 2**63
    if is_canonical:
        assert parse_id(text) == int(text)
    else:
        with pytest.raises(UserError, match=re.escape(EXPIRED_MESSAGE)):
            parse_id(text)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("template", TEMPLATES)
async def test_invalid_numbers_have_expired(
    discord: Loopback, template: str, caplog: pytest.LogCaptureFixture
) -> None:
    custom_ids = [template.format(number) for number in NUMBERS]
    assert set(await press_all(discord, custom_ids)) == {EXPIRED_MESSAGE}
    assert "Traceback" not in caplog.text


@pytest.mark.usefixtures("bot")
async def test_unknown_components_have_expired(
    discord: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    custom_ids = [
        *("namesmith:", "namesmith:x", "namesmith-train:explode:1", "namesmith-set:secret"),
        *("namesmith-saved:turn:1", "namesmith-\n", "namesmith-pattern:publish:2:x"),
    ]
    assert set(await press_all(discord, custom_ids)) == {EXPIRED_MESSAGE}
    assert "Traceback" not in caplog.text


@pytest.mark.usefixtures("bot")
async def test_components_of_another_kind_have_expired(
    discord: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    """Buttons with the custom ids of selects, and a select with that of a channel select."""
    olga = discord.user("olga").id
    buttons = [
        *(
            "namesmith-keep:names",
            "namesmith-keep-all:x",
            f"namesmith-saved:delete:0:{olga}",
            "namesmith-styles:group:1",
        ),
        *("namesmith-set:style", "namesmith-set:count", "namesmith-set:channels"),
        "namesmith-offer:styles:0:0",
    ]
    assert set(await press_all(discord, buttons)) == {EXPIRED_MESSAGE}
    message = await post(discord, [select("namesmith-set:channels", "1")])
    call = await discord.select(message, "namesmith-set:channels", ["1"], author="olga")
    assert (await call.answer()).content == EXPIRED_MESSAGE
    assert "Traceback" not in caplog.text


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("setting", ["count", "temperature", "style"])
async def test_forged_settings_are_refused(
    discord: Loopback, store: Store, setting: str, caplog: pytest.LogCaptureFixture
) -> None:
    custom_id = f"namesmith-set:{setting}"
    values = ["=", "=x", "=-1", "=nan", f"={2**63}", f"={'9' * 60}", "x" * 100]
    if setting == "style":
        values = ["=", "= "]
    for value in values:
        message = await post(discord, [select(custom_id, value)])
        call = await discord.select(message, custom_id, [value], author="olga")
        assert (await call.answer()).ephemeral
    assert await store.get_guild_settings(discord.guild.id) == GuildSettings()
    assert "Traceback" not in caplog.text


async def test_trainings_of_another_server(run_bot: RunBot, store: Store) -> None:
    """Olga can manage both servers and owns the bot; the buttons are in the wrong server."""
    async with CheckedLoopback(guilds=2) as discord, run_bot(discord):
        first, second = discord.guilds
        for guild_id in (first.id, None):
            training = await add_candidate(store, make_style("Abi"), "fauns", guild_id)
            for state in ("done", "offered", "running"):
                await store.trainings.update(training.id, state=state)
                before = await store.trainings.get(training.id)
                for action, text in TRAINING_EXPIRED.items():
                    forged = [f"namesmith-train:{action}:{training.id}"]
                    channel = discord.channel("general", second)
                    assert await press_all(discord, forged, channel=channel) == [text]
                assert await store.trainings.get(training.id) == before
        assert discord.violations == []


@pytest.mark.usefixtures("bot")
async def test_trainings_without_permission(discord: Loopback, store: Store) -> None:
    allow_manage(discord, "ben")
    own = await add_candidate(store, make_style("Abi"), "fauns", discord.guild.id)
    for action in TRAINING_EXPIRED:
        forged = [f"namesmith-train:{action}:{own.id}"]
        state = {"confirm": "offered", "drop": "offered", "cancel": "running"}.get(action, "done")
        await store.trainings.update(own.id, state=state)
        answers = await press_all(discord, forged, author="ada")
        assert answers == ["You need the permission Manage Server for that."]
        training = await store.trainings.get(own.id)
        assert training
        assert training.state == state


async def test_saved_names_of_another_person(
    discord: Loopback, run_bot: RunBot, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    ada, ben = discord.user("ada").id, discord.user("ben").id
    await store.save_names(ada, ["Trella"], "names")
    saved: list[SavedName] = await store.get_saved_names(ada)
    async with run_bot(discord):
        for user in (ada, ben):
            custom_id = f"namesmith-saved:delete:0:{user}"
            values = [str(saved[0].id)]
            message = await post(discord, [select(custom_id, *values)])
            await (await discord.select(message, custom_id, values, author="ben")).answer()
        for value in (str(2**63), "-1", "١٢", "x"):
            custom_id = f"namesmith-saved:delete:0:{ben}"
            message = await post(discord, [select(custom_id, value)])
            call = await discord.select(message, custom_id, [value], author="ben")
            assert (await call.answer()).content == EXPIRED_MESSAGE
        assert await store.get_saved_names(ada) == saved
    assert "Traceback" not in caplog.text


async def test_modal_after_a_lost_permission(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    async with run_bot(discord):
        allow_manage(discord, "ben")
        view = await open_settings(discord, "ben")
        assert "words" in components_of(view)
        modal = await open_modal(discord, view, "ben")
        await modal.wait_acknowledged()
        discord.set_permissions("general", discord.user("ben"))
        sent = await discord.submit(modal, {"words": "troll", "prefix": "?"})
        assert (await sent.answer()).content == "You need the permission Manage Server for that."
        assert await store.get_guild_settings(discord.guild.id) == GuildSettings()


async def test_modal_of_another_person_or_server(run_bot: RunBot, store: Store) -> None:
    """Olga opens a form; a member submits it, and then olga herself in her other server."""
    async with CheckedLoopback(guilds=2) as discord, run_bot(discord):
        second = discord.channel("general", discord.guilds[1])
        modal = await open_modal(discord, await open_settings(discord))
        await modal.wait_acknowledged()
        assert modal.modal
        sender = Sender(discord._backend.state, modal.channel, modal.user)
        values = fill_modal(modal.modal, {"words": "troll", "prefix": "?"}, sender)
        for author, channel, text in (
            ("ben", modal.channel, "You need the permission Manage Server for that."),
            ("olga", second, EXPIRED_MESSAGE),
        ):
            forged = discord._backend.interactions.start(
                InteractionType.MODAL_SUBMIT,
                *(discord.user(author), channel, values, "settings", modal.source, modal),
            )
            assert (await forged.answer()).content == text
        for guild in discord.guilds:
            assert await store.get_guild_settings(guild.id) == GuildSettings()
        assert discord.violations == []


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("kind", [2, 3, 8])
async def test_components_that_the_message_lacks(
    discord: Loopback, caplog: pytest.LogCaptureFixture, kind: int
) -> None:
    """Also with the type of another component, in a plain message and in one of containers."""
    plain, layout = await send(discord, "!name Tr 1"), await open_settings(discord)
    own = str(components_of(layout)["words"]["custom_id"])
    custom_ids = [template.format(1) for template in TEMPLATES] + WITHOUT_NUMBERS
    custom_ids.remove("namesmith-set:count")  # the layout has it
    custom_ids += [own] if kind != 2 else []
    for message in (plain, layout):
        calls = [
            discord._backend.interactions.start(
                InteractionType.COMPONENT,
                *(discord.user("olga"), message.channel),
                {"custom_id": custom_id, "component_type": kind, "id": 1, "values": ["1"]},
                *(custom_id, message),
            )
            for custom_id in custom_ids
        ]
        answers = [(await call.answer()).content for call in calls]
        assert answers == [EXPIRED_MESSAGE] * len(calls)
    assert "Traceback" not in caplog.text
