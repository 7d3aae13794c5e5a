"""`/style list`: the styles that a server offers, a page for each group, with example names."""

from collections.abc import Iterator, Sequence

import discord
from discord import app_commands, ui

from ...i18n import format_number, marked, ngettext
from ...i18n import gettext as _
from ...library import StyleCard
from ...library.card_search import by_group, group_name, search_cards
from ...services import GuildContext, Services
from ..answer_formats import EMBED_COLOUR, Answer
from ..base import (
    Interaction,
    PersistentComponent,
    check_allowed,
    persistent_view,
    respond,
)
from ..custom_ids import parse_id, selected_values
from ..errors import UserError
from ..markdown import escape_markdown, inline_code, truncate
from ..pages import Page, page_buttons
from ..style_choices import MAX_CHOICES

_PAGE_SIZE = 10
_MAX_FILTER = 40
_ALL = "*"
"""The value of the select for all groups."""

GROUP_TITLES = (
    *(marked("This server"), marked("People"), marked("Myths"), marked("Places"), marked("Nature")),
    *(marked("Fantasy"), marked("Modern"), marked("Other")),
)
"""The groups that have translations; other groups are called as their styles' authors did."""

_Groups = dict[str, list[StyleCard]]


class ListControl(
    PersistentComponent,
    template=r"namesmith-styles:(?P<page>[0-9]+|group):(?P<user>[0-9]+)(?::(?P<filter>.*))?",
):
    """Turns the page, or selects a group; other users get their own list."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Show the page."""
        guild = await check_allowed(services, interaction)
        user_id, is_own = interaction.user.id, parse_id(params["user"]) == interaction.user.id
        if params["page"] == "group":
            selected = "".join(selected_values(self.item))
            work = list_styles(guild, user_id, "" if selected == _ALL else selected)
        else:
            page = parse_id(params["page"])
            work = list_styles(guild, user_id, params["filter"] or "", page)
        await respond(interaction, work, edit=is_own)


async def list_styles(
    guild: GuildContext, user_id: int, filter: str = "", page_number: int = 0
) -> Answer:
    """Return a page of the styles that the guild offers, or of those that match `filter`.

    A filter is a group, or text to search for. Raises `UserError` if no style matches.
    """
    filter = " ".join(filter.split())[:_MAX_FILTER]
    cards = _matching_cards(guild.cards, filter)
    if not cards:
        code = inline_code(filter)
        text = _("No style matches {text}. `/style list` shows all styles.")
        raise UserError(text.format(text=code))
    pages = _pages(cards)
    page = Page.of(len(pages), page_number, 1)
    (groups,) = page.slice(pages)
    lines = "\n".join(_lines(groups, guild.style))
    embed = discord.Embed(title=_("Styles"), description=lines, colour=EMBED_COLOUR)
    count = ngettext("{count} style", "{count} styles", len(cards))
    count = count.format(count=format_number(len(cards)))
    embed.set_footer(text=f"{count}{page.note} · {_('more names: /style info')}")
    components = [
        *_group_select(guild.cards, filter, user_id),
        *page_buttons(
            page,
            (_("Back"), _("Next")),
            ListControl,
            lambda target: _custom_id(target, user_id, filter),
        ),
    ]
    return Answer(embed=embed, view=persistent_view(*components) if components else None)


def complete_group(guild: GuildContext, typed: str) -> list[app_commands.Choice[str]]:
    """Return the groups and tags of the offered styles that begin with `typed`."""
    tags = sorted({tag for card in guild.cards for tag in card.tags})
    typed = typed.strip().casefold()
    texts = dict.fromkeys((*by_group(guild.cards), *tags))
    found = [
        text
        for text in texts
        if text.casefold().startswith(typed) or _title(text).casefold().startswith(typed)
    ]
    return [app_commands.Choice(name=_title(text), value=text) for text in found[:MAX_CHOICES]]


def _title(group: str) -> str:
    return _(group) if group in GROUP_TITLES else group


def _matching_cards(cards: Sequence[StyleCard], filter: str) -> Sequence[StyleCard]:
    if filter and not any(map(str.isalnum, filter)):  # a search ignores quotation marks
        return ()
    group = [card for card in cards if group_name(card).casefold() == filter.casefold()]
    return group or search_cards(cards, filter)


def _pages(cards: Sequence[StyleCard]) -> list[_Groups]:
    """Return what each page shows: all groups if they fit on one, else a group or a part of it."""
    groups = by_group(cards)
    if len(cards) <= _PAGE_SIZE:
        return [groups]
    return [
        {group: members[start : start + _PAGE_SIZE]}
        for group, members in groups.items()
        for start in range(0, len(members), _PAGE_SIZE)
    ]


def _lines(groups: _Groups, default: str) -> Iterator[str]:
    for group, cards in groups.items():
        yield f"__**{escape_markdown(_title(group))}**__"
        for card in cards:
            note = f" · {_('default style')}" if card.name == default else ""
            title = escape_markdown(truncate(card.title, 40))
            yield f"**{title}** {inline_code(truncate(card.name, 40))}{note}"
            if names := _names(card):
                yield names


def _names(card: StyleCard) -> str:
    """Return three example names, or the description of a style that has none."""
    if card.is_damaged:
        return _("can't be opened right now")
    if card.examples:
        return " · ".join(escape_markdown(truncate(name, 25)) for name in card.examples)
    return escape_markdown(truncate(card.description, 80))


def _group_select(cards: Sequence[StyleCard], filter: str, user_id: int) -> Iterator[ListControl]:
    """Yield the select of a group, unless all styles fit on one page."""
    groups = by_group(cards)
    if len(groups) < 2 or (len(cards) <= _PAGE_SIZE and not filter):
        return
    options = [discord.SelectOption(label=_count_group(_("All groups"), cards), value=_ALL)]
    for group, members in list(groups.items())[: MAX_CHOICES - 1]:
        is_shown = group.casefold() == filter.casefold()
        label = _count_group(_title(group), members)
        options.append(discord.SelectOption(label=label, value=group, default=is_shown))
    yield ListControl(
        ui.Select(
            custom_id=f"namesmith-styles:group:{user_id}",
            placeholder=_("Choose a group"),
            options=options,
        )
    )


def _count_group(title: str, cards: Sequence[StyleCard]) -> str:
    return f"{title} ({format_number(len(cards))})"


def _custom_id(page: int, user_id: int, filter: str) -> str:
    return f"namesmith-styles:{page}:{user_id}{f':{filter}' if filter else ''}"
