"""Settings: the file documents every key, variables override it, an error is one line."""

import logging
import os
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from bot.config import RENAMED, ConfigError, Settings, load_settings, read_token
from bot.config_sections import DiscordSettings
from bot.logs import log_to_stderr

CONFIG = Path(__file__).parents[2] / "config.toml"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)


def error_line(tmp_path: Path, text: str) -> str:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    line = str(caught.value)
    assert "\n" not in line
    return line.replace(str(tmp_path), "")


def test_file_documents_every_key() -> None:
    text = CONFIG.read_text(encoding="utf-8")
    sections = tomllib.loads(text)
    del sections["model"]
    assert sections == {name: asdict(section) for name, section in vars(Settings()).items()}
    for line in text.splitlines():
        if re.match(r"\w+ =", line):
            assert re.search(r"  # \w|  # \.", line), f"no comment: {line}"


def test_model_section_is_ignored(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('\ufeff[names]\ncount = 7\n[model]\nanything = "goes"\n', encoding="utf-8")
    assert load_settings(file).names.count == 7


def test_variables_override_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text("[names]\ncount = 7\ntemperature = 0.5\n")
    monkeypatch.setenv("NAMESMITH_NAMES__COUNT", "3")
    monkeypatch.setenv("NAMESMITH_DISCORD__SHARD_COUNT", "4")
    monkeypatch.setenv("NAMESMITH_DISCORD__SHARD_IDS", "[0, 3]")
    settings = load_settings(tmp_path / "config.toml")
    assert (settings.names.count, settings.names.temperature) == (3, 0.5)
    assert settings.discord.shard_ids == [0, 3]


@pytest.mark.parametrize(
    ("text", "shard_ids"),
    [
        ("0-3", [0, 1, 2, 3]),
        ("0,2", [0, 2]),
        (" 1 , 4-5 ", [1, 4, 5]),
        ("7", [7]),
        ('["0-1", 5]', [0, 1, 5]),
        ("", list(range(8))),
    ],
)
def test_shards_as_ranges(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, shard_ids: list[int]
) -> None:
    monkeypatch.setenv("NAMESMITH_DISCORD__SHARD_COUNT", "8")
    monkeypatch.setenv("NAMESMITH_DISCORD__SHARD_IDS", text)
    assert load_settings().discord.own_shards == shard_ids
    monkeypatch.delenv("NAMESMITH_DISCORD__SHARD_IDS")
    value = text if text.startswith("[") else f'"{text}"'
    (tmp_path / "config.toml").write_text(f"[discord]\nshard_ids = {value}")
    assert load_settings(tmp_path / "config.toml").discord.own_shards == shard_ids


@pytest.mark.parametrize(
    "text", ["3-1", "x", "-1", "0-", "0--1", "1.5", "0-9999999999999", "0-99999,0-99999", "٣"]
)
def test_bad_shards(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("NAMESMITH_DISCORD__SHARD_COUNT", "8")
    monkeypatch.setenv("NAMESMITH_DISCORD__SHARD_IDS", text)
    with pytest.raises(ConfigError, match=r"^environment: NAMESMITH_DISCORD__SHARD_IDS: .*shard"):
        load_settings()


@pytest.mark.parametrize(
    ("index", "shard_ids"),
    [("0", [0, 1, 2]), ("namesmith-1", [3, 4, 5]), ("bot2-02", [6, 7]), ("", list(range(8)))],
)
def test_shards_of_a_process(
    monkeypatch: pytest.MonkeyPatch, index: str, shard_ids: list[int]
) -> None:
    monkeypatch.setenv("NAMESMITH_DISCORD__SHARD_COUNT", "8")
    if index:
        monkeypatch.setenv("NAMESMITH_DISCORD__SHARDS_PER_PROCESS", "3")
        monkeypatch.setenv("NAMESMITH_DISCORD__PROCESS_INDEX", index)
    assert load_settings().discord.own_shards == shard_ids


@given(st.integers(1, 60), st.integers(1, 60))
def test_processes_share_all_shards(shard_count: int, shards_per_process: int) -> None:
    processes = -(-shard_count // shards_per_process)
    sections = [
        DiscordSettings(
            shard_count=shard_count, shards_per_process=shards_per_process, process_index=str(index)
        )
        for index in range(processes)
    ]
    assert [shard for each in sections for shard in each.own_shards] == list(range(shard_count))


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            "shard_count = 8\nshards_per_process = 3\nprocess_index = 3",
            "process_index is '3'; for 8 shards, 3 a process, it is a number from 0 to 2, such",
        ),
        (
            "shard_count = 2\nshards_per_process = 2\nprocess_index = 'bot'",
            "process_index is 'bot'; for 2 shards, 2 a process, it is a number from 0 only",
        ),
        ("shard_count = 8\nprocess_index = 0", "shards_per_process and process_index belong"),
        ("shard_count = 8\nshards_per_process = 2", "shards_per_process and process_index belong"),
        (
            "shards_per_process = 2\nprocess_index = 0",
            "shards_per_process and process_index belong",
        ),
        (
            "shard_count = 8\nshard_ids = [1]\nshards_per_process = 2\nprocess_index = 0",
            "set shard_ids, or shards_per_process and process_index, not both",
        ),
    ],
)
def test_bad_process_index(tmp_path: Path, lines: str, problem: str) -> None:
    assert f"/config.toml: [discord]: {problem}" in error_line(tmp_path, f"[discord]\n{lines}")


