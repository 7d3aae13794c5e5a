"""Every command, button and menu of the bot in the web chat, in Chromium."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bot.loopback import Loopback
from bot.loopback.web import serve_page

from ..loopback.web.browser import open_page, tab_or_skip
from ..loopback.web.page_helpers import become, box, go, last, log, pick, say, use
from ..openapi import CheckedLoopback
from .conftest import RunBot

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser_tab() -> AsyncIterator[Page]:
    """A Chromium tab for all tests of this file."""
    async with tab_or_skip() as tab:
        yield tab


@pytest_asyncio.fixture(loop_scope="session")
async def discord() -> AsyncIterator[Loopback]:
    """A loopback Discord; every payload must match Discord's OpenAPI document."""
    async with CheckedLoopback(acknowledge_timeout=60.0) as loopback:
        yield loopback
        assert loopback.violations == []


@pytest_asyncio.fixture(loop_scope="session")
async def tab(browser_tab: Page, discord: Loopback, run_bot: RunBot) -> AsyncIterator[Page]:
    """The page as ada, with the bot; the page must have no errors at the end."""
    async with run_bot(discord), serve_page(discord) as url:
        await discord.wait_commands()
        async with open_page(browser_tab, url) as errors:
            yield browser_tab
            assert errors.lines == []


async def lines(tab: Page) -> list[str]:
    """Return the names in the latest message."""
    text = await last(tab).locator(".embed .prose").inner_text()
    return text.split("\n")


async def test_name_with_autocompleted_prefix(tab: Page) -> None:
    await pick(tab, "name")
    await expect(tab.get_by_role("combobox", name="prefix")).to_be_focused()
    await tab.keyboard.type("Be")
    await expect(tab.get_by_role("option")).to_have_count(25)
    await tab.keyboard.press("ArrowDown")
    chosen = await tab.get_by_role("option", selected=True).inner_text()
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("combobox", name="prefix")).to_have_value(chosen)
    await tab.keyboard.press("Enter")
    await expect(last(tab)).to_contain_text("Ada used /name")
    for name in await lines(tab):
        assert name.startswith(chosen)


async def test_name_with_autocompleted_style(tab: Page) -> None:
    await pick(tab, "name")
    await tab.get_by_role("button", name="Add the option style").click()
    await tab.keyboard.type("dino")
    await tab.get_by_role("option", name="dinosaurs").click()
    await tab.keyboard.press("Enter")
    await expect(last(tab).get_by_role("article", name="Dinosaurs")).to_be_visible()


async def test_mix_pattern_and_random_style(tab: Page) -> None:
    await say(tab, "/name style:norse*2+elves count:3")
    await expect(
        last(tab).get_by_role("article", name="Norse mythology \u00d72 + Elves")
    ).to_be_visible()
    await say(tab, "/name style:elf-lords prefix:Thae count:3")
    await expect(last(tab).get_by_role("article", name="Elf lords")).to_be_visible()
    assert all(name.startswith("Thae") and " of " in name for name in await lines(tab))
    await say(tab, "/name style:random count:3")
    await expect(last(tab)).to_contain_text("Ada used /name")
    await last(tab).get_by_role("button", name="Save").click()
    await expect(last(tab)).to_contain_text("Which names do you want to save?")


async def test_styles_by_group(tab: Page) -> None:
    await use(tab, "style list")
    await last(tab).get_by_role("button", name="Choose a group").click()
    await tab.get_by_role("option", name="Fantasy").click()
    await expect(last(tab)).to_contain_text("dwarves")


async def test_pattern_is_made(tab: Page) -> None:
    await become(tab, "Olga")
    await say(tab, "/manage-styles pattern name:heroes pattern:{elves} the {epithets}")
    await last(tab).get_by_role("button", name="Publish").click()
    await expect(last(tab)).to_contain_text("published")
    await say(tab, "/name style:heroes count:3")
    await expect(last(tab).get_by_role("article", name="Heroes")).to_be_visible()
    await expect(last(tab)).to_contain_text("seed")
    assert all(" the " in name for name in await lines(tab))


async def test_name_with_every_option(tab: Page) -> None:
    await say(tab, "/name prefix:Ma style:names count:3 suffix:a length:4-9 temperature:1.1 "
        "new:true seed:5")  # fmt: skip
    await expect(last(tab)).to_contain_text("seed 5")
    names = await lines(tab)
    assert len(names) == 3
    assert all(re.fullmatch(r"Ma\w*a", name) and 4 <= len(name) <= 9 for name in names)


