"""Slash commands, menus, buttons, selects and forms, from both sides."""

import asyncio
from typing import Any

import aiohttp
import discord
import pytest
from discord import Interaction

from bot.loopback import Loopback

from .cogs import Cog, equipped
from .conftest import Running


@pytest.fixture
async def cog(loopback: Loopback, running: Running) -> Any:
    """The cog of a bot that runs on the loopback."""
    bot, cog = equipped()
    async with running(loopback, bot):
        await loopback.wait_commands()
        yield cog


pytestmark = pytest.mark.usefixtures("cog")


async def test_a_slash_command_is_answered(loopback: Loopback) -> None:
    call = await loopback.invoke("repeat", {"text": "ab", "count": 2}, author="ben")
    answer = await call.answer()
    assert (answer.content, answer.author, answer.ephemeral) == ("abab", loopback.bot, False)
    about = answer.json()
    assert about["interaction_metadata"]["user"]["username"] == "ben"
    assert (about["type"], about["webhook_id"]) == (20, str(loopback.application_id))


async def test_a_slash_command_works_in_direct_messages(loopback: Loopback) -> None:
    call = await loopback.invoke("repeat", {"text": "x"}, channel=loopback.dm("ada"))
    assert (await call.answer()).channel is loopback.dm("ada")


async def test_a_deferred_answer_is_waited_for(loopback: Loopback, cog: Cog) -> None:
    events = loopback.events()
    call = await loopback.invoke("slow")
    assert await call.wait_acknowledged() == 5
    assert (await anext(events)).kind == "thinking"
    cog.gate.set()
    answer = await call.answer()
    assert (answer.content, answer.loading, call.followups) == ("at last", False, [])
    assert (await anext(events)).kind == "created"


async def test_a_deferred_answer_is_one_message_to_the_bot(loopback: Loopback, cog: Cog) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()

    @cog.bot.listen("on_message")
    async def created(message: discord.Message) -> None:
        told.put_nowait("created")

    @cog.bot.listen("on_message_edit")
    async def edited(before: discord.Message, after: discord.Message) -> None:
        told.put_nowait("edited")

    cog.gate.set()
    await (await loopback.invoke("slow")).answer()
    assert [await told.get(), await told.get()] == ["created", "edited"]


async def test_a_deferred_answer_stays_as_private_as_it_was_deferred(
    loopback: Loopback, cog: Cog
) -> None:
    cog.gate.set()
    answer = await (await loopback.invoke("slow", {"quiet": True})).answer()
    assert answer.ephemeral
    assert answer.visible_to is loopback.user("ada")


async def test_follow_ups_and_edits_of_both_kinds_arrive(loopback: Loopback) -> None:
    events = loopback.events()
    call = await loopback.invoke("several")
    seen = [await anext(events) for _ in range(5)]
    kinds = ["created", "created", "created", "edited", "edited"]
    assert [event.kind for event in seen] == kinds
    assert (await call.answer()).content == "one!"
    assert [message.content for message in call.followups] == ["two!", "three"]
    assert [event.visible_to for event in seen[:3]] == [None, None, loopback.user("ada")]


async def test_a_deleted_answer_gives_way_to_the_follow_up(loopback: Loopback) -> None:
    call = await loopback.invoke("vanish")
    await loopback.wait_until(lambda: call.followups)
    assert (await call.answer()).content == "instead"


async def test_an_ephemeral_message_is_for_one_person_alone(loopback: Loopback) -> None:
    panel = await (await loopback.invoke("panel")).answer()
    private = await (await loopback.press(panel, "new", author="ben")).answer()
    assert private.ephemeral
    assert private.visible_to is loopback.user("ben")
    with pytest.raises(ValueError, match="ada does not see that message"):
        await loopback.press(private, "new", author="ada")


