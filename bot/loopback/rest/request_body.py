"""Request bodies: JSON, or a form with its JSON in `payload_json` and uploaded files.

Discord's page "API Reference", sections "Content Type" and "Uploading Files".
"""

import json
from collections.abc import Awaitable, Mapping
from typing import Any, NoReturn, TypeVar

from aiohttp import web

from ..payloads.message_requests import UploadedFile
from ..state.encoding import encode_json, parse_snowflake
from ..state.errors import TYPE_ERRORS, DiscordError, ErrorCode, form_error

MAX_DEPTH = 64  # objects and lists inside each other; no valid body has a quarter of that

T = TypeVar("T")
_JSON = "application/json"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_BOOLEANS = {"true": True, "false": False}


async def read_body(request: web.Request, expected: type) -> tuple[Any, list[UploadedFile]]:
    """Return the JSON of the `expected` type, and the uploaded files.

    Raises `DiscordError`: 50109 for invalid JSON, 50035 for another type or content type, 40005
    for a body that is too large.
    """
    if request.content_type in _FORMS:
        body, files = _parse_form(await _receive(request.post()))
    else:
        raw = await _receive(request.read())
        if raw and request.content_type != _JSON:
            known = ", ".join(repr(name) for name in (_JSON, *_FORMS))
            text = f'Expected "Content-Type" header to be one of {{{known}}}.'
            raise form_error("", "CONTENT_TYPE_INVALID", text)
        body, files = _parse_json(raw or b"{}"), []
    if not isinstance(body, expected):
        raise form_error("", *TYPE_ERRORS[expected])
    return body, files


async def _receive(reading: Awaitable[T]) -> T:
    """Wait for a body. Every error is the client's: it is malformed, cut off or too large."""
    try:
        return await reading
    except web.HTTPRequestEntityTooLarge:
        raise DiscordError(ErrorCode.ENTITY_TOO_LARGE) from None
    except Exception:  # aiohttp has no common class for these errors
        raise DiscordError(ErrorCode.INVALID_FORM) from None


def _parse_form(form: Mapping[str, Any]) -> tuple[Any, list[UploadedFile]]:
    """Return the field `payload_json`, or else all plain fields, and the files."""
    fields: dict[str, Any] = {}
    files: list[UploadedFile] = []
    for name, part in form.items():
        if isinstance(part, web.FileField):
            index = parse_snowflake(name.removeprefix("files[").removesuffix("]"))
            number = len(files) if index is None else index
            files.append(UploadedFile(number, part.filename, part.file.read()))
        else:
            fields[name] = part
    if "payload_json" in fields:
        return _parse_json(fields["payload_json"]), files
    if isinstance(fields.get("tts"), str):
        fields["tts"] = _BOOLEANS.get(fields["tts"].lower(), fields["tts"])
    return fields, files


def _parse_json(raw: str | bytes) -> Any:
    try:
        body = json.loads(raw, parse_constant=_refuse_constant)
        encode_json(body)  # refuses surrogates, such as "\ud800", which no answer could contain
    except (ValueError, RecursionError):
        raise DiscordError(ErrorCode.INVALID_JSON) from None
    if _is_deeper(body, MAX_DEPTH):
        raise DiscordError(ErrorCode.INVALID_JSON)
    return body


def _is_deeper(node: Any, depth: int) -> bool:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return depth < 0 or any(_is_deeper(child, depth - 1) for child in inner)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
