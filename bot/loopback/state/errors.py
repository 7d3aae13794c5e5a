"""Discord's error responses: codes, texts, and the nested form errors.

Codes and texts come from Discord's page "Opcodes and Status Codes", section "JSON".
"""

from enum import Enum

from .encoding import Json


class ErrorCode(Enum):
    """An error: Discord's code, the HTTP status, and Discord's text."""

    UNAUTHORIZED = (0, 401, "401: Unauthorized")
    NOT_FOUND = (0, 404, "404: Not Found")
    INTERNAL = (0, 500, "500: Internal Server Error")
    METHOD_NOT_ALLOWED = (0, 405, "405: Method Not Allowed")
    UNKNOWN_APPLICATION = (10002, 404, "Unknown Application")
    UNKNOWN_CHANNEL = (10003, 404, "Unknown Channel")
    UNKNOWN_GUILD = (10004, 404, "Unknown Guild")
    UNKNOWN_MEMBER = (10007, 404, "Unknown Member")
    UNKNOWN_MESSAGE = (10008, 404, "Unknown Message")
    UNKNOWN_ROLE = (10011, 404, "Unknown Role")
    UNKNOWN_USER = (10013, 404, "Unknown User")
    UNKNOWN_EMOJI = (10014, 400, "Unknown Emoji")
    UNKNOWN_WEBHOOK = (10015, 404, "Unknown Webhook")
    UNKNOWN_INTERACTION = (10062, 404, "Unknown interaction")
    UNKNOWN_COMMAND = (10063, 404, "Unknown application command")
    TOO_MANY_COMMANDS = (30032, 400, "Maximum number of application commands reached (100).")
    ENTITY_TOO_LARGE = (40005, 413, "Request entity too large")
    ALREADY_ACKNOWLEDGED = (40060, 400, "Interaction has already been acknowledged.")
    MISSING_ACCESS = (50001, 403, "Missing Access")
    NOT_MESSAGE_AUTHOR = (50005, 403, "Cannot edit a message authored by another user")
    EMPTY_MESSAGE = (50006, 400, "Cannot send an empty message")
    CANNOT_MESSAGE_USER = (50007, 403, "Cannot send messages to this user")
    MISSING_PERMISSIONS = (50013, 403, "Missing Permissions")
    INVALID_WEBHOOK_TOKEN = (50027, 401, "Invalid Webhook Token")
    INVALID_FORM = (50035, 400, "Invalid Form Body")
    INVALID_API_VERSION = (50041, 400, "Invalid API version provided")
    INVALID_JSON = (50109, 400, "The request body contains invalid JSON.")
    CANNOT_REPLY = (160002, 403, "Cannot reply without permission to read message history")


class DiscordError(Exception):
    """A refused request.

    Attributes: `code`, and `errors`, the nested details of an invalid form, or None.
    """

    def __init__(self, code: ErrorCode, errors: Json | None = None) -> None:
        self.code = code
        self.errors = errors
        super().__init__(f"{code.value[2]} ({code.value[0]})" + _format_errors(errors))

    @property
    def status(self) -> int:
        """The HTTP status of the response."""
        return self.code.value[1]

    def json(self) -> Json:
        """Return the body of the response."""
        code, _, text = self.code.value
        body: Json = {"message": text, "code": code}
        return body | {"errors": self.errors} if self.errors else body


class FormErrors:
    """Collects every error of a request body, so that one response lists them all.

    A `path` names a field by dots: `embeds.0.title`.
    """

    def __init__(self) -> None:
        self._errors: Json = {}

    def add(self, path: str, code: str, message: str) -> None:
        """Add an error of the field at `path`."""
        node = self._errors
        for step in filter(None, path.split(".")):
            node = node.setdefault(step, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def add_missing(self, path: str) -> None:
        """Add the error of a missing required field."""
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def check_max_length(self, path: str, value: object, limit: int) -> None:
        """Add an error if the string or list `value` is longer than `limit`."""
        if isinstance(value, str | list) and len(value) > limit:
            text = f"Must be {limit} or fewer in length."
            self.add(path, "BASE_TYPE_MAX_LENGTH", text)

    @property
    def is_empty(self) -> bool:
        """Whether no error was added."""
        return not self._errors

    def raise_if_any(self) -> None:
        """Raise `DiscordError` (50035) if an error was added."""
        if self._errors:
            raise DiscordError(ErrorCode.INVALID_FORM, self._errors)


TYPE_ERRORS: dict[type, tuple[str, str]] = {
    str: ("STRING_TYPE_CONVERT", "Could not interpret as string."),
    int: ("NUMBER_TYPE_COERCE", "Value is not int."),
    bool: ("BOOLEAN_TYPE_CONVERT", "Must be either true or false."),
    list: ("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"),
    dict: ("DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType"),
}
"""Discord's code and text for a value that is not of the expected type."""


def form_error(path: str, code: str, message: str) -> DiscordError:
    """Return the error response for one wrong field."""
    errors = FormErrors()
    errors.add(path, code, message)
    return DiscordError(ErrorCode.INVALID_FORM, errors._errors)


def _format_errors(errors: Json | None, path: str = "") -> str:
    """Return nested errors as one line: `: content: Must be 2000 or fewer in length.`."""
    if not errors:
        return ""
    own = "".join(f": {path}: {error['message']}" for error in errors.get("_errors", []))
    inner = ((f"{path}.{key}".lstrip("."), value) for key, value in errors.items())
    return own + "".join(_format_errors(v, at) for at, v in inner if isinstance(v, dict))
