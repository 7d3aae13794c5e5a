"""Interactions: slash commands, context menus, buttons, selects and modals."""

import asyncio
from typing import Any

import aiohttp
import discord
import pytest
from discord import Interaction

from bot.loopback import Loopback

from .conftest import RunBot
from .demo_bot import DemoCog, create_demo_bot


@pytest.fixture
async def cog(loopback: Loopback, run_bot: RunBot) -> Any:
    """The cog of a bot that is logged into the loopback."""
    bot, cog = create_demo_bot()
    async with run_bot(loopback, bot):
        await loopback.wait_commands()
        yield cog


pytestmark = pytest.mark.usefixtures("cog")


async def test_slash_command(loopback: Loopback) -> None:
    call = await loopback.invoke("repeat", {"text": "ab", "count": 2}, author="ben")
    answer = await call.answer()
    assert (answer.content, answer.author, answer.ephemeral) == ("abab", loopback.bot, False)
    about = answer.json()
    assert about["interaction_metadata"]["user"]["username"] == "ben"
    assert (about["type"], about["webhook_id"]) == (20, str(loopback.application_id))


async def test_slash_command_in_dm(loopback: Loopback) -> None:
    call = await loopback.invoke("repeat", {"text": "x"}, channel=loopback.dm("ada"))
    assert (await call.answer()).channel is loopback.dm("ada")


async def test_deferred_response(loopback: Loopback, cog: DemoCog) -> None:
    events = loopback.events()
    call = await loopback.invoke("slow")
    assert await call.wait_acknowledged() == 5
    assert (await anext(events)).kind == "thinking"
    cog.gate.set()
    answer = await call.answer()
    assert (answer.content, answer.loading, call.followups) == ("at last", False, [])
    assert (await anext(events)).kind == "created"


async def test_deferred_response_events(loopback: Loopback, cog: DemoCog) -> None:
    events: asyncio.Queue[str] = asyncio.Queue()

    @cog.bot.listen("on_message")
    async def created(message: discord.Message) -> None:
        events.put_nowait("created")

    @cog.bot.listen("on_message_edit")
    async def edited(before: discord.Message, after: discord.Message) -> None:
        events.put_nowait("edited")

    cog.gate.set()
    await (await loopback.invoke("slow")).answer()
    assert [await events.get(), await events.get()] == ["created", "edited"]


async def test_deferred_response_stays_ephemeral(loopback: Loopback, cog: DemoCog) -> None:
    cog.gate.set()
    answer = await (await loopback.invoke("slow", {"quiet": True})).answer()
    assert answer.ephemeral
    assert answer.visible_to is loopback.user("ada")


async def test_followups_and_edits(loopback: Loopback) -> None:
    events = loopback.events()
    call = await loopback.invoke("several")
    received = [await anext(events) for _ in range(5)]
    kinds = ["created", "created", "created", "edited", "edited"]
    assert [event.kind for event in received] == kinds
    assert (await call.answer()).content == "one!"
    assert [message.content for message in call.followups] == ["two!", "three"]
    assert [event.visible_to for event in received[:3]] == [None, None, loopback.user("ada")]


async def test_followup_after_delete(loopback: Loopback) -> None:
    call = await loopback.invoke("vanish")
    await loopback.wait_until(lambda: call.followups)
    assert (await call.answer()).content == "instead"


async def test_ephemeral_message(loopback: Loopback) -> None:
    panel = await (await loopback.invoke("panel")).answer()
    private = await (await loopback.press(panel, "new", author="ben")).answer()
    assert private.ephemeral
    assert private.visible_to is loopback.user("ben")
    with pytest.raises(ValueError, match="ada does not see that message"):
        await loopback.press(private, "new", author="ada")


async def test_invalid_callback_type(loopback: Loopback, cog: DemoCog) -> None:
    call = await loopback.invoke("never")
    url = f"{loopback.api_url}/interactions/{call.id}/{call.token}/callback"
    async with aiohttp.ClientSession() as session:
        for kind in (7, 8):  # no message to update; no autocomplete
            async with session.post(url, json={"type": kind, "data": {"choices": []}}) as response:
                answer = await response.json()
            assert (response.status, answer["code"]) == (400, 50035)
            assert "Value must be one of {4, 5, 9}." in str(answer["errors"])
        async with session.post(
            url, json={"type": 4, "data": {"content": "sent directly"}}
        ) as response:
            assert response.status == 204
    assert (await call.answer()).content == "sent directly"
    cog.gate.set()
    assert (await cog.refused.get()).code == 40060


async def test_second_callback(loopback: Loopback, cog: DemoCog) -> None:
    await loopback.invoke("twice")
    refusal = await cog.refused.get()
    assert (refusal.status, refusal.code) == (400, 40060)


async def test_autocomplete(loopback: Loopback) -> None:
    offered = await loopback.autocomplete("choose", {"kind": "el"}, focused="kind")
    assert [choice["value"] for choice in offered] == ["elf", "elder"]
    with pytest.raises(ValueError, match="has no autocomplete"):
        await loopback.autocomplete("choose", {}, focused="tone")


async def test_choice_by_name_or_value(loopback: Loopback) -> None:
    for tone in ("Hard", "b"):
        call = await loopback.invoke("choose", {"kind": "elf", "tone": tone})
        assert (await call.answer()).content == "elf b"


