"""Custom ids: the numbers in them, and the values of selects.

Both come from outside, so a forged one is refused with the line of an expired message.
"""

from typing import Any

from discord import ui

from ..i18n import gettext as _
from ..i18n import marked
from ..store import MAX_ID
from .errors import UserError

EXPIRED_MESSAGE = marked("This message has expired. Run the command again.")


def parse_id(text: str) -> int:
    """Return the id or page that a custom id or a selected value holds, 0 to `MAX_ID`.

    Raises `UserError` for anything but ASCII digits without leading zeros.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID))):
        raise UserError(_(EXPIRED_MESSAGE))
    number = int(text)
    if number > MAX_ID or str(number) != text:
        raise UserError(_(EXPIRED_MESSAGE))
    return number


def selected_values(item: ui.Item[Any], kind: type[Any] = ui.Select) -> list[Any]:
    """Return what was selected; raises `UserError` if `item` is not a select of that `kind`."""
    if not isinstance(item, kind):
        raise UserError(_(EXPIRED_MESSAGE))
    return list(item.values)
