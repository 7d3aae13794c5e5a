"""Rate limits: the headers, the 429, and a client that waits it out."""

import aiohttp
import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.loopback import DISCORD_RATE_LIMITS, Limit, Loopback, RateLimits
from bot.loopback.rest.rate_limits import RateLimiter, Window

from ..openapi import CheckedLoopback
from .conftest import Running, client


async def post(loopback: Loopback, session: aiohttp.ClientSession) -> aiohttp.ClientResponse:
    url = f"{loopback.api_url}/channels/{loopback.channel('general').id}/messages"
    headers = {"Authorization": f"Bot {loopback.token}"}
    response = await session.post(url, json={"content": "x"}, headers=headers)
    await response.read()
    return response


async def test_every_answer_tells_its_bucket_and_what_is_left_of_it() -> None:
    limits = RateLimits(messages=Limit(5, 60.0))
    async with CheckedLoopback(rate_limits=limits) as loopback, aiohttp.ClientSession() as session:
        answers = [await post(loopback, session) for _ in range(2)]
        told = [response.headers for response in answers]
        assert [headers["X-RateLimit-Remaining"] for headers in told] == ["4", "3"]
        assert {headers["X-RateLimit-Limit"] for headers in told} == {"5"}
        assert len({headers["X-RateLimit-Bucket"] for headers in told}) == 1
        assert 0 < float(told[0]["X-RateLimit-Reset-After"]) <= 60.001  # rounded up
        assert float(told[0]["X-RateLimit-Reset"]) > 1_700_000_000
        assert told[0]["Content-Type"] == "application/json"


async def test_above_the_limit_the_answer_is_429_and_says_when_to_come_again() -> None:
    limits = RateLimits(messages=Limit(1, 60.0))
    async with CheckedLoopback(rate_limits=limits) as loopback, aiohttp.ClientSession() as session:
        assert (await post(loopback, session)).status == 200
        refused = await post(loopback, session)
        body = await refused.json()
        assert refused.status == 429
        assert body["message"] == "You are being rate limited."
        assert 0 < body["retry_after"] <= 60.001
        assert body["global"] is False
        assert 1 <= int(refused.headers["Retry-After"]) <= 61
        assert refused.headers["X-RateLimit-Scope"] == "user"
        assert len(loopback.messages("general")) == 1


async def test_the_limit_of_everything_together_is_told_as_global() -> None:
    limits = RateLimits(total=Limit(1, 60.0))
    async with CheckedLoopback(rate_limits=limits) as loopback, aiohttp.ClientSession() as session:
        await post(loopback, session)
        refused = await post(loopback, session)
        assert refused.headers["X-RateLimit-Global"] == "true"
        assert (await refused.json())["global"] is True


async def test_the_client_waits_out_a_429_and_loses_nothing(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    bot = client()
    limits = RateLimits(messages=Limit(2, 0.2))
    async with CheckedLoopback(rate_limits=limits) as loopback, running(loopback, bot):
        async with aiohttp.ClientSession() as session:
            while (await post(loopback, session)).status == 200:
                pass  # another of the bot's processes used up the bucket
        channel = bot.get_partial_messageable(loopback.channel("general").id)
        sent = [(await channel.send(f"n{number}")).content for number in range(5)]
        assert sent == [f"n{number}" for number in range(5)]
        assert "We are being rate limited" in caplog.text


async def test_interaction_callbacks_do_not_count_towards_the_limit_of_everything(
    running: Running,
) -> None:
    bot = client()

    @bot.tree.command(description="x")
    async def ping(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("pong")

    async def setup() -> None:
        await bot.tree.sync()

    bot.setup_hook = setup  # type: ignore[method-assign]
    limits = RateLimits(total=Limit(3, 600.0))  # logging in and registering take these
    async with CheckedLoopback(rate_limits=limits) as loopback, running(loopback, bot):
        await loopback.wait_commands()
        calls = [await loopback.invoke("ping") for _ in range(10)]
        assert {(await call.answer()).content for call in calls} == {"pong"}


@given(st.integers(1, 5), st.lists(st.floats(0, 1), max_size=50))
def test_no_window_lets_more_than_its_count_through(count: int, pauses: list[float]) -> None:
    window, now, passed = Window(Limit(count, 1.0)), 0.0, list[float]()
    for pause in pauses:
        now += pause
        if window.take(now):
            passed.append(now)
        starts = [at for at in passed if at >= window.ends_at - 1.0]
        assert len(starts) <= count


@given(st.integers(1, 20))
def test_who_waits_as_told_is_let_in(used: int) -> None:
    now = [0.0]
    limiter = RateLimiter(DISCORD_RATE_LIMITS, clock=lambda: now[0])
    for _ in range(used):
        verdict = limiter.count("messages", "1", counts_globally=False)
        if verdict.retry_after is not None:
            now[0] += verdict.retry_after
            assert limiter.count("messages", "1", counts_globally=False).retry_after is None


def test_channels_have_buckets_of_their_own() -> None:
    limiter = RateLimiter(RateLimits(messages=Limit(1, 60.0)))
    passed = [limiter.count("messages", place, counts_globally=True).retry_after for place in "112"]
    assert [after is None for after in passed] == [True, False, True]