async def test_resolved_options(loopback: Loopback) -> None:
    options = {
        "user": "@ben",
        "channel": "#random",
        "file": ("a.txt", b"data"),
        "role": "Namesmith",
    }
    call = await loopback.invoke("things", options)
    assert (await call.answer()).content == "ben random data Namesmith"


async def test_subcommand(loopback: Loopback) -> None:
    call = await loopback.invoke("style train", {"name": "elf"})
    assert (await call.answer()).content == "training elf"


INVALID = [
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


@pytest.mark.parametrize(("command", "options", "message"), INVALID)
async def test_invalid_options(
    command: str, options: dict[str, Any], message: str, loopback: Loopback
) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")) as error:
        await loopback.invoke(command, options)
    assert "\n" not in str(error.value)


async def test_ephemeral_event_has_no_guild(loopback: Loopback, cog: DemoCog) -> None:
    messages: asyncio.Queue[discord.Message] = asyncio.Queue()

    @cog.bot.listen("on_message")
    async def put(message: discord.Message) -> None:
        messages.put_nowait(message)

    cog.gate.set()
    await (await loopback.invoke("slow", {"quiet": True})).answer()
    message = await messages.get()
    assert message.flags.ephemeral
    assert message.guild is None


async def test_default_member_permissions(loopback: Loopback) -> None:
    answer = await (await loopback.invoke("admin", author="olga")).answer()
    assert answer.content == "True"


async def test_context_menus(loopback: Loopback) -> None:
    message = await loopback.say("quiet")
    assert (await (await loopback.use_context_menu("Shout", message)).answer()).content == "QUIET"
    assert (
        await (await loopback.use_context_menu("Greet", loopback.user("ben"))).answer()
    ).content == "hello ben"


async def test_button_updates_message(loopback: Loopback) -> None:
    panel = await (await loopback.invoke("panel")).answer()
    for name in ("more", "later"):
        answer = await (await loopback.press(panel, name, author="ben")).answer()
        assert answer is panel
        assert panel.content == name


async def test_invalid_buttons(loopback: Loopback) -> None:
    panel = await (await loopback.invoke("panel")).answer()
    with pytest.raises(ValueError, match="no button 'no' in the message; there are: more, later"):
        await loopback.press(panel, "no")
    with pytest.raises(ValueError, match="the button 'off' is disabled"):
        await loopback.press(panel, "off")
    with pytest.raises(ValueError, match="no button 'style'"):
        await loopback.press(panel, "style")


async def test_select_values(loopback: Loopback) -> None:
    panel = await (await loopback.invoke("panel")).answer()
    assert (
        await (await loopback.select(panel, "style", ["elf", "Orc"])).answer()
    ).content == "elf and orc"
    call = await loopback.select(panel, "user", ["cleo"])
    assert (await call.answer()).content == loopback.user("cleo").mention


async def test_invalid_select_values(loopback: Loopback) -> None:
    panel = await (await loopback.invoke("panel")).answer()
    with pytest.raises(ValueError, match="the select 'style' takes 1 to 2 values, not 0"):
        await loopback.select(panel, "style", [])
    with pytest.raises(ValueError, match="the select 'style' has no 'troll'"):
        await loopback.select(panel, "style", ["troll"])


@pytest.mark.parametrize("source", ["command", "button"])
async def test_modal(source: str, loopback: Loopback) -> None:
    if source == "command":
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


async def test_invalid_modal_submit(loopback: Loopback) -> None:
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


async def test_components_v2(loopback: Loopback, cog: DemoCog) -> None:
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


def allows(loopback: Loopback, author: str = "ada", channel: str = "general") -> bool:
    return any(c["name"] == "admin" for c in loopback.available_commands(author, channel))


async def test_overrides_of_commands(loopback: Loopback) -> None:
    """A user's override counts before those of roles, any role that allows, and everyone's."""
    guild, ada = loopback.guild, loopback.user("ada")
    denied, allowed = (loopback.create_role(name, ada) for name in ("Denied", "Allowed"))
    assert not allows(loopback)
    loopback.override_command("admin", guild.roles[guild.id], allow=True)
    assert allows(loopback)
    assert allows(loopback, "ben")
    loopback.override_command("admin", denied, allow=False)
    assert not allows(loopback)
    assert allows(loopback, "ben")
    loopback.override_command("admin", allowed, allow=True)
    assert allows(loopback)
    loopback.override_command("admin", ada, allow=False)
    assert not allows(loopback)
    with pytest.raises(ValueError, match="/admin: not allowed for ada in Server Settings"):
        await loopback.invoke("admin", author="ada")
    loopback.override_command("admin", guild.roles[guild.id], allow=False)
    assert allows(loopback, "olga"), "owners and administrators may use all commands"


async def test_overrides_of_commands_in_channels(loopback: Loopback) -> None:
    ada = loopback.user("ada")
    loopback.override_command("admin", ada, allow=True)
    loopback.override_command("admin", loopback.channel("random"), allow=False)
    assert allows(loopback)
    assert not allows(loopback, channel="random")
    with pytest.raises(ValueError, match="no command /nosuch is registered"):
        loopback.override_command("nosuch", ada, allow=True)
