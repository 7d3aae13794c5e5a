"""Page helpers: find elements by their visible text and operate them as a person does."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import discord
from PIL import Image
from playwright.async_api import FilePayload, Locator, Page, Route

from bot.loopback import Loopback

from ..demo_bot import DemoCog


def picture(colour: str = "orange") -> bytes:
    """Return a PNG image of 320 by 120 pixels."""
    data = io.BytesIO()
    Image.new("RGB", (320, 120), colour).save(data, "PNG")
    return data.getvalue()


def upload(name: str, data: bytes) -> FilePayload:
    """Return a file for a file input."""
    return {"name": name, "mimeType": "", "buffer": data}


def box(tab: Page) -> Locator:
    """Find the message box."""
    return tab.get_by_role("textbox", name="Message ")


def log(tab: Page) -> Locator:
    """Find the message log."""
    return tab.get_by_role("log")


def last(tab: Page) -> Locator:
    """Find the latest message."""
    return log(tab).locator(".message").last


async def say(tab: Page, text: str) -> None:
    """Send a message."""
    await box(tab).fill(text)
    await box(tab).press("Enter")


async def pick(tab: Page, command: str) -> None:
    """Pick a slash command from the list, with the keyboard."""
    await box(tab).press_sequentially(f"/{command}")
    await tab.get_by_role("option").first.wait_for()
    await box(tab).press("Enter")
    await tab.get_by_role("group", name=f"/{command}").wait_for()


async def use(tab: Page, command: str) -> None:
    """Use a command without options."""
    await pick(tab, command)
    await tab.keyboard.press("Enter")


async def become(tab: Page, name: str) -> None:
    """Switch to another member."""
    await tab.get_by_role("radio", name=name).check(force=True)
    await tab.locator(f"body[data-me={name.lower()}]").wait_for()


async def go(tab: Page, channel: str) -> None:
    """Open another channel."""
    channels = tab.get_by_role("navigation", name="Channels")
    await channels.get_by_role("button", name=channel).click()


async def post(cog: DemoCog, loopback: Loopback, channel: str = "general", **message: Any) -> None:
    """Send a message as the bot."""
    target = cog.bot.get_channel(loopback.channel(channel).id)
    assert isinstance(target, discord.TextChannel)
    await target.send(**message)


@asynccontextmanager
async def hold_responses(tab: Page, pattern: str) -> AsyncIterator[Callable[[], None]]:
    """Hold back responses from URLs that match `pattern`; yields the function to release them."""
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        response = await route.fetch()
        await released.wait()
        await route.fulfill(response=response)

    await tab.route(pattern, hold)
    try:
        yield released.set
    finally:
        released.set()
        await tab.unroute(pattern, hold)
