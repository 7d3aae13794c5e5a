"""Accessibility of the page: axe on every screen, and everything by keyboard."""

import pytest
from playwright.async_api import Page, expect

from bot.loopback import Loopback

from ..demo_bot import DemoCog
from .axe import assert_accessible
from .page_helpers import become, box, last, log, pick, say, upload
from .test_appearance import fill_channel

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_axe_finds_nothing(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    await assert_accessible(tab, "no messages")
    await fill_channel(cog, loopback)
    await last(tab).get_by_text("is thinking").wait_for()
    await assert_accessible(tab, "every kind of message")
    await box(tab).press_sequentially("/")
    await tab.get_by_role("option").last.wait_for()
    await assert_accessible(tab, "list of commands")
    await tab.keyboard.press("Escape")
    await box(tab).fill("")
    await pick(tab, "things")
    await assert_accessible(tab, "command with a file")
    await tab.get_by_role("button", name="Cancel command").click()
    await pick(tab, "choose")
    await tab.keyboard.type("e")
    await tab.get_by_role("option").first.wait_for()
    await assert_accessible(tab, "autocomplete")
    await tab.get_by_role("button", name="Cancel command").click()
    await log(tab).get_by_role("button", name="elf").click()
    await tab.get_by_role("option", selected=True).wait_for()
    await assert_accessible(tab, "select menu")
    await tab.keyboard.press("Escape")
    await tab.get_by_role("button", name="Apps for Olga").click()
    await tab.get_by_role("menuitem", name="Greet").wait_for()
    await assert_accessible(tab, "apps menu")
    await tab.keyboard.press("Escape")
    await say(tab, "/form ")
    await tab.get_by_role("dialog").get_by_role("button", name="Submit").click()
    await tab.get_by_role("dialog").get_by_text("is required").wait_for()
    await assert_accessible(tab, "form with an error")


async def test_message_command_by_keyboard(tab: Page, loopback: Loopback) -> None:
    await loopback.say("hello", author="ben")
    opener = last(tab).get_by_role("button", name="Apps")
    await opener.focus()
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("menuitem", name="Shout")).to_be_focused()
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("menu")).to_have_count(0)
    await expect(opener).to_be_focused()
    await tab.keyboard.press("Enter")
    for key in ("ArrowDown", "ArrowUp", "Home", "End"):
        await tab.keyboard.press(key)
        await expect(tab.get_by_role("menuitem", name="Shout")).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(last(tab)).to_contain_text("HELLO")


async def test_attach_and_remove_by_keyboard(tab: Page, loopback: Loopback) -> None:
    for name in ("a.txt", "b.txt"):
        async with tab.expect_file_chooser() as chooser:
            await tab.get_by_role("button", name="Attach files").focus()
            await tab.keyboard.press("Enter")
        await (await chooser.value).set_files(upload(name, b"x"))
        await tab.get_by_role("button", name=f"Remove {name}").wait_for()
    await tab.get_by_role("button", name="Remove b.txt").focus()
    await tab.keyboard.press("Enter")
    await expect(box(tab)).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(last(tab).get_by_role("link", name="a.txt")).to_be_visible()
    [message] = loopback.messages("general").values()
    assert [file.filename for file in message.attachments] == ["a.txt"]


@pytest.mark.parametrize("button", ["Cancel command", "Send"])
async def test_escape_leaves_a_command_from_its_buttons(tab: Page, button: str) -> None:
    await pick(tab, "repeat")
    await tab.get_by_role("button", name=button).focus()
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("group", name="/repeat")).to_have_count(0)
    await expect(box(tab)).to_be_focused()


async def test_popover_survives_a_new_window_size(tab: Page) -> None:
    await tab.get_by_role("button", name="Apps for Olga").click()
    menu = tab.get_by_role("menu")
    await menu.wait_for()
    await tab.set_viewport_size({"width": 390, "height": 640})
    await expect(menu).to_be_in_viewport(ratio=1)


async def test_member_strip_of_a_phone(tab: Page) -> None:
    await tab.set_viewport_size({"width": 390, "height": 844})
    strip = tab.get_by_role("complementary", name="Members")
    assert await strip.evaluate("strip => strip.scrollWidth > strip.clientWidth")
    plain = await strip.screenshot()
    await strip.evaluate("strip => { strip.style.background = 'var(--sidebar)'; }")
    assert await strip.screenshot() != plain  # a shadow shows that there are more members
    await become(tab, "Cleo")
    await expect(tab.get_by_text("Cleo", exact=True)).to_be_in_viewport(ratio=1)


async def test_file_field_fits_a_phone(tab: Page) -> None:
    await tab.set_viewport_size({"width": 390, "height": 844})
    await pick(tab, "things")
    form = await tab.get_by_role("group", name="/things").bounding_box()
    field = await tab.locator(".option", has_text="file").bounding_box()
    assert form
    assert field
    assert field["x"] + field["width"] <= form["x"] + form["width"]


async def test_private_note_has_a_drawn_eye(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    cog.gate.set()
    await (await loopback.invoke("slow", {"quiet": True})).answer()
    note = last(tab).get_by_text("Only you can see this")
    await expect(note.locator("svg")).to_be_visible()
    assert (await note.inner_text()).startswith("Only you can see this")
    await expect(last(tab).get_by_text("APP", exact=True)).to_be_visible()
