"""`/manage-styles train` on the web page, in a real Chromium, from the list to names."""

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

from bot.loopback.web import serve_page

from ....loopback.web.browser import open_page, tab_or_skip
from ....loopback.web.page_helpers import become, last, log, pick, say, upload
from ....openapi import CheckedLoopback
from ...conftest import RunBot
from .helpers import LIST, TIMEOUT


async def test_train_and_publish_on_the_page(run_bot: RunBot, training: dict[str, Any]) -> None:
    async with (
        tab_or_skip() as tab,
        CheckedLoopback() as discord,
        run_bot(discord, training=training),
        serve_page(discord) as url,
    ):
        await discord.wait_commands()
        async with open_page(tab, url) as errors:
            await become(tab, "Olga")
            await _submit_list(tab)
            await _confirm(tab)
            await _publish(tab)
            await say(tab, "/name style:fauns count:3 seed:7")
            names = last(tab).get_by_role("article", name="fauns").locator(".prose")
            await expect(names).to_have_text(re.compile(r"\w+\n\w+\n\w+"), use_inner_text=True)
        assert errors.lines == []
        assert discord.violations == []


async def _submit_list(tab: Page) -> None:
    """Fill in the command, choose a file, and wait for the preview."""
    await pick(tab, "manage-styles train")
    await tab.get_by_role("textbox", name="name").fill("fauns")
    await tab.get_by_role("button", name="Add the option recipe").click()
    await tab.keyboard.type("seed")
    await tab.keyboard.press("Enter")
    async with tab.expect_file_chooser() as chooser:
        await tab.get_by_label("file").click()
    await (await chooser.value).set_files(upload("fauns.txt", LIST))
    await tab.get_by_label("file").press("Enter")
    preview = last(tab).get_by_role("article", name="fauns: start training?")
    await expect(preview).to_be_visible(timeout=1000 * TIMEOUT)
    await _expect_image(preview, "Sample lengths")


async def _confirm(tab: Page) -> None:
    """Check that nobody else sees the preview, confirm it, and go to the training's message."""
    await expect(last(tab)).to_contain_text("Only you can see this")
    await become(tab, "Ben")
    await expect(log(tab)).to_contain_text("No messages yet")
    await become(tab, "Olga")
    await last(tab).get_by_role("button", name="Confirm").click()
    await log(tab).get_by_role("button", name="To the message in #general").click()
    await expect(last(tab)).to_be_in_viewport()
    await expect(last(tab).get_by_role("article", name="fauns: training…")).to_be_visible()


async def _publish(tab: Page) -> None:
    candidate = last(tab).get_by_role("article", name="fauns: ready to publish")
    await expect(candidate).to_be_visible(timeout=1000 * TIMEOUT)
    await last(tab).get_by_role("button", name="Details").click()
    details = last(tab).get_by_role("article", name="fauns")
    await _expect_image(details, "Loss curve to step")
    await log(tab).get_by_role("button", name="Publish").click()
    await expect(log(tab)).to_contain_text("Published by @Olga as version 1 of fauns")
    await expect(log(tab).get_by_role("button", name="Publish")).to_have_count(0)


async def _expect_image(article: Locator, alt_text: str) -> None:
    image = article.get_by_role("img")
    await expect(image).to_have_attribute("alt", re.compile(alt_text))
    await expect(image).to_have_js_property("complete", value=True)
    assert await image.evaluate("image => image.naturalWidth") > 100
