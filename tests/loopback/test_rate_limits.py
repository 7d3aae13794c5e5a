"""Rate limits: headers, 429 responses, and a client that retries."""

import aiohttp
import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.loopback import DISCORD_RATE_LIMITS, Limit, Loopback, RateLimits
from bot.loopback.rest.rate_limits import RateLimiter, Window

from ..openapi import CheckedLoopback
from .conftest import RunBot, create_bot


async def post(loopback: Loopback, session: aiohttp.ClientSession) -> aiohttp.ClientResponse:
    url = f"{loopback.api_url}/channels/{loopback.channel('general').id}/messages"
    headers = {"Authorization": f"Bot {loopback.token}"}
    response = await session.post(url, json={"content": "x"}, headers=headers)
    await response.read()
    return response


async def test_bucket_headers() -> None:
    limits = RateLimits(messages=Limit(5, 60.0))
    async with CheckedLoopback(rate_limits=limits) as loopback, aiohttp.ClientSession() as session:
        responses = [await post(loopback, session) for _ in range(2)]
        headers = [response.headers for response in responses]
        assert [h["X-RateLimit-Remaining"] for h in headers] == ["4", "3"]
        assert {h["X-RateLimit-Limit"] for h in headers} == {"5"}
        assert len({h["X-RateLimit-Bucket"] for h in headers}) == 1
        assert 0 < float(headers[0]["X-RateLimit-Reset-After"]) <= 60.001  # rounded up
        assert float(headers[0]["X-RateLimit-Reset"]) > 1_700_000_000
        assert headers[0]["Content-Type"] == "application/json"


async def test_429_response() -> None:
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


async def test_global_limit() -> None:
    limits = RateLimits(total=Limit(1, 60.0))
    async with CheckedLoopback(rate_limits=limits) as loopback, aiohttp.ClientSession() as session:
        await post(loopback, session)
        refused = await post(loopback, session)
        assert refused.headers["X-RateLimit-Global"] == "true"
        assert (await refused.json())["global"] is True


async def test_client_retries_after_429(run_bot: RunBot, caplog: pytest.LogCaptureFixture) -> None:
    bot = create_bot()
    limits = RateLimits(messages=Limit(2, 0.2))
    async with CheckedLoopback(rate_limits=limits) as loopback, run_bot(loopback, bot):
        async with aiohttp.ClientSession() as session:
            while (await post(loopback, session)).status == 200:
                pass  # as if another process of the bot used up the bucket
        channel = bot.get_partial_messageable(loopback.channel("general").id)
        sent = [(await channel.send(f"n{number}")).content for number in range(5)]
        assert sent == [f"n{number}" for number in range(5)]
        assert "We are being rate limited" in caplog.text


async def test_callbacks_bypass_global_limit(
    run_bot: RunBot,
) -> None:
    bot = create_bot()

    @bot.tree.command(description="x")
    async def ping(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("pong")

    async def setup() -> None:
        await bot.tree.sync()

    bot.setup_hook = setup  # type: ignore[method-assign]
    limits = RateLimits(total=Limit(3, 600.0))  # used up by login and registration
    async with CheckedLoopback(rate_limits=limits) as loopback, run_bot(loopback, bot):
        await loopback.wait_commands()
        calls = [await loopback.invoke("ping") for _ in range(10)]
        assert {(await call.answer()).content for call in calls} == {"pong"}


@given(st.integers(1, 5), st.lists(st.floats(0, 1), max_size=50))
def test_window_never_exceeds_count(count: int, pauses: list[float]) -> None:
    window, now, allowed = Window(Limit(count, 1.0)), 0.0, list[float]()
    for pause in pauses:
        now += pause
        if window.take(now):
            allowed.append(now)
        in_window = [at for at in allowed if at >= window.ends_at - 1.0]
        assert len(in_window) <= count


@given(st.integers(1, 20))
def test_retry_after_is_enough(used: int) -> None:
    now = [0.0]
    limiter = RateLimiter(DISCORD_RATE_LIMITS, clock=lambda: now[0])
    for _ in range(used):
        result = limiter.count("messages", "1", counts_globally=False)
        if result.retry_after is not None:
            now[0] += result.retry_after
            assert limiter.count("messages", "1", counts_globally=False).retry_after is None


def test_bucket_per_channel() -> None:
    limiter = RateLimiter(RateLimits(messages=Limit(1, 60.0)))
    retry_after = [
        limiter.count("messages", channel_id, counts_globally=True).retry_after
        for channel_id in "112"
    ]
    assert [seconds is None for seconds in retry_after] == [True, False, True]
