"""The message of a training: queue position, progress, failure and cancellation.

candidate.py has the message of a finished training.
"""

from collections.abc import Iterable

import discord

from ...profanity import ProfanityFilter
from ...training import Failed, Progress, Queued, Running, Training
from ..answers import EMBED_COLOUR
from ..markdown import escape_markdown, format_count, truncate

MAX_FIELD = 1024
"""Discord's limit in characters for a field of an embed."""

_BAR_LENGTH = 20
_MAX_NAMES, _MAX_NAME = 3, 40
"""Sample names shown during the training, and characters of each."""

_RESTARTED = "The bot was restarted, so this training started over."


def queued_embed(training: Training, event: Queued, *, restarted: bool = False) -> discord.Embed:
    """Return the embed of a training that waits for a worker."""
    text = f"Position {event.position} of {event.total} in the queue."
    return _embed(training, "queued", text, restarted=restarted)


def running_embed(
    training: Training, event: Running, profanity: ProfanityFilter, *, restarted: bool = False
) -> discord.Embed:
    """Return the embed of a running training: progress bar, metrics and sample names.

    Checking names for profanity may take milliseconds, so call it on a thread.
    """
    progress = event.progress
    if progress is None:
        text = f"{_progress_bar(0, 1)}\nA worker is starting."
        return _embed(training, "training…", text, restarted=restarted)
    lines = [_progress_bar(progress.step, progress.max_steps), _format_metrics(progress)]
    names = [name for name in progress.names if not profanity.matches(name)][:_MAX_NAMES]
    if names:
        escaped = (escape_markdown(truncate(name, _MAX_NAME)) for name in names)
        lines.append(f"Latest names: {', '.join(escaped)}")
    return _embed(training, "training…", "\n".join(lines), restarted=restarted)


def failed_embed(training: Training, event: Failed) -> discord.Embed:
    """Return the embed of a failed training, with the reason."""
    text = f"{format_reason(event.reason)}\nNo style has changed. Use `/style train` to try again."
    return _embed(training, "training failed", text)


def cancelled_embed(training: Training) -> discord.Embed:
    """Return the embed of a cancelled training."""
    by = f" by <@{training.cancelled_by}>" if training.cancelled_by else ""
    return _embed(training, "cancelled", f"Cancelled{by}. No style has changed.")


def training_title(training: Training, state: str) -> str:
    """Return an embed's title, such as `elves: queued`."""
    return f"{escape_markdown(training.style)}: {state}"


def training_footer(training: Training) -> str:
    """Return an embed's footer, such as `elves.txt · 412 samples · recipe fast`."""
    samples = format_count(training.corpus_summary.samples, "sample")
    return f"{truncate(training.file_name, 80)} · {samples} · recipe {training.recipe}"


def format_reason(line: str) -> str:
    """Return an error message of the trainer as a sentence, with Markdown escaped."""
    text = escape_markdown(truncate(line, 1500))
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def format_warnings(warnings: Iterable[str]) -> str:
    """Return a bulleted list of as many `warnings` as fit in a field."""
    return join_field_lines(f"- {escape_markdown(truncate(line, 300))}" for line in warnings)


def join_field_lines(lines: Iterable[str]) -> str:
    """Join as many `lines` as fit in a field."""
    text = ""
    for line in lines:
        if len(text) + 1 + len(line) > MAX_FIELD:
            break
        text = f"{text}\n{line}" if text else line
    return text


def _embed(training: Training, state: str, text: str, *, restarted: bool = False) -> discord.Embed:
    embed = discord.Embed(
        title=training_title(training, state),
        description=f"{text}\n{_RESTARTED}" if restarted else text,
        colour=EMBED_COLOUR,
    )
    embed.set_footer(text=training_footer(training))
    return embed


def _progress_bar(step: int, steps: int) -> str:
    """Return a text bar with the percentage of `steps` that are done."""
    fraction = min(1.0, step / max(1, steps))
    filled = int(fraction * _BAR_LENGTH)
    return f"{'▰' * filled}{'▱' * (_BAR_LENGTH - filled)} {int(100 * fraction)} %"


def _format_metrics(progress: Progress) -> str:
    seconds = progress.seconds_left
    minutes = f"{round(seconds / 60)} min" if seconds >= 120 else f"{max(1, round(seconds))} s"
    loss = f"held-out loss {progress.validation_loss:.2f}"
    return f"epoch {progress.epoch:.1f} · {loss} · about {minutes} left"
