"""`/forget-me`: the data of a person."""

from pathlib import Path

import pytest

from bot.library import operations
from bot.library.storage import LocalStorage, read_manifest
from bot.loopback import Loopback
from bot.store import Store

from ..artifacts import artifact_of_version
from ..conftest import RunBot, buttons_of, invoke, no_bot, press, send

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]


async def test_data_is_deleted_on_confirmation(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    ada, ben = discord.user("ada").id, discord.user("ben").id
    await store.save_names(ada, ["Trella", "Trenna"], "names")
    await store.save_names(ben, ["Travin"], "names")
    async with run_bot(discord):
        question = await invoke(discord, "forget-me")
        assert question.ephemeral
        assert question.content.startswith("Delete your 2 saved names? You can't undo this.")
        cancelled = await press(discord, question, "Cancel")
        assert cancelled is question
        assert cancelled.content == "Nothing was deleted."
        assert await store.count_saved_names(ada) == 2
        question = await send(discord, "!forget-me")
    async with run_bot(discord):  # also after a restart
        assert list(buttons_of(question)) == ["Delete", "Cancel"]
        other = await press(discord, question, "Delete", "ben")
        assert other.ephemeral
        assert other.content == "This question is for somebody else. Run `/forget-me` yourself."
        done = await press(discord, question, "Delete")
        assert done.content == "Deleted. I have no data about you now."
        assert not done.components
        assert (await store.count_saved_names(ada), await store.count_saved_names(ben)) == (0, 1)
        assert (await send(discord, "!forget-me")).content == "I have no data about you."


async def test_history_of_styles_is_anonymized(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    storage, ada = LocalStorage(tmp_path / "data" / "styles"), discord.user("ada").id
    content = artifact_of_version(1)
    for author in (ada, discord.user("ben").id):
        operations.publish(
            storage, "fauns", content, author=str(author), keep_versions=3, max_bytes=2**20
        )
    async with run_bot(discord):
        question = await invoke(discord, "forget-me")
        assert question.content == (
            "Remove your ID from the history of styles? You can't undo this."
        )
        done = await press(discord, question, "Delete")
        assert done.content == "Deleted. I have no data about you now."
        assert (await send(discord, "!forget-me")).content == "I have no data about you."
        manifest = read_manifest(storage, "fauns")
        assert manifest is not None
        assert [change.author for change in manifest.changes] == ["", str(discord.user("ben").id)]
