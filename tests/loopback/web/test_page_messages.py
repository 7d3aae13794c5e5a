"""Messages on the page, in Chromium: send, reply, attach, read."""

import io

import discord
import pytest
from playwright.async_api import Page, expect

from bot.loopback import Loopback

from ..demo_bot import DemoCog
from .browser import PageErrors
from .page_helpers import become, box, go, hold_responses, last, log, picture, post, say, upload

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The highlight ends after 1.5 s, which polling can miss on a busy machine.
RECORD_HIGHLIGHTS = """
() => {
  window.highlighted = new Set();
  const record = (mutations) => mutations.forEach(({ target }) => {
    if (target.classList.contains("highlighted")) window.highlighted.add(target.id);
  });
  new MutationObserver(record).observe(
    document.body, { subtree: true, attributes: true, attributeFilter: ["class"] });
}
"""


async def test_bot_answers(tab: Page) -> None:
    await say(tab, "!echo hello")
    await expect(last(tab)).to_contain_text("Namesmith")
    await expect(last(tab).get_by_role("button", name="In reply to Ada")).to_be_visible()
    await expect(last(tab).get_by_text("hello", exact=True)).to_be_visible()
    await expect(box(tab)).to_have_value("")
    await expect(box(tab)).to_be_focused()


async def test_empty_channel_shows_hint(tab: Page) -> None:
    await expect(log(tab)).to_contain_text("No messages yet")
    await say(tab, "now something has")
    await expect(log(tab)).not_to_contain_text("No messages yet")


async def test_shift_enter_breaks_line(tab: Page) -> None:
    await box(tab).press_sequentially("one")
    await box(tab).press("Shift+Enter")
    await box(tab).press_sequentially("two")
    await expect(log(tab).locator(".message")).to_have_count(0)
    await box(tab).press("Enter")
    await expect(last(tab).locator("p")).to_have_text("one\ntwo")


async def test_inline_markdown(tab: Page, loopback: Loopback) -> None:
    await say(tab, "**bold** *italic* ~~gone~~ `code` ||hidden|| https://example.org @ben")
    await expect(last(tab).locator("strong", has_text="bold")).to_be_visible()
    await expect(last(tab).locator("em")).to_have_text("italic")
    await expect(last(tab).locator("s")).to_have_text("gone")
    await expect(last(tab).locator("code")).to_have_text("code")
    await expect(last(tab).get_by_text("hidden")).to_be_hidden()
    await last(tab).get_by_role("button", name="Show spoiler").click()
    await expect(last(tab).get_by_text("hidden")).to_be_visible()
    link = last(tab).get_by_role("link", name="https://example.org")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(last(tab).locator(".mention")).to_have_text("@Ben")


