"""Fixtures for the web page: a loopback with the test bot, the page's server, a Chromium tab.

The browser starts once for all tests, so they share an event loop.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Page

from bot.loopback import Loopback
from bot.loopback.web import serve_page

from ...openapi import CheckedLoopback
from ..conftest import RunBot
from ..demo_bot import DemoCog, create_demo_bot
from .browser import PageErrors, open_page, tab_or_skip


class PageClient:
    """An HTTP client of the page's server, with the page's own headers unless replaced."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.host = url.split("/")[2]
        self.session = session

    async def get(self, path: str = "", **options: Any) -> aiohttp.ClientResponse:
        return await self.session.get(self.url + path, **options)

    async def post(self, action: str, data: Any, **headers: str) -> aiohttp.ClientResponse:
        """Post `data` as an action; `headers` replace those of the page."""
        headers = {"Origin": f"http://{self.host}"} | headers
        return await self.session.post(f"{self.url}actions/{action}", data=data, headers=headers)

    async def run(self, action: str, body: Any, **files: bytes) -> tuple[int, Any]:
        """Run an action; return the status and the JSON of the response."""
        form = aiohttp.FormData({"body": json.dumps(body)})
        for name, data in files.items():
            form.add_field(name, data, filename=f"{name}.txt")
        async with await self.post(action, form) as response:
            return response.status, await response.json()


@pytest_asyncio.fixture(loop_scope="session")
async def loopback() -> AsyncIterator[Loopback]:
    """A loopback Discord; every payload must match Discord's OpenAPI document."""
    async with CheckedLoopback(acknowledge_timeout=60.0) as loopback:
        yield loopback
        assert loopback.violations == []


@pytest_asyncio.fixture(loop_scope="session")
async def cog(loopback: Loopback, run_bot: RunBot) -> AsyncIterator[DemoCog]:
    """The cog of the running test bot."""
    bot, cog = create_demo_bot()
    async with run_bot(loopback, bot):
        await loopback.wait_commands()
        yield cog


@pytest_asyncio.fixture(loop_scope="session")
async def url(loopback: Loopback) -> AsyncIterator[str]:
    """The URL of the page."""
    async with serve_page(loopback) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def client(url: str) -> AsyncIterator[PageClient]:
    async with aiohttp.ClientSession() as session:
        yield PageClient(url, session)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser_tab() -> AsyncIterator[Page]:
    """A Chromium tab for the whole run."""
    async with tab_or_skip() as tab:
        yield tab


@pytest_asyncio.fixture(loop_scope="session")
async def page_errors(browser_tab: Page, url: str, cog: DemoCog) -> AsyncIterator[PageErrors]:
    """The errors of the page so far; there must be none at the end."""
    async with open_page(browser_tab, url) as errors:
        yield errors
        assert errors.lines == []


@pytest.fixture
def tab(browser_tab: Page, page_errors: PageErrors) -> Page:
    """The tab with the page, as ada."""
    return browser_tab
