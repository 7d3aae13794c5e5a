"""Modals in the terminal chat: prompts for every type of field."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import Interaction, ui

from bot.loopback import Loopback

from ..conftest import RunBot
from ..demo_bot import create_demo_bot
from .scripted_console import run_chat

STYLES = ("Elves", "Dwarves", "Orcs, grey")
CHOICES = "1) Elves  2) Dwarves  3) Orcs, grey; up to 2, separated by commas"


class Wish(ui.Modal, title="A wish"):
    """A modal with each type of field."""

    intro: ui.TextDisplay[Any] = ui.TextDisplay("Wish well.")
    name = ui.Label["Wish"](
        text="Name",
        description="how it begins",
        component=ui.TextInput["Wish"](custom_id="name", default="Tr", min_length=2, max_length=4),
    )
    style = ui.Label["Wish"](
        text="Styles",
        component=ui.Select["Wish"](
            custom_id="styles",
            options=[discord.SelectOption(label=one, value=one[0]) for one in STYLES],
            max_values=2,
        ),
    )
    who = ui.Label["Wish"](
        text="For", component=ui.UserSelect["Wish"](custom_id="who", required=False, min_values=0)
    )
    list = ui.Label["Wish"](
        text="List", component=ui.FileUpload["Wish"](custom_id="list", required=False, min_values=0)
    )

    async def on_submit(self, interaction: Interaction, /) -> None:
        name, styles = self.name.component, self.style.component
        who, files = self.who.component, self.list.component
        assert isinstance(name, ui.TextInput)
        assert isinstance(styles, ui.Select)
        assert isinstance(who, ui.UserSelect)
        assert isinstance(files, ui.FileUpload)
        contents = [(await file.read()).decode() for file in files.values]
        people = [one.name for one in who.values]
        await interaction.response.send_message(f"{name.value} {styles.values} {people} {contents}")


class Story(ui.Modal, title="Story"):
    """A modal with a paragraph."""

    text = ui.Label["Story"](
        text="Text",
        component=ui.TextInput["Story"](
            custom_id="text", style=discord.TextStyle.paragraph, default="Once\nupon", max_length=20
        ),
    )

    async def on_submit(self, interaction: Interaction, /) -> None:
        assert isinstance(self.text.component, ui.TextInput)
        await interaction.response.send_message(repr(self.text.component.value))


class Taste(ui.Modal, title="Taste"):
    """A modal with a radio group and checkboxes."""

    colour = ui.Label["Taste"](
        text="Colour",
        component=ui.RadioGroup["Taste"](
            custom_id="colour",
            options=[discord.RadioGroupOption(label=one, value=one) for one in ("Red", "Blue")],
        ),
    )
    fruits = ui.Label["Taste"](
        text="Fruits",
        component=ui.CheckboxGroup["Taste"](
            custom_id="fruits",
            options=[
                discord.CheckboxGroupOption(label=one, value=one, default=one == "Fig")
                for one in ("Fig", "Pear", "Plum")
            ],
        ),
    )
    sweet = ui.Label["Taste"](
        text="Sweet", component=ui.Checkbox["Taste"](custom_id="sweet", default=True)
    )

    async def on_submit(self, interaction: Interaction, /) -> None:
        colour, fruits, sweet = (
            self.colour.component,
            self.fruits.component,
            self.sweet.component,
        )
        assert isinstance(colour, ui.RadioGroup)
        assert isinstance(fruits, ui.CheckboxGroup)
        assert isinstance(sweet, ui.Checkbox)
        await interaction.response.send_message(f"{colour.value} {fruits.values} {sweet.value}")


@pytest.fixture(autouse=True)
async def modals(loopback: Loopback, run_bot: RunBot) -> AsyncIterator[None]:
    """A running bot that opens these modals and that of the test cog."""
    bot, _ = create_demo_bot()

    @bot.tree.command(description="a wish")
    async def wish(interaction: Interaction) -> None:
        await interaction.response.send_modal(Wish())

    @bot.tree.command(description="taste")
    async def taste(interaction: Interaction) -> None:
        await interaction.response.send_modal(Taste())

    @bot.tree.command(description="a story")
    async def story(interaction: Interaction) -> None:
        await interaction.response.send_modal(Story())

    async with run_bot(loopback, bot):
        await loopback.wait_commands()
        yield


@pytest.mark.parametrize("lines", [["/form"], ["/panel", "4"]])
async def test_fields_are_prompted_in_order(lines: list[str], loopback: Loopback) -> None:
    chat = await run_chat(loopback, *lines, "Tristan", "it sounds")
    assert chat.prompts[len(lines) :] == ["Best: ", "Why (optional): ", "ada in #general > "]
    assert chat.output[-2:] == [
        "Feedback (Ctrl-C cancels)",
        "best Tristan, it sounds",
    ]


async def test_invalid_answer_is_prompted_again(loopback: Loopback) -> None:
    chat = await run_chat(loopback, "/form", "", "far too long it is", "Tris", "")
    assert chat.output[1:] == [
        "Best: this field is required.",
        "Best: use at most 10 characters, not 18.",
        "best Tris, -",
    ]
    assert chat.prompts[1:5] == [
        "Best: ",
        "Best: ",
        "Best: far too long it is",
        "Why (optional): ",
    ]


@pytest.mark.parametrize("answers", [[None], ["Tris", None]])
async def test_ctrl_c_cancels(answers: list[str | None], loopback: Loopback) -> None:
    chat = await run_chat(loopback, "/form", *answers, "!echo on")
    assert chat.output[1:] == ["The form wasn't sent.", "on"]


async def test_pipe_reads_fields_from_lines(loopback: Loopback) -> None:
    chat = await run_chat(
        loopback, "/form", "Tris", "well", "!echo on", "/form", is_interactive=False
    )
    assert chat.output == ["best Tris, well", "on", "The form wasn't sent."]


async def test_every_field_type(loopback: Loopback, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("Anna")
    chat = await run_chat(loopback, "/wish", "", "1, 2", "ben", str(file))
    assert chat.output == [
        "A wish (Ctrl-C cancels)",
        "Wish well.",
        "Tr ['E', 'D'] ['ben'] ['Anna']",
    ]
    assert chat.prompts[1:5] == [
        "Name (how it begins): Tr",
        f"Styles ({CHOICES}): ",
        "For (a member; optional): ",
        "List (path of a file; optional): ",
    ]


async def test_invalid_choices_are_rejected(loopback: Loopback) -> None:
    lines = ["Trista", "Tri", "trolls", "1,2,3", "orcs, grey", "", "/no/where", " "]
    chat = await run_chat(loopback, "/wish", *lines)
    assert chat.output[2:] == [
        "Name: use 2 to 4 characters, not 6.",
        f"'trolls' isn't a choice. Choose from {CHOICES}.",
        "Styles: choose 1 to 2, not 3.",
        "Can't read /no/where: No such file or directory.",
        "Tri ['O'] [] []",
    ]


async def test_rejected_modal_keeps_answers(
    loopback: Loopback,
) -> None:
    chat = await run_chat(loopback, "/wish", "Tri", "1", "zoe", "", "", "", "ada", "")
    assert "the select 'who' has no 'zoe'" in chat.output
    assert chat.output[-1] == "Tri ['E'] ['ada'] []"
    assert [prompt.split(": ")[-1] for prompt in chat.prompts[5:8]] == ["Tri", "1", "zoe"]


async def test_radio_and_checkbox_groups(loopback: Loopback) -> None:
    chat = await run_chat(loopback, "/taste", "blue", "1, plum", "off")
    assert chat.output[-1] == "Blue ['Fig', 'Plum'] False"
    second = await run_chat(loopback, "/taste", "", "2", "", "maybe", "yes")
    assert second.output[1:] == [
        "Colour: this field is required.",
        "Sweet: 'maybe' isn't true or false.",
        "Blue ['Fig'] True",
    ]
    assert second.prompts[2:-1] == [
        "Colour (1) Red  2) Blue): ",
        "Fruits (1) Fig  2) Pear  3) Plum; up to 3, separated by commas): Fig",
        "Sweet (yes or no): yes",
        "Sweet (yes or no): maybe",
    ]


async def test_pipe_empty_line_means_default(loopback: Loopback) -> None:
    lines = ["/taste", "2", "", "maybe", ""]
    chat = await run_chat(loopback, *lines, is_interactive=False)
    assert chat.output == ["Sweet: 'maybe' isn't true or false.", "Blue ['Fig'] True"]


async def test_paragraph_is_typed_in_one_line(loopback: Loopback) -> None:
    chat = await run_chat(loopback, "/story", "", "/story", r"a\nb")
    assert chat.prompts[1] == r"Text (\n starts a new line): Once\nupon"
    assert chat.output[1::2] == [r"'Once\nupon'", r"'a\nb'"]