async def test_a_callback_must_fit_the_interaction(loopback: Loopback, cog: Cog) -> None:
    call = await loopback.invoke("never")
    url = f"{loopback.api_url}/interactions/{call.id}/{call.token}/callback"
    async with aiohttp.ClientSession() as session:
        for kind in (7, 8):  # there is no message to update, and nothing was being typed
            async with session.post(url, json={"type": kind, "data": {"choices": []}}) as response:
                answer = await response.json()
            assert (response.status, answer["code"]) == (400, 50035)
            assert "Value must be one of {4, 5, 9}." in str(answer["errors"])
        async with session.post(url, json={"type": 4, "data": {"content": "by hand"}}) as response:
            assert response.status == 204
    assert (await call.answer()).content == "by hand"
    cog.gate.set()
    assert (await cog.refused.get()).code == 40060


async def test_an_interaction_is_acknowledged_once(loopback: Loopback, cog: Cog) -> None:
    await loopback.invoke("twice")
    refusal = await cog.refused.get()
    assert (refusal.status, refusal.code) == (400, 40060)


async def test_autocomplete_gives_the_choices_for_what_is_typed(loopback: Loopback) -> None:
    offered = await loopback.autocomplete("choose", {"kind": "el"}, focused="kind")
    assert [choice["value"] for choice in offered] == ["elf", "elder"]
    with pytest.raises(ValueError, match="has no autocomplete"):
        await loopback.autocomplete("choose", {}, focused="tone")


async def test_a_choice_is_meant_by_name_or_value(loopback: Loopback) -> None:
    for meant in ("Hard", "b"):
        call = await loopback.invoke("choose", {"kind": "elf", "tone": meant})
        assert (await call.answer()).content == "elf b"


async def test_people_places_files_and_roles_are_given_as_options(loopback: Loopback) -> None:
    options = {"user": "@ben", "place": "#random", "file": ("a.txt", b"data"), "role": "Namesmith"}
    call = await loopback.invoke("things", options)
    assert (await call.answer()).content == "ben random data Namesmith"


async def test_subcommands_are_written_with_a_space(loopback: Loopback) -> None:
    call = await loopback.invoke("style train", {"name": "elf"})
    assert (await call.answer()).content == "training elf"


BAD = [
    ("nothing", {}, "no command /nothing is registered; there are: .*/admin, /choose"),
    ("repeat", {}, "/repeat: the option 'text' is required"),
    ("repeat", {"text": "x", "no": 1}, "/repeat: no option 'no'; there are: text, count"),
    ("repeat", {"text": "x", "count": 6}, "/repeat count: 6 must be 5 or less"),
    ("repeat", {"text": "x", "count": 0}, "/repeat count: 0 must be 1 or more"),
    ("repeat", {"text": "x", "count": "2"}, "/repeat count: '2' is not a whole number"),
    ("repeat", {"text": 5}, "/repeat text: 5 is not text"),
    ("slow", {"quiet": 1}, "/slow quiet: 1 is not true or false"),
    ("choose", {"kind": "x", "tone": "c"}, "/choose tone: 'c' is not a choice"),
    ("style", {}, "/style: a subcommand is needed, one of: train"),
    ("style bend", {}, "/style: no subcommand 'bend'; there are: train"),
    ("things", {"user": "zoe"}, "/things user: 'zoe' is not a user here"),
    ("admin", {}, "/admin: ada lacks the permission MANAGE_GUILD"),
]


@pytest.mark.parametrize(("command", "options", "line"), BAD)
async def test_what_discords_client_would_not_send_is_refused_in_one_line(
    command: str, options: dict[str, Any], line: str, loopback: Loopback
) -> None:
    with pytest.raises(ValueError, match=line.replace("(", r"\(")) as refusal:
        await loopback.invoke(command, options)
    assert "\n" not in str(refusal.value)


async def test_the_bot_is_told_of_ephemeral_messages_as_of_no_guild(
    loopback: Loopback, cog: Cog
) -> None:
    told: asyncio.Queue[discord.Message] = asyncio.Queue()

    @cog.bot.listen("on_message")
    async def put(message: discord.Message) -> None:
        told.put_nowait(message)

    cog.gate.set()
    await (await loopback.invoke("slow", {"quiet": True})).answer()
    message = await told.get()
    assert message.flags.ephemeral
    assert message.guild is None


async def test_who_has_the_permission_may_use_the_command(loopback: Loopback) -> None:
    answer = await (await loopback.invoke("admin", author="olga")).answer()
    assert answer.content == "True"


