"""Buttons, select menus, modals and layouts on the page, in Chromium."""

import io
from typing import Any

import discord
import pytest
from discord import ui
from playwright.async_api import Locator, Page, expect

from bot.loopback import Loopback

from ..demo_bot import DemoCog
from .page_helpers import become, last, log, picture, post, upload, use

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def panel(tab: Page) -> Locator:
    """Send `/panel` as ada, and find its message."""
    await use(tab, "panel")
    await expect(last(tab)).to_contain_text("Ada used /panel")
    return log(tab).locator(".message", has_text="/panel")


async def test_button_edits_message(tab: Page) -> None:
    message = await panel(tab)
    await message.get_by_role("button", name="More").click()
    await expect(message.locator("p").first).to_have_text("more (edited)")
    await message.get_by_role("button", name="Later").press("Enter")
    await expect(message.locator("p").first).to_have_text("later (edited)")
    await expect(message.get_by_role("button", name="Later")).to_be_focused()
    await expect(log(tab).locator(".message")).to_have_count(1)


async def test_button_answer_is_ephemeral(tab: Page) -> None:
    await panel(tab)
    await become(tab, "Ben")
    await last(tab).get_by_role("button", name="New").click()
    await expect(last(tab)).to_contain_text("for ben")
    await expect(last(tab)).to_contain_text("Only you can see this")
    await become(tab, "Ada")
    await expect(log(tab)).not_to_contain_text("for ben")


async def test_disabled_button(tab: Page) -> None:
    message = await panel(tab)
    await expect(message.get_by_role("button", name="Off")).to_be_disabled()


async def test_unanswered_button_shows_error(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    loopback._backend.interactions.acknowledge_timeout = 0.1
    view = ui.View()
    view.add_item(ui.Button(label="Lost", custom_id="lost"))
    await post(cog, loopback, content="press", view=view)
    view.stop()
    await last(tab).get_by_role("button", name="Lost").click()
    await expect(last(tab).get_by_role("alert")).to_have_text("This interaction failed")
    await expect(last(tab).get_by_role("button", name="Lost")).not_to_have_attribute(
        "aria-busy", "true"
    )


async def test_select_several(tab: Page) -> None:
    message = await panel(tab)
    opener = message.get_by_role("button", name="Make a selection").first
    await opener.click()
    await tab.get_by_role("option", name="Elf").click()
    await tab.get_by_role("option", name="Orc").click()
    await expect(tab.get_by_role("option", selected=True)).to_have_text(["Elf", "Orc"])
    await tab.get_by_role("button", name="Done").click()
    await expect(last(tab)).to_contain_text("elf and orc")


async def test_select_by_keyboard(tab: Page) -> None:
    message = await panel(tab)
    await message.get_by_role("button", name="Make a selection").first.focus()
    await tab.keyboard.press("ArrowDown")
    await expect(tab.get_by_role("listbox")).to_be_focused()
    await tab.keyboard.press("o")
    await tab.keyboard.press("Space")
    await expect(tab.get_by_role("option", selected=True)).to_have_text(["Orc"])
    await tab.keyboard.press("Enter")
    await expect(last(tab)).to_contain_text("orc")


async def test_select_too_few_or_escape(tab: Page) -> None:
    message = await panel(tab)
    opener = message.get_by_role("button", name="Make a selection").first
    await opener.click()
    await expect(tab.get_by_role("button", name="Done")).to_be_disabled()
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("listbox")).to_have_count(0)
    await expect(opener).to_be_focused()
    await expect(opener).to_have_attribute("aria-expanded", "false")


