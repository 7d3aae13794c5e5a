"""A real Chromium, and tabs of it that keep a list of all that was wrong on the page."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Request,
    async_playwright,
    expect,
)

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FLAGS = (
    "--no-sandbox",  # Chromium will not run as root with it
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)

PATIENCE = 10_000  # ms until what is looked for counts as missing


class NoChromiumError(Exception):
    """This machine has no Chromium; the message is one line."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run a browser with a profile of its own; raises `NoChromiumError`."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise NoChromiumError("NO CHROMIUM HERE, SO THE PAGE IS NOT TESTED: apt install chromium")
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=found, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def tab_or_skip() -> AsyncIterator[Page]:
    """Run a browser and give a tab of it; where there is none, skip what asks for it."""
    try:
        async with chromium() as browser:
            yield await tab_of(browser)
    except NoChromiumError as missing:
        pytest.skip(str(missing))


@dataclass
class Complaints:
    """All that a tab must not do: errors, refusals by the policy, requests to elsewhere."""

    address: str
    lines: list[str] = field(default_factory=list)

    def error(self, error: Error) -> None:
        self.lines.append(f"{error.name}: {error.message}")

    def console(self, message: ConsoleMessage) -> None:
        # A refused action is told to the person; the browser notes its status besides.
        refused = re.search(r"/actions/\w+$", message.location.get("url", ""))
        if message.type in ("error", "warning") and not (refused and "400" in message.text):
            self.lines.append(f"{message.type}: {message.text}")

    def request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.address).netloc:
            self.lines.append(f"it asked for {request.url}")


async def tab_of(browser: Browser) -> Page:
    """Give a tab, which can be led from one page to the next: that is quicker than a new one."""
    context = await browser.new_context()
    context.set_default_timeout(PATIENCE)
    return await context.new_page()


@asynccontextmanager
async def opened(tab: Page, address: str) -> AsyncIterator[Complaints]:
    """Lead a tab to the page until it knows who and what there is, and in the end away from it."""
    complaints = Complaints(address)
    listeners: dict[Any, Any] = {
        "console": complaints.console,
        "pageerror": complaints.error,
        "request": complaints.request,
    }
    await tab.set_viewport_size({"width": 1280, "height": 800})
    await tab.emulate_media(color_scheme="light")
    for event, listener in listeners.items():
        tab.on(event, listener)
    await tab.goto(address)
    await tab.locator("body[data-me]").wait_for()
    try:
        yield complaints
    finally:
        for event, listener in listeners.items():
            tab.remove_listener(event, listener)
        await tab.goto("about:blank")
