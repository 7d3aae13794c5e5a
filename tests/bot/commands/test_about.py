"""`/about`: what the bot is, and its links."""

from typing import Any

import pytest

from bot import __version__
from bot.commands import about
from bot.config import Settings
from bot.loopback import Loopback, Message

from ..conftest import RunBot, buttons_of, footer_of, invoke, no_bot, send

pytestmark = pytest.mark.usefixtures("bot")

URL = "https://example.org"


def links(message: Message) -> dict[str, str]:
    return {label: item["url"] for label, item in buttons_of(message).items()}


async def test_about(discord: Loopback) -> None:
    answers = [await send(discord, "!about"), await invoke(discord, "about")]
    answers.append(await invoke(discord, "about", author="ben", channel=discord.dm("ben")))
    for answer in answers:
        (embed,) = answer.embeds
        assert "I invent names of 87 styles" in embed["description"]
        assert "`/forget-me` deletes your data" in embed["description"]
        assert footer_of(answer) == f"Version {__version__}"
        assert links(answer).keys() - {"Source"} == {"Invite"}
        invite = links(answer)["Invite"]
        assert f"client_id={discord.application_id}" in invite
        assert "scope=bot+applications.commands" in invite
        assert "permissions=274878024704" in invite


@no_bot
async def test_links_of_the_settings(discord: Loopback, run_bot: RunBot) -> None:
    names = ("source", "privacy", "terms", "support")
    async with run_bot(discord, bot={f"{name}_url": f"{URL}/{name}" for name in names}):
        found = links(await send(discord, "!about"))
        assert list(found) == ["Invite", "Source", "Privacy", "Terms", "Support"]
        assert {found[name.title()] for name in names} == {f"{URL}/{name}" for name in names}


PARAMS = {"scopes": ["applications.commands"], "permissions": "8"}


@no_bot
@pytest.mark.parametrize(
    ("application", "invite"),
    [
        ({"install_params": PARAMS}, "scope=applications.commands&permissions=8"),
        (
            {"integration_types_config": {"0": {"oauth2_install_params": PARAMS}}},
            "scope=applications.commands&permissions=8",
        ),
        ({"custom_install_url": f"{URL}/add"}, f"{URL}/add"),
        ({"bot_public": False}, None),
    ],
)
async def test_invitation_is_the_owners(
    discord: Loopback, run_bot: RunBot, application: dict[str, Any], invite: str | None
) -> None:
    policies = {"privacy_policy_url": f"{URL}/p", "terms_of_service_url": f"{URL}/t"}
    discord._backend.state.application_settings = application | policies
    async with run_bot(discord):
        found = links(await send(discord, "!about"))
        assert (invite is None) == ("Invite" not in found)
        assert invite is None or invite in found["Invite"]
        assert (found["Privacy"], found["Terms"]) == (f"{URL}/p", f"{URL}/t")


@pytest.mark.parametrize(
    "url", ["example.org", "javascript:alert(1)", "https://a b", f"{URL}/{'a' * 512}"]
)
def test_impossible_links(url: str) -> None:
    with pytest.raises(ValueError, match="source_url"):
        Settings.of({"bot": {"source_url": url}})


def test_source_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    class Metadata:
        def get_all(self, key: str) -> list[str]:
            assert key == "Project-URL"
            return ["Homepage, https://example.org", "Source, https://example.org/git"]

    monkeypatch.setattr(about, "metadata", lambda name: Metadata())
    assert about.package_source() == "https://example.org/git"
