"""Paths: `~` is the home folder in every setting and argument that is a path."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli_arguments import parse_forget, parse_main, parse_styles
from bot.config import ConfigError, Settings, find_settings, load_settings, read_token
from bot.library import open_storage
from bot.library.storage import LocalStorage
from bot.store.database import DatabaseAddress
from export.__main__ import _parser as export_parser
from model.cli import _parser as model_parser
from tests.processes import run_cli


def _local_root(url: str) -> Path:
    storage = open_storage(Settings(library={"url": url}).library.url, Path("data"))
    assert isinstance(storage, LocalStorage)
    return storage.root


def _database_file(url: str) -> Path | None:
    return DatabaseAddress.parse(Settings(database={"url": url}).database.url).file


SETTINGS: list[Callable[[str], object]] = [
    lambda path: Path(Settings(bot={"data_dir": path}).bot.data_dir),
    lambda path: Path(Settings(discord={"token_file": path}).discord.token_file),
    lambda path: Path(Settings(names={"style": path}).names.style),
    lambda path: _local_root(path),
    lambda path: _local_root(f"file://{path}"),
    lambda path: _database_file(f"sqlite:///{path}"),
    lambda path: _database_file(f"sqlite+aiosqlite:///{path}"),
]
"""A function for each setting that is a path: what the bot opens for what an owner writes."""

ARGUMENTS: list[Callable[[str], object]] = [
    lambda path: parse_main([f"--config={path}"]).config,
    lambda path: Path(parse_main([f"--style={path}"]).style),
    lambda path: parse_styles(["list", f"--config={path}"]).config,
    lambda path: parse_styles(["publish", "elves", path]).file,
    lambda path: parse_forget(["1", f"--config={path}"]).config,
    lambda path: model_parser().parse_args(["train", f"--corpus={path}"]).corpus,
    lambda path: model_parser().parse_args(["train", f"--out={path}"]).out,
    lambda path: model_parser().parse_args(["train", f"--config={path}"]).config,
    lambda path: model_parser().parse_args(["evaluate", path]).checkpoint,
    lambda path: model_parser().parse_args(["evaluate", "runs", f"--test={path}"]).test,
    lambda path: model_parser().parse_args(["describe", f"--corpus={path}"]).corpus,
    lambda path: export_parser().parse_args([path]).checkpoint,
    lambda path: export_parser().parse_args(["runs", path]).out,
    lambda path: export_parser().parse_args(["runs", f"--config={path}"]).config,
]

HOME = Path("/home of ada")

parts = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=12)
relative_paths = st.lists(parts, min_size=1, max_size=4).map("/".join)


@pytest.fixture(autouse=True, scope="module")
def home() -> object:
    """Make `HOME` the home folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(HOME))
        patch.setenv("USERPROFILE", str(HOME))
        yield


@given(path=relative_paths)
def test_tilde_is_the_home_folder(path: str) -> None:
    for read in (*SETTINGS, *ARGUMENTS):
        assert read(f"~/{path}") == HOME / path


@given(path=relative_paths.filter(lambda path: path[0] not in "~-"))
def test_other_paths_stay(path: str) -> None:
    for read in (*SETTINGS[:4], *ARGUMENTS):
        assert read(path) == Path(path)
        assert read(f"/{path}/~/$HOME/%TEMP%") == Path(f"/{path}/~/$HOME/%TEMP%")


@pytest.mark.parametrize("read", SETTINGS)
def test_unknown_home_is_one_line(read: Callable[[str], object]) -> None:
    with pytest.raises(ValueError, match="no one's home folder here"):
        read("~nobody-here/names")


@pytest.mark.parametrize("read", ARGUMENTS)
def test_unknown_home_is_wrong_usage(
    read: Callable[[str], object], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read("~nobody-here/names")
    assert "~nobody-here is no one's home folder here" in capsys.readouterr().err


def test_variable_and_argument_name_a_file_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "mine.toml").write_text('[discord]\ntoken_file = "~/token"\n', encoding="utf-8")
    (tmp_path / "token").write_text("secret", encoding="utf-8")
    (tmp_path / "token").chmod(0o600)
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    monkeypatch.setenv("NAMESMITH_CONFIG", "~/mine.toml")
    for settings in (load_settings(), find_settings(Path("~/mine.toml"))):
        token = read_token(settings)
        assert token is not None
        assert token.value == "secret"
    monkeypatch.setenv("NAMESMITH_CONFIG", "~nobody-here/mine.toml")
    with pytest.raises(ConfigError, match="environment: NAMESMITH_CONFIG: ~nobody-here is no"):
        load_settings()


def test_commands_use_the_home_folder(tmp_path: Path) -> None:
    style = Path(__file__).parents[2] / "bot" / "styles" / "dinosaurs.onnx"
    (tmp_path / "mine.onnx").write_bytes(style.read_bytes())
    environment = {"HOME": str(tmp_path), "NAMESMITH_BOT__DATA_DIR": "~/bot"}
    published = run_cli("styles", "publish", "dinos", "~/mine.onnx", **environment)
    assert (published.returncode, published.stderr) == (0, "")
    assert (tmp_path / "bot" / "styles" / "dinos" / "0001.onnx").is_file()
    listed = run_cli("styles", "list", NAMESMITH_LIBRARY__URL="~/bot/styles", **environment)
    assert "dinos" in listed.stdout
    chat = run_cli("--style=~/mine.onnx", "chat", typed="!name Ty\n", **environment)
    assert [name[:2] for name in chat.stdout.splitlines()] == ["Ty"] * 5
