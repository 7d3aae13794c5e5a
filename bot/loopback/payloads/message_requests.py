"""Message requests: validates a request's body and builds the message's content from it.

Discord's page "Message" has the limits, the allowed mentions and the attachments.
"""

import mimetypes
import re
from collections.abc import Collection
from dataclasses import dataclass

from ..state.encoding import Json, parse_snowflake
from ..state.errors import DiscordError, ErrorCode, FormErrors, form_error
from ..state.guilds import Channel
from ..state.messages import NO_FLAGS, Attachment, Draft, Message, MessageFlag
from ..state.permissions import Permission
from ..state.server_state import ServerState
from ..state.users import User
from . import components, embeds

MAX_CONTENT_LENGTH = 2000  # characters
MAX_FILE_SIZE = 10 * 1024 * 1024  # bytes of one file, without boosts
MAX_FILES = 10

_MIME_TYPES = mimetypes.MimeTypes()
"""Python's own types: those of the system differ between machines."""

_MENTION = re.compile(r"<@!?(\d+)>|<@&(\d+)>|@(everyone|here)\b")


@dataclass(frozen=True)
class UploadedFile:
    """An uploaded file; `index` is the n of its form field `files[n]`."""

    index: int
    filename: str
    data: bytes


@dataclass(frozen=True)
class Sender:
    """A user who writes in a channel; builds message content from request bodies."""

    state: ServerState
    channel: Channel
    user: User

    def build_draft(
        self,
        body: Json,
        files: Collection[UploadedFile] = (),
        original: Message | None = None,
        reference: Message | None = None,
    ) -> Draft:
        """Return the content that `body` describes; an edit of `original` changes only that.

        Raises `DiscordError`: 50035 with every invalid field, 50006 for an empty message,
        40005 for a file above 10 MiB.
        """
        errors = FormErrors()
        draft = original.draft() if original else Draft()
        draft.flags = _flags(body, draft, is_edit=original is not None)
        if "content" in body:
            draft.content = str(body["content"] or "").strip()
            errors.check_max_length("content", draft.content, MAX_CONTENT_LENGTH)
        if "embeds" in body:
            draft.embeds = embeds.validate(body["embeds"], errors)
            errors.raise_if_any()
        self._add_attachments(draft, body, files)
        draft.embeds = embeds.resolve_images(draft.embeds, self._media_resolver(draft))
        if "components" in body:
            draft.components = components.validate(
                body["components"],
                errors,
                self._media_resolver(draft),
                is_v2=bool(draft.flags & MessageFlag.COMPONENTS_V2),
            )
        _check_v2_fields(draft, errors)
        if "content" in body or "allowed_mentions" in body:
            self._add_mentions(draft, body.get("allowed_mentions"), errors, reference)
        errors.raise_if_any()
        if not (draft.content or draft.embeds or draft.attachments or draft.components):
            raise DiscordError(ErrorCode.EMPTY_MESSAGE)
        return draft

    def store_file(
        self, file: UploadedFile, metadata: Json, flags: MessageFlag = NO_FLAGS
    ) -> Attachment:
        """Store an uploaded file; `metadata` may have a `filename` and a `description`."""
        attachment_id = self.state.snowflakes.next()
        name = re.sub(r"[^\w.\-]", "_", metadata.get("filename") or file.filename)
        content_type = _MIME_TYPES.guess_type(name)[0]
        if content_type and content_type.startswith("text/"):
            content_type += "; charset=utf-8"
        attachment = Attachment(
            attachment_id,
            name,
            file.data,
            f"{self.state.origin}/attachments/{self.channel.id}/{attachment_id}/{name}",
            content_type,
            metadata.get("description"),
            ephemeral=bool(flags & MessageFlag.EPHEMERAL),
        )
        self.state.files[attachment_id] = attachment
        return attachment

    def _add_attachments(self, draft: Draft, body: Json, files: Collection[UploadedFile]) -> None:
        """Add `files`; drop the original's attachments that `body` does not list."""
        metadata = {str(entry.get("id")): entry for entry in body.get("attachments") or []}
        if "attachments" in body:
            draft.attachments = [file for file in draft.attachments if str(file.id) in metadata]
        if len(files) > MAX_FILES or any(len(file.data) > MAX_FILE_SIZE for file in files):
            raise DiscordError(ErrorCode.ENTITY_TOO_LARGE)
        added = [
            self.store_file(file, metadata.get(str(file.index), {}), draft.flags) for file in files
        ]
        draft.attachments = draft.attachments + added

    def _media_resolver(self, draft: Draft) -> components.MediaResolver:
        """Return a function from a URL to its media object, `attachment://` ones included."""

        def resolve(url: str) -> Json:
            name = url.removeprefix("attachment://")
            file = next((file for file in draft.attachments if file.filename == name), None)
            media_id = str(file.id if file else self.state.snowflakes.next())
            media: Json = {"id": media_id, "url": file.url if file else url}
            media["proxy_url"] = media["url"]
            return media | {"attachment_id": media_id} | file.image_size if file else media

        return resolve

    def _add_mentions(
        self, draft: Draft, allowed: Json | None, errors: FormErrors, reference: Message | None
    ) -> None:
        """Set the users, roles and everyone that the draft pings, as far as `allowed` permits."""
        if allowed is None:
            allowed = {"parse": ["users", "roles", "everyone"], "replied_user": True}
        parse = set(allowed.get("parse") or [])
        for kind in ("users", "roles"):
            if kind in parse and allowed.get(kind):
                text = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
                errors.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)
        mentions = _MENTION.findall(draft.content)
        users = [
            self.state.users.get(parse_snowflake(user_id) or 0)
            for user_id, _, _ in mentions
            if user_id
        ]
        allowed_ids = {str(user_id) for user_id in allowed.get("users") or []}
        pinged = [
            user for user in users if user and ("users" in parse or str(user.id) in allowed_ids)
        ]
        if reference and allowed.get("replied_user"):
            pinged.insert(0, reference.author)
        draft.mentions = list(dict.fromkeys(pinged))
        self._add_role_mentions(draft, allowed, parse, mentions)

    def _add_role_mentions(
        self, draft: Draft, allowed: Json, parse: set[str], mentions: list[tuple[str, str, str]]
    ) -> None:
        """Set the roles and everyone that the draft pings, if the user has the permission."""
        guild = self.channel.guild
        if guild is None:
            return
        granted = self.channel.permissions(self.user)
        can_mention_all = bool(granted & Permission.MENTION_EVERYONE)
        allowed_ids = {str(role_id) for role_id in allowed.get("roles") or []}
        roles = [
            guild.roles.get(parse_snowflake(role_id) or 0) for _, role_id, _ in mentions if role_id
        ]
        draft.mention_roles = [
            role
            for role in dict.fromkeys(roles)
            if role
            and (role.mentionable or can_mention_all)
            and ("roles" in parse or str(role.id) in allowed_ids)
        ]
        mentions_everyone = "everyone" in parse and any(everyone for _, _, everyone in mentions)
        draft.mention_everyone = can_mention_all and mentions_everyone


def find_referenced(state: ServerState, channel: Channel, reference: Json | None) -> Message | None:
    """Find the message that a `message_reference` names; None if it is optional and missing.

    Raises `DiscordError` (50035, REPLIES_UNKNOWN_MESSAGE) if it is required and missing.
    """
    if not reference:
        return None
    message_id = parse_snowflake(str(reference.get("message_id")))
    message = state.messages[channel].get(message_id or 0)
    if message is None and reference.get("fail_if_not_exists", True) is not False:
        raise form_error("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return message


def _flags(body: Json, draft: Draft, *, is_edit: bool) -> MessageFlag:
    """Return the draft's flags with those that `body` sets and a sender may set."""
    if "flags" not in body:
        return draft.flags
    settable = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2
    if not is_edit:
        settable |= MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.EPHEMERAL
    return draft.flags & ~settable | MessageFlag(int(body["flags"] or 0)) & settable


def _check_v2_fields(draft: Draft, errors: FormErrors) -> None:
    if not draft.flags & MessageFlag.COMPONENTS_V2:
        return
    for field in ("content", "embeds"):
        if getattr(draft, field):
            code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
            text = f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            errors.add(field, code, text)
