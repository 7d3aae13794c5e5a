"""Discord's refusals: their codes, their words, and the nested shape of a form error.

Codes and texts are those of Discord's page "Opcodes and Status Codes", section "JSON".
"""

from enum import Enum

from .wire import Json


class Problem(Enum):
    """A refusal: Discord's code, the HTTP status that it comes with, and its words."""

    UNAUTHORIZED = (0, 401, "401: Unauthorized")
    NOT_FOUND = (0, 404, "404: Not Found")
    INTERNAL = (0, 500, "500: Internal Server Error")
    METHOD_NOT_ALLOWED = (0, 405, "405: Method Not Allowed")
    UNKNOWN_APPLICATION = (10002, 404, "Unknown Application")
    UNKNOWN_CHANNEL = (10003, 404, "Unknown Channel")
    UNKNOWN_GUILD = (10004, 404, "Unknown Guild")
    UNKNOWN_MEMBER = (10007, 404, "Unknown Member")
    UNKNOWN_MESSAGE = (10008, 404, "Unknown Message")
    UNKNOWN_USER = (10013, 404, "Unknown User")
    UNKNOWN_EMOJI = (10014, 400, "Unknown Emoji")
    UNKNOWN_WEBHOOK = (10015, 404, "Unknown Webhook")
    UNKNOWN_INTERACTION = (10062, 404, "Unknown interaction")
    UNKNOWN_COMMAND = (10063, 404, "Unknown application command")
    TOO_MANY_COMMANDS = (30032, 400, "Maximum number of application commands reached (100).")
    ENTITY_TOO_LARGE = (40005, 413, "Request entity too large")
    ALREADY_ACKNOWLEDGED = (40060, 400, "Interaction has already been acknowledged.")
    MISSING_ACCESS = (50001, 403, "Missing Access")
    OTHERS_MESSAGE = (50005, 403, "Cannot edit a message authored by another user")
    EMPTY_MESSAGE = (50006, 400, "Cannot send an empty message")
    CANNOT_MESSAGE_USER = (50007, 403, "Cannot send messages to this user")
    MISSING_PERMISSIONS = (50013, 403, "Missing Permissions")
    INVALID_WEBHOOK_TOKEN = (50027, 401, "Invalid Webhook Token")
    INVALID_FORM = (50035, 400, "Invalid Form Body")
    INVALID_JSON = (50109, 400, "The request body contains invalid JSON.")


class DiscordError(Exception):
    """A request was refused; carries what is answered.

    Attributes: `problem`, and `errors`, the nested details of an invalid form, or None.
    """

    def __init__(self, problem: Problem, errors: Json | None = None) -> None:
        self.problem = problem
        self.errors = errors
        super().__init__(f"{problem.value[2]} ({problem.value[0]})" + _one_line(errors))

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.problem.value[1]

    def json(self) -> Json:
        """Give the body of the answer."""
        code, _, text = self.problem.value
        body: Json = {"message": text, "code": code}
        return body | {"errors": self.errors} if self.errors else body


class Form:
    """Collects what is wrong in a request body, so that all of it is told at once."""

    def __init__(self) -> None:
        self._errors: Json = {}

    def wrong(self, where: str, code: str, message: str) -> None:
        """Note that the field `where` (`embeds.0.title`) is refused with `code` and `message`."""
        node = self._errors
        for step in filter(None, where.split(".")):
            node = node.setdefault(step, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def required(self, where: str) -> None:
        """Note that the field `where` is missing."""
        self.wrong(where, "BASE_TYPE_REQUIRED", "This field is required")

    def typed(self, body: Json, types: dict[str, type]) -> None:
        """Note each field of `body` that is neither null nor of its type."""
        for name, kind in types.items():
            if not isinstance(body.get(name), kind | None):
                self.wrong(name, *NOT[kind])

    def at_most(self, where: str, value: object, limit: int) -> None:
        """Note a text or list `value` at `where` that is longer than `limit`."""
        if isinstance(value, str | list) and len(value) > limit:
            text = f"Must be {limit} or fewer in length."
            self.wrong(where, "BASE_TYPE_MAX_LENGTH", text)

    @property
    def valid(self) -> bool:
        """Whether nothing was noted so far."""
        return not self._errors

    def check(self) -> None:
        """Raise `DiscordError` (50035) if anything was noted."""
        if self._errors:
            raise DiscordError(Problem.INVALID_FORM, self._errors)


NOT: dict[type, tuple[str, str]] = {
    str: ("STRING_TYPE_CONVERT", "Could not interpret as string."),
    int: ("NUMBER_TYPE_COERCE", "Value is not int."),
    bool: ("BOOLEAN_TYPE_CONVERT", "Must be either true or false."),
    list: ("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"),
    dict: ("DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType"),
}
"""The code and the words for a value that is not of a type."""


def invalid(where: str, code: str, message: str) -> DiscordError:
    """Give the refusal of a form with one wrong field."""
    form = Form()
    form.wrong(where, code, message)
    return DiscordError(Problem.INVALID_FORM, form._errors)


def _one_line(errors: Json | None, where: str = "") -> str:
    """Give nested errors as text: `: content: Must be 2000 or fewer in length.`."""
    if not errors:
        return ""
    own = "".join(f": {where}: {error['message']}" for error in errors.get("_errors", []))
    steps = ((f"{where}.{key}".lstrip("."), value) for key, value in errors.items())
    return own + "".join(_one_line(v, at) for at, v in steps if isinstance(v, dict))
