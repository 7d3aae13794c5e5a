"""Field types: refuses request bodies with a field of the wrong JSON type, at any depth.

A field name has the same types everywhere, so one table covers messages, commands and modals.
"""

from ..state.encoding import Json
from ..state.errors import TYPE_ERRORS, FormErrors

_STRINGS = "content title description url text label custom_id name placeholder filename timestamp"
_INTEGERS = "flags style color accent_color min_values max_values min_length max_length"
_BOOLEANS = "tts required disabled inline spoiler default"
_OBJECTS = (
    "allowed_mentions message_reference footer author image thumbnail video provider emoji media "
    "file accessory component data name_localizations description_localizations"
)
_OBJECT_LISTS = "embeds components attachments fields items options choices default_values"
_VALUE_LISTS = "parse users roles values messages contexts integration_types channel_types"
_IDS = "id message_id recipient_id nonce default_member_permissions type"  # text or a number

_FIELD_TYPES: dict[str, type] = {
    **dict.fromkeys(_STRINGS.split(), str),
    **dict.fromkeys(_INTEGERS.split(), int),
    **dict.fromkeys(_BOOLEANS.split(), bool),
    **dict.fromkeys(_OBJECTS.split(), dict),
    **dict.fromkeys((*_OBJECT_LISTS.split(), *_VALUE_LISTS.split()), list),
}
_SCALARS = (str, int, float)
_SCALAR_FIELDS = (*_IDS.split(), "value")


def check_field_types(body: Json | list[Json]) -> None:
    """Raise `DiscordError` (50035) with every field of `body` that has the wrong type."""
    errors = FormErrors()
    for path, item in enumerate(body) if isinstance(body, list) else [("", body)]:
        _check_object(item, errors, str(path))
    errors.raise_if_any()


def _check_object(body: object, errors: FormErrors, path: str) -> None:
    if not isinstance(body, dict):
        errors.add(path, *TYPE_ERRORS[dict])
        return
    for name, value in body.items():
        if value is not None:
            _check_field(name, value, errors, f"{path}.{name}".lstrip("."))


def _check_field(name: str, value: object, errors: FormErrors, path: str) -> None:
    expected = _FIELD_TYPES.get(name)
    if name in _SCALAR_FIELDS and not isinstance(value, _SCALARS):
        errors.add(path, *TYPE_ERRORS[str])
    elif expected is None:
        return
    elif not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        errors.add(path, *TYPE_ERRORS[expected])
    elif isinstance(value, dict):
        _check_object(value, errors, path)
    elif isinstance(value, list) and name in _OBJECT_LISTS.split():
        for index, item in enumerate(value):
            _check_object(item, errors, f"{path}.{index}")
    elif isinstance(value, list) and not all(isinstance(item, _SCALARS) for item in value):
        errors.add(path, *TYPE_ERRORS[str])
