"""The page of a loopback on which the test bot runs, over HTTP and in a real Chromium.

The browser is started once for all tests, so that they share an event loop.
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

from ..cogs import Cog, equipped
from ..conftest import Running
from .browser import Complaints, opened, tab_or_skip


class Visitor:
    """Talks to the page's server as its own script does, or, with other headers, as another."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self.address = address
        self.origin = address.split("/")[2]
        self.session = session

    async def get(self, path: str = "", **more: Any) -> aiohttp.ClientResponse:
        return await self.session.get(self.address + path, **more)

    async def post(self, action: str, data: Any, **headers: str) -> aiohttp.ClientResponse:
        """Post anything; `headers` replace those of the page's own script."""
        about = {"Origin": f"http://{self.origin}"} | headers
        return await self.session.post(f"{self.address}actions/{action}", data=data, headers=about)

    async def do(self, action: str, body: Any, **files: bytes) -> tuple[int, Any]:
        """Do something, and give the status and what is answered."""
        form = aiohttp.FormData({"body": json.dumps(body)})
        for name, data in files.items():
            form.add_field(name, data, filename=f"{name}.txt")
        async with await self.post(action, form) as response:
            return response.status, await response.json()


@pytest_asyncio.fixture(loop_scope="session")
async def loopback() -> AsyncIterator[Loopback]:
    """A loopback; whatever passed must keep to Discord's OpenAPI document."""
    async with Loopback() as loopback:
        yield loopback
        assert loopback.violations == []


@pytest_asyncio.fixture(loop_scope="session")
async def cog(loopback: Loopback, running: Running) -> AsyncIterator[Cog]:
    """The cog of the test bot, which runs."""
    bot, cog = equipped()
    async with running(loopback, bot):
        await loopback.wait_commands()
        yield cog


@pytest_asyncio.fixture(loop_scope="session")
async def address(loopback: Loopback) -> AsyncIterator[str]:
    """Where the page is."""
    async with serve_page(loopback) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(address: str) -> AsyncIterator[Visitor]:
    async with aiohttp.ClientSession() as session:
        yield Visitor(address, session)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser_tab() -> AsyncIterator[Page]:
    """A tab of a real Chromium, for the whole run."""
    async with tab_or_skip() as tab:
        yield tab


@pytest_asyncio.fixture(loop_scope="session")
async def complaints(browser_tab: Page, address: str, cog: Cog) -> AsyncIterator[Complaints]:
    """All that was wrong on the page so far; in the end that must be nothing."""
    async with opened(browser_tab, address) as complaints:
        yield complaints
        assert complaints.lines == []


@pytest.fixture
def tab(browser_tab: Page, complaints: Complaints) -> Page:
    """A tab with the page, as ada."""
    return browser_tab
