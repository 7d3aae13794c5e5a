"""Appearance of the page in Chromium: contrast, narrow screens, keyboard focus, scrolling."""

import io
from typing import Any, Literal

import discord
import pytest
from discord import ui
from playwright.async_api import Page, expect

from bot.loopback import Loopback

from ..demo_bot import DemoCog
from .page_helpers import box, go, last, log, picture, post, say
from .test_components import Layout

pytestmark = pytest.mark.asyncio(loop_scope="session")

Scheme = Literal["light", "dark"]

MEASURE_CONTRAST = """
() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  const over = (colours) => {
    brush.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 1, 1);
    }
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (node) => {
    const colours = [];
    for (let at = node; at; at = at.parentElement) {
      colours.unshift(getComputedStyle(at).backgroundColor);
    }
    return colours;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const shown = node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const text = walker.currentNode.data.trim();
    const hidden = node.closest(".visually-hidden, .skip-link, .covered > [inert]");
    if (!text || !shown || hidden) continue;
    const style = getComputedStyle(node);
    const back = behind(node);
    const [one, other] = [light(over(back)), light(over([...back, style.color]))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    found.push([ratio, text.slice(0, 40)]);
  }
  return { seen: found.length, faint: found.filter(([ratio]) => ratio < 4.5) };
}
"""


async def assert_contrast(tab: Page, min_texts: int) -> None:
    """Check that all visible text has WCAG's contrast of 4.5 to 1."""
    result = await tab.evaluate(MEASURE_CONTRAST)
    assert result["faint"] == []
    assert result["seen"] >= min_texts


async def fill_channel(cog: DemoCog, loopback: Loopback) -> None:
    """Fill the channel with messages of every kind."""
    question = await loopback.say(
        "**which**? `a` ||b|| https://example.org @ada @ben", author="ben"
    )
    files = [("a.png", picture()), ("b.txt", b"x")]
    await loopback.say("<t:1600000000:R>", author="cleo", reference=question, attachments=files)
    embed = discord.Embed(title="Names", url="https://example.org", description="*Tr*", colour=9)
    embed.set_author(name="Author").set_footer(text="seed 7").add_field(name="Style", value="elf")
    embed.set_image(url="https://example.org/a.png")
    view = ui.View()
    for style in list(discord.ButtonStyle)[:4]:
        view.add_item(ui.Button(label=style.name, style=style))
    view.add_item(ui.Button(label="off", disabled=True))
    view.add_item(ui.Button(label="Read", url="https://example.org"))
    options = [discord.SelectOption(label="elf", description="of the woods", default=True)]
    view.add_item(ui.Select(options=options))
    view.add_item(ui.UserSelect(placeholder="Whom?"))
    await post(
        cog, loopback, content="# Title\n> quoted\n-# small\n```x```", embed=embed, view=view
    )
    layout = Layout()
    sent = [discord.File(io.BytesIO(picture()), "a.png"), discord.File(io.BytesIO(b"x"), "b.txt")]
    await post(cog, loopback, view=layout, files=sent)
    cog.gate.set()
    await (await loopback.invoke("slow", {"quiet": True})).answer()
    cog.gate.clear()
    await (await loopback.invoke("slow")).wait_acknowledged()
    await loopback.say("psst", author="ben", channel="random")
    view.stop()
    layout.stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_contrast(tab: Page, cog: DemoCog, loopback: Loopback, scheme: Scheme) -> None:
    await tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await assert_contrast(tab, 25)
    await fill_channel(cog, loopback)
    await last(tab).get_by_text("is thinking").wait_for()
    await assert_contrast(tab, 70)
    for message in await log(tab).locator(".message").all():
        await message.hover()
    await assert_contrast(tab, 70)
    await box(tab).press_sequentially("/")
    await tab.get_by_role("option").last.wait_for()
    await assert_contrast(tab, 80)
    await box(tab).fill("")
    await say(tab, "/repeat text:x count:9")
    await tab.get_by_text("must be 5 or less").wait_for()
    await assert_contrast(tab, 70)
    await tab.keyboard.press("Escape")
    await tab.get_by_role("button", name="elf").click()
    await tab.get_by_role("option", selected=True).wait_for()
    await assert_contrast(tab, 70)
    await tab.keyboard.press("Escape")
    await say(tab, "/form ")
    await tab.get_by_role("dialog").get_by_role("button", name="Submit").click()
    await tab.get_by_role("dialog").get_by_text("is required").wait_for()
    await assert_contrast(tab, 70)


async def test_dark_mode_differs(tab: Page) -> None:
    colour = "getComputedStyle(document.querySelector('main')).backgroundColor"
    light = await tab.evaluate(colour)
    await tab.emulate_media(color_scheme="dark")
    assert await tab.evaluate(colour) != light


