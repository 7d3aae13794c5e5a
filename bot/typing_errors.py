"""Typing errors: how many there are between two texts, and which word is the nearest."""

from collections.abc import Iterable


def nearest_word(text: str, words: Iterable[str], limit: int) -> tuple[int, str] | None:
    """Return the fewest typing errors in `text`, at most `limit`, and for which of `words`.

    None if there are more; the first of `words` on a tie.
    """
    letters, nearest = set(text), None
    for word in words:
        if len(text) - len(word) > limit or len(letters - set(word)) > limit:
            continue
        errors = typing_errors(text, word, limit)
        if errors <= limit and (nearest is None or errors < nearest[0]):
            nearest = errors, word
    return nearest


def typing_errors(text: str, word: str, limit: int) -> int:
    """Return the fewest errors that turn a beginning of `word` into `text`; `limit` + 1 for more.

    An error is a letter that is missing, added or wrong, or two letters swapped: the optimal string
    alignment distance (Damerau 1964), of which the last letters of `word` are free. Only the cells
    within `limit` of the diagonal are computed (Ukkonen 1985).
    """
    far = limit + 1
    word = word[: len(text) + limit]
    before: list[int] = []
    row = [min(j, far) for j in range(len(word) + 1)]
    for i, letter in enumerate(text, 1):
        before, last, row = row, before, [min(i, far)] + [far] * len(word)
        for j in range(max(1, i - limit), min(len(word), i + limit) + 1):
            expected = word[j - 1]
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != expected))
            if i > 1 and j > 1 and letter == word[j - 2] and text[i - 2] == expected:
                cost = min(cost, last[j - 2] + 1)
            row[j] = cost
        if min(row) > limit and min(before) > limit:
            return far
    return min(far, *row)
