"""Script injection: text of people and bots never runs on the page, in Chromium."""

from typing import Any

import discord
import pytest
import pytest_asyncio
from discord import ui
from playwright.async_api import Page, expect

from bot.loopback import Loopback

from ..demo_bot import DemoCog
from .page_helpers import box, last, log, pick, post, say

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = (
    "<img src=x onerror=hit()>",
    "<script>hit()</script>",
    "<svg/onload=hit()>",
    "[press](javascript:hit())",
    "[press](data:text/html,<script>hit()</script>)",
    "<javascript:hit()>",
    '[press](https://example.org/"onmouseover=hit())',
    "`<b onclick=hit()>`",
    "||<img src=x onerror=hit()>||",
    "</li></ol><iframe src=javascript:hit()>",
    "{{constructor.constructor('hit()')()}}",
    "<t:9999999999999:R> <t:-9999999999999> <#1> <@1> <@&1> </a:1>",
)

ALL = "\n".join(HOSTILE)


async def _assert_nothing_ran(tab: Page) -> None:
    assert await tab.evaluate("window.hits") == 0
    elements = (
        await log(tab)
        .locator("script, iframe, object, svg, [onerror], [onclick], [onmouseover], [onload]")
        .count()
    )
    assert elements == 0
    for link in await tab.locator("a").all():
        href = await link.get_attribute("href") or ""
        assert href.startswith(("http://", "https://", "files/", "#composer"))


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def count_hits(tab: Page) -> None:
    """Count each time that hostile code runs."""
    await tab.evaluate("() => { window.hits = 0; window.hit = () => { window.hits += 1; }; }")


async def test_messages(tab: Page, loopback: Loopback) -> None:
    for text in HOSTILE:
        await loopback.say(text)
    await expect(log(tab).locator(".message")).to_have_count(len(HOSTILE))
    for spoiler in await log(tab).get_by_role("button", name="Show spoiler").all():
        await spoiler.click()
    await _assert_nothing_ran(tab)


async def test_embeds(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    for text in HOSTILE:
        embed = discord.Embed(title=text, description=ALL)
        embed.set_author(name=text).set_footer(text=text).add_field(name=text, value=ALL)
        await post(cog, loopback, embed=embed)
    await expect(log(tab).locator(".message")).to_have_count(len(HOSTILE))
    await _assert_nothing_ran(tab)


async def test_components(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    view = ui.View()
    for text in HOSTILE[:4]:
        view.add_item(ui.Button(label=text))
    options = [discord.SelectOption(label=text, description=text) for text in HOSTILE]
    view.add_item(ui.Select(placeholder=HOSTILE[0], options=options))
    await post(cog, loopback, content=ALL, view=view)
    await last(tab).get_by_role("button", name=HOSTILE[0]).last.click()
    await tab.get_by_role("option", name=HOSTILE[0]).first.wait_for()
    await _assert_nothing_ran(tab)
    view.stop()


async def test_layout(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    view = ui.LayoutView()
    view.add_item(ui.Container(ui.TextDisplay(ALL)))
    await post(cog, loopback, view=view)
    await expect(last(tab)).to_contain_text("<svg/onload=hit()>")
    await _assert_nothing_ran(tab)
    view.stop()


async def test_modal(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    class Form(ui.Modal, title=HOSTILE[0]):
        one: ui.TextInput["Form"] = ui.TextInput(
            label=HOSTILE[1], default=HOSTILE[0], placeholder=HOSTILE[0]
        )
        two: ui.TextDisplay[Any] = ui.TextDisplay(ALL)

    class Opener(ui.View):
        @ui.button(label="Open")
        async def open(self, interaction: discord.Interaction, button: ui.Button["Opener"]) -> None:
            await interaction.response.send_modal(Form())

    view = Opener()
    await post(cog, loopback, view=view)
    await last(tab).get_by_role("button", name="Open").click()
    await expect(tab.get_by_role("dialog").get_by_role("textbox")).to_have_value(HOSTILE[0])
    await expect(tab.get_by_role("dialog").get_by_role("heading")).to_have_text(HOSTILE[0])
    await _assert_nothing_ran(tab)
    view.stop()


async def test_options_and_errors(tab: Page) -> None:
    await pick(tab, "choose")
    await tab.keyboard.type(HOSTILE[0])
    await tab.get_by_role("button", name="Add the option tone").click()
    await tab.keyboard.type(HOSTILE[0])
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("alert").filter(has_text=HOSTILE[0])).to_be_visible()
    await tab.keyboard.press("Escape")
    await say(tab, f"/repeat text:{HOSTILE[0]}")
    await expect(last(tab)).to_contain_text(HOSTILE[0])
    await _assert_nothing_ran(tab)
    await expect(box(tab)).to_be_focused()


async def test_html_file_is_a_download(tab: Page, loopback: Loopback) -> None:
    await loopback.say(
        "see", attachments=[("<img src=x onerror=hit()>.html", b"<script>hit()</script>")]
    )
    await expect(last(tab).get_by_role("link")).to_contain_text(".html")
    address = await last(tab).get_by_role("link").evaluate("link => link.href")
    async with tab.expect_download():
        await tab.evaluate("address => { location = address; }", address)
    await _assert_nothing_ran(tab)


async def test_external_picture_is_not_loaded(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    embed = discord.Embed(title="far").set_image(url="https://example.org/pixel.png")
    await post(cog, loopback, embed=embed)
    await expect(last(tab)).to_contain_text("Picture: https://example.org/pixel.png")
    await expect(log(tab).get_by_role("img")).to_have_count(0)
