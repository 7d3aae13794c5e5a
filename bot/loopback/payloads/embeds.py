"""Embeds: their limits (Discord's page "Message", section "Embed Limits"), and how they return."""

from collections.abc import Callable
from typing import Any

from ..state.errors import Form
from ..state.wire import Json

_LIMITS = {
    "title": 256,
    "description": 4096,
    "fields": 25,
    "footer.text": 2048,
    "author.name": 256,
}


def read(raw: list[Json] | None, form: Form) -> list[Json]:
    """Give embeds as they are sent back; note in `form` what is wrong."""
    embeds = raw or []
    form.at_most("embeds", embeds, 10)
    for index, embed in enumerate(embeds):
        _check(embed, f"embeds.{index}", form)
    if sum(_length(embed) for embed in embeds) > 6000:
        text = "Embed size exceeds maximum size of 6000"
        form.wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", text)
    return [_returned(embed) for embed in embeds]


def resolved(embeds: list[Json], resolve: Callable[[str], Json]) -> list[Json]:
    """Give `embeds` with the addresses and sizes that `resolve` has for their pictures."""

    def media(part: Json) -> Json:
        found = resolve(part["url"])
        return part | {key: found[key] for key in _TOLD if key in found}

    return [
        {key: media(part) if key in _PICTURES else part for key, part in embed.items()}
        for embed in embeds
    ]


_PICTURES = ("image", "thumbnail")
_TOLD = ("url", "width", "height")


def _at(embed: Json, path: str) -> Any:
    """Give what stands at `footer.text`, or None."""
    outer, _, inner = path.partition(".")
    value = embed.get(outer)
    return (value.get(inner) if isinstance(value, dict) else None) if inner else value


def _check(embed: Json, where: str, form: Form) -> None:
    for path, limit in _LIMITS.items():
        form.at_most(f"{where}.{path}", _at(embed, path), limit)
    for index, field in enumerate(embed.get("fields") or []):
        for key, limit in (("name", 256), ("value", 1024)):
            if not field.get(key):
                form.required(f"{where}.fields.{index}.{key}")
            form.at_most(f"{where}.fields.{index}.{key}", field.get(key), limit)


def _length(embed: Json) -> int:
    texts = [_at(embed, path) for path in _LIMITS if path != "fields"]
    for field in embed.get("fields") or []:
        texts += [field.get("name"), field.get("value")]
    return sum(len(text) for text in texts if isinstance(text, str))


def _returned(embed: Json) -> Json:
    kept = {key: value for key, value in embed.items() if value is not None}
    kept["type"] = "rich"
    if kept.get("fields"):
        kept["fields"] = [{"inline": False} | field for field in kept["fields"]]
    return kept
