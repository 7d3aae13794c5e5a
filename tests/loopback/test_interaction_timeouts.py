"""How long an interaction waits, how long its token lives, and what outlives the bot."""

import aiohttp
import discord
import pytest

from bot.loopback import Loopback

from ..openapi import CheckedLoopback
from .cogs import equipped
from .conftest import Running


async def test_who_does_not_acknowledge_in_time_has_failed(running: Running) -> None:
    bot, cog = equipped()
    async with CheckedLoopback(acknowledge_timeout=0.1) as loopback, running(loopback, bot):
        await loopback.wait_commands()
        call = await loopback.invoke("never")
        with pytest.raises(TimeoutError, match="the application did not respond"):
            await call.answer()
        cog.gate.set()
        refusal = await cog.refused.get()
        assert (refusal.status, refusal.code) == (404, 10062)


async def test_a_token_ends(running: Running) -> None:
    bot, cog = equipped()
    async with CheckedLoopback(token_lifetime=0.0) as loopback, running(loopback, bot):
        await loopback.wait_commands()
        call = await loopback.invoke("slow")
        assert await call.wait_acknowledged() == 5
        async with aiohttp.ClientSession() as session:
            hook = discord.Webhook.partial(loopback.application_id, call.token, session=session)
            with pytest.raises(discord.HTTPException) as refusal:
                await hook.send("late", wait=True)
        assert (refusal.value.status, refusal.value.code) == (401, 50027)
        cog.gate.set()


async def test_tokens_that_nobody_has_and_messages_that_are_gone_have_their_codes(
    loopback: Loopback, running: Running
) -> None:
    bot, cog = equipped()
    async with running(loopback, bot), aiohttp.ClientSession() as session:
        await loopback.wait_commands()
        call = await loopback.invoke("slow")
        await call.wait_acknowledged()
        hook = discord.Webhook.partial(loopback.application_id, call.token, session=session)
        with pytest.raises(discord.NotFound) as message:
            await hook.fetch_message(1)
        unheard = await loopback.invoke("never")
        with pytest.raises(discord.NotFound) as early:
            await discord.Webhook.partial(
                loopback.application_id, unheard.token, session=session
            ).send("before the callback")
        with pytest.raises(discord.NotFound) as nobody:
            await discord.Webhook.partial(1, "no-token", session=session).send("x")
        assert [one.value.code for one in (message, early, nobody)] == [10008, 10015, 10015]
        cog.gate.set()
        await call.answer()


async def test_a_button_of_a_persistent_view_works_in_a_bot_that_began_anew(
    loopback: Loopback, running: Running
) -> None:
    async with running(loopback, equipped()[0]):
        await loopback.wait_commands()
        panel = await (await loopback.invoke("panel")).answer()
    async with running(loopback, equipped()[0]):
        assert (await (await loopback.press(panel, "more")).answer()).content == "more"
