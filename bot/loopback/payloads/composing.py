"""From a request's body to what a message says: limits, mentions, files, embeds, components.

Discord's page "Message": the limits of a message, its allowed mentions, its attachments.
"""

import mimetypes
import re
from collections.abc import Collection
from dataclasses import dataclass

from ..state.errors import DiscordError, Form, Problem
from ..state.messages import NO_FLAGS, Attachment, Draft, Message, MessageFlag
from ..state.people import User
from ..state.permissions import Permission
from ..state.places import Channel
from ..state.wire import Json
from ..state.world import World
from . import components, embeds, shapes

CONTENT_LIMIT = 2000  # characters
FILE_LIMIT = 10 * 1024 * 1024  # bytes of one file, without boosts
FILE_COUNT = 10

_MENTION = re.compile(r"<@!?(\d+)>|<@&(\d+)>|@(everyone|here)\b")


@dataclass(frozen=True)
class File:
    """An uploaded file; `index` is the n of its form field `files[n]`."""

    index: int
    filename: str
    data: bytes


@dataclass(frozen=True)
class Pen:
    """Who writes where: turns bodies into drafts."""

    world: World
    channel: Channel
    author: User

    def write(
        self,
        body: Json,
        files: Collection[File] = (),
        before: Message | None = None,
        reference: Message | None = None,
    ) -> Draft:
        """Give the draft that `body` describes; an edit keeps what it does not mention.

        Raises `DiscordError`: 50035 with all that is wrong, 50006 for nothing at all, 40005 for
        a file above 10 MiB.
        """
        form = Form()
        shapes.check(body, form)
        form.check()
        draft = before.draft() if before else Draft()
        settable = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2
        if before is None:
            settable |= MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.EPHEMERAL
        kept = draft.flags & ~settable if "flags" in body else draft.flags
        draft.flags = kept | MessageFlag(int(body.get("flags") or 0)) & settable
        if "content" in body:
            draft.content = str(body["content"] or "").strip()
            form.at_most("content", draft.content, CONTENT_LIMIT)
        if "embeds" in body:
            draft.embeds = embeds.read(body["embeds"], form)
        self._attach(draft, body, files)
        draft.embeds = embeds.resolved(draft.embeds, self._media(draft))
        if "components" in body:
            new = bool(draft.flags & MessageFlag.COMPONENTS_V2)
            read = components.read(body["components"], form, self._media(draft), new=new)
            draft.components = read
        _check_kinds(draft, form)
        if "content" in body or "allowed_mentions" in body:
            self._mention(draft, body.get("allowed_mentions"), form, reference)
        form.check()
        if not (draft.content or draft.embeds or draft.attachments or draft.components):
            raise DiscordError(Problem.EMPTY_MESSAGE)
        return draft

    def _attach(self, draft: Draft, body: Json, files: Collection[File]) -> None:
        told = {str(about.get("id")): about for about in body.get("attachments") or []}
        if "attachments" in body:
            draft.attachments = [file for file in draft.attachments if str(file.id) in told]
        if len(files) > FILE_COUNT or any(len(file.data) > FILE_LIMIT for file in files):
            raise DiscordError(Problem.ENTITY_TOO_LARGE)
        fresh = [self.store(file, told.get(str(file.index), {}), draft.flags) for file in files]
        draft.attachments = draft.attachments + fresh

    def store(self, file: File, about: Json, flags: MessageFlag = NO_FLAGS) -> Attachment:
        """Keep an uploaded file, to be served at its URL; `about` may rename or describe it."""
        number = self.world.snowflakes.next()
        name = re.sub(r"[^\w.\-]", "_", about.get("filename") or file.filename)
        hidden = bool(flags & MessageFlag.EPHEMERAL)
        url = f"{self.world.origin}/attachments/{self.channel.id}/{number}/{name}"
        kind = mimetypes.guess_type(name)[0]
        kind = f"{kind}; charset=utf-8" if kind and kind.startswith("text/") else kind
        description = about.get("description")
        stored = Attachment(number, name, file.data, url, kind, description, hidden)
        self.world.files[number] = stored
        return stored

    def _media(self, draft: Draft) -> components.Resolve:
        def resolve(url: str) -> Json:
            name = url.removeprefix("attachment://")
            file = next((f for f in draft.attachments if f.filename == name), None)
            number = str(file.id if file else self.world.snowflakes.next())
            about: Json = {"id": number, "url": file.url if file else url}
            about["proxy_url"] = about["url"]
            return about | {"attachment_id": number} | file.extent if file else about

        return resolve

    def _mention(
        self, draft: Draft, allowed: Json | None, form: Form, reference: Message | None
    ) -> None:
        """Note whom the draft pings: who is named in it, as far as `allowed` lets it."""
        rule: Json = {"parse": ["users", "roles", "everyone"], "replied_user": True}
        allowed = rule if allowed is None else allowed
        parse = set(allowed.get("parse") or [])
        for kind in ("users", "roles"):
            if kind in parse and allowed.get(kind):
                text = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
                form.wrong("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)
        found = _MENTION.findall(draft.content)
        users = [self.world.users.get(int(user)) for user, _, _ in found if user]
        named = {str(i) for i in allowed.get("users") or []}
        pinged = [u for u in users if u and ("users" in parse or str(u.id) in named)]
        if reference and allowed.get("replied_user"):
            pinged.insert(0, reference.author)
        draft.mentions = list(dict.fromkeys(pinged))
        self._mention_many(draft, allowed, parse, found)

    def _mention_many(
        self, draft: Draft, allowed: Json, parse: set[str], found: list[tuple[str, str, str]]
    ) -> None:
        """Note the roles, and everyone, that the draft pings where the author may ping them."""
        if self.channel.guild is None:
            return
        may = bool(self.channel.permissions(self.author) & Permission.MENTION_EVERYONE)
        named = {str(i) for i in allowed.get("roles") or []}
        roles = [self.channel.guild.roles.get(int(role)) for _, role, _ in found if role]
        draft.mention_roles = [
            role
            for role in dict.fromkeys(roles)
            if role and (role.mentionable or may) and ("roles" in parse or str(role.id) in named)
        ]
        draft.mention_everyone = may and "everyone" in parse and any(e for _, _, e in found)


def _check_kinds(draft: Draft, form: Form) -> None:
    if draft.flags & MessageFlag.COMPONENTS_V2:
        for field in ("content", "embeds"):
            if getattr(draft, field):
                code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
                text = (
                    f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                )
                form.wrong(field, code, text)


def referred(world: World, channel: Channel, about: Json | None) -> Message | None:
    """Find the message that a `message_reference` names; None if it need not exist and does not.

    Raises `DiscordError` (50035, REPLIES_UNKNOWN_MESSAGE) if it must exist.
    """
    if not about:
        return None
    message = world.messages[channel].get(int(about.get("message_id") or 0))
    if message is None and about.get("fail_if_not_exists", True) is not False:
        form = Form()
        form.wrong("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        form.check()
    return message
