"""Embeds: validates them (Discord's page "Message", "Embed Limits") and normalizes them."""

from collections.abc import Callable
from typing import Any

from ..state.encoding import Json, drop_nulls
from ..state.errors import FormErrors

_MAX_LENGTHS = {
    "title": 256,
    "description": 4096,
    "fields": 25,
    "footer.text": 2048,
    "author.name": 256,
}

_MAX_TOTAL_LENGTH = 6000

_IMAGE_FIELDS = ("image", "thumbnail")
_MEDIA_KEYS = ("url", "width", "height")


def validate(raw: list[Json] | None, errors: FormErrors) -> list[Json]:
    """Return embeds as Discord sends them back; add invalid fields to `errors`."""
    embeds = raw or []
    errors.check_max_length("embeds", embeds, 10)
    for index, embed in enumerate(embeds):
        _check_lengths(embed, f"embeds.{index}", errors)
        for key in _IMAGE_FIELDS:
            if embed.get(key) is not None and not embed[key].get("url"):
                errors.add_missing(f"embeds.{index}.{key}.url")
    if sum(_total_length(embed) for embed in embeds) > _MAX_TOTAL_LENGTH:
        text = "Embed size exceeds maximum size of 6000"
        errors.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", text)
    return [_normalize(embed) for embed in embeds]


def resolve_images(embeds: list[Json], resolve: Callable[[str], Json]) -> list[Json]:
    """Return `embeds` with the URL and the size that `resolve` has for each image."""

    def resolve_image(image: Json) -> Json:
        media = resolve(image["url"])
        return image | {key: media[key] for key in _MEDIA_KEYS if key in media}

    return [
        {key: resolve_image(part) if key in _IMAGE_FIELDS else part for key, part in embed.items()}
        for embed in embeds
    ]


def _value_at(embed: Json, path: str) -> Any:
    """Return the value at a path such as `footer.text`, or None."""
    outer, _, inner = path.partition(".")
    value = embed.get(outer)
    return (value.get(inner) if isinstance(value, dict) else None) if inner else value


def _check_lengths(embed: Json, path: str, errors: FormErrors) -> None:
    for field_path, limit in _MAX_LENGTHS.items():
        errors.check_max_length(f"{path}.{field_path}", _value_at(embed, field_path), limit)
    for index, field in enumerate(embed.get("fields") or []):
        for key, limit in (("name", 256), ("value", 1024)):
            if not field.get(key):
                errors.add_missing(f"{path}.fields.{index}.{key}")
            errors.check_max_length(f"{path}.fields.{index}.{key}", field.get(key), limit)


def _total_length(embed: Json) -> int:
    texts = [_value_at(embed, path) for path in _MAX_LENGTHS if path != "fields"]
    for field in embed.get("fields") or []:
        texts += [field.get("name"), field.get("value")]
    return sum(len(text) for text in texts if isinstance(text, str))


def _normalize(embed: Json) -> Json:
    normalized: Json = drop_nulls(embed) | {"type": "rich"}
    if normalized.get("fields"):
        normalized["fields"] = [{"inline": False} | field for field in normalized["fields"]]
    return normalized
