"""The list of texts, `python -m tests.message_catalog`."""

from pathlib import Path

import pytest

from .message_catalog import texts

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def listed() -> set[str]:
    return {text.text for text in texts(ROOT / "bot")}


@pytest.mark.parametrize(
    "text",
    [
        "That word is blocked here.",  # raised
        "Which names do you want to save?",  # sent
        "This button has expired. Run the command again.",  # a constant that is raised
        "Command prefix",  # a label
        "How the names end",  # an option's description
        "Invent names between two or three names.",  # a command's description
    ],
)
def test_lists_text(text: str, listed: set[str]) -> None:
    assert text in listed


def test_values_in_texts_are_dots(listed: set[str]) -> None:
    assert "There is no such command. See {…}." in listed


def test_says_cannot_in_one_way(listed: set[str]) -> None:
    """Messages of the commands say "can't", as people do."""
    commands = {text.text for text in texts(ROOT / "bot" / "commands")}
    assert [text for text in commands if "cannot" in text.split()] == []
