"""How the tests find their way about the page: as a person does, by what is written there."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import discord
from PIL import Image
from playwright.async_api import FilePayload, Locator, Page, Route

from bot.loopback import Loopback

from ..cogs import Cog


def picture(colour: str = "orange") -> bytes:
    """Give a PNG."""
    data = io.BytesIO()
    Image.new("RGB", (320, 120), colour).save(data, "PNG")
    return data.getvalue()


def upload(name: str, data: bytes) -> FilePayload:
    """Give a file as it is chosen from a disk."""
    return {"name": name, "mimeType": "", "buffer": data}


def box(tab: Page) -> Locator:
    return tab.get_by_role("textbox", name="Message ")


def log(tab: Page) -> Locator:
    return tab.get_by_role("log")


def last(tab: Page) -> Locator:
    """Find the latest message."""
    return log(tab).locator(".message").last


async def say(tab: Page, text: str) -> None:
    await box(tab).fill(text)
    await box(tab).press("Enter")


async def pick(tab: Page, command: str) -> None:
    """Pick a slash command from the list, with the keyboard."""
    await box(tab).press_sequentially(f"/{command}")
    await tab.get_by_role("option").first.wait_for()
    await box(tab).press("Enter")
    await tab.get_by_role("group", name=f"/{command}").wait_for()


async def use(tab: Page, command: str) -> None:
    """Use a command that takes no options."""
    await pick(tab, command)
    await tab.keyboard.press("Enter")


async def become(tab: Page, name: str) -> None:
    await tab.get_by_role("radio", name=name).check(force=True)
    await tab.locator(f"body[data-me={name.lower()}]").wait_for()


async def go(tab: Page, place: str) -> None:
    await tab.get_by_role("navigation", name="Channels").get_by_role("button", name=place).click()


async def post(cog: Cog, loopback: Loopback, channel: str = "general", **message: Any) -> None:
    """Let the bot write a message of its own accord."""
    place = cog.bot.get_channel(loopback.channel(channel).id)
    assert isinstance(place, discord.TextChannel)
    await place.send(**message)


@asynccontextmanager
async def held_up(tab: Page, where: str) -> AsyncIterator[Callable[[], None]]:
    """Keep the answers of `where` from the page until what this gives is called."""
    let_go = asyncio.Event()

    async def hold(route: Route) -> None:
        response = await route.fetch()
        await let_go.wait()
        await route.fulfill(response=response)

    await tab.route(where, hold)
    try:
        yield let_go.set
    finally:
        let_go.set()
        await tab.unroute(where, hold)
