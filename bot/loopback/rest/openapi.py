"""Holding what is received and sent to Discord's OpenAPI document, where one is given.

The document is OpenAPI 3.1, so its schemas are JSON Schema 2020-12. The package `jsonschema-rs`
checks them, and where it finds something wrong, `jsonschema`, a thousand times slower, says what.
Where a schema disagrees with Discord's written pages, the pages are right:
`EXCEPTIONS` names those places.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..state.errors import Form
from ..state.wire import Json

RECEIVED, SENT = "urn:discord:received", "urn:discord:sent"
"""The document as it holds for what clients send and for what this server sends."""

EXCEPTIONS: dict[str, dict[str, Json]] = {
    RECEIVED: {
        # Ids are strings alone in the schemas; the written pages promise that only for what is
        # returned ("Snowflakes"), and themselves send numbers ("Uploading Files", `"id": 0`).
        "SnowflakeType": {"type": ["string", "integer"], "pattern": "^(0|[1-9][0-9]*)$"},
    },
    SENT: {
        # Nested errors have the integer codes of whole answers in the schema; the page "API
        # Reference", section "Error Messages", has words there ("BASE_TYPE_REQUIRED").
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
"""Component schemas that disagree with the written pages, and what holds in their place."""


@dataclass(frozen=True)
class _Validator:
    quick: Any
    thorough: Any


class Document:
    """The document, with a validator for each schema that was ever asked for."""

    def __init__(self, content: Json) -> None:
        from jsonschema_rs import Registry as QuickRegistry
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012

        self._content = content
        self._validators: dict[str, _Validator | None] = {}
        self._registry: Any = Registry()
        parts = content["components"]
        amended = {
            root: _plainer(content | {"components": parts | {"schemas": parts["schemas"] | other}})
            for root, other in EXCEPTIONS.items()
        }
        self._quick_registry = QuickRegistry(list(amended.items()))
        for root, document in amended.items():
            resource = DRAFT202012.create_resource(document)
            self._registry = self._registry.with_resource(root, resource)

    def errors(self, root: str, pointer: str, data: object) -> list[tuple[str, str, str]]:
        """Give what is wrong with `data` by a schema: where, Discord's code, and a text."""
        if root + pointer not in self._validators:
            self._validators[root + pointer] = self._compiled(root, pointer)
        validator = self._validators[root + pointer]
        if validator is None or validator.quick.is_valid(data):
            return []
        return [_described(error) for error in validator.thorough.iter_errors(data)]

    def _compiled(self, root: str, pointer: str) -> _Validator | None:
        """Give the validator of the schema at `pointer`, or None where there is no schema."""
        from jsonschema import Draft202012Validator
        from jsonschema_rs import Draft202012Validator as QuickValidator

        node: Any = self._content
        for step in pointer.removeprefix("#/").split("/"):
            node = node.get(step.replace("~1", "/").replace("~0", "~"))
            if node is None:
                return None
        schema = {"$ref": root + quote(pointer, safe="#/~")}
        return _Validator(
            QuickValidator(schema, registry=self._quick_registry),
            Draft202012Validator(schema, registry=self._registry),
        )


@cache
def read(path: Path) -> Document:
    """Read a document, once for as long as the program runs."""
    return Document(json.loads(path.read_text(encoding="utf-8")))


@dataclass(eq=False)
class Contract:
    """A server held to a document, or to none; `violations` has a line for each refusal."""

    document: Document | None = None
    violations: list[str] = field(default_factory=list)

    def check_request(self, method: str, path: str, body: object) -> None:
        """Check a received body; a refused one is noted and raises `DiscordError` (50035)."""
        where = f"#/paths/{_escaped(path)}/{method.lower()}/requestBody/content"
        form = Form()
        for at, code, text in self._errors(RECEIVED, f"{where}/application~1json/schema", body):
            self.violations.append(f"received: {method} {path}: {at}: {text}")
            form.wrong(at, code, text)
        form.check()

    def check_response(self, method: str, path: str, status: int, data: object) -> None:
        """Check an answer before it is sent; a refused one is noted."""
        pointer = f"#/paths/{_escaped(path)}/{method.lower()}/responses/{status}"
        schema = f"{pointer}/content/application~1json/schema"
        self._note(f"sent: {method} {path} {status}", schema, data)

    def check_error(self, method: str, path: str, data: object) -> None:
        """Check the body of a refusal before it is sent; a refused one is noted."""
        self._note(f"sent: {method} {path}", "#/components/schemas/ErrorResponse", data)

    def check_limited(self, data: object) -> None:
        """Check the body of a 429 answer before it is sent; a refused one is noted."""
        self._note("sent: 429", "#/components/schemas/RatelimitedResponse", data)

    def check_message(self, data: object) -> None:
        """Check a message that goes out over the gateway; a refused one is noted."""
        self._note("sent: gateway message", "#/components/schemas/MessageResponse", data)

    def _note(self, what: str, pointer: str, data: object) -> None:
        for at, _, text in self._errors(SENT, pointer, data):
            self.violations.append(f"{what}: {at}: {text}")

    def _errors(self, root: str, pointer: str, data: object) -> list[tuple[str, str, str]]:
        return self.document.errors(root, pointer, data) if self.document else []


def _plainer(node: Any) -> Any:
    """Give schemas with every choice between constants written as an enumeration.

    It means the same, and what is wrong is told in a word; the document has choices of hundreds.
    """
    if isinstance(node, list):
        return [_plainer(item) for item in node]
    if not isinstance(node, dict):
        return node
    for key in ("oneOf", "anyOf"):
        choice = node.get(key)
        if isinstance(choice, list) and all("const" in item for item in choice):
            values = [item["const"] for item in choice]
            node = {k: v for k, v in node.items() if k != key} | {"enum": values}
    return {key: _plainer(value) for key, value in node.items()}


_CODES = {
    "required": "BASE_TYPE_REQUIRED",
    "maxLength": "BASE_TYPE_MAX_LENGTH",
    "maxItems": "BASE_TYPE_MAX_LENGTH",
    "minLength": "BASE_TYPE_BAD_LENGTH",
    "minItems": "BASE_TYPE_BAD_LENGTH",
    "maximum": "NUMBER_TYPE_MAX",
    "minimum": "NUMBER_TYPE_MIN",
    "enum": "BASE_TYPE_CHOICES",
}


def _described(error: Any) -> tuple[str, str, str]:
    """Give where an error is, its code, its text: of a union, the alternative that came nearest."""
    from jsonschema.exceptions import best_match

    error = best_match([error]) or error
    where = ".".join(str(step) for step in error.absolute_path) or "body"
    text = str(error.message)
    short = text if len(text) <= 200 else f"{text[:100]} … {text[-90:]}"
    return where, _CODES.get(error.validator, "UNION_TYPE_CHOICES"), short


def _escaped(path: str) -> str:
    return path.replace("~", "~0").replace("/", "~1")
