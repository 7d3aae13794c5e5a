"""Training preview: what a list is like, and how to read it, before its training is started."""

import asyncio
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

import discord
from discord import ui

from ...i18n import format_number, marked, ngettext
from ...i18n import gettext as _
from ...services import Services
from ...store import CorpusSummary, Training
from ...training import InvalidCorpusError, TrainingError
from ..answer_formats import EMBED_COLOUR, Answer, update_message
from ..base import Interaction, PersistentComponent
from ..custom_ids import EXPIRED_MESSAGE, selected_values
from ..delivery import defer
from ..errors import UserError
from ..markdown import escape_markdown, inline_code, truncate
from ..pictures import chart_picture
from .candidate import training_footer, training_title
from .checks import get_training
from .list_notes import describe_reading, describe_refusal, layout_label
from .training_message import format_reason

_MAX_SAMPLE, _MAX_ALPHABET = 60, 180
"""Characters shown of a sample, and of the alphabet."""

_MAX_OPTION, _MAX_OPTIONS = 100, 25
"""Discord's limits for a select: characters of an option, and options."""

_CHART_FILE = "lengths.png"
_DURATIONS = {
    "seed": marked("a few seconds"),
    "fast": marked("up to a minute"),
    "best": marked("up to ten minutes"),
}
"""What is known before the first steps are measured: the time budgets of the recipes."""
_BUTTONS = {
    "confirm": (marked("Confirm"), discord.ButtonStyle.success),
    "drop": (marked("Cancel"), discord.ButtonStyle.secondary),
}

EXPIRED = marked("This preview has expired or was already used. Run `/manage-styles train` again.")


class ReadingControl(
    PersistentComponent,
    template=r"namesmith-train-read:(?P<what>layout|encoding|tidy|keep):(?P<id>[0-9]+)",
):
    """Changes how the list of a preview is read: which column, which encoding, tidied or not."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Check that the user may change the styles, read the list again, and show it."""
        await defer(interaction, thinking=False)
        training = await get_training(services, interaction, params["id"], _(EXPIRED))
        async with services.style_lock(training.guild_id):
            training = await get_offered(services, training.id)
            reading = _change_reading(training.corpus_summary, params["what"], self.item)
            corpus = await services.store.trainings.get_corpus(training.id)
            if corpus is None:
                raise UserError(_(EXPIRED))
            summary = await summarize_list(services, corpus, training.file_name, reading)
            changed = await services.store.trainings.update(
                training.id, expected=["offered"], corpus_summary=summary
            )
        if changed is None:
            raise UserError(_(EXPIRED))
        await update_message(interaction, await preview_message(services, changed))


def _change_reading(summary: CorpusSummary, what: str, item: ui.Item[Any]) -> dict[str, Any]:
    """Return the reading of a list with the user's choice; raises `UserError` for a forged one."""
    reading = summary.reading
    if what in ("tidy", "keep"):
        return reading | {"is_tidied": what == "tidy"}
    values = selected_values(item)
    offered = summary.layouts if what == "layout" else summary.encodings
    known = [*(each.id for each in offered), reading[what]]
    if len(values) != 1 or values[0] not in known:
        raise UserError(_(EXPIRED_MESSAGE))
    if what == "encoding":  # the columns may have other headings
        return {"encoding": values[0]}
    return reading | {what: values[0]}


async def get_offered(services: Services, training_id: int) -> Training:
    """Return a training that waits for confirmation; raises `UserError` for any other."""
    training = await services.store.trainings.get(training_id)
    if training is None or training.state != "offered":
        raise UserError(_(EXPIRED))
    return training


async def summarize_list(
    services: Services, corpus: bytes, file_name: str, reading: Mapping[str, Any] | None = None
) -> CorpusSummary:
    """Read the list on a worker and return its summary; raises `UserError`."""
    try:
        return await services.training_manager.preview(corpus, file_name, reading)
    except InvalidCorpusError as error:
        if text := describe_refusal(error.reason):
            raise UserError(f"{escape_markdown(file_name)}: {text}") from None
        raise UserError(escape_markdown(str(error))) from None
    except TrainingError as error:
        raise UserError(format_reason(str(error))) from None


