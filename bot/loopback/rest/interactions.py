"""Interactions: someone used a command, pressed a button, chose, or sent a form to the bot.

Discord's page "Receiving and Responding": the payload, three seconds to acknowledge it, fifteen
minutes in which its token may be used.
"""

import asyncio
import secrets
from dataclasses import dataclass, field

from ..gateway.events import Dispatch
from ..gateway.gateway import Gateway
from ..payloads.composing import FILE_LIMIT
from ..state.bell import Bell
from ..state.errors import DiscordError, Problem
from ..state.messages import Message
from ..state.people import User
from ..state.permissions import ORDINARY
from ..state.places import Channel
from ..state.wire import Json
from ..state.world import World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
"""Types of interactions."""

REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
"""Types of callbacks."""


KEPT = 10_000
"""Interactions above which those whose token has long ended are forgotten."""


@dataclass(eq=False, kw_only=True)
class Interaction:
    """One interaction and what came of it; people's side of it is awaited here.

    `source` is the message whose component was used. `modal` is the form that the bot opened,
    `choices` what it offered while an option was typed.
    """

    id: int
    token: str
    type: int
    user: User
    channel: Channel
    data: Json
    name: str
    source: Message | None = None
    parent: "Interaction | None" = None
    callback: int | None = None
    pending: bool = False
    failed: bool = False
    ends: float = 0.0
    response: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None
    bell: Bell = field(default_factory=Bell)

    @property
    def shown(self) -> Message | None:
        """The message that the person ends up with, if it is there already."""
        if self.response and not self.pending and not self.response.deleted:
            return self.response
        return next((message for message in self.followups if not message.deleted), None)

    async def wait_acknowledged(self, timeout: float | None = 10.0) -> int:
        """Wait for the callback, and give its type.

        Raises `TimeoutError`, with Discord's own words if the bot let its time pass.
        """
        await self.bell.until(
            lambda: self.failed or self.callback, timeout, f"/{self.name}: an acknowledgement"
        )
        if self.callback is None:
            raise TimeoutError(f"{self.name}: the application did not respond")
        return self.callback

    async def answer(self, timeout: float | None = 10.0) -> Message:
        """Wait, through a deferral too, for the message that answers, and give it.

        Raises `TimeoutError` if there is none in time, `ValueError` if the answer is a form.
        """
        started = asyncio.get_running_loop().time()
        await self.wait_acknowledged(timeout)
        if self.modal is not None:
            raise ValueError("The answer is a form: see `modal`, and `submit` it.")
        if timeout is not None:
            timeout -= asyncio.get_running_loop().time() - started
        return await self.bell.until(lambda: self.shown, timeout, f"an answer to {self.name}")

    def metadata(self) -> Json:
        """Give the fields by which a message says that this interaction made it."""
        owners = self.owners()
        about: Json = {"id": str(self.id), "type": self.type, "user": self.user.json()}
        about["authorizing_integration_owners"] = owners
        if self.type == COMPONENT and self.source:
            about["interacted_message_id"] = str(self.source.id)
        if self.type == MODAL_SUBMIT and self.parent:
            inner = self.parent.metadata()["interaction_metadata"]
            about["triggering_interaction_metadata"] = inner
        fields: Json = {"interaction_metadata": about}
        if self.type == COMMAND:
            old = {"id": str(self.id), "type": self.type, "name": self.name}
            fields["interaction"] = old | {"user": self.user.json()}
        return fields

    def owners(self) -> Json:
        """Say for whom the application is installed here: the guild, nobody in a DM, or oneself."""
        if self.channel.others:
            return {"1": str(self.user.id)}
        return {"0": str(self.channel.guild.id if self.channel.guild else 0)}


@dataclass(eq=False)
class Interactions:
    """All interactions by token; `patience` and `life` are in seconds."""

    world: World
    gateway: Gateway
    patience: float = 3.0
    life: float = 900.0
    by_token: dict[str, Interaction] = field(default_factory=dict)

    def start(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        name: str,
        source: Message | None = None,
        parent: Interaction | None = None,
    ) -> Interaction:
        """Send an interaction to the bot; from now on it has `patience` seconds."""
        loop = asyncio.get_running_loop()
        interaction = Interaction(
            id=self.world.snowflakes.next(),
            token=secrets.token_urlsafe(48),
            type=kind,
            user=user,
            channel=channel,
            data=data,
            name=name,
            source=source,
            parent=parent,
            ends=loop.time() + self.life,
        )
        if len(self.by_token) > KEPT:
            ended = loop.time() - self.life
            self.by_token = {t: one for t, one in self.by_token.items() if one.ends > ended}
        self.by_token[interaction.token] = interaction
        loop.call_later(self.patience, self._fail, interaction)
        guild = channel.guild
        payload = self._payload(interaction)
        self.gateway.dispatch(
            Dispatch("INTERACTION_CREATE", payload, guild_id=guild.id if guild else None)
        )
        return interaction

    def waiting(self, interaction_id: int, token: str) -> Interaction:
        """Find an interaction to acknowledge, or raise `DiscordError` (10062, 40060)."""
        interaction = self.by_token.get(token)
        if interaction is None or interaction.id != interaction_id or interaction.failed:
            raise DiscordError(Problem.UNKNOWN_INTERACTION)
        if interaction.callback is not None:
            raise DiscordError(Problem.ALREADY_ACKNOWLEDGED)
        return interaction

    def acknowledged(self, application_id: int, token: str) -> Interaction:
        """Find an interaction to follow up, or raise `DiscordError` (10015, 50027)."""
        interaction = self.by_token.get(token)
        ours = application_id == self.world.application_id
        if not ours or interaction is None or interaction.callback is None:
            raise DiscordError(Problem.UNKNOWN_WEBHOOK)
        if asyncio.get_running_loop().time() > interaction.ends:
            raise DiscordError(Problem.INVALID_WEBHOOK_TOKEN)
        return interaction

    def _fail(self, interaction: Interaction) -> None:
        if interaction.callback is None:
            interaction.failed = True
            interaction.bell.ring()

    def _payload(self, interaction: Interaction) -> Json:
        channel, user, guild = interaction.channel, interaction.user, interaction.channel.guild
        permissions = str(int(channel.permissions(user)))
        about: Json = {"id": str(interaction.id), "type": interaction.type, "version": 1}
        about |= {"application_id": str(self.world.application_id), "token": interaction.token}
        about |= {"data": interaction.data, "channel_id": str(channel.id), "locale": "en-GB"}
        about |= {"channel": channel.json() | {"permissions": permissions}, "entitlements": []}
        own = channel.permissions(self.world.bot) if channel.guild else ORDINARY
        about |= {"app_permissions": str(int(own))}
        about |= {"authorizing_integration_owners": interaction.owners()}
        context = 0 if guild else 2 if channel.others else 1
        about |= {"context": context, "attachment_size_limit": FILE_LIMIT}
        if interaction.source:
            about["message"] = interaction.source.json()
        if guild is None:
            return about | {"user": user.json()}
        about |= {"guild_id": str(guild.id), "guild_locale": "en-US"}
        about["guild"] = {"id": str(guild.id), "locale": "en-US", "features": []}
        member = guild.members[user.id].json()
        return about | {"member": member | {"permissions": permissions}}