async def test_menus_act_on_a_message_or_a_user(loopback: Loopback) -> None:
    said = await loopback.say("quiet")
    assert (await (await loopback.use_context_menu("Shout", said)).answer()).content == "QUIET"
    assert (
        await (await loopback.use_context_menu("Greet", loopback.user("ben"))).answer()
    ).content == "hello ben"


async def test_a_button_updates_its_message_at_once_or_later(loopback: Loopback) -> None:
    panel = await (await loopback.invoke("panel")).answer()
    for name in ("more", "later"):
        answer = await (await loopback.press(panel, name, author="ben")).answer()
        assert answer is panel
        assert panel.content == name


async def test_buttons_that_cannot_be_pressed_are_refused(loopback: Loopback) -> None:
    panel = await (await loopback.invoke("panel")).answer()
    with pytest.raises(ValueError, match="no button 'no' in the message; there are: more, later"):
        await loopback.press(panel, "no")
    with pytest.raises(ValueError, match="the button 'off' is disabled"):
        await loopback.press(panel, "off")
    with pytest.raises(ValueError, match="no button 'style'"):
        await loopback.press(panel, "style")


async def test_a_select_gives_the_values_chosen(loopback: Loopback) -> None:
    panel = await (await loopback.invoke("panel")).answer()
    assert (
        await (await loopback.select(panel, "style", ["elf", "Orc"])).answer()
    ).content == "elf and orc"
    call = await loopback.select(panel, "who", ["cleo"])
    assert (await call.answer()).content == loopback.user("cleo").mention


async def test_selects_take_what_they_offer_and_as_many(loopback: Loopback) -> None:
    panel = await (await loopback.invoke("panel")).answer()
    with pytest.raises(ValueError, match="the select 'style' takes 1 to 2 values, not 0"):
        await loopback.select(panel, "style", [])
    with pytest.raises(ValueError, match="the select 'style' has no 'troll'"):
        await loopback.select(panel, "style", ["troll"])


@pytest.mark.parametrize("way", ["command", "button"])
async def test_a_form_is_opened_filled_in_and_answered(way: str, loopback: Loopback) -> None:
    if way == "command":
        call = await loopback.invoke("form")
    else:
        panel = await (await loopback.invoke("panel")).answer()
        call = await loopback.press(panel, "rate")
    assert await call.wait_acknowledged() == 9
    assert call.modal is not None
    assert call.modal["title"] == "Feedback"
    best = call.modal["components"][0]["components"][0]["custom_id"]
    answer = await (await loopback.submit(call, {best: "Tristan"})).answer()
    assert answer.content == "best Tristan, -"


async def test_a_form_is_checked_as_it_is_sent(loopback: Loopback) -> None:
    call = await loopback.invoke("form")
    with pytest.raises(ValueError, match="is required"):
        await loopback.submit(call, {})
    assert call.modal is not None
    best = call.modal["components"][0]["components"][0]["custom_id"]
    with pytest.raises(ValueError, match="have 0 to 10 characters, not 11"):
        await loopback.submit(call, {best: "x" * 11})
    with pytest.raises(ValueError, match="the form has no field 'no'"):
        await loopback.submit(call, {"no": "x"})
    with pytest.raises(ValueError, match="for ada, not for ben"):
        await loopback.submit(call, {best: "x"}, author="ben")
    with pytest.raises(ValueError, match="The answer is a modal"):
        await call.answer()


async def test_layouts_of_the_second_kind_are_kept_and_pressed(
    loopback: Loopback, cog: Cog
) -> None:
    class Layout(discord.ui.LayoutView):
        text: discord.ui.TextDisplay["Layout"] = discord.ui.TextDisplay("## Names")
        row: discord.ui.ActionRow["Layout"] = discord.ui.ActionRow()

        @row.button(label="Go", custom_id="go")
        async def go(self, interaction: Interaction, button: Any) -> None:
            await interaction.response.send_message("gone")

    channel = cog.bot.get_channel(loopback.channel("general").id)
    assert isinstance(channel, discord.TextChannel)
    sent = await channel.send(view=Layout())
    message = loopback.messages("general")[sent.id]
    assert message.components[0]["content"] == "## Names"
    assert (await (await loopback.press(message, "go")).answer()).content == "gone"
