"""Names of commands that the bot's owner has changed, in messages."""

from collections.abc import Iterator

import pytest

from bot.command_names import command_name, rename_mentions, set_command_names
from bot.i18n import set_locale


@pytest.fixture(autouse=True)
def restore_context() -> Iterator[None]:
    yield
    set_command_names({})
    set_locale("en-US")


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        ("See `/style list`.", "See `/mine list`."),
        ("`/style` and `/name`", "`/mine` and `/name`"),
        ("`/styles` `/style-x` `/style/x` `a/style`", None),
        ("AC/style /style", None),
        (r"the name \`/style", None),
        ("https://example.org/style", None),
    ],
)
def test_mentions(text: str, renamed: str | None) -> None:
    assert rename_mentions(text) == text
    set_command_names({"style": "mine"})
    assert rename_mentions(text) == (renamed or text)
    assert (command_name("style"), command_name("name")) == ("mine", "name")


def test_mentions_in_a_footer() -> None:
    set_command_names({"style": "mine"})
    assert rename_mentions("87 styles · details: /style info", " ") == (
        "87 styles · details: /mine info"
    )


def test_translated_mentions() -> None:
    """A renamed command has no translated name."""
    set_command_names({"style": "mine"})
    set_locale("de")
    assert rename_mentions("`/stil liste` und `/style list`") == "`/mine liste` und `/mine list`"