async def test_markdown_blocks(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    text = "# Title\n- one\n  - inner\n- two\n3. three\n> quoted\n-# small\n```py\nx = 1\n```"
    await post(cog, loopback, content=text)
    message = last(tab)
    await expect(message.get_by_role("heading", name="Title")).to_be_visible()
    await expect(message.locator("ul > li")).to_have_text(["oneinner", "inner", "two"])
    await expect(message.locator("ol")).to_have_attribute("start", "3")
    await expect(message.locator("ol > li")).to_have_text("three")
    await expect(message.locator("blockquote")).to_have_text("quoted")
    await expect(message.locator("pre")).to_have_text("x = 1")
    await expect(message.locator(".subtext")).to_have_text("small")


async def test_message_link_jumps_to_message(tab: Page, loopback: Loopback) -> None:
    await loopback.say("the first", author="ben", channel="random")
    for number in range(40):
        message = await loopback.say(f"one of many, {number}", author="ben", channel="random")
    first, *_ = loopback.messages("random").values()
    base = f"https://discord.com/channels/{loopback.guild.id}/{first.channel.id}"
    await say(tab, f"see {base}/{first.id}, or {base.rpartition('/')[0]}/1/{message.id}")
    await expect(last(tab).get_by_role("link")).to_have_count(1)  # there is no channel 1
    await tab.evaluate(RECORD_HIGHLIGHTS)
    await last(tab).get_by_role("button", name="Go to the message in #random").click()
    await tab.wait_for_function("id => window.highlighted.has(id)", arg=f"message-{first.id}")
    found = log(tab).locator(".message", has_text="the first")
    await expect(found).to_be_in_viewport()


async def test_attach_and_download_file(tab: Page, loopback: Loopback) -> None:
    files = [upload("notes.txt", b"names"), upload("a.png", picture())]
    await tab.get_by_label("Files to attach").set_input_files(files)
    await tab.get_by_role("button", name="Remove a.png").wait_for()
    await say(tab, "see")
    await expect(last(tab).get_by_role("img", name="a.png")).to_be_visible()
    image = await last(tab).get_by_role("img", name="a.png").evaluate("i => i.naturalWidth")
    assert image == 320
    async with tab.expect_download() as fetching:
        await last(tab).get_by_role("link", name="notes.txt").click()
    path = await (await fetching.value).path()
    assert path.read_bytes() == b"names"


async def test_remove_attached_file(tab: Page, loopback: Loopback) -> None:
    file = upload("notes.txt", b"names")
    await tab.get_by_label("Files to attach").set_input_files(file)
    await tab.get_by_role("button", name="Remove notes.txt").click()
    await say(tab, "nothing to see")
    await expect(last(tab)).to_contain_text("nothing to see")
    assert not [file for m in loopback.messages("general").values() for file in m.attachments]


async def test_picture_has_size_before_loading(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    async with hold_responses(tab, "**/files/**") as release:
        for name in ("shown.png", "hung.png"):
            embed = discord.Embed()
            if name == "shown.png":
                embed.set_image(url=f"attachment://{name}")
            await post(cog, loopback, embed=embed, file=discord.File(io.BytesIO(picture()), name))
            image = last(tab).get_by_role("img")
            await expect(image).to_have_js_property("naturalWidth", 0)
            size = await image.bounding_box()
            assert size is not None
            assert (size["width"], size["height"]) == (320, 120)
        release()
        await expect(image).to_have_js_property("naturalWidth", 320)
        assert await image.bounding_box() == size


async def test_gallery_has_size_before_loading(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    async with hold_responses(tab, "**/files/**") as release:
        view = discord.ui.LayoutView()
        view.add_item(discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://a.png")))
        await post(cog, loopback, view=view, file=discord.File(io.BytesIO(picture()), "a.png"))
        image = last(tab).get_by_role("img")
        await expect(image).to_have_js_property("naturalWidth", 0)
        size = await image.bounding_box()
        release()
        await expect(image).to_have_js_property("naturalWidth", 320)
        assert await image.bounding_box() == size


async def test_large_file_is_rejected(tab: Page) -> None:
    file = upload("large.bin", bytes(10 * 1024 * 1024 + 1))
    await tab.get_by_label("Files to attach").set_input_files(file)
    await expect(tab.get_by_role("alert")).to_contain_text(["large.bin is larger than 10 MB."])


async def test_reply(tab: Page, loopback: Loopback) -> None:
    await loopback.say("who is there?", author="ben")
    await last(tab).hover()
    await last(tab).get_by_role("button", name="Reply").click()
    await expect(tab.get_by_text("Replying to Ben")).to_be_visible()
    await expect(box(tab)).to_be_focused()
    await say(tab, "me")
    await expect(last(tab)).to_contain_text("me")
    await expect(last(tab)).to_contain_text("who is there?")
    (original, reply) = loopback.messages("general").values()
    assert reply.reference is original
    await expect(tab.get_by_text("Replying to Ben")).to_have_count(0)


async def test_escape_cancels_reply(tab: Page, loopback: Loopback) -> None:
    await loopback.say("who is there?", author="ben")
    await last(tab).hover()
    await last(tab).get_by_role("button", name="Reply").click()
    await box(tab).press("Escape")
    await expect(tab.get_by_text("Replying to Ben")).to_have_count(0)


async def test_direct_messages_are_private(tab: Page) -> None:
    await go(tab, "Namesmith")
    await say(tab, "!echo a secret")
    await expect(last(tab)).to_contain_text("a secret")
    await become(tab, "Ben")
    await expect(tab.get_by_role("heading", name="Namesmith", exact=True)).to_be_visible()
    await expect(log(tab)).not_to_contain_text("a secret")
    await become(tab, "Ada")
    await expect(log(tab)).to_contain_text("a secret")


async def test_channels_are_separate(tab: Page) -> None:
    await say(tab, "in general")
    await expect(last(tab)).to_contain_text("in general")
    await go(tab, "random")
    await expect(log(tab)).not_to_contain_text("in general")
    await expect(tab).to_have_title("#random · Loopback")


async def test_unread_mark(tab: Page, loopback: Loopback) -> None:
    await loopback.say("psst", author="ben", channel="random")
    channels = tab.get_by_role("navigation", name="Channels")
    await expect(channels.get_by_role("button", name="random (unread)")).to_be_visible()
    await go(tab, "random")
    await expect(last(tab)).to_contain_text("psst")
    await expect(channels.get_by_role("button", name="unread")).to_have_count(0)


async def test_edit_and_delete_update_log(tab: Page, loopback: Loopback) -> None:
    first, second = await loopback.say("one"), await loopback.say("two")
    await loopback.edit(first, "three")
    await expect(log(tab).locator(".message").first).to_contain_text("three (edited)")
    await loopback.delete(first)
    await expect(log(tab).locator(".message")).to_have_count(1)
    await expect(last(tab).locator(".head")).to_contain_text("Ada")
    await loopback.delete(second)


async def test_typing_indicator(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    channel = cog.bot.get_channel(loopback.channel("general").id)
    assert isinstance(channel, discord.TextChannel)
    await channel.typing()
    await expect(tab.get_by_role("status").filter(has_text="typing")).to_be_visible()
    await channel.send("done")
    await expect(last(tab)).to_contain_text("done")
    await expect(tab.get_by_role("status").filter(has_text="typing")).to_have_count(0)


async def test_embed(tab: Page, cog: DemoCog, loopback: Loopback) -> None:
    embed = discord.Embed(title="Title", description="**names**", colour=0xC05A1E)
    embed.set_author(name="Author").set_footer(text="seed 7")
    embed.add_field(name="Style", value="elves").add_field(name="Count", value="5")
    embed.set_image(url="attachment://a.png").set_thumbnail(url="https://example.org/b.png")
    await post(cog, loopback, embed=embed, file=discord.File(io.BytesIO(picture()), "a.png"))
    card = tab.get_by_role("article", name="Title")
    for text in ("Author", "Style", "elves", "Count", "5", "seed 7", "https://example.org/b.png"):
        await expect(card.get_by_text(text, exact=True)).to_be_visible()
    await expect(card.locator("strong")).to_have_text("names")
    assert await card.get_by_role("img").evaluate("image => image.naturalWidth") == 320
    await expect(last(tab).get_by_role("img")).to_have_count(1)


async def test_reconnect_after_disconnect(
    tab: Page, loopback: Loopback, page_errors: PageErrors
) -> None:
    await expect(tab.get_by_text("has stopped")).to_be_hidden()
    loopback._streams.close_all()
    await expect(tab.get_by_text("has stopped")).to_be_visible()
    await loopback.say("meanwhile", author="ben")
    await tab.get_by_role("button", name="Try again").click()
    await expect(last(tab)).to_contain_text("meanwhile")
    await expect(tab.get_by_text("has stopped")).to_be_hidden()
    await say(tab, "back")
    await expect(last(tab)).to_contain_text("back")


async def test_unsent_message_stays_in_box(tab: Page, page_errors: PageErrors) -> None:
    await tab.get_by_label("Files to attach").set_input_files(upload("notes.txt", b"names"))
    await tab.context.set_offline(True)
    await say(tab, "hello?")
    await expect(tab.get_by_text("Not sent: the bot can't be reached.")).to_be_visible()
    await expect(box(tab)).to_have_value("hello?")
    await tab.context.set_offline(False)
    await box(tab).press("Enter")
    await expect(last(tab)).to_contain_text("hello?")
    await expect(last(tab)).to_contain_text("notes.txt")
    page_errors.lines.remove("error: Failed to load resource: net::ERR_INTERNET_DISCONNECTED")


async def test_missing_permission_is_shown(tab: Page, loopback: Loopback) -> None:
    loopback.set_permissions("general", loopback.user("ada"), deny=1 << 11)
    await say(tab, "hello?")
    await expect(tab.get_by_text("ada in general: Missing Permissions")).to_be_visible()
    await expect(box(tab)).to_have_value("hello?")


async def test_reload_keeps_member_and_messages(tab: Page) -> None:
    await become(tab, "Ben")
    await say(tab, "still here")
    await expect(last(tab)).to_contain_text("still here")
    await tab.reload()
    await expect(last(tab)).to_contain_text("still here")
    await expect(tab.get_by_role("radio", name="Ben")).to_be_checked()
