"""Screenshots of the web chat for the docs: `python docs/screenshots.py [NAME ...]`.

A real bot and a real Chromium go through a scripted chat with fixed seeds. NAME selects pictures,
such as `train` for `page-train.png`; the default is all. It needs the environment of `make test`.
The committed pictures use the font Inter.
"""

import argparse
import asyncio
import io
import sys
from pathlib import Path

from PIL import Image
from playwright.async_api import Page

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

from bot.loopback import Loopback  # noqa: E402
from bot.loopback.web import serve_page  # noqa: E402
from tests.bot_runner import run_temporary_bot  # noqa: E402
from tests.loopback.web.browser import ChromiumMissingError, chromium, new_tab, open_page  # noqa: E402
from tests.loopback.web.page_helpers import become, box, go, last, log, pick, upload  # noqa: E402

NAMES = ("light", "dark", "rate", "settings", "train")

CORPUS = DOCS.parent / "model" / "corpora" / "dinosaurs.txt"
TRAINING_TIMEOUT = 300_000
"""Milliseconds that a training with the default recipe may take."""

COLOURS = 192
"""Palette size. The reduction is invisible, and cuts the files to a third."""


class Photographer:
    """Goes through the chat in `tab`, and saves the selected screenshots."""

    def __init__(self, discord: Loopback, tab: Page, selected: set[str]) -> None:
        self.discord = discord
        self.tab = tab
        self.selected = selected

    async def save(self, name: str) -> None:
        """Save a screenshot to `page-NAME.png` if it is selected."""
        if name not in self.selected:
            return
        await self.tab.mouse.move(640, 20)
        await self.tab.wait_for_function("[...document.images].every((image) => image.complete)")
        data = await self.tab.screenshot(animations="disabled", caret="hide")
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        picture = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        file = DOCS / f"page-{name}.png"
        picture.save(file, optimize=True)
        sys.stdout.write(f"{file.relative_to(DOCS.parent)}: {file.stat().st_size // 1024} kB\n")

    async def run(self, line: str, expected: str) -> None:
        """Run a slash command, and wait until the answer contains `expected`."""
        await box(self.tab).fill(line)
        await box(self.tab).press("Enter")
        await last(self.tab).get_by_text(expected).first.wait_for()

    async def answer(self) -> None:
        """Names and the Save button's answer, in light mode."""
        question = "We still need a name for the innkeeper. Something with *Tr*?"
        await self.discord.say(question, author="ben")
        await self.run("/name prefix:Tr count:7 seed:11", "seed 11")
        await last(self.tab).get_by_role("button", name="Save").click()
        await last(self.tab).get_by_text("Only you can see this").wait_for()
        await self.save("light")

    async def autocomplete(self) -> None:
        """Suggestions for a prefix, in dark mode."""
        await self.tab.emulate_media(color_scheme="dark")
        await self.discord.say("The first one! And for her daughter?", author="cleo")
        await pick(self.tab, "name")
        await self.tab.keyboard.type("Be")
        await self.tab.get_by_role("option").first.wait_for()
        await self.tab.keyboard.press("ArrowDown")
        await self.save("dark")
        await self.tab.keyboard.press("Escape")
        await self.tab.keyboard.press("Escape")

    async def rating(self) -> None:
        """A blend and a rating, in light mode."""
        await self.tab.emulate_media(color_scheme="light")
        await self.run("/blend first:Alice second:Robert seed:4", "seed 4")
        await self.run("/rate name:Brunhilda", "Brunhilda")
        await log(self.tab).get_by_role("img").last.wait_for()
        await self.save("rate")

    async def settings(self) -> None:
        """The server's settings, in dark mode."""
        await become(self.tab, "Olga")
        await self.tab.emulate_media(color_scheme="dark")
        await pick(self.tab, "settings")
        await self.tab.keyboard.press("Enter")
        await last(self.tab).get_by_text("Only you can see this").wait_for()
        await self.save("settings")

    async def training(self) -> None:
        """The result of a training, in light mode."""
        await self.tab.emulate_media(color_scheme="light")
        await self.tab.set_viewport_size({"width": 1280, "height": 1000})
        await go(self.tab, "random")
        await pick(self.tab, "manage-styles train")
        await (
            self.tab.get_by_role("combobox", name="name")
            .or_(self.tab.get_by_role("textbox", name="name"))
            .first.fill("sauria")
        )
        file = self.tab.get_by_label("file")
        await file.set_input_files(upload(CORPUS.name, CORPUS.read_bytes()))
        await file.press("Enter")
        await last(self.tab).get_by_role("button", name="Confirm").click(timeout=TRAINING_TIMEOUT)
        publish = last(self.tab).get_by_role("button", name="Publish")
        await publish.wait_for(timeout=TRAINING_TIMEOUT)
        await self.save("train")


async def take_screenshots(selected: set[str]) -> None:
    """Start the bot, the page and Chromium, and go through the chat."""
    async with (
        Loopback(acknowledge_timeout=60.0) as discord,
        serve_page(discord) as url,
        chromium() as browser,
        run_temporary_bot(discord),
    ):
        tab = await new_tab(browser)
        async with open_page(tab, url) as errors:
            photographer = Photographer(discord, tab, selected)
            await photographer.answer()
            await photographer.autocomplete()
            await photographer.rating()
            await photographer.settings()
            if "train" in selected:  # it takes minutes
                await photographer.training()
    if errors.lines:
        sys.exit("\n".join(errors.lines))


def main() -> None:
    """Take the screenshots named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}")
    names = set(parser.parse_args().names or NAMES)
    if unknown := names - set(NAMES):
        parser.error(f"unknown picture {min(unknown)}; choose from {', '.join(NAMES)}")
    try:
        asyncio.run(take_screenshots(names))
    except ChromiumMissingError as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
