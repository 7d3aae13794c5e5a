"""Interactions: commands, components, autocomplete and modal submissions sent to the bot.

Discord's page "Receiving and Responding": the payload, three seconds to acknowledge it, and
fifteen minutes in which the token is valid.
"""

import asyncio
import secrets
from dataclasses import dataclass, field
from enum import IntEnum

from ..gateway.dispatch import Dispatch
from ..gateway.sessions import Gateway
from ..payloads.message_requests import MAX_FILE_SIZE
from ..state.encoding import Json
from ..state.errors import DiscordError, ErrorCode
from ..state.guilds import Channel
from ..state.messages import Message
from ..state.notifier import Notifier
from ..state.permissions import DEFAULT_PERMISSIONS
from ..state.server_state import ServerState
from ..state.users import User


class InteractionType(IntEnum):
    """Interaction types."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class CallbackType(IntEnum):
    """Interaction callback types."""

    REPLY = 4
    DEFER = 5
    DEFER_UPDATE = 6
    UPDATE = 7
    AUTOCOMPLETE = 8
    MODAL = 9


class Context(IntEnum):
    """Interaction contexts: where a command is used."""

    GUILD = 0
    BOT_DM = 1
    PRIVATE_CHANNEL = 2


MAX_INTERACTIONS = 10_000
"""Above this number, interactions whose tokens expired long ago are removed."""


def context_of(channel: Channel) -> Context:
    """Return the interaction context of a channel."""
    if channel.guild:
        return Context.GUILD
    return Context.PRIVATE_CHANNEL if channel.others else Context.BOT_DM


@dataclass(eq=False, kw_only=True)
class Interaction:
    """One interaction with the bot's responses, which the user's side can wait for.

    `source` is the message whose component was used. `modal` is the modal that the bot opened,
    `choices` are its autocomplete choices. `expires_at` is in the event loop's time.
    """

    id: int
    token: str
    type: InteractionType
    user: User
    channel: Channel
    data: Json
    name: str
    source: Message | None = None
    parent: "Interaction | None" = None
    callback: CallbackType | None = None
    is_deferred: bool = False
    failed: bool = False
    expires_at: float = 0.0
    response: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None
    notifier: Notifier = field(default_factory=Notifier)

    @property
    def visible_answer(self) -> Message | None:
        """The message that the user sees as the answer, if it exists already."""
        if self.response and not self.is_deferred and not self.response.deleted:
            return self.response
        return next((message for message in self.followups if not message.deleted), None)

    async def wait_acknowledged(self, timeout: float | None = 60.0) -> CallbackType:
        """Wait for the callback, and return its type.

        Raises `TimeoutError`, with Discord's own text if the bot did not acknowledge in time.
        """
        await self.notifier.wait_until(
            lambda: self.failed or self.callback, timeout, f"/{self.name}: an acknowledgement"
        )
        if self.callback is None:
            raise TimeoutError(f"{self.name}: the application did not respond")
        return self.callback

    async def answer(self, timeout: float | None = 60.0) -> Message:
        """Wait for the message that answers the interaction, deferred or not, and return it.

        Raises `TimeoutError` if none comes in time, `ValueError` if the bot opens a modal.
        """
        start = asyncio.get_running_loop().time()
        await self.wait_acknowledged(timeout)
        if self.modal is not None:
            raise ValueError("The answer is a modal: read `modal`, and call `submit`.")
        if timeout is not None:
            timeout -= asyncio.get_running_loop().time() - start
        return await self.notifier.wait_until(
            lambda: self.visible_answer, timeout, f"an answer to {self.name}"
        )

    def message_metadata(self) -> Json:
        """Return the fields of a message that name this interaction as its origin."""
        metadata: Json = {"id": str(self.id), "type": self.type, "user": self.user.json()}
        metadata["authorizing_integration_owners"] = self.integration_owners()
        if self.type == InteractionType.COMPONENT and self.source:
            metadata["interacted_message_id"] = str(self.source.id)
        if self.type == InteractionType.MODAL_SUBMIT and self.parent:
            triggering = self.parent.message_metadata()["interaction_metadata"]
            metadata["triggering_interaction_metadata"] = triggering
        fields: Json = {"interaction_metadata": metadata}
        if self.type == InteractionType.COMMAND:
            deprecated = {"id": str(self.id), "type": self.type, "name": self.name}
            fields["interaction"] = deprecated | {"user": self.user.json()}
        return fields

    def integration_owners(self) -> Json:
        """Return who installed the application: the user in a group, else the guild (or 0)."""
        if self.channel.others:
            return {"1": str(self.user.id)}
        return {"0": str(self.channel.guild.id if self.channel.guild else 0)}


@dataclass(eq=False)
class InteractionRegistry:
    """Every interaction by token; the timeout and the lifetime are in seconds."""

    state: ServerState
    gateway: Gateway
    acknowledge_timeout: float = 3.0
    token_lifetime: float = 900.0
    by_token: dict[str, Interaction] = field(default_factory=dict)

    def start(
        self,
        interaction_type: InteractionType,
        user: User,
        channel: Channel,
        data: Json,
        name: str,
        source: Message | None = None,
        parent: Interaction | None = None,
    ) -> Interaction:
        """Send an interaction to the bot, which then has `acknowledge_timeout` seconds."""
        loop = asyncio.get_running_loop()
        interaction = Interaction(
            id=self.state.snowflakes.next(),
            token=secrets.token_urlsafe(48),
            type=interaction_type,
            user=user,
            channel=channel,
            data=data,
            name=name,
            source=source,
            parent=parent,
            expires_at=loop.time() + self.token_lifetime,
        )
        if len(self.by_token) > MAX_INTERACTIONS:
            oldest = loop.time() - self.token_lifetime
            self.by_token = {t: i for t, i in self.by_token.items() if i.expires_at > oldest}
        self.by_token[interaction.token] = interaction
        loop.call_later(self.acknowledge_timeout, self._fail_unacknowledged, interaction)
        guild_id = channel.guild.id if channel.guild else None
        payload = self._payload(interaction)
        self.gateway.dispatch(Dispatch("INTERACTION_CREATE", payload, guild_id=guild_id))
        return interaction

    def find_unacknowledged(self, interaction_id: int, token: str) -> Interaction:
        """Find an interaction to acknowledge, or raise `DiscordError` (10062, 40060)."""
        interaction = self.by_token.get(token)
        if interaction is None or interaction.id != interaction_id or interaction.failed:
            raise DiscordError(ErrorCode.UNKNOWN_INTERACTION)
        if interaction.callback is not None:
            raise DiscordError(ErrorCode.ALREADY_ACKNOWLEDGED)
        return interaction

    def find_acknowledged(self, application_id: int, token: str) -> Interaction:
        """Find an interaction to follow up, or raise `DiscordError` (10015, 50027)."""
        interaction = self.by_token.get(token)
        if application_id != self.state.application_id:
            raise DiscordError(ErrorCode.UNKNOWN_WEBHOOK)
        now = asyncio.get_running_loop().time()
        if interaction is None or now > interaction.expires_at:
            raise DiscordError(ErrorCode.INVALID_WEBHOOK_TOKEN)
        if interaction.callback is None:
            raise DiscordError(ErrorCode.UNKNOWN_WEBHOOK)
        return interaction

    def _fail_unacknowledged(self, interaction: Interaction) -> None:
        if interaction.callback is None:
            interaction.failed = True
            interaction.notifier.notify()

    def _payload(self, interaction: Interaction) -> Json:
        channel, user, guild = interaction.channel, interaction.user, interaction.channel.guild
        permissions = str(int(channel.permissions(user)))
        bot_permissions = channel.permissions(self.state.bot) if guild else DEFAULT_PERMISSIONS
        payload: Json = {
            "id": str(interaction.id),
            "type": interaction.type,
            "version": 1,
            "application_id": str(self.state.application_id),
            "token": interaction.token,
            "data": interaction.data,
            "channel_id": str(channel.id),
            "channel": channel.json() | {"permissions": permissions},
            "context": context_of(channel),
            "locale": user.locale,
            "entitlements": [],
            "app_permissions": str(int(bot_permissions)),
            "authorizing_integration_owners": interaction.integration_owners(),
            "attachment_size_limit": MAX_FILE_SIZE,
        }
        if interaction.source:
            payload["message"] = interaction.source.json()
        if guild is None:
            return payload | {"user": user.json()}
        payload |= {"guild_id": str(guild.id), "guild_locale": guild.preferred_locale}
        locale = guild.preferred_locale
        payload["guild"] = {"id": str(guild.id), "locale": locale, "features": []}
        member = guild.members[user.id].json()
        return payload | {"member": member | {"permissions": permissions}}
