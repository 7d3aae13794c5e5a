"""`/manage-styles pattern`: make a style of others; a preview with examples, then a choice.

The preview's message holds the pattern, and its custom ids the name, so it works after a restart.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import discord

from ...i18n import format_number, marked
from ...i18n import gettext as _
from ...library import PatternStyle, validate_style_name
from ...library.pattern_style import MAX_TITLE, title_of
from ...sampling import Part, Pattern, parse_pattern
from ...services import GuildContext, Services
from ..answer_formats import (
    EMBED_COLOUR,
    Answer,
    names_in_message,
    send_answer,
    update_message,
)
from ..base import (
    Context,
    Interaction,
    PersistentComponent,
    check_profanity,
    defer_if_slow,
    persistent_view,
    respond,
)
from ..custom_ids import parse_id
from ..errors import UserError
from ..markdown import escape_markdown, format_name, format_names, inline_code, parse_name
from .checks import check_can_change, check_storage, find_record
from .versions import live_message

_EXAMPLES = 5
_BUTTONS = {
    "publish": (marked("Publish"), discord.ButtonStyle.success),
    "cancel": (marked("Cancel"), discord.ButtonStyle.secondary),
}
_EXPIRED = marked("This preview can't be used any more. Run `/manage-styles pattern` again.")
_CANCELLED = marked("Cancelled. No style has changed.")
_ALREADY_PUBLISHED = marked("Someone already published this.")


class PatternButton(
    PersistentComponent,
    template=r"namesmith-pattern:(?P<action>publish|cancel):(?P<all>[01]):(?:(?P<user>[0-9]+):)?(?P<style>[^:]+)",
):
    """Publishes the pattern of a preview, or cancels it."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Check that the user may change the styles, and do what the button says."""
        runner_id = parse_id(params["user"]) if params["user"] else None
        for_all = params["all"] == "1"
        guild_id = await check_can_change(interaction, for_all=for_all, runner_id=runner_id)
        if params["action"] == "cancel":
            await update_message(interaction, Answer(_(_CANCELLED)))
            return
        message = interaction.message
        if message is None or message.author != interaction.client.user:
            raise UserError(_(_EXPIRED))
        work = _publish(services, message, params["style"], guild_id, interaction.user.id)
        await respond(interaction, work, edit=True)


async def offer_pattern(
    services: Services,
    ctx: Context,
    name: str,
    pattern: str,
    title: str | None,
    *,
    for_all: bool,
) -> None:
    """Answer with example names of a pattern, and with buttons to publish it.

    Raises `UserError`, `RequestError` for an invalid pattern, `LibraryError` for an invalid name,
    or a failed check of discord.py's.
    """
    guild_id = await check_can_change(ctx, for_all=for_all)
    answer = await defer_if_slow(
        _preview(services, ctx.author.id, name, pattern, title, guild_id), ctx
    )
    await send_answer(ctx, answer)


async def _preview(
    services: Services,
    user_id: int,
    name: str,
    text: str,
    title: str | None,
    guild_id: int | None,
) -> Answer:
    style = validate_style_name(name)
    check_storage(services, style, guild_id)
    guild = await services.guild_context(guild_id)
    title = (title or "").strip() or title_of(style)
    if len(title) > MAX_TITLE or not title.isprintable():
        text = _("A title can have 1 to {maximum} characters, on one line.")
        raise UserError(text.format(maximum=format_number(MAX_TITLE)))
    await check_profanity(guild, title, text)
    pattern = PatternStyle(title=title, pattern=resolve_pattern(guild, text))
    examples = await _draw_examples(services, guild, style, pattern)
    known = _version_warning(services, style, guild_id)
    embed = discord.Embed(
        title=_("{style}: publish this pattern?").format(style=escape_markdown(style)),
        description=format_names(examples),
        colour=EMBED_COLOUR,
    )
    # `_pattern_in_message` reads these two fields.
    embed.add_field(name=_("Pattern"), value=format_name(pattern.pattern), inline=False)
    embed.add_field(name=_("Title"), value=format_name(title), inline=False)
    scope = _("For this server") if guild_id else _("For all servers")
    embed.set_footer(text=f"{scope}{known}")
    buttons = [
        PatternButton(
            discord.ui.Button(
                label=_(label),
                style=colour,
                custom_id=f"namesmith-pattern:{action}:{int(guild_id is None)}:{user_id}:{style}",
            )
        )
        for action, (label, colour) in _BUTTONS.items()
    ]
    return Answer(embed=embed, view=persistent_view(*buttons))


def resolve_pattern(guild: GuildContext, text: str) -> str:
    """Return the pattern `text` with the names of the guild's styles, found as a member types them.

    Raises `RequestError` for an invalid pattern, or for a style that doesn't exist.
    """
    elements = (
        Part(tuple(map(guild.resolve_style, element.styles)))
        if isinstance(element, Part)
        else element
        for element in parse_pattern(text).elements
    )
    return str(Pattern(tuple(elements)))


async def _draw_examples(
    services: Services, guild: GuildContext, style: str, pattern: PatternStyle
) -> list[str]:
    """Return example names of a pattern that isn't published; raises `RequestError`."""
    generator = await services.library.build_pattern(style, pattern, guild.guild_id)
    return await generator.names(replace(guild.request(_EXAMPLES), new_only=False))


def _version_warning(services: Services, style: str, guild_id: int | None) -> str:
    record = find_record(services, style, guild_id)
    if record is None or record.live is None:
        return ""
    return f" · {_('replaces version {version}').format(version=record.live)}"


async def _publish(
    services: Services, message: discord.Message, style: str, guild_id: int | None, user_id: int
) -> Answer:
    """Publish the pattern in a preview's `message`, and return the message as it is then.

    Raises `UserError`, `RequestError` if the pattern can't be used any more, or `LibraryError`.
    """
    pattern = _pattern_in_message(message, await names_in_message(message))
    guild = await services.guild_context(guild_id)
    await _draw_examples(services, guild, style, pattern)
    content = pattern.to_bytes()
    async with services.style_lock(guild_id):
        record = find_record(services, style, guild_id)
        live = record.live if record else None
        if record and any(
            change.version == live and change.digest == hashlib.sha256(content).hexdigest()
            for change in record.changes
        ):
            raise UserError(_(_ALREADY_PUBLISHED))
        keep_versions = check_storage(services, style, guild_id, len(content))
        await services.library.publish(
            style, content, author=str(user_id), guild_id=guild_id, keep_versions=keep_versions
        )
        text = live_message(services, style, guild_id, live)
    embed = discord.Embed(
        title=_("{style}: published").format(style=escape_markdown(style)),
        description=f"{format_names(pattern.examples)}\n\n{text}",
        colour=EMBED_COLOUR,
    )
    embed.add_field(name=_("Pattern"), value=inline_code(pattern.pattern), inline=False)
    return Answer(embed=embed)


def _pattern_in_message(message: discord.Message, examples: Sequence[str]) -> PatternStyle:
    """Return the pattern in the fields of a preview; raises `UserError` for another message."""
    fields = (field.value or "" for embed in message.embeds for field in embed.fields)
    try:
        pattern, title = map(parse_name, fields)
        return PatternStyle.of(title=title, pattern=pattern, examples=tuple(examples[:3]))
    except ValueError:
        raise UserError(_(_EXPIRED)) from None
