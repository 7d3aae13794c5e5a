"""Makes the pictures of the page in this folder: `python docs/screenshots.py [NAME ...]`.

The real bot on the loopback Discord, in a real Chromium, through a short story with fixed seeds;
of its pictures those named are written, `train` for `page-train.png`, or all. It takes the
environment of `make test`; with the font Inter it looks as it does here.
"""

import asyncio
import io
import sys
from pathlib import Path

from PIL import Image
from playwright.async_api import Page

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from bot.loopback import Loopback  # noqa: E402
from bot.loopback.web import serve_page  # noqa: E402
from tests.bot_runner import run_temporary_bot  # noqa: E402
from tests.loopback.web.browser import ChromiumMissingError, chromium, new_tab, open_page  # noqa: E402
from tests.loopback.web.page_helpers import become, box, go, last, log, pick, upload  # noqa: E402

CORPUS = HERE.parent / "model" / "corpora" / "dinosaurs.txt"
LEARNING = 300_000
"""Milliseconds that the recipe fast may take."""

COLOURS = 192
"""Of a picture that is written; the eye sees no difference, and it is a third as large."""


async def shoot(tab: Page, name: str) -> None:
    """Write what is seen now to `page-NAME.png`, if that is wanted."""
    if name not in (sys.argv[1:] or [name]):
        return
    await tab.mouse.move(640, 20)
    await tab.wait_for_function("[...document.images].every((image) => image.complete)")
    data = await tab.screenshot(animations="disabled", caret="hide")
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    picture = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    file = HERE / f"page-{name}.png"
    picture.save(file, optimize=True)
    sys.stdout.write(f"{file.relative_to(HERE.parent)}: {file.stat().st_size // 1024} kB\n")


async def use(tab: Page, line: str, waits: str) -> None:
    """Write a slash command out, and wait until the answer holds `waits`."""
    await box(tab).fill(line)
    await box(tab).press("Enter")
    await last(tab).get_by_text(waits).first.wait_for()


async def names(discord: Loopback, tab: Page) -> None:
    """Show an answer and what becomes of a press of Save, by day."""
    await discord.say("We still need a name for the innkeeper. Something with *Tr*?", author="ben")
    await use(tab, "/name prefix:Tr count:7 seed:11", "seed 11")
    await last(tab).get_by_role("button", name="Save").click()
    await last(tab).get_by_text("Only you can see this").wait_for()
    await shoot(tab, "light")


async def typing(discord: Loopback, tab: Page) -> None:
    """Show what the bot offers while the next prefix is typed, by night."""
    await tab.emulate_media(color_scheme="dark")
    await discord.say("The first one! And for her daughter?", author="cleo")
    await pick(tab, "name")
    await tab.keyboard.type("Be")
    await tab.get_by_role("option").first.wait_for()
    await tab.keyboard.press("ArrowDown")
    await shoot(tab, "dark")
    await tab.keyboard.press("Escape")
    await tab.keyboard.press("Escape")


async def rating(tab: Page) -> None:
    """Show how name-like a name is, letter by letter, and names between two."""
    await tab.emulate_media(color_scheme="light")
    await use(tab, "/blend first:Alice second:Robert seed:4", "seed 4")
    await use(tab, "/rate name:Brunhilda", "Brunhilda")
    await log(tab).get_by_role("img").last.wait_for()
    await shoot(tab, "rate")


async def settings(tab: Page) -> None:
    """Show what a member with Manage Server may set."""
    await become(tab, "Olga")
    await tab.emulate_media(color_scheme="dark")
    await pick(tab, "settings")
    await tab.keyboard.press("Enter")
    await last(tab).get_by_text("Only you can see this").wait_for()
    await shoot(tab, "settings")


async def training(tab: Page) -> None:
    """Show what a list became, for its admin to judge."""
    await tab.emulate_media(color_scheme="light")
    await tab.set_viewport_size({"width": 1280, "height": 1000})
    await go(tab, "random")
    await pick(tab, "style train")
    await tab.keyboard.type("sauria")
    await tab.get_by_label("file").set_input_files(upload(CORPUS.name, CORPUS.read_bytes()))
    await tab.get_by_label("file").press("Enter")
    await last(tab).get_by_role("button", name="Confirm").click(timeout=LEARNING)
    await last(tab).get_by_role("button", name="Publish").wait_for(timeout=LEARNING)
    await shoot(tab, "train")


async def main() -> None:
    """Start the bot and the page, and tell the story."""
    async with (
        Loopback() as discord,
        serve_page(discord) as url,
        chromium() as browser,
        run_temporary_bot(discord),
    ):
        tab = await new_tab(browser)
        async with open_page(tab, url) as errors:
            await names(discord, tab)
            await typing(discord, tab)
            await rating(tab)
            await settings(tab)
            await training(tab)
    if errors.lines:
        sys.exit("\n".join(errors.lines))


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except ChromiumMissingError as missing:
        sys.exit(str(missing))
