"""Buttons and selects without state: their custom ids and messages hold everything they need.

So they work after the bot restarts. A component edits the message that belongs to the user who
presses it; anyone else gets an ephemeral answer.
"""

import base64
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from typing import Any, Self, TypeVar

import discord
from discord import ui

from ..services import GuildContext, Services, services_of
from .answers import Answer
from .base import Interaction, Location, check_channel, defer_if_slow
from .errors import send_error

T = TypeVar("T")


class PersistentComponent(ui.DynamicItem[Any], template=r"(?!)"):
    """A button or select; subclasses set the `template` of the custom id and define `on_use`."""

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the component that was used."""
        del interaction, match
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:
        """Call `on_use`, and answer with the error message where it fails."""
        services = services_of(interaction.client)
        match = self.template.fullmatch(self.custom_id)
        if services is None or match is None:  # the extension has been unloaded
            return
        try:
            await self.on_use(services, interaction, match.groupdict())
        except Exception as error:
            await send_error(interaction, error)

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Handle the interaction; `params` are the template's groups in the custom id."""
        raise NotImplementedError


def persistent_view(*components: PersistentComponent) -> ui.View:
    """Return a view of `components` that does not time out."""
    view = ui.View(timeout=None)
    for component in components:
        view.add_item(component)
    return view


def button_row(
    component: type[PersistentComponent],
    kind: str,
    subject_id: int,
    **buttons: tuple[str, discord.ButtonStyle],
) -> ui.View:
    """Return a view of buttons, ACTION=(label, style), with the custom ids KIND:ACTION:SUBJECT."""
    return persistent_view(
        *(
            component(
                ui.Button(label=label, style=style, custom_id=f"{kind}:{action}:{subject_id}")
            )
            for action, (label, style) in buttons.items()
        )
    )


async def check_allowed(services: Services, interaction: Interaction) -> GuildContext:
    """Check the channel allow-list and the cooldowns, and return the guild context.

    Raises `UserError` or `CommandOnCooldown`.
    """
    guild_context = await services.guild_context(interaction.guild_id)
    check_channel(guild_context, Location.of(interaction))
    services.cooldowns.spend(interaction.user.id, interaction.channel_id or 0)
    return guild_context


async def respond(interaction: Interaction, work: Awaitable[Answer], *, edit: bool) -> None:
    """Answer with the result of `work`: edit the message, or send an ephemeral one."""
    defer = partial(interaction.response.defer, thinking=not edit, ephemeral=not edit)
    answer = await defer_if_slow(work, defer)
    is_deferred = interaction.response.is_done()
    if edit and is_deferred:
        await interaction.edit_original_response(**answer.edit_kwargs())
    elif edit:
        await interaction.response.edit_message(**answer.edit_kwargs())
    elif is_deferred:
        await interaction.followup.send(**answer.send_kwargs(), ephemeral=True)
    else:
        await interaction.response.send_message(**answer.send_kwargs(), ephemeral=True)


def pack_custom_ids(query: Any, parts: int, max_size: int) -> list[str] | None:
    """Encode a dataclass as `parts` texts of up to `max_size` characters; None if it is too long.

    The encoding is URL-safe Base64 of a JSON list of the fields' values.
    """
    values = json.dumps(astuple(query), ensure_ascii=False, separators=(",", ":"))
    text = base64.urlsafe_b64encode(values.encode(errors="surrogatepass")).decode().rstrip("=")
    size = -(-len(text) // parts)
    if size > max_size:
        return None
    return [text[i * size : (i + 1) * size] for i in range(parts)]


def unpack_custom_ids(kind: type[T], parts: Sequence[str]) -> T:
    """Decode what `pack_custom_ids` encoded to the pydantic dataclass `kind`.

    Raises `ValueError` for anything else.
    """
    text = "".join(parts)
    try:
        values = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return kind(*json.loads(values))
    except (ValueError, TypeError) as error:  # not Base64, not JSON, or JSON of something else
        raise ValueError(f"{text[:100]!r} does not encode a {kind.__name__}") from error


@dataclass(frozen=True)
class Page:
    """One page of a list; `number` and `last` count from 0, `size` is entries per page."""

    number: int
    last: int
    size: int

    @classmethod
    def of(cls, count: int, number: int, size: int) -> Self:
        """Return the page `number` of `count` entries, or the last page if there are fewer."""
        last = max(0, count - 1) // size
        return cls(min(number, last), last, size)

    @property
    def offset(self) -> int:
        """Index of the page's first entry."""
        return self.number * self.size

    @property
    def note(self) -> str:
        """Text for the footer, such as ` · page 2 of 3`; empty if there is only one page."""
        return f" · page {self.number + 1} of {self.last + 1}" if self.last else ""

    def slice(self, entries: Sequence[T]) -> Sequence[T]:
        """Return the page's part of all `entries`."""
        return entries[self.offset : self.offset + self.size]


def page_buttons(
    page: Page,
    labels: tuple[str, str],
    component: type[PersistentComponent],
    custom_id: Callable[[int], str],
) -> Iterator[PersistentComponent]:
    """Yield the buttons for the previous and next page; none if there is only one page.

    `custom_id` returns the custom id of the button that opens a page.
    """
    if not page.last:
        return
    at_end = (page.number == 0, page.number == page.last)
    targets = (page.number - 1, page.number + 1)
    for label, target, disabled in zip(labels, targets, at_end, strict=True):
        yield component(
            ui.Button(label=label, custom_id=custom_id(max(0, target)), disabled=disabled)
        )