@pytest.mark.parametrize("width", [320, 390, 700, 900])
async def test_narrow_screen_has_no_sideways_scroll(
    tab: Page, cog: DemoCog, loopback: Loopback, width: int
) -> None:
    await tab.set_viewport_size({"width": width, "height": 640})
    await fill_channel(cog, loopback)
    await last(tab).get_by_text("is thinking").wait_for()
    for part in ("document.documentElement", "document.querySelector('#log')"):
        assert await tab.evaluate(f"{part}.scrollWidth - {part}.clientWidth") == 0
    await say(tab, "/repeat text:x count:9")
    await tab.get_by_text("must be 5 or less").wait_for()
    assert await _is_on_screen(tab, tab.get_by_role("group", name="/repeat"))
    await tab.keyboard.press("Escape")
    await log(tab).get_by_role("button", name="elf").click()
    assert await _is_on_screen(tab, tab.get_by_role("listbox"))
    await tab.keyboard.press("Escape")
    await go(tab, "random")
    await expect(last(tab)).to_contain_text("psst")
    await tab.get_by_role("button", name="Apps for Olga").click()
    assert await _is_on_screen(tab, tab.get_by_role("menu"))


async def _is_on_screen(tab: Page, target: Any) -> bool:
    await target.wait_for()
    area, screen = await target.bounding_box(), tab.viewport_size
    assert screen is not None
    right, bottom = area["x"] + area["width"], area["y"] + area["height"]
    starts_inside = area["x"] >= 0 and area["y"] >= 0
    return bool(starts_inside and right <= screen["width"] and bottom <= screen["height"])


async def test_select_list_fits_screen(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    await post(cog, loopback, content="up\n" * 60)
    view = ui.View()
    view.add_item(ui.Select(options=[discord.SelectOption(label=str(n)) for n in range(25)]))
    await post(cog, loopback, content="choose", view=view)
    await last(tab).get_by_role("button", name="Make a selection").click()
    assert await _is_on_screen(tab, tab.get_by_role("listbox"))
    await expect(tab.get_by_role("option", name="0", exact=True)).to_be_in_viewport()
    await tab.keyboard.press("End")
    await expect(tab.get_by_role("option", name="24")).to_be_in_viewport()
    view.stop()


async def test_tab_order(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    await (await loopback.invoke("panel")).answer()
    await last(tab).get_by_role("button", name="More").wait_for()
    await tab.get_by_role("button", name="Apps for Namesmith").focus()
    reached = []
    for _ in range(24):
        await tab.keyboard.press("Tab")
        reached.append(await tab.evaluate(
            "(document.activeElement.ariaLabel ?? document.activeElement.innerText).trim()"
        ))  # fmt: skip
    start = reached.index("Skip to the message box")
    assert reached[start : start + 21] == [
        "Skip to the message box", "#\ngeneral", "#\nrandom", "@\nNamesmith", "Messages",
        "More", "Later", "New", "Rate", "Make a selection", "Make a selection", "Reply", "Apps",
        "Attach files", "Message #general", "Send", "Apps for Olga", "", "Apps for Ada",
        "Apps for Ben", "Apps for Cleo",
    ]  # fmt: skip


async def test_focus_is_visible(tab: Page) -> None:
    await tab.get_by_role("button", name="Apps for Namesmith").focus()
    for _ in range(12):
        await tab.keyboard.press("Tab")
        seen = await tab.evaluate("""() => {
          const at = document.activeElement;
          const ring = (node) => node && getComputedStyle(node);
          const [own, around] = [ring(at), ring(at.closest("#composer, .member"))];
          const ringed = around && (around.boxShadow !== "none" || around.outlineStyle !== "none");
          return at === document.body || own.outlineStyle !== "none" || ringed;
        }""")
        assert seen, await tab.evaluate("document.activeElement.outerHTML")


async def test_log_follows_late_picture(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    await post(cog, loopback, content="above\n" * 80)
    await loopback.say("see", author="ben", attachments=[("a.png", picture())])
    await expect(last(tab).get_by_role("img")).to_be_in_viewport(ratio=1)


async def test_log_follows_unless_scrolled_up(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    await post(cog, loopback, content="above\n" * 80)
    await post(cog, loopback, content="newest")
    await expect(log(tab).get_by_text("newest")).to_be_in_viewport()
    await log(tab).evaluate("log => { log.scrollTop = 0; }")
    await post(cog, loopback, content="newer still")
    await expect(last(tab)).to_contain_text("newer still")
    await expect(log(tab).get_by_text("newer still")).not_to_be_in_viewport()
    await say(tab, "mine")
    await expect(log(tab).get_by_text("mine")).to_be_in_viewport()
