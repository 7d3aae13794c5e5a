"""Slash commands and context menus on the page, in Chromium."""

import pytest
from playwright.async_api import Page, expect

from bot.loopback import Loopback

from ..demo_bot import DemoCog
from .page_helpers import become, box, go, hold_responses, last, log, pick, say, upload, use

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_keyboard_only(tab: Page) -> None:
    await expect(box(tab)).to_be_focused()
    await tab.keyboard.type("/rep")
    await expect(tab.get_by_role("option", name="/repeat")).to_be_visible()
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("textbox", name="text")).to_be_focused()
    await expect(tab.get_by_role("status").filter(has_text="text: …")).to_be_visible()
    await tab.keyboard.type("ab")
    await tab.keyboard.press("Tab")
    await expect(tab.get_by_role("button", name="Add the option count")).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("textbox", name="count")).to_be_focused()
    await expect(tab.get_by_text("a whole number from 1 to 5")).to_be_visible()
    await tab.keyboard.type("3")
    await tab.keyboard.press("Enter")
    await expect(last(tab)).to_contain_text("Ada used /repeat")
    await expect(last(tab)).to_contain_text("ababab")
    await expect(box(tab)).to_be_focused()


async def test_typing_narrows_list(tab: Page) -> None:
    await box(tab).press_sequentially("/")
    await expect(tab.get_by_role("option")).to_have_count(11)
    await box(tab).press_sequentially("s")
    await expect(tab.get_by_role("option").first).to_have_text("/style traintrain")
    await box(tab).press_sequentially("ev")
    await expect(tab.get_by_role("option")).to_have_text(["/severalseveral responses"])
    await box(tab).press("Escape")
    await expect(tab.get_by_role("option")).to_have_count(0)


async def test_arrow_keys_wrap_around(tab: Page) -> None:
    await box(tab).press_sequentially("/s")
    await expect(tab.get_by_role("option", selected=True)).to_have_text("/style traintrain")
    await box(tab).press("ArrowUp")
    last_option = await tab.get_by_role("option").last.inner_text()
    await expect(tab.get_by_role("option", selected=True)).to_have_text(
        last_option.replace("\n", "")
    )
    await box(tab).press("ArrowDown")
    await box(tab).press("Tab")
    await expect(tab.get_by_role("group", name="/style train")).to_be_visible()


async def test_enter_before_list_loads(tab: Page) -> None:
    async with hold_responses(tab, "**/actions/commands") as release:
        await tab.keyboard.type("/sev")
        await tab.keyboard.press("Enter")
        await expect(box(tab)).to_have_value("/sev")
        release()
        await tab.get_by_role("group", name="/several").wait_for()


async def test_pick_with_mouse(tab: Page) -> None:
    await box(tab).press_sequentially("/se")
    await tab.get_by_role("option", name="/several").click()
    await tab.get_by_role("button", name="Send").click()
    await expect(log(tab)).to_contain_text("one!")
    await expect(log(tab)).to_contain_text("two! (edited)")
    await expect(last(tab)).to_contain_text("three")
    await expect(last(tab)).to_contain_text("Only you can see this")


async def test_autocomplete(tab: Page) -> None:
    await pick(tab, "choose")
    await tab.keyboard.type("el")
    await expect(tab.get_by_role("option")).to_have_text(["Elf", "Elder"])
    await tab.keyboard.type("d")
    await expect(tab.get_by_role("option")).to_have_text(["Elder"])
    await tab.keyboard.press("ArrowDown")
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("combobox", name="kind")).to_have_value("Elder")
    await tab.get_by_role("button", name="Add the option tone").click()
    await expect(tab.get_by_role("option")).to_have_text(["Soft", "Hard"])
    await tab.keyboard.type("ha")
    await tab.keyboard.press("Enter")
    await tab.keyboard.press("Enter")
    await expect(last(tab)).to_contain_text("elder b")


async def test_invalid_choice_can_be_corrected(tab: Page) -> None:
    await pick(tab, "choose")
    await tab.keyboard.type("orc")
    await tab.get_by_role("button", name="Add the option tone").click()
    await tab.keyboard.type("loud")
    await tab.keyboard.press("Enter")
    error = "/choose tone: 'loud' is not a choice; there are: Soft, Hard"
    await expect(tab.get_by_role("alert").filter(has_text=error)).to_be_visible()
    await tab.get_by_role("combobox", name="tone").fill("Hard")
    await tab.keyboard.press("Enter")
    await tab.keyboard.press("Enter")
    await expect(last(tab)).to_contain_text("orc b")


async def test_out_of_range_number_is_rejected(tab: Page) -> None:
    await say(tab, "/repeat text:x count:9")
    error = tab.get_by_role("alert").filter(has_text="/repeat count: 9 must be 5 or less")
    await expect(error).to_be_visible()
    await expect(tab.get_by_role("textbox", name="count")).to_have_value("9")


async def test_answer_does_not_move(tab: Page) -> None:
    async with hold_responses(tab, "**/actions/invoke") as release:
        await use(tab, "panel")
        await expect(box(tab)).to_be_focused()
        button = last(tab).get_by_role("button").first
        before = await button.bounding_box()
        await button.focus()
        async with tab.expect_response("**/actions/invoke") as response:
            release()
            await (await response.value).finished()
        await tab.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
        assert await button.bounding_box() == before
        await expect(button).to_be_focused()


