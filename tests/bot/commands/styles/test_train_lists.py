"""`/manage-styles train` of lists as programs write them: each is read, or named."""

import csv
import io
import json
import zipfile
from typing import Any

import pytest

from bot.loopback import Loopback, Message
from tests.corpora import admins

from ...conftest import RunBot, buttons_of, no_bot, press
from .helpers import LINES, TIMEOUT, confirm, error_text, text_of, use_train, wait_for

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "fake_training")]

NAMES = admins.creatures(120)
ACCENTS = ["Zoë", "José", "Anaïs", "Müller", "Søren", "Núñez", "Łukasz", "Žofie"]
EUROPEAN = [f"{name} {other}" for name, other in zip(NAMES[:30], ACCENTS[:6] * 5, strict=True)]


def excel_csv() -> bytes:
    """Excel, "CSV UTF-8" where a comma is the decimal point: a BOM and semicolons."""
    file = io.StringIO()
    rows = csv.writer(file, delimiter=";", lineterminator="\r\n")
    rows.writerow(["Name", "Anzahl"])
    rows.writerows([name, 7 * i] for i, name in enumerate(NAMES))
    return file.getvalue().encode("utf-8-sig")


def yob() -> bytes:
    """A file such as yob1990.txt of the Social Security Administration."""
    return "".join(f"{n},{'FM'[i % 2]},{7065 - i}\r\n" for i, n in enumerate(NAMES)).encode()


def zip_with(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, b"0" * 10_000)
    return file.getvalue()


def select_of(message: Message, what: str) -> dict[str, Any] | None:
    """Return the select for the layout or the encoding under a preview."""
    items = (item for row in message.components for item in row["components"])
    return next((i for i in items if f"-read:{what}:" in i.get("custom_id", "")), None)


def options_of(message: Message, what: str = "layout") -> dict[str, str]:
    """Return the values of a select's options by their labels."""
    select = select_of(message, what)
    return {option["label"]: option["value"] for option in select["options"]} if select else {}


async def choose(discord: Loopback, message: Message, label: str, what: str = "layout") -> Message:
    """Choose an option under a preview, and return the changed preview."""
    select = select_of(message, what)
    assert select
    value = options_of(message, what)[label]
    call = await discord.select(message, select["custom_id"], [value], author="olga")
    return await call.answer(timeout=TIMEOUT)


def first_line(message: Message) -> list[str]:
    """Return the example names of a preview."""
    (embed,) = message.embeds
    return str(embed["description"]).split("\n")[0].replace("\\", "").split(" · ")


@pytest.mark.parametrize(
    ("file", "content", "note"),
    [
        ("excel.csv", excel_csv(), "2 columns: Name, Anzahl. Learn from *Name*?"),
        ("yob1990.txt", yob(), "3 columns: 1, 2, 3. Learn from *column 1*?"),
        (
            "calc.tsv",
            "".join(f"{name}\t{i}\n" for i, name in enumerate(NAMES)).encode(),
            "2 columns: 1, 2. Learn from *column 1*?",
        ),
        ("names.json", json.dumps(NAMES).encode(), "This looks like JSON."),
        (
            "people.json",
            json.dumps([{"name": name, "age": 7, "team": "red"} for name in NAMES]).encode(),
            "This looks like JSON.",
        ),
        ("names.py", f"NAMES = {NAMES!r}\n".encode(), "This looks like a list from a program."),
        ("one.txt", ", ".join(NAMES).encode(), "several names in a line. I split them at commas."),
        ("words.txt", " ".join(NAMES).encode(), "I split them at spaces."),
    ],
)
async def test_names_are_found(
    discord: Loopback, training_bot: None, file: str, content: bytes, note: str
) -> None:
    preview = await use_train(discord, content=content, file=file)
    text = text_of(preview)
    assert note in text
    assert "**120** different names." in text
    assert first_line(preview)[0] == NAMES[0]
    assert set(first_line(preview)) <= set(NAMES)
    assert "One name a line, as it is" in options_of(preview)


@pytest.mark.usefixtures("training_bot")
async def test_column_can_be_chosen(discord: Loopback) -> None:
    lines = [f"{surname}, {given}" for surname, given in zip(NAMES, LINES, strict=True)]
    preview = await use_train(discord, content="\n".join(lines).encode())
    assert first_line(preview)[0] == lines[0]
    assert "Learn the lines as they are?" in text_of(preview)
    preview = await choose(discord, preview, "Column 2")
    assert first_line(preview)[0] == LINES[0]
    assert "Learn from *column 2*?" in text_of(preview)
    preview = await choose(discord, preview, "One name a line, as it is")
    assert first_line(preview)[0] == lines[0]


