"""Security of the loopback: only clients with its token, and no browser, may use it."""

import base64

import aiohttp
import pytest

from bot.loopback import Loopback


async def test_token_is_random_and_has_discords_form() -> None:
    first, second = Loopback(), Loopback()
    assert first.token != second.token
    application_id, _, secret = first.token.split(".")
    padding = "=" * (-len(application_id) % 4)
    assert int(base64.urlsafe_b64decode(application_id + padding)) == first.application_id
    assert len(secret) == 38


@pytest.mark.parametrize("path", ["/api/v10/gateway", "/gateway/", "/attachments/1/1/a.html"])
@pytest.mark.parametrize("header", ["Host", "Origin"])
async def test_browser_is_refused(loopback: Loopback, path: str, header: str) -> None:
    origin = loopback.api_url.removesuffix("/api/v10")
    async with (
        aiohttp.ClientSession() as session,
        session.get(origin + path, headers={header: "http://example.org"}) as response,
    ):
        assert response.status == 403


async def test_uploaded_page_is_a_download(loopback: Loopback) -> None:
    message = await loopback.say("", attachments=[("page.html", b"<script></script>")])
    async with (
        aiohttp.ClientSession() as session,
        session.get(message.attachments[0].url) as response,
    ):
        assert response.headers["Content-Disposition"] == "attachment"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
