"""Recent styles: which one each member used last in each channel, to offer it first."""

from collections import OrderedDict

_RECENT_STYLES = 10_000
"""Members and channels whose last style is in memory, about 2 MB."""


class RecentStyles:
    """The style that each member used last in each channel; in memory, least recently used out."""

    def __init__(self) -> None:
        self._styles: OrderedDict[tuple[int, int], str] = OrderedDict()

    def get(self, user_id: int, channel_id: int) -> str | None:
        """Return the style that the member used last in the channel, or None."""
        return self._styles.get((user_id, channel_id))

    def set(self, user_id: int, channel_id: int, style: str) -> None:
        """Remember the style that the member used in the channel."""
        self._styles[user_id, channel_id] = style
        self._styles.move_to_end((user_id, channel_id))
        if len(self._styles) > _RECENT_STYLES:
            self._styles.popitem(last=False)

    def __len__(self) -> int:
        return len(self._styles)

    def forget_user(self, user_id: int) -> None:
        """Forget the styles that the user used."""
        for key in [key for key in self._styles if key[0] == user_id]:
            del self._styles[key]
