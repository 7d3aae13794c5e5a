"""Message blocks: as plain lines for a pipe, and rendered with colours."""

import io
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.loopback import Attachment, Channel, Message, User
from bot.loopback.state.encoding import utc_now
from bot.loopback.state.messages import Draft, MessageFlag
from bot.loopback.terminal.console import message_lines, replace_control_characters
from bot.loopback.terminal.interactive_console import render_message
from bot.loopback.terminal.message_blocks import BlockBuilder, SavedAttachments

EMBED = {
    "author": {"name": "Namesmith"},
    "title": "Five names",
    "description": "**Tristan**\nTruda",
    "fields": [
        {"name": "style", "value": "elves", "inline": True},
        {"name": "seed", "value": "7", "inline": True},
        {"name": "list", "value": "a\nb"},
    ],
    "image": {"url": "attachment://a.png"},
    "footer": {"text": "seed 7"},
    "color": 0xFF8800,
}
ROW = {
    "type": 1,
    "components": [
        {"type": 2, "style": 1, "label": "Again", "custom_id": "a"},
        {"type": 2, "style": 2, "label": "Off", "custom_id": "o", "disabled": True},
        {"type": 2, "style": 5, "label": "Page", "url": "https://a.b"},
    ],
}
LAYOUT = [
    {
        "type": 17,
        "accent_color": 255,
        "components": [
            {"type": 10, "content": "# Head"},
            {"type": 14, "divider": True},
            {
                "type": 9,
                "components": [{"type": 10, "content": "beside"}],
                "accessory": {"type": 11, "media": {"url": "attachment://a.png"}},
            },
            {
                "type": 9,
                "components": [],
                "accessory": {"type": 2, "style": 1, "label": "Beside", "custom_id": "b"},
            },
            {"type": 12, "items": [{"media": {"url": "https://a.b/c.png"}, "description": "c"}]},
            ROW,
            {"type": 13, "file": {"url": "attachment://b.txt"}},
        ],
    }
]


def picture(name: str = "a.png", number: int = 1) -> Attachment:
    return Attachment(number, name, b"PNG", f"http://127.0.0.1:1/{number}/{name}")


def message(**fields: Any) -> Message:
    bot = User(1, "Namesmith", bot=True)
    return Message(id=2, channel=Channel(3), author=bot, sent_at=utc_now(), **vars(Draft(**fields)))


def builder() -> BlockBuilder:
    return BlockBuilder(lambda kind, number: f"{kind}{number}", SavedAttachments())


def layout(*files: Attachment) -> Message:
    return message(components=LAYOUT, attachments=list(files), flags=MessageFlag.COMPONENTS_V2)


def render(shown: Message, *tags: str, width: int = 60, colour: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=colour, color_system="truecolor" if colour else None
    )
    console.print(render_message(shown, builder(), tags))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def test_plain_embed_omits_title_and_footer() -> None:
    lines = message_lines(
        message(embeds=[EMBED], components=[ROW], attachments=[picture()]), builder()
    )
    assert lines[:6] == ["Tristan", "Truda", "style: elves", "seed: 7", "list:", "a"]
    assert lines[6] == "b"
    assert Path(lines[7]).read_bytes() == b"PNG"
    assert len(lines) == 8


def test_plain_title_if_nothing_else() -> None:
    assert message_lines(message(embeds=[{"title": "Saved"}]), builder()) == ["Saved"]
    assert message_lines(message(components=[ROW]), builder()) == [
        "[1 Again] [2 Off (off)] [Page: https://a.b]"
    ]


def test_embed_renders_as_card() -> None:
    shown = message(content="Here:", embeds=[EMBED], components=[ROW], attachments=[picture()])
    rendered = render(shown, "edited", "only ada sees this").split("\n")
    assert rendered[:8] == [
        "Here:",
        "▌ Namesmith",
        "▌ Five names",
        "▌ Tristan",
        "▌ Truda",
        "▌ style   seed",
        "▌ elves   7",
        "▌ list",
    ]
    assert rendered[-2:] == [
        "[1 Again] [2 Off (off)] [Page: https://a.b]",
        "edited · only ada sees this",
    ]


def test_card_has_embed_colour() -> None:
    assert "\x1b[38;2;255;136;0m▌" in render(message(embeds=[EMBED | {"image": None}]), colour=True)


def test_plain_layout_keeps_order() -> None:
    files = [picture(), picture("b.txt", 2), picture("rest.png", 3)]
    lines = [Path(line).name for line in message_lines(layout(*files), builder())]
    assert lines == ["Head", "beside", "a.png", "c.png", "b.txt", "rest.png"]


def test_layout_renders_in_order() -> None:
    rendered = render(layout(), width=48).split("\n")
    assert rendered == [
        "▌ Head",
        f"▌ {'─' * 46}",
        "▌ beside",
        "▌ attachment://a.png",
        "▌ [1 Beside]",
        "▌ https://a.b/c.png (c)",
        "▌ [2 Again] [3 Off (off)] [Page: https://a.b]",
        "▌ attachment://b.txt",
    ]


def test_same_filename_gets_a_number() -> None:
    files = SavedAttachments()
    first, second = picture(), picture(number=2)
    paths = [files.save(one) for one in (first, second, first)]
    assert [path.name for path in paths] == ["a.png", "a-2.png", "a.png"]


@pytest.mark.parametrize("name", ["..", "", ".profile", "x" * 300 + ".png", "é" * 200])
def test_unsafe_filename_stays_in_folder(name: str) -> None:
    files = SavedAttachments()
    path = files.save(picture(name))
    assert path.parent == files.folder
    assert path.read_bytes() == b"PNG"
    assert not path.name.startswith(".")


CONTROL_CHARACTERS = "\x1b]0;owned\x07\x1b[2J\x9b1m\r\x08\x7f"


def test_control_characters_are_replaced() -> None:
    text = f"a{CONTROL_CHARACTERS}b"
    embed = {
        "title": text,
        "description": text,
        "url": text,
        "author": {"name": text},
        "footer": {"text": text},
        "fields": [{"name": text, "value": text, "inline": inline} for inline in (True, False)],
        "image": {"url": text},
    }
    button = {"type": 2, "style": 1, "label": text, "custom_id": "a", "emoji": {"name": text}}
    row = {"type": 1, "components": [button]}
    shown = message(content=f"{text} `{text}`", embeds=[embed], components=[row])
    rendered = render(shown, width=200)
    assert "owned" in rendered
    assert not set(rendered) & (set(map(chr, (*range(32), *range(127, 160)))) - {"\n"})


@given(st.text())
def test_replacement_keeps_length(text: str) -> None:
    replaced = replace_control_characters(text)
    assert len(replaced) == len(text)
    assert all(char == "\t" or category(char) != "Cc" for char in replaced)


@given(st.text(max_size=200), st.integers(1, 90))
def test_any_text_renders_at_any_width(text: str, width: int) -> None:
    render(message(embeds=[{"description": text}], content=text), width=width)
