"""Nothing leaks: the modes of files, and what the log contains at every level."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.atomic_write import write_atomic, write_new
from bot.config_sections import LibrarySettings, NamesSettings
from bot.library import Library
from bot.logs import LogFormatter
from bot.loopback import Loopback
from bot.loopback.faults import rate_limited
from bot.store import Store

from ..bot_runner import errors_of, start_bot
from .artifacts import artifact_of_version as version
from .commands.styles.helpers import publish_versions
from .commands.test_forged_components import button, post, select
from .conftest import RunBot, invoke, press, send

posix_only = pytest.mark.skipif(os.name != "posix", reason="files have no modes")


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Others can read new files, unless their creator says otherwise."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """Return the modes of all files and folders, in octal, by path."""
    return {
        str(path.relative_to(folder)): oct(path.stat().st_mode & 0o777)
        for path in (folder, *folder.rglob("*"))
    }


@posix_only
async def test_data_folder_is_private(discord: Loopback, run_bot: RunBot, tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    async with run_bot(discord, bot={"data_dir": str(data)}):
        library = await Library.open(NamesSettings(), LibrarySettings(), data)
        await publish_versions(library, None, "Abi", "Bo")
        await publish_versions(library, discord.guild.id, "Abi")
        await library.retire("fauns", author="1")
        await library.close()
        await press(discord, await invoke(discord, "name", {"count": 1}), "Save")
        found = modes(data)
    names = {Path(path).name for path in found}
    assert {"bot.lock", "bot.pid", "commands.digest", "style.json", "0002.onnx"} <= names
    assert {"namesmith.sqlite3", "namesmith.sqlite3-wal", "namesmith.sqlite3-shm"} <= names
    expected = {path: "0o700" if (data / path).is_dir() else "0o600" for path in found}
    expected |= {path: "0o600" for path in found if path.endswith(("-wal", "-shm"))}
    assert found == expected


@posix_only
async def test_files_in_an_open_folder_are_private(tmp_path: Path) -> None:
    """The folder existed, and an earlier version created a database that others can read."""
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    file = data / "namesmith.sqlite3"
    await (await Store.open(f"sqlite:///{file}")).close()
    file.chmod(0o644)
    file.with_name("namesmith.sqlite3-wal").touch(mode=0o644)
    store = await Store.open(f"sqlite:///{file}")
    await store.save_names(1, ["Trella"], "names")
    library = await Library.open(NamesSettings(), LibrarySettings(), data)
    await library.publish("fauns", version(1), author="1")
    found = modes(data)
    assert {path: mode for path, mode in found.items() if mode not in ("0o600", "0o700")} == {
        ".": "0o755"
    }
    await library.close()
    await store.close()


@posix_only
async def test_shared_storage_stays_shared(tmp_path: Path) -> None:
    """A folder of styles that a group can open: the bot and an operator use it."""
    folder = tmp_path / "styles"
    folder.mkdir()
    folder.chmod(0o770)
    os.umask(0o007)
    library = await Library.open(NamesSettings(), LibrarySettings(url=str(folder)), tmp_path)
    await library.publish("fauns", version(1), author="1")
    assert set(modes(folder).values()) == {"0o770", "0o660"}
    await library.close()


@posix_only
def test_written_files_are_private(tmp_path: Path) -> None:
    write_new(tmp_path / "new", b"x")
    (tmp_path / "old").write_bytes(b"x")
    write_atomic(tmp_path / "old", b"y")
    assert modes(tmp_path)["new"] == modes(tmp_path)["old"] == "0o600"


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        (
            "POST http://127.0.0.1:1/api/v10/interactions/12/aW50.x-y=/callback failed",
            "POST http://127.0.0.1:1/api/v10/interactions/12/[token]/callback failed",
        ),
        ("/webhooks/12/abc_DEF-1/messages/@original", "/webhooks/12/[token]/messages/@original"),
        (
            "404, url='https://cdn.discordapp.com/attachments/1/2/my%20names.txt?ex=1&hm=2'",
            "404, url='[attachment]'",
        ),
        ("https://cdn.discordapp.com/ephemeral-attachments/1/2/a.txt", "[attachment]"),
        (
            "name='discord-ui-dynamic-item-X-namesmith-saved:turn:0:175928847299117063'",
            "name='discord-ui-dynamic-item-X-namesmith-saved:[...]'",
        ),
        ("<namesmith:again:WzUsIm5hbWVzIiw>", "<namesmith:[...]>"),
        ("namesmith: There is no token.", "namesmith: There is no token."),
        ("Component namesmith-train failed", "Component namesmith-train failed"),
    ],
)
def test_log_hides_what_is_private(text: str, formatted: str) -> None:
    record = logging.LogRecord("discord", logging.ERROR, "", 0, "%s", (text,), None)
    assert LogFormatter().format(record).endswith(f"discord: {formatted}")


SECRET = "Zyxwvutsrqp"


async def test_debug_log_of_a_session(discord: Loopback, tmp_path: Path) -> None:
    """Commands, buttons, an upload, rate limits and a forged button, all logged at DEBUG."""
    process = await start_bot(discord, tmp_path / "data", NAMESMITH_LOG__LEVEL="DEBUG")
    await discord.wait_ready()
    await send(discord, f"!rate {SECRET}", attachments=[("secret-list.txt", SECRET.encode())])
    await send(discord, f"!name prefix:{SECRET}")
    for path in ("/channels/*/messages", "/interactions/*/callback"):
        discord.faults.add("POST", path, rate_limited(0.1))
    await send(discord, "!name Tr")
    calls = [
        await discord.invoke("rate", {"name": SECRET}),
        await discord.invoke(
            "manage-styles train",
            {"name": "x", "file": ("secret-list.txt", b"A\n" * 9)},
            author="olga",
        ),
        await discord.invoke("name", {"prefix": "Tr"}),
    ]
    answers = [await call.answer() for call in calls]
    await press(discord, answers[2], "Again", "ben")
    await discord.autocomplete("name", {"prefix": SECRET}, focused="prefix")
    forged = f"namesmith-saved:turn:0:{discord.user('ben').id}0"
    message = await post(discord, [button(forged), select(f"namesmith-keep:{SECRET}", SECRET)])
    calls.append(await discord.press(message, forged))
    await calls[-1].answer()
    process.terminate()
    log = await errors_of(process)
    assert "has connected to Gateway" in log
    assert "429" in log
    private = [SECRET, "secret-list", "attachments/", discord.token]
    private += [call.token for call in calls]
    private += [str(discord.user(name).id) for name in ("ada", "ben", "olga")]
    assert [text for text in private if text in log] == []
    assert process.returncode == 0