async def test_select_stays_open_during_edit(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    message = await panel(tab)
    await message.get_by_role("button", name="Make a selection").last.click()
    (sent,) = loopback.messages("general").values()
    await loopback.press(sent, "more", author="ben")
    await loopback.say("after")
    await expect(log(tab)).to_contain_text("after")
    await tab.get_by_role("option", name="@Cleo").click()
    await expect(last(tab).locator(".mention").last).to_have_text("@Cleo")
    await expect(message.locator("p").first).to_have_text("more (edited)")


async def test_select_member(tab: Page) -> None:
    message = await panel(tab)
    await message.get_by_role("button", name="Make a selection").last.click()
    await tab.get_by_role("option", name="@Cleo").click()
    await expect(last(tab).locator(".mention").last).to_have_text("@Cleo")


async def test_select_role_and_default_channel(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    view = ui.View()
    view.add_item(ui.RoleSelect(placeholder="Which role?"))
    chosen = discord.Object(loopback.channel("random").id)
    view.add_item(ui.ChannelSelect(default_values=[
        discord.SelectDefaultValue(id=chosen.id, type=discord.SelectDefaultValueType.channel)
    ]))  # fmt: skip
    await post(cog, loopback, content="choose", view=view)
    await last(tab).get_by_role("button", name="Which role?").click()
    await expect(tab.get_by_role("option")).to_have_text(["@everyonerole", "@Namesmithrole"])
    await tab.keyboard.press("Escape")
    await expect(last(tab).get_by_role("button", name="#random")).to_be_visible()
    view.stop()


async def test_submit_modal(tab: Page) -> None:
    message = await panel(tab)
    await message.get_by_role("button", name="Rate").click()
    form = tab.get_by_role("dialog", name="Feedback")
    await expect(form.get_by_role("textbox", name="Best")).to_be_focused()
    await tab.keyboard.type("the elves")
    await expect(form).to_contain_text("9 / 10")
    await form.get_by_role("textbox", name="Why").fill("they sing")
    await form.get_by_role("button", name="Submit").click()
    await expect(form).to_have_count(0)
    await expect(last(tab)).to_contain_text("best the elves, they sing")


async def test_incomplete_modal_stays_open(tab: Page) -> None:
    await use(tab, "form")
    form = tab.get_by_role("dialog", name="Feedback")
    await form.get_by_role("textbox", name="Why").fill("because")
    await tab.keyboard.press("Enter")
    await expect(form.get_by_role("alert")).to_have_text("the field 'Best' is required")
    await form.get_by_role("textbox", name="Best").fill("it")
    await tab.keyboard.press("Enter")
    await expect(last(tab)).to_contain_text("best it, because")


async def test_escape_closes_modal(tab: Page) -> None:
    message = await panel(tab)
    await message.get_by_role("button", name="Rate").click()
    await expect(tab.get_by_role("dialog")).to_be_visible()
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("dialog")).to_have_count(0)
    await expect(message.get_by_role("button", name="Rate")).to_be_focused()


class Everything(ui.Modal, title="Everything"):
    """A modal with one field of each type."""

    intro: ui.TextDisplay[Any] = ui.TextDisplay("Fill in **all** of it.")
    style: ui.Label[Any] = ui.Label(
        text="Style",
        description="How it sounds",
        component=ui.Select(options=[discord.SelectOption(label=one) for one in ("elf", "orc")]),
    )
    who: ui.Label[Any] = ui.Label(text="Who", component=ui.UserSelect(required=False))
    proof: ui.Label[Any] = ui.Label(text="Proof", component=ui.FileUpload(required=False))

    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        style, proof = self.style.component, self.proof.component
        assert isinstance(style, ui.Select)
        assert isinstance(proof, ui.FileUpload)
        names = [file.filename for file in proof.values]
        await interaction.response.send_message(f"{style.values} {names}")


async def test_modal_with_select_and_file(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    class Opener(ui.View):
        @ui.button(label="Open")
        async def open(self, interaction: discord.Interaction, button: ui.Button["Opener"]) -> None:
            await interaction.response.send_modal(Everything())

    view = Opener()
    await post(cog, loopback, content="open", view=view)
    await last(tab).get_by_role("button", name="Open").click()
    form = tab.get_by_role("dialog", name="Everything")
    await expect(form.locator("strong")).to_have_text("all")
    await form.get_by_role("button", name="Style").click()
    await expect(tab.get_by_role("listbox")).to_be_focused()
    await tab.keyboard.press("Escape")
    await expect(form).to_be_visible()
    await form.get_by_role("button", name="Style").click()
    await tab.get_by_role("option", name="orc").click()
    file = upload("a.txt", b"x")
    await form.get_by_label("Proof").set_input_files(file)
    await form.get_by_role("button", name="Submit").click()
    await expect(last(tab)).to_contain_text("['orc'] ['a.txt']")
    view.stop()


async def test_link_button(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    view = ui.View()
    view.add_item(ui.Button(label="Read", url="https://example.org/read"))
    await post(cog, loopback, content="more", view=view)
    link = last(tab).get_by_role("link", name="Read")
    await expect(link).to_have_attribute("href", "https://example.org/read")
    await expect(link).to_have_attribute("target", "_blank")


class Layout(ui.LayoutView):
    """A Components V2 message with one component of each type."""

    def __init__(self) -> None:
        super().__init__()
        inner: ui.Container[Layout] = ui.Container(accent_colour=0xC05A1E)
        inner.add_item(ui.Section("## Names", accessory=ui.Button(label="Again", custom_id="a")))
        inner.add_item(ui.Separator())
        inner.add_item(ui.MediaGallery(discord.MediaGalleryItem("attachment://a.png")))
        row: ui.ActionRow[Layout] = ui.ActionRow()
        row.add_item(ui.Select(placeholder="Style", options=[discord.SelectOption(label="elf")]))
        inner.add_item(row)
        self.add_item(inner)
        self.add_item(ui.TextDisplay("**below**"))
        self.add_item(ui.File("attachment://b.txt"))
        hidden: ui.Container[Layout] = ui.Container(ui.TextDisplay("the end"), spoiler=True)
        self.add_item(hidden)


async def test_components_v2_layout(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    files = [discord.File(io.BytesIO(picture()), "a.png"), discord.File(io.BytesIO(b"x"), "b.txt")]
    view = Layout()
    await post(cog, loopback, view=view, files=files)
    message = last(tab)
    await expect(message.get_by_role("heading", name="Names")).to_be_visible()
    await expect(message.get_by_role("button", name="Again")).to_be_visible()
    assert await message.get_by_role("img").evaluate("image => image.naturalWidth") == 320
    await expect(message.locator("strong").last).to_have_text("below")
    await expect(message.get_by_role("link", name="b.txt")).to_have_attribute("download", "b.txt")
    await message.get_by_role("button", name="Style").click()
    await expect(tab.get_by_role("option", name="elf")).to_be_visible()
    await tab.get_by_role("option", name="elf").click(trial=True)
    await tab.keyboard.press("Escape")
    await message.get_by_role("button", name="Show spoiler").click()
    await expect(message.locator(".covered")).to_have_count(0)
    view.stop()