def test_variable_can_name_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text("[names]\ncount = 7\n")
    monkeypatch.setenv("NAMESMITH_CONFIG", str(tmp_path / "mine.toml"))
    assert load_settings().names.count == 7


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[names]\ncuont = 5", "/config.toml: [names] cuont: no such setting"),
        ("[nmaes]\ncount = 5", "/config.toml: [nmaes]: no such setting"),
        ("count = 5", "/config.toml: [count]: no such setting"),
        ("[names]\ncount = 26", "[names] count: must be a whole number, at most 25"),
        ("[names]\ncount = 'many'", "[names] count: must be a whole number, not text"),
        ("[names]\ntemperature = 0", "[names] temperature: must be a number, at least 0.1"),
        (
            "[bot]\ncommand_prefix = ''",
            "[bot] command_prefix: must be text of length at least 1",
        ),
        ("[discord]\nshard_ids = [2]", "[discord]: shard_ids must be below"),
        (
            "[discord]\nshard_count = 2\nshard_ids = [1, 1]",
            "[discord]: shard_ids has a shard twice",
        ),
        ("[log]\nlevel = 'LOUD'", "[log] level: must be one of DEBUG, INFO"),
        ("names = 3", "/config.toml: [names]: must be a table, not a whole number"),
        ("[names\n", "/config.toml: invalid TOML: "),
    ],
)
def test_error_names_the_key(tmp_path: Path, text: str, line: str) -> None:
    assert line in error_line(tmp_path, text)


def test_error_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value, line in (
        ("NAMESMITH_NAMES__COUNT", "99", "environment: NAMESMITH_NAMES__COUNT: [names] count"),
        ("NAMESMITH_NAMES__CUONT", "9", "[names] cuont: no such setting"),
        ("NAMESMITH_NAME__COUNT", "9", "environment: NAMESMITH_NAME__COUNT: no such setting"),
        ("NAMESMITH_BOT__COMMAND_NAMES", "name=x", "must be JSON"),
        (
            "NAMESMITH_DISCORD__SHARD_IDS",
            "[0",
            "environment: NAMESMITH_DISCORD__SHARD_IDS: must be",
        ),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(variable, value)
            with pytest.raises(ConfigError) as caught:
                load_settings()
        assert line in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_old_key_names_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: tuple[str, str], new: tuple[str, str]
) -> None:
    (section, key), (new_section, new_key) = old, new
    line = f"[{section}] {key}: renamed to [{new_section}] {new_key}"
    assert new_key in asdict(getattr(Settings(), new_section))
    assert error_line(tmp_path, f"[{section}]\n{key} = 1") == f"/config.toml: {line}"
    with pytest.raises(ConfigError, match=re.escape(line)):
        Settings.of({section: {key: 1}})
    variable = f"NAMESMITH_{section}__{key}".upper()
    monkeypatch.setenv(variable, "1")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    renamed = f"NAMESMITH_{new_section}__{new_key}".upper()
    assert str(caught.value) == f"environment: {variable}: renamed to {renamed}"


