"""What the message of a training says while it waits and runs, and where it came to nothing."""

import discord

from ...profanity import ProfanityFilter
from ...training import Failed, Progress, Running, Training, Waiting
from ..answers import COLOUR
from ..text import inert, short

_BAR = 20
"""Characters of the bar."""

_NAMES, _NAME = 3, 40
"""Names shown as it learns, and characters of one."""

_AGAIN = "I was restarted meanwhile, and began this again."


def headline(training: Training, what: str) -> str:
    """Return a title of an embed: the style, and what became of it."""
    return f"{inert(training.style)}: {what}"


def small_print(training: Training) -> str:
    """Return what was learned from, and how: `elves.txt · 412 samples · recipe fast`."""
    return f"{short(training.file, 80)} · {counted(training)} · recipe {training.recipe}"


def counted(training: Training) -> str:
    """Return how many samples there are, as `412 samples`."""
    samples = training.told.get("samples", 0)
    return f"{samples:,} sample{'' if samples == 1 else 's'}"


def waiting(training: Training, update: Waiting, *, again: bool) -> discord.Embed:
    """Tell of one that is in the queue."""
    told = f"In the queue: place {update.place} of {update.of}."
    return _embed(training, "in the queue", told, again=again)


def running(
    training: Training, update: Running, profanity: ProfanityFilter, *, again: bool
) -> discord.Embed:
    """Show how far it is, with some sample names, without blocked ones."""
    progress = update.progress
    if progress is None:
        return _embed(training, "learning", f"{bar(0, 1)}\nA worker begins.", again=again)
    lines = [bar(progress.step, progress.steps), " · ".join(_measured(progress))]
    names = [name for name in progress.names if not profanity.matches(name)][:_NAMES]
    if names:
        lines.append("So far: " + ", ".join(inert(short(name, _NAME)) for name in names))
    return _embed(training, "learning", "\n".join(lines), again=again)


def failed(training: Training, update: Failed) -> discord.Embed:
    """Tell why it failed, and that nothing is lost."""
    told = f"{sentence(update.reason)}\nNo style has changed. `/style train` tries again."
    return _embed(training, "the training failed", told)


def cancelled(training: Training) -> discord.Embed:
    """Tell who cancelled it."""
    who = training.told.get("cancelled_by")
    told = f"Cancelled{f' by <@{who}>' if who else ''}. No style has changed."
    return _embed(training, "cancelled", told)


def sentence(line: str) -> str:
    """Return Markdown that shows a line of the trainer's as a sentence."""
    text = inert(short(line, 1500))
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def bar(step: int, steps: int) -> str:
    """Return a bar that is as full as `steps` are taken, and the percentage."""
    share = min(1.0, step / max(1, steps))
    full = int(share * _BAR)
    return f"{'▰' * full}{'▱' * (_BAR - full)} {int(100 * share)} %"


def time_left(seconds: float) -> str:
    """Return `about 40 s left`, in minutes where there are more than two."""
    if seconds >= 120:
        return f"about {round(seconds / 60)} min left"
    return f"about {max(1, round(seconds))} s left"


def _measured(progress: Progress) -> list[str]:
    return [
        f"epoch {progress.epoch:.1f}",
        f"held-out loss {progress.held_out:.2f}",
        time_left(progress.seconds_left),
    ]


def _embed(training: Training, what: str, told: str, *, again: bool = False) -> discord.Embed:
    lines = [told, _AGAIN] if again else [told]
    embed = discord.Embed(
        title=headline(training, what), description="\n".join(lines), colour=COLOUR
    )
    embed.set_footer(text=small_print(training))
    return embed
