"""What the message of a training says while it waits and runs, and where it came to nothing."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

import discord
from discord import ui

from ...profanity import ProfanityFilter
from ...rendering.charts import describe_charts, draw_length_chart
from ...services import Services
from ...training import Failed, Progress, Running, Training, Waiting
from ..answers import EMBED_COLOUR, Answer, AnswerFile
from ..markdown import escape_markdown, inline_code, truncate

_BAR = 20
"""Characters of the bar."""

_NAMES, _NAME = 3, 40
"""Names shown as it learns, and characters of one."""

_AGAIN = "I was restarted meanwhile, and began this again."


def headline(training: Training, what: str) -> str:
    """Return a title of an embed: the style, and what became of it."""
    return f"{escape_markdown(training.style)}: {what}"


def small_print(training: Training) -> str:
    """Return what was learned from, and how: `elves.txt · 412 samples · recipe fast`."""
    return f"{truncate(training.file_name, 80)} · {counted(training)} · recipe {training.recipe}"


def counted(training: Training) -> str:
    """Return how many samples there are, as `412 samples`."""
    samples = training.corpus_summary.samples
    return f"{samples:,} sample{'' if samples == 1 else 's'}"


def waiting(training: Training, update: Waiting, *, again: bool) -> discord.Embed:
    """Tell of one that is in the queue."""
    text = f"In the queue: place {update.place} of {update.of}."
    return _embed(training, "in the queue", text, again=again)


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
        lines.append(
            "So far: " + ", ".join(escape_markdown(truncate(name, _NAME)) for name in names)
        )
    return _embed(training, "learning", "\n".join(lines), again=again)


def failed(training: Training, update: Failed) -> discord.Embed:
    """Tell why it failed, and that nothing is lost."""
    text = f"{sentence(update.reason)}\nNo style has changed. `/style train` tries again."
    return _embed(training, "the training failed", text)


def cancelled(training: Training) -> discord.Embed:
    """Tell who cancelled it."""
    by = f" by <@{training.cancelled_by}>" if training.cancelled_by else ""
    return _embed(training, "cancelled", f"Cancelled{by}. No style has changed.")


def sentence(line: str) -> str:
    """Return Markdown that shows a line of the trainer's as a sentence."""
    text = escape_markdown(truncate(line, 1500))
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


def _embed(training: Training, what: str, text: str, *, again: bool = False) -> discord.Embed:
    lines = [text, _AGAIN] if again else [text]
    embed = discord.Embed(
        title=headline(training, what), description="\n".join(lines), colour=EMBED_COLOUR
    )
    embed.set_footer(text=small_print(training))
    return embed


_PICTURE = "lengths.png"
_SAMPLE, _ALPHABET = 60, 180
"""Characters shown of a sample, and of all that there are."""

_FIELD = 1024
"""Characters of an embed's field, as Discord counts them."""

_TAKES = {"seed": "a few seconds", "fast": "about a minute", "best": "about ten minutes"}


async def preview_of(services: Services, training: Training, view: ui.View) -> Answer:
    """Return what is shown of the list of `training`, which is offered."""
    summary = training.corpus_summary
    profanity = (await services.guild_context(training.origin_guild_id)).profanity
    samples = await asyncio.to_thread(_without_profanity, profanity, summary.examples)
    embed = discord.Embed(
        title=headline(training, "shall I learn this?"),
        description="\n".join(_sentences(training)),
        colour=EMBED_COLOUR,
    )
    if samples:
        embed.add_field(
            name="Some of it", value=_fitting(map(escape_markdown, samples)), inline=False
        )
    embed.add_field(
        name=f"Its {summary.distinct_characters:,} characters",
        value=inline_code(truncate("".join(summary.alphabet), _ALPHABET)),
        inline=False,
    )
    if summary.warnings:
        embed.add_field(name="Before you confirm", value=warned(summary.warnings), inline=False)
    embed.set_footer(text=f"{small_print(training)}, {_TAKES.get(training.recipe, 'some time')}")
    embed.set_image(url=f"attachment://{_PICTURE}")
    picture = await asyncio.to_thread(draw_length_chart, summary.lengths)
    about = describe_charts((), summary.lengths)
    return Answer(embed=embed, file=AnswerFile(_PICTURE, picture, about), view=view)


def _without_profanity(profanity: ProfanityFilter, samples: Sequence[str]) -> list[str]:
    """Return the `samples` without blocked ones; one of many short words takes milliseconds."""
    shown = (truncate(sample, _SAMPLE) for sample in samples)
    return [sample for sample in shown if not profanity.matches(sample)]


def warned(warnings: Sequence[str]) -> str:
    """Return the first of `warnings` as a list that fits a field."""
    return _fitting(f"- {escape_markdown(truncate(line, 300))}" for line in warnings)


def _sentences(training: Training) -> Iterator[str]:
    summary = training.corpus_summary
    left_out = [
        f"{count:,} {what}{'' if count == 1 else 's'}"
        for count, what in (
            (summary.duplicates, "repeated line"),
            (summary.blank_lines, "blank line"),
        )
        if count
    ]
    more = f"; {' and '.join(left_out)} left out" if left_out else ""
    yield f"**{summary.samples:,}** different names to learn from{more}."
    who = "this server" if training.guild_id else "every server"
    yield f"Once learned, it can be tried, and published as a style of {who}."


def _fitting(lines: Iterable[str]) -> str:
    """Return as many of `lines` as fit a field."""
    text = ""
    for line in lines:
        if len(text) + 1 + len(line) > _FIELD:
            break
        text = f"{text}\n{line}" if text else line
    return text
