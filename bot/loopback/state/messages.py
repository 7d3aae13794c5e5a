"""Messages and the files attached to them, with the JSON that they are sent as."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import IntFlag
from functools import cached_property
from io import BytesIO

from PIL import Image

from .bell import Bell
from .people import Role, User
from .places import Channel
from .wire import Json, timestamp

PLAIN, REPLY, COMMAND_REPLY, MENU_REPLY = 0, 19, 20, 23
"""Types of messages: ordinary, a reply, and the answers to a slash or context-menu command."""

_PICTURES = ("PNG", "JPEG", "GIF", "WEBP")


class MessageFlag(IntFlag):
    """The flags of a message that this server knows."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


NO_FLAGS = MessageFlag(0)


@dataclass(eq=False)
class Attachment:
    """A file in a message; `data` is served back at `url`."""

    id: int
    filename: str
    data: bytes
    url: str
    content_type: str | None = None
    description: str | None = None
    ephemeral: bool = False

    @cached_property
    def extent(self) -> Json:
        """`width` and `height` in pixels; nothing of what is no picture."""
        try:
            with Image.open(BytesIO(self.data), formats=_PICTURES) as picture:
                return {"width": picture.width, "height": picture.height}
        except (OSError, ValueError, Image.DecompressionBombError):
            return {}

    def json(self) -> Json:
        """Give the attachment object."""
        about: Json = {"id": str(self.id), "filename": self.filename, "size": len(self.data)}
        about |= {"url": self.url, "proxy_url": self.url} | self.extent
        extras = {"content_type": self.content_type, "description": self.description}
        about |= {key: value for key, value in extras.items() if value}
        return about | {"ephemeral": True} if self.ephemeral else about


@dataclass(eq=False)
class Draft:
    """What a message says, before or between its sendings: all that an edit can change."""

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
    """A message in a channel; `visible_to` is None for all, or the one who may see it."""

    id: int
    channel: Channel
    author: User
    sent: datetime
    type: int = PLAIN
    tts: bool = False
    nonce: str | int | None = None
    reference: "Message | None" = None
    edited: datetime | None = None
    deleted: bool = False
    visible_to: User | None = None
    interaction: Json | None = None
    reactions: dict[str, list[User]] = field(default_factory=dict)
    replies: "list[Message]" = field(default_factory=list)
    bell: Bell = field(default_factory=Bell)

    def draft(self) -> Draft:
        """Give what it says now, to be changed and put back by an edit."""
        return Draft(**{part.name: getattr(self, part.name) for part in fields(Draft)})

    @property
    def ephemeral(self) -> bool:
        """Whether one person alone sees it."""
        return bool(self.flags & MessageFlag.EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it still says that the bot is thinking."""
        return bool(self.flags & MessageFlag.LOADING)

    def json(self, *, follow: bool = True) -> Json:
        """Give the message object; `follow` adds the message that it refers to."""
        shown = [] if self.flags & MessageFlag.SUPPRESS_EMBEDS else self.embeds
        about: Json = {"id": str(self.id), "channel_id": str(self.channel.id), "type": self.type}
        about |= {"author": self.author.json(), "content": self.content, "embeds": shown}
        about |= {"attachments": [file.json() for file in self.attachments]}
        about |= {"components": self.components, "flags": int(self.flags), "tts": self.tts}
        about |= {"mentions": [user.json() for user in self.mentions], "pinned": False}
        about |= {"mention_roles": [str(role.id) for role in self.mention_roles]}
        about |= {"mention_everyone": self.mention_everyone, "timestamp": timestamp(self.sent)}
        about["edited_timestamp"] = timestamp(self.edited) if self.edited else None
        if self.nonce is not None:
            about["nonce"] = self.nonce
        if self.reactions:
            about["reactions"] = [_reaction(emoji, who) for emoji, who in self.reactions.items()]
        return about | (self.interaction or {}) | self._reference_json(follow)

    def _reference_json(self, follow: bool) -> Json:
        if self.reference is None:
            return {}
        to: Json = {"type": 0, "channel_id": str(self.reference.channel.id)}
        to["message_id"] = str(self.reference.id)
        if guild := self.reference.channel.guild:
            to["guild_id"] = str(guild.id)
        about: Json = {"message_reference": to}
        if follow:
            gone = self.reference.deleted
            about["referenced_message"] = None if gone else self.reference.json(follow=False)
        return about


def _reaction(emoji: str, who: list[User]) -> Json:
    mine = any(user.bot for user in who)
    counts = {"count": len(who), "count_details": {"burst": 0, "normal": len(who)}}
    return {"emoji": emoji_json(emoji), "me": mine, "me_burst": False, "burst_colors": []} | counts


def emoji_json(emoji: str) -> Json:
    """Give the partial emoji object of `👍`, or of a guild's own `name:id`."""
    name, _, number = emoji.partition(":")
    return {"id": number or None, "name": name}


def withheld(message: Json) -> Json:
    """Give `message` without what the MESSAGE_CONTENT intent covers, as Discord sends it then."""
    bare = message | {"content": "", "embeds": [], "attachments": [], "components": []}
    if bare.get("referenced_message"):
        bare["referenced_message"] = withheld(bare["referenced_message"])
    return bare
