"""Messages and their attachments, with the JSON objects that Discord sends for them."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import IntFlag
from functools import cached_property
from io import BytesIO

from PIL import Image

from .encoding import Json, format_timestamp
from .guilds import Channel
from .notifier import Notifier
from .users import Role, User

DEFAULT, REPLY, CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND = 0, 19, 20, 23
"""Message types: ordinary, reply, response to a slash command or to a context-menu command."""

_IMAGE_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


class MessageFlag(IntFlag):
    """The message flags that the loopback supports."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


NO_FLAGS = MessageFlag(0)


@dataclass(eq=False)
class Attachment:
    """A file in a message; the server sends `data` from `url`."""

    id: int
    filename: str
    data: bytes
    url: str
    content_type: str | None = None
    description: str | None = None
    ephemeral: bool = False

    @cached_property
    def image_size(self) -> Json:
        """`width` and `height` in pixels; empty if the file is no image."""
        try:
            with Image.open(BytesIO(self.data), formats=_IMAGE_FORMATS) as image:
                return {"width": image.width, "height": image.height}
        except (OSError, ValueError, Image.DecompressionBombError):
            return {}

    def json(self) -> Json:
        """Return the attachment object."""
        attachment: Json = {"id": str(self.id), "filename": self.filename, "size": len(self.data)}
        attachment |= {"url": self.url, "proxy_url": self.url} | self.image_size
        optional = {"content_type": self.content_type, "description": self.description}
        attachment |= {key: value for key, value in optional.items() if value}
        return attachment | {"ephemeral": True} if self.ephemeral else attachment


@dataclass(eq=False)
class Draft:
    """The content of a message before it is sent: every field that an edit can change."""

    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[Role] = field(default_factory=list)
    mention_everyone: bool = False
    flags: MessageFlag = NO_FLAGS


@dataclass(eq=False, kw_only=True)
class Message(Draft):
    """A message in a channel; only `visible_to` sees it, or everyone if that is None."""

    id: int
    channel: Channel
    author: User
    sent_at: datetime
    type: int = DEFAULT
    tts: bool = False
    nonce: str | int | None = None
    reference: "Message | None" = None
    edited_at: datetime | None = None
    deleted: bool = False
    visible_to: User | None = None
    interaction: Json | None = None
    reactions: dict[str, list[User]] = field(default_factory=dict)
    replies: "list[Message]" = field(default_factory=list)
    notifier: Notifier = field(default_factory=Notifier)

    def draft(self) -> Draft:
        """Return a copy of the editable content."""
        return Draft(**{part.name: getattr(self, part.name) for part in fields(Draft)})

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return bool(self.flags & MessageFlag.EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it is a deferred response without content yet."""
        return bool(self.flags & MessageFlag.LOADING)

    def json(self, *, include_referenced: bool = True) -> Json:
        """Return the message object, by default with the message that it refers to."""
        embeds = [] if self.flags & MessageFlag.SUPPRESS_EMBEDS else self.embeds
        edited_at = format_timestamp(self.edited_at) if self.edited_at else None
        message: Json = {"id": str(self.id), "channel_id": str(self.channel.id), "type": self.type}
        message |= {"author": self.author.json(), "content": self.content, "embeds": embeds}
        message |= {"attachments": [file.json() for file in self.attachments]}
        message |= {"components": self.components, "flags": int(self.flags), "tts": self.tts}
        message |= {"mentions": [user.json() for user in self.mentions], "pinned": False}
        message |= {"mention_roles": [str(role.id) for role in self.mention_roles]}
        message |= {"mention_everyone": self.mention_everyone}
        message |= {"timestamp": format_timestamp(self.sent_at), "edited_timestamp": edited_at}
        if self.nonce is not None:
            message["nonce"] = self.nonce
        if self.reactions:
            reactions = [_reaction_json(emoji, users) for emoji, users in self.reactions.items()]
            message["reactions"] = reactions
        return message | (self.interaction or {}) | self._reference_json(include_referenced)

    def _reference_json(self, include_referenced: bool) -> Json:
        if self.reference is None:
            return {}
        reference: Json = {"type": 0, "channel_id": str(self.reference.channel.id)}
        reference["message_id"] = str(self.reference.id)
        if guild := self.reference.channel.guild:
            reference["guild_id"] = str(guild.id)
        result: Json = {"message_reference": reference}
        if include_referenced:
            deleted = self.reference.deleted
            referenced = None if deleted else self.reference.json(include_referenced=False)
            result["referenced_message"] = referenced
        return result


def _reaction_json(emoji: str, users: list[User]) -> Json:
    reaction: Json = {"emoji": emoji_json(emoji), "me": any(user.bot for user in users)}
    reaction |= {"count": len(users), "count_details": {"burst": 0, "normal": len(users)}}
    return reaction | {"me_burst": False, "burst_colors": []}


def emoji_json(emoji: str) -> Json:
    """Return the partial emoji object of `👍`, or of a guild's custom emoji `name:id`."""
    name, _, emoji_id = emoji.partition(":")
    return {"id": emoji_id or None, "name": name}


def strip_content(message: Json) -> Json:
    """Return the message object without the fields that need the MESSAGE_CONTENT intent."""
    stripped = message | {"content": "", "embeds": [], "attachments": [], "components": []}
    if stripped.get("referenced_message"):
        stripped["referenced_message"] = strip_content(stripped["referenced_message"])
    return stripped