async def test_error_is_ephemeral(tab: Page) -> None:
    await say(tab, "/name prefix:Жж")
    await expect(last(tab)).to_contain_text("Only you can see this")
    await become(tab, "Ben")
    await expect(log(tab)).to_contain_text("No messages yet")


async def test_prefix_command(tab: Page) -> None:
    await say(tab, "!name Tr 4")
    await expect(last(tab)).to_contain_text("Namesmith")
    await expect(
        last(tab).get_by_role("button", name="In reply to Ada: !name Tr 4")
    ).to_be_visible()
    assert len(await lines(tab)) == 4
    await say(tab, "!help name")
    await expect(last(tab)).to_contain_text("prefix")


async def test_buttons_change_answer(tab: Page) -> None:
    await say(tab, "/name prefix:Tr count:5 seed:1")
    await expect(last(tab)).to_contain_text("seed 1")
    for label in ("Again", "Longer", "Wilder"):
        before = await last(tab).inner_text()
        await last(tab).get_by_role("button", name=label).click()
        await expect(last(tab)).not_to_have_text(before, use_inner_text=True)
        await expect(last(tab).get_by_role("button", name=label)).to_be_focused()
        assert all(name.startswith("Tr") for name in await lines(tab))
    await expect(log(tab).locator(".message")).to_have_count(1)


async def test_button_of_others_answers_privately(tab: Page) -> None:
    await say(tab, "/name prefix:Tr seed:1")
    await expect(last(tab)).to_contain_text("seed 1")
    await become(tab, "Ben")
    await last(tab).get_by_role("button", name="Again").click()
    await expect(last(tab)).to_contain_text("Only you can see this")
    await become(tab, "Ada")
    await expect(log(tab).locator(".message")).to_have_count(1)
    await expect(last(tab)).to_contain_text("seed 1")


async def _save_two(tab: Page) -> list[str]:
    """Save two names of an answer, and return them."""
    await say(tab, "/name count:5 seed:1 new:true")
    await expect(last(tab)).to_contain_text("seed 1")
    names = await lines(tab)
    await last(tab).get_by_role("button", name="Save").click()
    await expect(last(tab)).to_contain_text("Which names do you want to save?")
    await last(tab).get_by_role("button", name="Names to save").click()
    for name in names[:2]:
        await tab.get_by_role("option", name=name, exact=True).click()
    await tab.get_by_role("button", name="Done").click()
    await expect(last(tab)).to_contain_text("Saved 2 names")
    return names[:2]


async def test_save_export_and_delete_names(tab: Page) -> None:
    one, other = await _save_two(tab)
    await use(tab, "saved")
    await expect(last(tab)).to_contain_text("Saved names")
    await expect(last(tab)).to_contain_text("2 names")
    await last(tab).get_by_role("button", name="Export").click()
    await expect(last(tab)).to_contain_text("All your saved names:")
    async with tab.expect_download() as fetching:
        await last(tab).get_by_role("link", name="saved.txt").click()
    text = (await (await fetching.value).path()).read_text(encoding="utf-8")
    assert sorted(text.split()) == sorted([one, other])
    saved = tab.get_by_role("article", name="Saved names")
    shown = log(tab).locator(".message", has=saved)
    await shown.get_by_role("button", name="Delete ...").click()
    await tab.get_by_role("option", name=one, exact=True).click()
    await tab.get_by_role("button", name="Done").click()
    await expect(shown).to_contain_text("1 name")
    await expect(shown).not_to_contain_text(f"{one} ·")


async def test_saved_names_have_pages(tab: Page) -> None:
    await say(tab, "/name count:25 seed:1")
    await expect(last(tab)).to_contain_text("seed 1")
    await last(tab).get_by_role("button", name="Save").click()
    await last(tab).get_by_role("button", name="Names to save").click()
    for option in await tab.get_by_role("option").all():
        await option.click()
    await tab.get_by_role("button", name="Done").click()
    await expect(last(tab)).to_contain_text("Saved 25 names")
    await use(tab, "saved")
    await expect(last(tab)).to_contain_text("page 1 of 2")
    await expect(last(tab).get_by_role("button", name="Newer")).to_be_disabled()
    await last(tab).get_by_role("button", name="Older").click()
    await expect(last(tab)).to_contain_text("page 2 of 2")
    await last(tab).get_by_role("button", name="Newer").click()
    await expect(last(tab)).to_contain_text("page 1 of 2")