def test_token_in_the_file_is_refused(tmp_path: Path) -> None:
    for text in ('token = "very.secret"', '[discord]\ntoken = "very.secret"'):
        line = error_line(tmp_path, text)
        assert "a token does not belong in this file" in line
        assert "very.secret" not in line


def test_token_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("from-the-file\n")
    monkeypatch.setenv("NAMESMITH_DISCORD__TOKEN_FILE", str(tmp_path / "token"))
    token = read_token(load_settings())
    assert token is not None
    assert token.value == "from-the-file"
    assert "from-the-file" not in repr(token)
    monkeypatch.setenv("DISCORD_TOKEN", "from-the-variable")
    token = read_token(load_settings())
    assert token is not None
    assert token.value == "from-the-variable"


def test_missing_and_bad_token_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_token(load_settings()) is None
    (tmp_path / "empty").write_text("\n")
    for name, reason in (("none", "cannot be read"), ("empty", "is empty")):
        monkeypatch.setenv("NAMESMITH_DISCORD__TOKEN_FILE", str(tmp_path / name))
        with pytest.raises(ConfigError, match=f"token_file: .*{name} {reason}"):
            read_token(load_settings())


@pytest.mark.skipif(os.name != "posix", reason="files have no modes")
def test_readable_token_file_is_warned_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "token"
    file.write_text("very.secret")
    monkeypatch.setenv("NAMESMITH_DISCORD__TOKEN_FILE", str(file))
    file.chmod(0o604)
    read_token(load_settings())
    assert f"Run: chmod 600 {file}" in caplog.text
    caplog.clear()
    file.chmod(0o640)  # systemd and Kubernetes let a group of the bot's read it
    read_token(load_settings())
    assert caplog.text == ""


def test_password_file_completes_the_database_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "password"
    file.write_text("s/3:cr@t%\n")
    monkeypatch.setenv("NAMESMITH_DATABASE__PASSWORD_FILE", str(file))
    monkeypatch.setenv("NAMESMITH_DATABASE__URL", "postgresql://bot@host/name?sslmode=require")
    url = load_settings().database_url
    assert url == "postgresql://bot:s%2F3%3Acr%40t%25@host/name?sslmode=require"
    file.unlink()
    with pytest.raises(ConfigError, match=r"\[database\] password_file: .* cannot be read"):
        assert load_settings().database_url


@pytest.mark.parametrize("url", ["", "sqlite:///names", "postgresql://bot:secret@host/name"])
def test_password_file_needs_a_url_without_a_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAMESMITH_DATABASE__PASSWORD_FILE", "password")
    monkeypatch.setenv("NAMESMITH_DATABASE__URL", url)
    with pytest.raises(ConfigError, match="password_file is for a url like") as error:
        load_settings()
    assert "secret" not in str(error.value)


def test_log_hides_the_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "very.secret")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        log_to_stderr("DEBUG", read_token(load_settings()))
        logging.getLogger("any").warning("sent %s", {"Authorization": "Bot very.secret"})
        try:
            int("very.secret")
        except ValueError:
            logging.getLogger("any").exception("failed")
    finally:
        root.handlers[:], root.level = handlers, level
    log = capsys.readouterr().err
    assert "sent" in log
    assert not logging.getLogger("discord.gateway").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("aiosqlite").isEnabledFor(logging.DEBUG)
    assert logging.getLogger("bot.client").isEnabledFor(logging.DEBUG)
    assert "ValueError: invalid literal for int() with base 10: '[token]'" in log
    assert "very.secret" not in log
