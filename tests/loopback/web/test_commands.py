"""Slash commands and the menus of messages and members on the page, in a real Chromium."""

import pytest
from playwright.async_api import Page, expect

from bot.loopback import Loopback

from ..cogs import Cog
from .page_helpers import become, box, go, held_up, last, log, pick, say, upload, use

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_command_is_picked_filled_in_and_sent_by_keyboard_alone(tab: Page) -> None:
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


async def test_the_list_of_commands_narrows_as_one_types(tab: Page) -> None:
    await box(tab).press_sequentially("/")
    await expect(tab.get_by_role("option")).to_have_count(11)
    await box(tab).press_sequentially("s")
    await expect(tab.get_by_role("option").first).to_have_text("/style traintrain")
    await box(tab).press_sequentially("ev")
    await expect(tab.get_by_role("option")).to_have_text(["/severalseveral answers"])
    await box(tab).press("Escape")
    await expect(tab.get_by_role("option")).to_have_count(0)


async def test_arrows_go_through_the_list_and_around_it(tab: Page) -> None:
    await box(tab).press_sequentially("/s")
    await expect(tab.get_by_role("option", selected=True)).to_have_text("/style traintrain")
    await box(tab).press("ArrowUp")
    last_of_all = await tab.get_by_role("option").last.inner_text()
    await expect(tab.get_by_role("option", selected=True)).to_have_text(
        last_of_all.replace("\n", "")
    )
    await box(tab).press("ArrowDown")
    await box(tab).press("Tab")
    await expect(tab.get_by_role("group", name="/style train")).to_be_visible()


async def test_who_types_faster_than_the_list_comes_gets_what_they_mean(tab: Page) -> None:
    async with held_up(tab, "**/actions/commands") as typed:
        await tab.keyboard.type("/sev")
        await tab.keyboard.press("Enter")
        await expect(box(tab)).to_have_value("/sev")
        typed()
        await tab.get_by_role("group", name="/several").wait_for()


async def test_a_command_is_picked_with_the_mouse(tab: Page) -> None:
    await box(tab).press_sequentially("/se")
    await tab.get_by_role("option", name="/several").click()
    await tab.get_by_role("button", name="Send").click()
    await expect(log(tab)).to_contain_text("one!")
    await expect(log(tab)).to_contain_text("two! (edited)")
    await expect(last(tab)).to_contain_text("three")
    await expect(last(tab)).to_contain_text("Only you can see this")


async def test_choices_come_from_the_bot_while_one_types(tab: Page) -> None:
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


async def test_what_is_no_choice_is_refused_and_can_be_mended(tab: Page) -> None:
    await pick(tab, "choose")
    await tab.keyboard.type("orc")
    await tab.get_by_role("button", name="Add the option tone").click()
    await tab.keyboard.type("loud")
    await tab.keyboard.press("Enter")
    refusal = "/choose tone: 'loud' is not a choice; there are: Soft, Hard"
    await expect(tab.get_by_role("alert").filter(has_text=refusal)).to_be_visible()
    await tab.get_by_role("combobox", name="tone").fill("Hard")
    await tab.keyboard.press("Enter")
    await tab.keyboard.press("Enter")
    await expect(last(tab)).to_contain_text("orc b")


async def test_a_number_out_of_bounds_is_refused(tab: Page) -> None:
    await say(tab, "/repeat text:x count:9")
    refusal = tab.get_by_role("alert").filter(has_text="/repeat count: 9 must be 5 or less")
    await expect(refusal).to_be_visible()
    await expect(tab.get_by_role("textbox", name="count")).to_have_value("9")


async def test_what_the_bot_answers_stays_where_it_is_while_the_command_ends(tab: Page) -> None:
    async with held_up(tab, "**/actions/invoke") as answered:
        await use(tab, "panel")
        await expect(box(tab)).to_be_focused()
        button = last(tab).get_by_role("button").first
        before = await button.bounding_box()
        await button.focus()
        async with tab.expect_response("**/actions/invoke") as over:
            answered()
            await (await over.value).finished()
        await tab.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
        assert await button.bounding_box() == before
        await expect(button).to_be_focused()


async def test_a_refused_command_leaves_what_one_writes_by_then(tab: Page) -> None:
    async with held_up(tab, "**/actions/invoke") as refused:
        await say(tab, "/repeat text:x count:9")
        await box(tab).press_sequentially("by the way")
        refused()
        refusal = tab.get_by_role("alert").filter(has_text="/repeat count: 9 must be 5 or less")
        await expect(refusal).to_be_visible()
        await expect(box(tab)).to_have_value("by the way")


async def test_a_command_may_be_written_out(tab: Page) -> None:
    await say(tab, "/repeat text:so it is count:2")
    await expect(last(tab)).to_contain_text("so it isso it is")


async def test_people_places_roles_and_files_are_chosen_from_what_there_is(tab: Page) -> None:
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


async def test_an_option_is_taken_back_with_backspace_and_a_command_left_with_escape(
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


async def test_a_deferred_answer_is_seen_to_be_thought_about(tab: Page, cog: Cog) -> None:
    await use(tab, "slow")
    await expect(last(tab).get_by_role("status")).to_have_text("Namesmith is thinking…")
    cog.gate.set()
    await expect(last(tab)).to_contain_text("at last")
    await expect(log(tab).locator(".message")).to_have_count(1)


async def test_a_command_that_nobody_answers_is_told_to_have_failed(
    tab: Page, cog: Cog, loopback: Loopback
) -> None:
    loopback._backend.interactions.patience = 0.1
    await use(tab, "never")
    await expect(last(tab)).to_contain_text("The application did not respond")
    await last(tab).get_by_role("button", name="Dismiss message").click()
    await expect(log(tab).locator(".message")).to_have_count(0)
    cog.gate.set()
    await cog.refused.get()


async def test_an_answer_that_is_taken_back_vanishes(tab: Page) -> None:
    await use(tab, "vanish")
    await expect(last(tab)).to_contain_text("instead")
    await expect(log(tab)).not_to_contain_text("gone soon")


async def test_a_command_works_in_direct_messages(tab: Page, loopback: Loopback) -> None:
    await go(tab, "Namesmith")
    await say(tab, "/repeat text:hello")
    await expect(last(tab)).to_contain_text("Ada used /repeat")
    assert len(loopback.messages(loopback.dm("ada"))) == 1


async def test_who_manages_the_server_is_offered_more(tab: Page) -> None:
    await box(tab).press_sequentially("/ad")
    await expect(tab.get_by_role("option")).to_have_count(0)
    await box(tab).fill("")
    await become(tab, "Olga")
    await use(tab, "admin")
    await expect(last(tab)).to_contain_text("Olga used /admin")
    await expect(last(tab)).to_contain_text("True")


async def test_a_private_answer_is_gone_for_another_member_and_back_for_its_own(
    tab: Page, cog: Cog
) -> None:
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


async def test_the_menu_of_a_message_has_the_bots_commands(tab: Page) -> None:
    await say(tab, "quiet")
    await last(tab).get_by_role("button", name="Apps").focus()
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("menuitem", name="Shout")).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(last(tab)).to_contain_text("Ada used Shout")
    await expect(last(tab)).to_contain_text("QUIET")


async def test_the_menu_of_a_member_has_the_bots_commands(tab: Page) -> None:
    await tab.get_by_role("button", name="Apps for Ben").click()
    await tab.get_by_role("menuitem", name="Greet").click()
    await expect(last(tab)).to_contain_text("hello ben")


async def test_a_menu_closes_by_escape_by_its_button_and_by_a_press_elsewhere(tab: Page) -> None:
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
