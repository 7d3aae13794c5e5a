"""Guild contexts are made once, and anew when what they are made of changes."""

from pathlib import Path

from bot.config import Settings
from bot.library.library import SHIPPED
from bot.services import Services

GUILD = 5


async def test_guild_context_follows_its_sources(tmp_path: Path) -> None:
    services = await Services.open(Settings.of({"bot": {"data_dir": str(tmp_path)}}))
    try:
        first = await services.guild_context(GUILD)
        assert await services.guild_context(GUILD) is first
        assert await services.guild_context(None) is await services.guild_context(None)
        await services.guild_settings.update(GUILD, count=7, blocked=("trix",))
        changed = await services.guild_context(GUILD)
        assert (first.count, changed.count) == (5, 7)
        assert not changed.is_allowed("Trixie")
        assert first.is_allowed("Trixie")
        style = SHIPPED / "elves.onnx"
        await services.library.publish("fauns", style.read_bytes(), author="7")
        published = await services.guild_context(GUILD)
        assert {card.name for card in published.cards} - {c.name for c in changed.cards} == {
            "fauns"
        }
        await services.forget_guild(GUILD)
        assert (await services.guild_context(GUILD)).count == 5
    finally:
        await services.close()


async def test_word_list_is_read_at_the_first_command(tmp_path: Path) -> None:
    services = await Services.open(Settings.of({"bot": {"data_dir": str(tmp_path)}}))
    try:
        assert not services.profanity.is_prepared
        await services.guild_context(None)
        assert services.profanity.is_prepared
    finally:
        await services.close()
