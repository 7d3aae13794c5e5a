"""Pictures of answers, drawn on a thread, which also imports Pillow the first time: some 50 ms."""

import asyncio
from collections.abc import Sequence

from ..sampling import Score
from .answer_formats import AnswerFile
from .markdown import truncate

_MAX_ALT_TEXT = 1024


async def rating_picture(score: Score, file_name: str) -> AnswerFile:
    """Return the picture of a rating."""
    return await asyncio.to_thread(_draw_rating, score, file_name)


async def chart_picture(
    file_name: str,
    history: Sequence[Sequence[float]] = (),
    lengths: Sequence[Sequence[int]] = (),
) -> AnswerFile | None:
    """Return the charts of a training's losses and of a list's lengths; None if both are empty."""
    if not history and not lengths:
        return None
    return await asyncio.to_thread(_draw_charts, file_name, history, lengths)


def _draw_rating(score: Score, file_name: str) -> AnswerFile:
    from ..rendering.rating_image import draw_rating, format_probability, shown_characters

    parts = []
    for position in shown_characters(score):
        character, (expected, probability) = position.character or "end", position.expected[0]
        is_surprising = expected != position.character
        note = f" (expected {expected or 'end'}, {format_probability(probability)})"
        parts.append(f"{character}{note if is_surprising else ''}")
    return AnswerFile(file_name, draw_rating(score), truncate(", ".join(parts), _MAX_ALT_TEXT))


def _draw_charts(
    file_name: str, history: Sequence[Sequence[float]], lengths: Sequence[Sequence[int]]
) -> AnswerFile:
    from ..rendering.charts import describe_charts, draw_charts

    return AnswerFile(file_name, draw_charts(history, lengths), describe_charts(history, lengths))
