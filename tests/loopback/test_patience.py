"""How long an interaction waits, how long its token lives, and what outlives the bot."""

import aiohttp
import discord
import pytest

from bot.loopback import Loopback

from .cogs import equipped
from .conftest import Running


async def test_who_does_not_acknowledge_in_time_has_failed(running: Running) -> None:
    bot, cog = equipped()
    async with Loopback(patience=0.1) as town, running(town, bot):
        await town.wait_commands()
        call = await town.invoke("never")
        with pytest.raises(TimeoutError, match="the application did not respond"):
            await call.answer()
        cog.gate.set()
        refusal = await cog.refused.get()
        assert (refusal.status, refusal.code) == (404, 10062)


async def test_a_token_ends(running: Running) -> None:
    bot, cog = equipped()
    async with Loopback(token_life=0.0) as town, running(town, bot):
        await town.wait_commands()
        call = await town.invoke("slow")
        assert await call.acknowledged() == 5
        async with aiohttp.ClientSession() as session:
            hook = discord.Webhook.partial(town.application_id, call.token, session=session)
            with pytest.raises(discord.HTTPException) as refusal:
                await hook.send("late", wait=True)
        assert (refusal.value.status, refusal.value.code) == (401, 50027)
        cog.gate.set()


async def test_tokens_that_nobody_has_and_messages_that_are_gone_have_their_codes(
    town: Loopback, running: Running
) -> None:
    bot, cog = equipped()
    async with running(town, bot), aiohttp.ClientSession() as session:
        await town.wait_commands()
        call = await town.invoke("slow")
        await call.acknowledged()
        hook = discord.Webhook.partial(town.application_id, call.token, session=session)
        with pytest.raises(discord.NotFound) as message:
            await hook.fetch_message(1)
        unheard = await town.invoke("never")
        with pytest.raises(discord.NotFound) as early:
            await discord.Webhook.partial(town.application_id, unheard.token, session=session).send(
                "before the callback"
            )
        with pytest.raises(discord.NotFound) as nobody:
            await discord.Webhook.partial(1, "no-token", session=session).send("x")
        assert [one.value.code for one in (message, early, nobody)] == [10008, 10015, 10015]
        cog.gate.set()
        await call.answer()


async def test_a_button_of_a_persistent_view_works_in_a_bot_that_began_anew(
    town: Loopback, running: Running
) -> None:
    async with running(town, equipped()[0]):
        await town.wait_commands()
        panel = await (await town.invoke("panel")).answer()
    async with running(town, equipped()[0]):
        assert (await (await town.press(panel, "more")).answer()).content == "more"