async def test_forget_me_needs_confirmation(tab: Page) -> None:
    await use(tab, "forget-me")
    await expect(last(tab)).to_contain_text("I have no data about you.")
    await _save_two(tab)
    await use(tab, "forget-me")
    await last(tab).get_by_role("button", name="Cancel").click()
    await expect(last(tab)).to_contain_text("Nothing was deleted.")
    await use(tab, "forget-me")
    await last(tab).get_by_role("button", name="Delete").click()
    await expect(last(tab)).to_contain_text("Deleted.")
    await use(tab, "saved")
    await expect(last(tab)).to_contain_text("You have no saved names.")


async def test_rate(tab: Page) -> None:
    await say(tab, "/rate name:Brunhilda")
    picture = last(tab).get_by_role("img")
    await expect(picture).to_have_attribute("alt", re.compile("B.*expected"))
    await expect(picture).to_have_js_property("complete", value=True)
    assert await picture.evaluate("image => image.naturalWidth") > 100
    await expect(last(tab)).to_contain_text("More typical than")


async def test_blend(tab: Page) -> None:
    await pick(tab, "blend")
    await tab.keyboard.type("Alice")
    await tab.keyboard.press("Tab")
    await tab.keyboard.type("Robert")
    await tab.keyboard.press("Enter")
    blended = last(tab).get_by_role("article", name=re.compile("Alice . Robert"))
    await expect(blended).to_be_visible()
    before = await blended.inner_text()
    await last(tab).get_by_role("button", name="Again").click()
    await expect(blended).not_to_have_text(before, use_inner_text=True)
    await last(tab).get_by_role("button", name="Save").click()
    await expect(last(tab)).to_contain_text("Which names do you want to save?")


async def test_settings_need_permission(tab: Page) -> None:
    await box(tab).press_sequentially("/sett")
    await expect(tab.get_by_role("option")).to_have_count(0)
    await tab.keyboard.press("Enter")
    await expect(last(tab)).to_contain_text("/sett")


async def _choose(tab: Page, menu: str, option: str, then: str) -> None:
    """Choose in a settings menu, and wait until the panel shows the choice."""
    await last(tab).get_by_role("button", name=menu).click()
    await tab.get_by_role("option", name=option, exact=True).click()
    await expect(last(tab).get_by_role("button", name=then)).to_be_visible()


async def test_change_every_setting(tab: Page, discord: Loopback) -> None:
    await become(tab, "Olga")
    await use(tab, "settings")
    await expect(last(tab)).to_contain_text("Only you can see this")
    await last(tab).get_by_role("button", name="Bot default (names)").click()
    await tab.get_by_role("option", name="Another style ...").click()
    dialog = tab.get_by_role("dialog")
    await dialog.get_by_role("textbox").fill("dinosaurs")
    await dialog.get_by_role("button", name="Submit").click()
    await expect(last(tab).get_by_role("button", name="Dinosaurs (dinosaurs)")).to_be_visible()
    await _choose(tab, "Bot default (5)", "3", ": 3")
    await _choose(tab, "Bot default (0.9)", "0.5 safe", ": 0.5 safe")
    await _choose(tab, "Bot default (left out)", "Shown in italics", ": Shown in italics")
    await last(tab).get_by_role("button", name="Channels: all").click()
    await tab.get_by_role("option", name="#general").click()
    await tab.get_by_role("button", name="Done").click()
    await expect(last(tab).get_by_role("button", name="#general")).to_be_visible()
    await last(tab).get_by_role("button", name="Change ...").click()
    form = tab.get_by_role("dialog", name="Blocked words and prefix")
    await form.get_by_role("textbox", name="Blocked words").fill("saurus\ntops")
    await form.get_by_role("textbox", name="Command prefix").fill("?")
    await form.get_by_role("button", name="Submit").click()
    await expect(form).to_have_count(0)
    await expect(last(tab)).to_contain_text("Blocked words: 2 words")
    await expect(last(tab).locator("code")).to_have_text("?")
    await become(tab, "Ada")
    await say(tab, "?name")
    await expect(last(tab).get_by_role("article", name="Dinosaurs")).to_be_visible()
    names = await lines(tab)
    assert len(names) == 3
    assert not [name for name in names if "saurus" in name.lower()]
    await go(tab, "random")
    await say(tab, "/name ")
    await expect(last(tab)).to_contain_text("#general")
    await expect(last(tab)).to_contain_text("Only you can see this")


async def test_direct_messages(tab: Page) -> None:
    await go(tab, "Namesmith")
    await say(tab, "!name Tr 3")
    await expect(last(tab).get_by_role("button", name="Again")).to_be_visible()
    await say(tab, "/name prefix:Be")
    await expect(last(tab)).to_contain_text("Ada used /name")
    await last(tab).get_by_role("button", name="Again").click()
    await expect(last(tab)).to_contain_text("(edited)")
