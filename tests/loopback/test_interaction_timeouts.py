"""Timeouts of interactions and tokens, unknown tokens, and persistent views."""

import aiohttp
import discord
import pytest

from bot.loopback import Loopback

from ..openapi import CheckedLoopback
from .conftest import RunBot
from .demo_bot import create_demo_bot


async def test_acknowledge_timeout(run_bot: RunBot) -> None:
    bot, cog = create_demo_bot()
    async with CheckedLoopback(acknowledge_timeout=0.1) as loopback, run_bot(loopback, bot):
        await loopback.wait_commands()
        call = await loopback.invoke("never")
        with pytest.raises(TimeoutError, match="the application did not respond"):
            await call.answer()
        cog.gate.set()
        error = await cog.refused.get()
        assert (error.status, error.code) == (404, 10062)


async def test_token_expires(run_bot: RunBot) -> None:
    bot, cog = create_demo_bot()
    async with CheckedLoopback(token_lifetime=0.0) as loopback, run_bot(loopback, bot):
        await loopback.wait_commands()
        call = await loopback.invoke("slow")
        assert await call.wait_acknowledged() == 5
        async with aiohttp.ClientSession() as session:
            hook = discord.Webhook.partial(loopback.application_id, call.token, session=session)
            with pytest.raises(discord.HTTPException) as error:
                await hook.send("late", wait=True)
        assert (error.value.status, error.value.code) == (401, 50027)
        cog.gate.set()


async def test_unknown_token_and_message(loopback: Loopback, run_bot: RunBot) -> None:
    bot, cog = create_demo_bot()
    async with run_bot(loopback, bot), aiohttp.ClientSession() as session:
        await loopback.wait_commands()
        call = await loopback.invoke("slow")
        await call.wait_acknowledged()
        hook = discord.Webhook.partial(loopback.application_id, call.token, session=session)
        with pytest.raises(discord.NotFound) as unknown_message:
            await hook.fetch_message(1)
        unacknowledged = await loopback.invoke("never")
        with pytest.raises(discord.NotFound) as not_acknowledged:
            await discord.Webhook.partial(
                loopback.application_id, unacknowledged.token, session=session
            ).send("before the callback")
        with pytest.raises(discord.NotFound) as unknown_token:
            await discord.Webhook.partial(1, "no-token", session=session).send("x")
        assert [
            error.value.code for error in (unknown_message, not_acknowledged, unknown_token)
        ] == [10008, 10015, 10015]
        cog.gate.set()
        await call.answer()


async def test_persistent_view_after_restart(loopback: Loopback, run_bot: RunBot) -> None:
    async with run_bot(loopback, create_demo_bot()[0]):
        await loopback.wait_commands()
        panel = await (await loopback.invoke("panel")).answer()
    async with run_bot(loopback, create_demo_bot()[0]):
        assert (await (await loopback.press(panel, "more")).answer()).content == "more"
