"""The command line `namesmith forget-server`."""

import asyncio
from pathlib import Path

import pytest

from bot import cli_forget
from bot.cli_arguments import parse_forget, parse_styles
from bot.config_sections import LibrarySettings, NamesSettings
from bot.library import Library
from bot.store import Store

from .commands.styles.helpers import add_candidate, make_style, publish_versions

GUILD, OTHER = 2**62, 7


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the settings in a temporary working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text('[bot]\ndata_dir = "data"\n')
    return tmp_path / "data"


async def fill(data: Path) -> None:
    """Store a server's settings, training and style, and the same of another."""
    library = await Library.open(NamesSettings(), LibrarySettings(), data)
    store = await Store.open(f"sqlite:///{data}/namesmith.sqlite3")
    for guild_id in (GUILD, OTHER):
        await store.update_guild_settings(guild_id, count=7)
        await add_candidate(store, make_style("Grom"), "owls", guild_id)
        await publish_versions(library, guild_id, "Abi")
    await store.close()
    await library.close()


async def known_guilds(data: Path) -> tuple[set[int], set[int]]:
    """Return the servers that the database and the library know."""
    library = await Library.open(NamesSettings(), LibrarySettings(), data)
    store = await Store.open(f"sqlite:///{data}/namesmith.sqlite3")
    known = await store.get_guild_ids(), library.guild_ids()
    await store.close()
    await library.close()
    return known


def test_everything_of_a_server_is_deleted(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(fill(data))
    assert cli_forget.main(parse_forget([str(GUILD)])) == 0
    text = f"Deleted the settings, trainings and styles of server {GUILD}.\n"
    assert capsys.readouterr().out == text
    assert asyncio.run(known_guilds(data)) == ({OTHER}, {OTHER})
    assert cli_forget.main(parse_forget([str(GUILD)])) == 0  # again


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "١٢", "1.5", "9" * 19, str(2**63), "1" * 99])
def test_invalid_ids_are_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    for parse, arguments in (
        (parse_forget, ["--", text]),
        (parse_styles, ["list", f"--guild={text}"]),
    ):
        with pytest.raises(SystemExit, match="2"):
            parse(arguments)
        assert "is not" in capsys.readouterr().err


def test_unreachable_database_is_one_line(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAMESMITH_DATABASE__URL", "sqlite:////proc/none/names.sqlite3")
    assert cli_forget.main(parse_forget([str(GUILD)])) == 1
    assert capsys.readouterr().err.count("\n") == 1
