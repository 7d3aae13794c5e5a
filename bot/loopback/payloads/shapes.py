"""The shape of a message's body: which of its fields, however deep, are texts, lists, objects.

A field's name means one type wherever it stands in a message, so one table holds for all of it;
what is read afterwards may rely on it.
"""

from ..state.errors import NOT, Form

_TEXTS = "content title description url text label custom_id name value placeholder filename"
_OBJECTS = (
    "allowed_mentions message_reference footer author image thumbnail video provider emoji media "
    "file accessory component"
)
_OBJECT_LISTS = "embeds components attachments fields items options"
_LISTS = "parse users roles values"

_TYPES: dict[str, type] = {
    **dict.fromkeys(_TEXTS.split(), str),
    **dict.fromkeys(_OBJECTS.split(), dict),
    **dict.fromkeys((*_OBJECT_LISTS.split(), *_LISTS.split()), list),
    **dict.fromkeys(("flags", "style", "color"), int),
    "tts": bool,
}


def check(body: object, form: Form, where: str = "") -> None:
    """Note in `form` every field of `body` that is of another type than its name says."""
    if not isinstance(body, dict):
        form.wrong(where, *NOT[dict])
        return
    for name, value in body.items():
        at = f"{where}.{name}".lstrip(".")
        kind = _TYPES.get(name)
        if value is None or kind is None:
            continue
        if not isinstance(value, kind):
            form.wrong(at, *NOT[kind])
        elif isinstance(value, dict):
            check(value, form, at)
        elif isinstance(value, list) and name in _OBJECT_LISTS.split():
            for index, inner in enumerate(value):
                check(inner, form, f"{at}.{index}")