async def test_rejected_command_keeps_new_draft(tab: Page) -> None:
    async with hold_responses(tab, "**/actions/invoke") as release:
        await say(tab, "/repeat text:x count:9")
        await box(tab).press_sequentially("by the way")
        release()
        error = tab.get_by_role("alert").filter(has_text="/repeat count: 9 must be 5 or less")
        await expect(error).to_be_visible()
        await expect(box(tab)).to_have_value("by the way")


async def test_typed_out_command(tab: Page) -> None:
    await say(tab, "/repeat text:so it is count:2")
    await expect(last(tab)).to_contain_text("so it isso it is")


async def test_members_channels_roles_and_files(tab: Page) -> None:
    await pick(tab, "things")
    await expect(tab.get_by_role("combobox", name="user")).to_be_focused()
    await tab.keyboard.type("be")
    await tab.keyboard.press("Enter")
    await tab.keyboard.press("Tab")
    await tab.keyboard.type("ran")
    await tab.keyboard.press("Enter")
    file = upload("a.txt", b"within")
    await tab.get_by_label("file").set_input_files(file)
    await tab.get_by_role("button", name="Add the option role").click()
    await tab.get_by_role("option", name="@everyone").click()
    await tab.get_by_role("button", name="Send").click()
    await expect(last(tab)).to_contain_text("ben random within @everyone")


async def test_backspace_removes_option_escape_leaves(
    tab: Page,
) -> None:
    await pick(tab, "repeat")
    await tab.get_by_role("button", name="Add the option count").click()
    await tab.keyboard.press("Backspace")
    await expect(tab.get_by_role("textbox", name="count")).to_have_count(0)
    await expect(tab.get_by_role("textbox", name="text")).to_be_focused()
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("group", name="/repeat")).to_have_count(0)
    await expect(box(tab)).to_be_focused()


async def test_deferred_answer_shows_thinking(tab: Page, cog: DemoCog) -> None:
    await use(tab, "slow")
    await expect(last(tab).get_by_role("status")).to_have_text("Namesmith is thinking…")
    cog.gate.set()
    await expect(last(tab)).to_contain_text("at last")
    await expect(log(tab).locator(".message")).to_have_count(1)


async def test_unanswered_command_shows_error(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    loopback._backend.interactions.acknowledge_timeout = 0.1
    await use(tab, "never")
    await expect(last(tab)).to_contain_text("The application did not respond")
    await last(tab).get_by_role("button", name="Dismiss message").click()
    await expect(log(tab).locator(".message")).to_have_count(0)
    cog.gate.set()
    await cog.refused.get()


async def test_deleted_answer_disappears(tab: Page) -> None:
    await use(tab, "vanish")
    await expect(last(tab)).to_contain_text("instead")
    await expect(log(tab)).not_to_contain_text("gone soon")


async def test_command_in_direct_messages(tab: Page, loopback: Loopback) -> None:
    await go(tab, "Namesmith")
    await say(tab, "/repeat text:hello")
    await expect(last(tab)).to_contain_text("Ada used /repeat")
    assert len(loopback.messages(loopback.dm("ada"))) == 1


async def test_permission_shows_more_commands(tab: Page) -> None:
    await box(tab).press_sequentially("/ad")
    await expect(tab.get_by_role("option")).to_have_count(0)
    await box(tab).fill("")
    await become(tab, "Olga")
    await use(tab, "admin")
    await expect(last(tab)).to_contain_text("Olga used /admin")
    await expect(last(tab)).to_contain_text("True")


async def test_ephemeral_answer_is_private(tab: Page, cog: DemoCog) -> None:
    cog.gate.set()
    await say(tab, "/slow quiet:true")
    await expect(last(tab)).to_contain_text("at last")
    await expect(last(tab)).to_contain_text("Only you can see this")
    await become(tab, "Ben")
    await expect(log(tab)).not_to_contain_text("at last")
    await become(tab, "Ada")
    await expect(last(tab)).to_contain_text("at last")
    await last(tab).get_by_role("button", name="Dismiss message").click()
    await expect(log(tab).locator(".message")).to_have_count(0)
    await expect(box(tab)).to_be_focused()


async def test_message_apps_menu(tab: Page) -> None:
    await say(tab, "quiet")
    await last(tab).get_by_role("button", name="Apps").focus()
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("menuitem", name="Shout")).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(last(tab)).to_contain_text("Ada used Shout")
    await expect(last(tab)).to_contain_text("QUIET")


async def test_member_apps_menu(tab: Page) -> None:
    await tab.get_by_role("button", name="Apps for Ben").click()
    await tab.get_by_role("menuitem", name="Greet").click()
    await expect(last(tab)).to_contain_text("hello ben")


async def test_apps_menu_closes(tab: Page) -> None:
    opener, menu = tab.get_by_role("button", name="Apps for Ben"), tab.get_by_role("menu")
    await opener.click()
    await expect(menu).to_be_visible()
    await tab.keyboard.press("Escape")
    await expect(menu).to_have_count(0)
    await expect(opener).to_be_focused()
    await opener.click()
    await expect(menu).to_be_visible()
    await opener.click()
    await expect(menu).to_have_count(0)
    await opener.click()
    await expect(menu).to_be_visible()
    await log(tab).click()
    await expect(menu).to_have_count(0)
