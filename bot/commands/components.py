"""Buttons and selects that keep nothing: what they know stands in their custom ids and messages.

So they work after a restart of the bot. Whoever a message is for sees it change; anyone else gets
an answer of one's own, seen by that person alone.
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

from ..services import Services
from .answers import Answer
from .base import Location, check_channel_allowed, defer_if_slow
from .errors import send_error


class PersistentComponent(ui.DynamicItem[Any], template=r"(?!)"):
    """Derive from it with a `template`, and say in `used` what the button or the select does."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the control that was used."""
        del interaction, match
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer, or tell why not."""
        cog = interaction.client.get_cog("Namesmith")
        match = self.template.fullmatch(self.custom_id)
        if cog is None or match is None:  # unloaded since
            return
        try:
            await self.used(cog.services, interaction, match.groupdict())
        except Exception as error:
            await send_error(interaction, error)

    async def used(
        self, services: Services, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Answer; `said` is what stands in the custom id, by the groups of the template."""
        raise NotImplementedError


def persistent_view(*controls: PersistentComponent) -> ui.View:
    """Return `controls` as they stand under a message, for as long as that stays."""
    view = ui.View(timeout=None)
    for control in controls:
        view.add_item(control)
    return view


def button_row(
    control: type[PersistentComponent],
    kind: str,
    about: int,
    **buttons: tuple[str, discord.ButtonStyle],
) -> ui.View:
    """Return buttons by what each does, with label and style; their custom ids: KIND:WHAT:ABOUT."""
    return persistent_view(
        *(
            control(ui.Button(label=label, style=style, custom_id=f"{kind}:{what}:{about}"))
            for what, (label, style) in buttons.items()
        )
    )


async def check_allowed(services: Services, interaction: discord.Interaction[Any]) -> None:
    """Refuse what is asked where the guild wants no names, or too soon."""
    await check_channel_allowed(services, Location.of(interaction))
    services.cooldowns.spend(interaction.user.id, interaction.channel_id or 0)


async def respond(
    interaction: discord.Interaction[Any], work: Awaitable[Answer], *, mine: bool
) -> None:
    """Make the message into what `work` comes to, if it is `mine`, the user's; else show it so."""
    announce = partial(interaction.response.defer, thinking=not mine, ephemeral=not mine)
    answer = await defer_if_slow(work, announce)
    deferred = interaction.response.is_done()
    if mine and deferred:
        await interaction.edit_original_response(**answer.to_edit())
    elif mine:
        await interaction.response.edit_message(**answer.to_edit())
    elif deferred:
        await interaction.followup.send(**answer.to_send(), ephemeral=True)
    else:
        await interaction.response.send_message(**answer.to_send(), ephemeral=True)


T = TypeVar("T")


def pack_custom_ids(asked: Any, parts: int, room: int) -> list[str] | None:
    """Return the dataclass `asked` as texts of up to `room` characters, None if it is too long."""
    told = json.dumps(astuple(asked), ensure_ascii=False, separators=(",", ":"))
    text = base64.urlsafe_b64encode(told.encode(errors="surrogatepass")).decode().rstrip("=")
    size = -(-len(text) // parts)
    return [text[i * size : (i + 1) * size] for i in range(parts)] if size <= room else None


def unpack_custom_ids(kind: type[T], parts: Sequence[str]) -> T:
    """Return the `kind`, a pydantic dataclass, of which `pack` made `parts`.

    Raises `ValueError` for what it cannot have made.
    """
    text = "".join(parts)
    try:
        told = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return kind(*json.loads(told))
    except (ValueError, TypeError) as error:  # no base64, no JSON, or JSON of something else
        raise ValueError(f"no request is written as {text[:100]!r}") from error


@dataclass(frozen=True)
class Page:
    """The page `number`, from 0, of entries of which each page has `size`; `last` is the last."""

    number: int
    last: int
    size: int

    @classmethod
    def of(cls, count: int, number: int, size: int) -> Self:
        """Return the page `number` of `count` entries, the last one where there are fewer."""
        last = max(0, count - 1) // size
        return cls(min(number, last), last, size)

    @property
    def offset(self) -> int:
        """How many entries stand on the pages before."""
        return self.number * self.size

    @property
    def note(self) -> str:
        """Which page it is, for the small print; nothing where it is the only one."""
        return f" · page {self.number + 1} of {self.last + 1}" if self.last else ""

    def cut(self, entries: Sequence[T]) -> Sequence[T]:
        """Return those of all `entries` that stand on it."""
        return entries[self.offset : self.offset + self.size]


def page_buttons(
    page: Page,
    labels: tuple[str, str],
    control: type[PersistentComponent],
    named: Callable[[int], str],
) -> Iterator[PersistentComponent]:
    """Yield the two buttons beside `page`, none where it is the only one.

    `named` gives the custom id of the button that leads to a page.
    """
    if not page.last:
        return
    ends = (page.number == 0, page.number == page.last)
    for label, to, off in zip(labels, (page.number - 1, page.number + 1), ends, strict=True):
        yield control(ui.Button(label=label, custom_id=named(max(0, to)), disabled=off))
