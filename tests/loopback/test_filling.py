"""Forms in the terminal chat: every kind of field, asked one by one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import Interaction, ui

from bot.loopback import Loopback

from .cogs import equipped
from .conftest import Running
from .typist import typed

STYLES = ("Elves", "Dwarves", "Orcs, grey")
OFFERED = "1 Elves  2 Dwarves  3 Orcs, grey; up to 2, separated by commas"


class Wish(ui.Modal, title="A wish"):
    """A form with a field of each kind."""

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
        read = [(await file.read()).decode() for file in files.values]
        people = [one.name for one in who.values]
        await interaction.response.send_message(f"{name.value} {styles.values} {people} {read}")


class Story(ui.Modal, title="Story"):
    """A form with a text of several lines."""

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
    """A form of boxes."""

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
async def forms(loopback: Loopback, running: Running) -> AsyncIterator[None]:
    """A bot that opens each form, and the one of the cog."""
    bot, _ = equipped()

    @bot.tree.command(description="a wish")
    async def wish(interaction: Interaction) -> None:
        await interaction.response.send_modal(Wish())

    @bot.tree.command(description="taste")
    async def taste(interaction: Interaction) -> None:
        await interaction.response.send_modal(Taste())

    @bot.tree.command(description="a story")
    async def story(interaction: Interaction) -> None:
        await interaction.response.send_modal(Story())

    async with running(loopback, bot):
        await loopback.wait_commands()
        yield


@pytest.mark.parametrize("way", [["/form"], ["/panel", "4"]])
async def test_a_form_is_asked_field_by_field(way: list[str], loopback: Loopback) -> None:
    chat = await typed(loopback, *way, "Tristan", "it sounds")
    assert chat.asked[len(way) :] == ["Best: ", "Why (optional): ", "ada in #general > "]
    assert chat.written[-2:] == [
        "Feedback (Ctrl-C cancels)",
        "best Tristan, it sounds",
    ]


async def test_what_does_not_fit_is_told_and_asked_again(loopback: Loopback) -> None:
    chat = await typed(loopback, "/form", "", "far too long it is", "Tris", "")
    assert chat.written[1:] == [
        "Best: this field is required.",
        "Best: use at most 10 characters, not 18.",
        "best Tris, -",
    ]
    assert chat.asked[1:5] == [
        "Best: ",
        "Best: ",
        "Best: far too long it is",
        "Why (optional): ",
    ]


@pytest.mark.parametrize("answers", [[None], ["Tris", None]])
async def test_a_form_can_be_left(answers: list[str | None], loopback: Loopback) -> None:
    chat = await typed(loopback, "/form", *answers, "!echo on")
    assert chat.written[1:] == ["The form wasn't sent.", "on"]


async def test_down_a_pipe_the_next_lines_fill_it_in(loopback: Loopback) -> None:
    chat = await typed(loopback, "/form", "Tris", "well", "!echo on", "/form", live=False)
    assert chat.written == ["best Tris, well", "on"]


async def test_every_kind_of_field_can_be_filled_in(loopback: Loopback, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("Anna")
    chat = await typed(loopback, "/wish", "", "1, 2", "ben", str(file))
    assert chat.written == [
        "A wish (Ctrl-C cancels)",
        "Wish well.",
        "Tr ['E', 'D'] ['ben'] ['Anna']",
    ]
    assert chat.asked[1:5] == [
        "Name (how it begins): Tr",
        f"Styles ({OFFERED}): ",
        "For (a member; optional): ",
        "List (path of a file; optional): ",
    ]


async def test_only_what_is_offered_is_taken(loopback: Loopback) -> None:
    lines = ["Trista", "Tri", "trolls", "1,2,3", "orcs, grey", "", "/no/where", " "]
    chat = await typed(loopback, "/wish", *lines)
    assert chat.written[2:] == [
        "Name: use 2 to 4 characters, not 6.",
        f"'trolls' isn't a choice. Choose from {OFFERED}.",
        "Styles: choose 1 to 2, not 3.",
        "Can't read /no/where: No such file or directory.",
        "Tri ['O'] [] []",
    ]


async def test_what_only_discord_can_tell_is_asked_again_with_the_answers(
    loopback: Loopback,
) -> None:
    chat = await typed(loopback, "/wish", "Tri", "1", "zoe", "", "", "", "ada", "")
    assert "the select 'who' has no 'zoe'" in chat.written
    assert chat.written[-1] == "Tri ['E'] ['ada'] []"
    assert [asked.split(": ")[-1] for asked in chat.asked[5:8]] == ["Tri", "1", "zoe"]


async def test_boxes_are_chosen_and_ticked(loopback: Loopback) -> None:
    chat = await typed(loopback, "/taste", "blue", "1, plum", "off")
    assert chat.written[-1] == "Blue ['Fig', 'Plum'] False"
    kept = await typed(loopback, "/taste", "", "2", "", "maybe", "yes")
    assert kept.written[1:] == [
        "Colour: this field is required.",
        "Sweet: 'maybe' isn't true or false.",
        "Blue ['Fig'] True",
    ]
    assert kept.asked[2:-1] == [
        "Colour (1 Red  2 Blue): ",
        "Fruits (1 Fig  2 Pear  3 Plum; up to 3, separated by commas): Fig",
        "Sweet (yes or no): yes",
        "Sweet (yes or no): maybe",
    ]


async def test_down_a_pipe_an_empty_line_keeps_what_the_form_came_with(loopback: Loopback) -> None:
    lines = ["/taste", "2", "", "maybe", ""]
    chat = await typed(loopback, *lines, live=False)
    assert chat.written == ["Sweet: 'maybe' isn't true or false.", "Blue ['Fig'] True"]


async def test_a_text_of_several_lines_is_typed_in_one(loopback: Loopback) -> None:
    chat = await typed(loopback, "/story", "", "/story", r"a\nb")
    assert chat.asked[1] == r"Text (\n starts a new line): Once\nupon"
    assert chat.written[1::2] == [r"'Once\nupon'", r"'a\nb'"]
