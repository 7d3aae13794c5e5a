"""Chromium for the page's tests: starts it, opens tabs, and records the page's errors."""

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

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FLAGS = (
    "--no-sandbox",  # required to run as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)

TIMEOUT = 60_000
"""Milliseconds to wait for an element. A passing test needs few of them on an idle machine."""


class ChromiumMissingError(Exception):
    """Chromium is not installed; the message is one line."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run a browser with its own profile; raises `ChromiumMissingError`."""
    executable = next(filter(None, map(shutil.which, EXECUTABLES)), None)
    if executable is None:
        raise ChromiumMissingError("Chromium is missing, so the page isn't tested: install it.")
    expect.set_options(timeout=TIMEOUT)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def tab_or_skip() -> AsyncIterator[Page]:
    """Run a browser and yield a tab; skip the test if there is no browser."""
    try:
        async with chromium() as browser:
            yield await new_tab(browser)
    except ChromiumMissingError as missing:
        pytest.skip(str(missing))


@dataclass
class PageErrors:
    """Errors of a page: exceptions, console errors, and requests to other hosts."""

    url: str
    lines: list[str] = field(default_factory=list)

    def on_error(self, error: Error) -> None:
        self.lines.append(f"{error.name}: {error.message}")

    def on_console(self, message: ConsoleMessage) -> None:
        # The browser also logs the status 400 of an action, whose error the page shows.
        is_action = re.search(r"/actions/\w+$", message.location.get("url", ""))
        if message.type in ("error", "warning") and not (is_action and "400" in message.text):
            self.lines.append(f"{message.type}: {message.text}")

    def on_request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.lines.append(f"request to another host: {request.url}")


async def new_tab(browser: Browser) -> Page:
    """Open a tab. Tests share one, because a new tab is slower than another page."""
    context = await browser.new_context()
    context.set_default_timeout(TIMEOUT)
    tab = await context.new_page()
    # One route that matches nothing keeps interception on. If each test turned it on and off, the
    # first request after that could slip through (seen twice in full runs).
    await tab.route("**/matches-nothing", lambda route: route.abort())
    return tab


@asynccontextmanager
async def open_page(tab: Page, url: str) -> AsyncIterator[PageErrors]:
    """Open the chat in `tab`, wait for its first state, and leave it at the end."""
    errors = PageErrors(url)
    listeners: dict[Any, Any] = {
        "console": errors.on_console,
        "pageerror": errors.on_error,
        "request": errors.on_request,
    }
    await tab.set_viewport_size({"width": 1280, "height": 800})
    await tab.emulate_media(color_scheme="light")
    for event, listener in listeners.items():
        tab.on(event, listener)
    await tab.goto(url)
    await tab.locator("body[data-me]").wait_for()
    try:
        yield errors
    finally:
        for event, listener in listeners.items():
            tab.remove_listener(event, listener)
        await tab.goto("about:blank")