@pytest.mark.usefixtures("training_bot")
@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp1252", "Windows-1252"),
        ("latin-1", "Windows-1252"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
    ],
)
async def test_encoding_is_told(discord: Loopback, encoding: str, name: str) -> None:
    content = "\r\n".join(EUROPEAN).encode(encoding)
    preview = await use_train(discord, content=content, file="notepad.txt")
    text = text_of(preview)
    assert f"Read as {name}. Check the letters: " in text
    assert all(line in text for line in EUROPEAN[:3])
    assert bool(options_of(preview, "encoding")) == (name == "Windows-1252")


@pytest.mark.usefixtures("training_bot")
async def test_encoding_can_be_chosen(discord: Loopback) -> None:
    content = "\r\n".join(EUROPEAN).encode("cp1252")
    preview = await use_train(discord, content=content)
    preview = await choose(discord, preview, "Windows-1250", "encoding")
    assert "Read as Windows-1250." in text_of(preview)
    assert EUROPEAN[2] not in text_of(preview)
    preview = await choose(discord, preview, "Windows-1252", "encoding")
    assert EUROPEAN[2] in text_of(preview)


@pytest.mark.usefixtures("training_bot")
async def test_tidy_and_undo(discord: Loopback) -> None:
    lines = [f"{i}. {name}" for i, name in enumerate(NAMES, 1)]
    preview = await use_train(discord, content="\n".join(["List of elves:", *lines]).encode())
    assert first_line(preview)[1].partition(". ")[2] in NAMES
    assert (
        "Also in the list: 1 heading, numbers before the names. Tidy up removes that."
        in text_of(preview).replace("*", "")
    )
    preview = await press(discord, preview, "Tidy up", author="olga", timeout=TIMEOUT)
    assert first_line(preview)[0] == NAMES[0]
    assert "Removed: 1 heading, numbers before the names." in text_of(preview)
    preview = await press(discord, preview, "As it was", author="olga", timeout=TIMEOUT)
    assert "Tidy up" in buttons_of(preview)


@pytest.mark.usefixtures("training_bot")
async def test_invisible_characters_are_counted(discord: Loopback) -> None:
    lines = [f"\u200b{name[:2]}\u00ad{name[2:]}\u200f" for name in NAMES]
    preview = await use_train(discord, content="\r".join(lines).encode())
    assert "Removed 360 invisible characters." in text_of(preview)
    assert first_line(preview)[0] == NAMES[0]


@pytest.mark.usefixtures("training_bot")
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (zip_with("[Content_Types].xml", "xl/workbook.xml"), "This is a spreadsheet. Save it"),
        (zip_with("[Content_Types].xml", "word/document.xml"), "This is a document of a word"),
        (zip_with("names.txt"), "This is a compressed file. Unpack it"),
        (b"\x1f\x8b\x08\x00" + bytes(90), "This is a compressed file."),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"x" * 90, "This is a PDF. Copy the names"),
        (b"\x89PNG\r\n\x1a\n" + bytes(90), "This is a picture."),
        (b"{\\rtf1\\ansi Anna\\par Ben\\par}" + b"x" * 90, "This is a document of a word"),
        (b"<!DOCTYPE html>\r\n<html><body><ul><li>Anna</ul>", "This is a web page."),
        (bytes(range(256)) * 20, "This isn't a text file."),
    ],
)
async def test_other_files_are_named(discord: Loopback, content: bytes, what: str) -> None:
    text = error_text(await use_train(discord, content=content, file="list.txt"))
    assert text.startswith(f"list.txt: {what}")


async def test_choice_survives_a_restart(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], fake_training: Any
) -> None:
    lines = [f"{surname}, {given}" for surname, given in zip(NAMES, LINES, strict=True)]
    async with run_bot(discord, training=training):
        preview = await use_train(discord, content="\n".join(lines).encode())
    fake_training()
    async with run_bot(discord, training=training):
        preview = await choose(discord, preview, "Column 2")
        message = await wait_for(discord, await confirm(discord, preview), "ready to publish")
        (embed,) = message.embeds
        letters = set("".join(LINES))
        assert set(str(embed["description"])) <= letters | {"_", "\n"}
