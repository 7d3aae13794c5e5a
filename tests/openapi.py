"""Validates the loopback's payloads against Discord's OpenAPI document.

The environment variable DISCORD_OPENAPI has the document's path; without it nothing is checked.
The document is OpenAPI 3.1, so its schemas are JSON Schema 2020-12. `jsonschema-rs` checks
them. `jsonschema`, a thousand times slower, then describes the errors.
"""

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import jsonschema_rs
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from bot.loopback import Loopback, PayloadValidator
from bot.loopback.gateway.sessions import SessionStarts
from bot.loopback.state.encoding import Json
from bot.loopback.state.errors import FormErrors

DOCUMENT_PATH = os.environ.get("DISCORD_OPENAPI")

RECEIVED, SENT = "urn:discord:received", "urn:discord:sent"
"""Two versions of the document: for payloads from clients, and for payloads to clients."""

SCHEMA_FIXES: dict[str, dict[str, Json]] = {
    RECEIVED: {
        # The schemas allow only strings as ids. Discord's pages promise strings only in
        # responses ("Snowflakes"), and send numbers themselves ("Uploading Files", `"id": 0`).
        "SnowflakeType": {"type": ["string", "integer"], "pattern": "^(0|[1-9][0-9]*)$"},
    },
    SENT: {
        # The schema has integer codes in nested errors. The page "API Reference", section
        # "Error Messages", has strings ("BASE_TYPE_REQUIRED").
        "InnerErrors": {
            "type": "object",
            "properties": {
                "_errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
                        "required": ["code", "message"],
                    },
                }
            },
            "required": ["_errors"],
            "additionalProperties": False,
        },
    },
}
"""Replacements for component schemas that contradict Discord's written pages."""

_ERROR_CODES = {
    "required": "BASE_TYPE_REQUIRED",
    "maxLength": "BASE_TYPE_MAX_LENGTH",
    "maxItems": "BASE_TYPE_MAX_LENGTH",
    "minLength": "BASE_TYPE_BAD_LENGTH",
    "minItems": "BASE_TYPE_BAD_LENGTH",
    "maximum": "NUMBER_TYPE_MAX",
    "minimum": "NUMBER_TYPE_MIN",
    "enum": "BASE_TYPE_CHOICES",
}


@dataclass(frozen=True)
class SchemaError:
    """An invalid value: its dotted path, Discord's error code, and a description."""

    path: str
    code: str
    message: str


@dataclass(frozen=True)
class _SchemaValidators:
    fast: Any
    descriptive: Any


class OpenAPIDocument:
    """The document, with validators for the schemas used so far."""

    def __init__(self, content: Json) -> None:
        self._content = content
        self._validators: dict[str, _SchemaValidators | None] = {}
        components = content["components"]
        documents = {
            root: _simplify(
                content | {"components": components | {"schemas": components["schemas"] | fixes}}
            )
            for root, fixes in SCHEMA_FIXES.items()
        }
        self._fast_registry = jsonschema_rs.Registry(list(documents.items()))
        self._registry: Any = Registry()
        for root, document in documents.items():
            resource = DRAFT202012.create_resource(document)
            self._registry = self._registry.with_resource(root, resource)

    def errors(self, root: str, pointer: str, data: object) -> list[SchemaError]:
        """Return the errors of `data` under the schema at `pointer`, if there is a schema."""
        if root + pointer not in self._validators:
            self._validators[root + pointer] = self._compile(root, pointer)
        validators = self._validators[root + pointer]
        if validators is None or validators.fast.is_valid(data):
            return []
        return [_describe(error) for error in validators.descriptive.iter_errors(data)]

    def _compile(self, root: str, pointer: str) -> _SchemaValidators | None:
        node: Any = self._content
        for step in pointer.removeprefix("#/").split("/"):
            node = node.get(step.replace("~1", "/").replace("~0", "~"))
            if node is None:
                return None
        schema = {"$ref": root + quote(pointer, safe="#/~")}
        return _SchemaValidators(
            jsonschema_rs.Draft202012Validator(schema, registry=self._fast_registry),
            jsonschema.Draft202012Validator(schema, registry=self._registry),
        )


@cache
def read_document(path: str) -> OpenAPIDocument:
    """Read a document, once per process."""
    return OpenAPIDocument(json.loads(Path(path).read_text(encoding="utf-8")))


class OpenAPIValidator(PayloadValidator):
    """Checks payloads against a document, and refuses invalid requests with code 50035."""

    def __init__(self, document: OpenAPIDocument) -> None:
        super().__init__()
        self._document = document

    def check_request(self, method: str, path: str, body: object) -> None:
        pointer = f"#/paths/{_escape(path)}/{method.lower()}/requestBody/content"
        schema = f"{pointer}/application~1json/schema"
        form_errors = FormErrors()
        for error in self._document.errors(RECEIVED, schema, body):
            self.violations.append(f"received: {method} {path}: {error.path}: {error.message}")
            form_errors.add(error.path, error.code, error.message)
        form_errors.raise_if_any()

    def check_response(self, method: str, path: str, status: int, data: object) -> None:
        if status == 429:
            schema = "#/components/schemas/RatelimitedResponse"
        elif status >= 400:
            schema = "#/components/schemas/ErrorResponse"
        else:
            pointer = f"#/paths/{_escape(path)}/{method.lower()}/responses/{status}"
            schema = f"{pointer}/content/application~1json/schema"
        self._check_sent(f"{method} {path} {status}", schema, data)

    def check_message(self, data: object) -> None:
        self._check_sent("gateway message", "#/components/schemas/MessageResponse", data)

    def _check_sent(self, title: str, pointer: str, data: object) -> None:
        for error in self._document.errors(SENT, pointer, data):
            self.violations.append(f"sent: {title}: {error.path}: {error.message}")


class CheckedLoopback(Loopback):
    """A loopback that validates every payload, if DISCORD_OPENAPI is set."""

    def __init__(self, **options: Any) -> None:
        if DOCUMENT_PATH:
            options.setdefault("validator", OpenAPIValidator(read_document(DOCUMENT_PATH)))
        options.setdefault("token", "loopback-token")
        # Many tests restart their bot; those of shards limit it as Discord does.
        options.setdefault("starts", SessionStarts(max_concurrency=16, interval=0.0))
        super().__init__(**options)


def _simplify(node: Any) -> Any:
    """Return schemas with every choice between constants written as an enumeration.

    The meaning stays; the errors get short, since the document has choices of hundreds.
    """
    if isinstance(node, list):
        return [_simplify(item) for item in node]
    if not isinstance(node, dict):
        return node
    for key in ("oneOf", "anyOf"):
        choice = node.get(key)
        if isinstance(choice, list) and all("const" in item for item in choice):
            values = [item["const"] for item in choice]
            node = {k: v for k, v in node.items() if k != key} | {"enum": values}
    return {key: _simplify(value) for key, value in node.items()}


def _describe(error: Any) -> SchemaError:
    """Describe an error; of a union, the alternative that comes nearest."""
    error = best_match([error]) or error
    path = ".".join(str(step) for step in error.absolute_path) or "body"
    text = str(error.message)
    short = text if len(text) <= 200 else f"{text[:100]} … {text[-90:]}"
    return SchemaError(path, _ERROR_CODES.get(error.validator, "UNION_TYPE_CHOICES"), short)


def _escape(path: str) -> str:
    return path.replace("~", "~0").replace("/", "~1")