async def preview_message(services: Services, training: Training) -> Answer:
    """Return the preview of an offered training: names, notes, and the ways to read the list."""
    summary = training.corpus_summary
    matches = (await services.guild_context(training.origin_guild_id)).profanity.matches

    def find_blocked() -> frozenset[str]:
        """Return the shown lines with profanity; takes milliseconds."""
        return frozenset(line for line in _shown_lines(summary) if matches(line))

    blocked = await asyncio.to_thread(find_blocked)
    examples, accents = (
        [escape_markdown(truncate(line, _MAX_SAMPLE)) for line in lines if line not in blocked]
        for lines in (summary.examples, summary.accents)
    )
    hint = _("You can try the result before you publish it as a style of this server.")
    if training.guild_id is None:
        hint = _("You can try the result before you publish it as a style of all servers.")
    notes = [_format_counts(summary), *describe_reading(summary, accents), hint]
    embed = discord.Embed(
        title=training_title(training, _("start training?")),
        description="\n".join([*([" · ".join(examples)] if examples else []), "", *notes]).strip(),
        colour=EMBED_COLOUR,
    )
    text = ngettext(
        "Alphabet: {count} character",
        "Alphabet: {count} characters",
        summary.distinct_characters,
    )
    embed.add_field(
        name=text.format(count=format_number(summary.distinct_characters)),
        value=inline_code(truncate("".join(summary.alphabet), _MAX_ALPHABET)),
        inline=False,
    )
    duration = _(_DURATIONS.get(training.recipe, marked("some time")))
    embed.set_footer(text=f"{training_footer(training)} ({duration})")
    chart = await chart_picture(_CHART_FILE, lengths=summary.lengths)
    if chart:
        embed.set_image(url=f"attachment://{_CHART_FILE}")
    return Answer(embed=embed, file=chart, view=_view(training, blocked))


def _shown_lines(summary: CorpusSummary) -> Iterator[str]:
    """Yield the lines of the list that the preview and its selects show."""
    yield from summary.examples
    yield from summary.accents
    for layout in summary.layouts:
        yield from layout.examples
    for encoding in summary.encodings:
        yield encoding.example


def _view(training: Training, blocked: Container[str]) -> ui.View:
    """Return the buttons Confirm, Cancel and, if it changes the list, Tidy up; and selects."""
    view = ui.View(timeout=None)
    for action, (label, style) in _BUTTONS.items():
        custom_id = f"namesmith-train:{action}:{training.id}"
        view.add_item(ui.Button(label=_(label), style=style, custom_id=custom_id))
    for control in _controls(training, blocked):
        view.add_item(control)
    return view


def _controls(training: Training, blocked: Container[str]) -> Iterator[ui.Item[Any]]:
    summary = training.corpus_summary
    if summary.clutter:
        action, label = ("keep", _("As it was")) if summary.is_tidied else ("tidy", _("Tidy up"))
        yield ui.Button(label=label, custom_id=f"namesmith-train-read:{action}:{training.id}")
    if len(summary.layouts) > 1:
        options = [
            discord.SelectOption(
                label=truncate(layout_label(each), _MAX_OPTION),
                value=each.id,
                description=truncate(_examples(each.examples, blocked), _MAX_OPTION) or None,
                default=each.id == summary.layout,
            )
            for each in summary.layouts[:_MAX_OPTIONS]
        ]
        yield _select(training.id, "layout", _("What to learn from"), options)
    if summary.encodings:
        options = [
            discord.SelectOption(label=summary.encoding_name, value=summary.encoding, default=True)
        ]
        options += [
            discord.SelectOption(
                label=truncate(each.name, _MAX_OPTION),
                value=each.id,
                description=_examples([each.example], blocked) or None,
            )
            for each in summary.encodings[: _MAX_OPTIONS - 1]
        ]
        yield _select(training.id, "encoding", _("Encoding of the file"), options)


def _examples(lines: Sequence[str], blocked: Container[str]) -> str:
    return " · ".join(line for line in lines if line.strip() and line not in blocked)


def _select(
    training_id: int, what: str, placeholder: str, options: list[discord.SelectOption]
) -> ui.Select[Any]:
    custom_id = f"namesmith-train-read:{what}:{training_id}"
    return ui.Select(custom_id=custom_id, placeholder=placeholder, options=options)


def _format_counts(summary: CorpusSummary) -> str:
    """Return how many names the list has and how many lines were left out."""
    text = ngettext("**{count}** different name.", "**{count}** different names.", summary.samples)
    names = text.format(count=format_number(summary.samples))
    duplicates = ngettext("{count} duplicate", "{count} duplicates", summary.duplicates).format(
        count=format_number(summary.duplicates)
    )
    blank = ngettext("{count} blank line", "{count} blank lines", summary.blank_lines).format(
        count=format_number(summary.blank_lines)
    )
    if summary.duplicates and summary.blank_lines:
        both = _("Skipped {duplicates} and {blank_lines}.")
        return f"{names} {both.format(duplicates=duplicates, blank_lines=blank)}"
    if summary.duplicates or summary.blank_lines:
        lines = duplicates if summary.duplicates else blank
        return f"{names} {_('Skipped {lines}.').format(lines=lines)}"
    return names
