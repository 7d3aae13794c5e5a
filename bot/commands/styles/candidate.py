"""Candidate: a finished training's names, with Publish, Discard, Try it and Details."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import discord

from ...i18n import format_number, marked, ngettext
from ...i18n import gettext as _
from ...sampling import ArtifactError, RequestError
from ...services import Services
from ...store import State, Training, TrainingReport
from ..answer_formats import EMBED_COLOUR, Answer, update_message
from ..base import Interaction, PersistentComponent, button_row, respond
from ..delivery import defer
from ..errors import UserError, render_phrase
from ..markdown import (
    escape_markdown,
    format_author,
    format_names,
    inline_code,
    truncate,
)
from .checks import check_storage, get_training
from .quality import details_answer, poor_verdict

MAX_FIELD = 1024
"""Discord's limit in characters for a field of an embed."""

_MAX_NAMES, _MAX_NAME = 10, 100
"""Sample names in a message, and characters of each."""

_TITLES = {
    "done": marked("ready to publish"),
    "published": marked("published"),
    "discarded": marked("discarded"),
}
_BUTTONS = {
    "publish": (marked("Publish"), discord.ButtonStyle.success),
    "discard": (marked("Discard"), discord.ButtonStyle.secondary),
    "try": (marked("Try it"), discord.ButtonStyle.secondary),
    "details": (marked("Details"), discord.ButtonStyle.secondary),
}
_POOR_BUTTONS = {"publish": (marked("Publish"), discord.ButtonStyle.secondary)}
_ALREADY_DECIDED = {
    "published": marked("Someone already published this."),
    "discarded": marked("Someone already discarded this."),
}
_EXPIRED = marked("This training has expired. Run `/manage-styles train` again.")


class CandidateButton(
    PersistentComponent,
    template=r"namesmith-train:(?P<action>publish|discard|try|details):(?P<id>[0-9]+)",
):
    """Publishes or discards a candidate, or shows its figures or more names to the user."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Check that the user may change the styles, and do what the button says."""
        show = {"try": _try_message, "details": _details_message}.get(params["action"])
        if show:
            await respond(interaction, show(services, interaction, params["id"]), edit=False)
            return
        await defer(interaction, thinking=False)
        training = await _get_changeable(services, interaction, params["id"])
        decide = publish_candidate if params["action"] == "publish" else _discard_candidate
        training = await decide(services, training, interaction.user.id)
        answer = await candidate_message(services, training)
        await update_message(interaction, answer)


async def candidate_message(services: Services, training: Training) -> Answer:
    """Return the message of a finished training, with buttons until someone decides."""
    report = training.report or TrainingReport()
    names = training.sample_names
    if names is None and training.state == "done":  # a decided training has no artifact any more
        names = await _store_sample_names(services, training)
    verdict = candidate_verdict(training)
    is_offered = training.state == "done"
    state = _("trained, but poor") if verdict and is_offered else _(_TITLES[training.state])
    title = training_title(training, state)
    embed = discord.Embed(title=title, description=names, colour=EMBED_COLOUR)
    if verdict:
        embed.add_field(name=_("Poor style"), value=verdict, inline=False)
    if report.warnings:
        warnings = _translate_warnings(report)
        embed.add_field(name=_("Warnings"), value=format_warnings(warnings), inline=False)
    if decision := _format_decision(training):
        embed.add_field(name="\N{ZERO WIDTH SPACE}", value=decision, inline=False)
    embed.set_footer(text=f"{training_footer(training)} · {_format_duration(report.seconds)}")
    view = None
    if is_offered:
        labels = _BUTTONS | (_POOR_BUTTONS if verdict else {})
        buttons = {action: (_(label), style) for action, (label, style) in labels.items()}
        view = button_row(CandidateButton, "namesmith-train", training.id, **buttons)
    return Answer(embed=embed, view=view)


def candidate_verdict(training: Training) -> str:
    """Return what is wrong with a poor candidate, as Markdown; "" for one that isn't poor."""
    return poor_verdict({"poor": training.report.poor}) if training.report else ""


async def newest_candidate(services: Services, style: str, guild_id: int | None) -> Training | None:
    """Return the newest unpublished training of `style`, a normalized name; None if none."""
    candidates = await services.store.trainings.list_by_guild(guild_id, ["done"])
    return next((training for training in candidates if training.style == style), None)


async def publish_candidate(services: Services, training: Training, user_id: int) -> Training:
    """Publish the candidate of `training`, and return the training with its version.

    Raises `UserError` if someone else has decided or the guild has no room, `LibraryError` if the
    library rejects the artifact.
    """
    async with services.style_lock(training.guild_id):
        training = await _get_undecided(services, training.id)
        artifact = await services.store.trainings.get_candidate(training.id)
        if artifact is None:
            raise UserError(_(_EXPIRED))
        style, guild_id = training.style, training.guild_id
        keep_versions = check_storage(services, style, guild_id, len(artifact))
        change = await services.library.publish(
            style, artifact, author=str(user_id), guild_id=guild_id, keep_versions=keep_versions
        )
        return await _decide(services, training, "published", user_id, change.version)


async def _discard_candidate(services: Services, training: Training, user_id: int) -> Training:
    async with services.style_lock(training.guild_id):
        training = await _get_undecided(services, training.id)
        return await _decide(services, training, "discarded", user_id)


async def _get_undecided(services: Services, training_id: int) -> Training:
    """Return a training that waits to be published; raises `UserError` for any other."""
    training = await services.store.trainings.get(training_id)
    if training is None:
        raise UserError(_(_EXPIRED))
    if training.state != "done":
        raise UserError(_(_ALREADY_DECIDED.get(training.state, _EXPIRED)))
    return training


async def _decide(
    services: Services, training: Training, state: State, user_id: int, version: int | None = None
) -> Training:
    decision: dict[str, Any] = {"state": state, "decided_by": user_id, "published_version": version}
    # A published style stays published, even if another process discarded the training meanwhile.
    expected: tuple[State, ...] = ("done", "discarded") if state == "published" else ("done",)
    changed = await services.store.trainings.update(training.id, expected=expected, **decision)
    services.candidates.drop(training.id)
    if changed is None and state == "discarded":
        return await _get_undecided(services, training.id)
    return changed or replace(training, **decision)


async def _get_changeable(
    services: Services, interaction: Interaction, training_id: str
) -> Training:
    """Return an undecided training of this server's, of styles that the user may change."""
    training = await get_training(services, interaction, training_id, _(_EXPIRED))
    return await _get_undecided(services, training.id)


async def _try_message(services: Services, interaction: Interaction, training_id: str) -> Answer:
    training = await _get_changeable(services, interaction, training_id)
    names = await _generate_names(services, training)
    return Answer(embed=discord.Embed(description=names, colour=EMBED_COLOUR))


async def _details_message(
    services: Services, interaction: Interaction, training_id: str
) -> Answer:
    """Return the figures of a candidate."""
    training = await _get_changeable(services, interaction, training_id)
    report = training.report or TrainingReport()
    title = escape_markdown(training.style)
    return await details_answer(title, (), report.metrics, report.history)


async def _store_sample_names(services: Services, training: Training) -> str:
    """Generate the names of the message and store them for its later edits."""
    names = await _generate_names(services, training)
    await services.store.trainings.update(training.id, expected=["done"], sample_names=names)
    return names


async def _generate_names(services: Services, training: Training) -> str:
    """Return names as Markdown lines, those of the list in italics; or why there are none."""
    guild = await services.guild_context(training.origin_guild_id)
    request = guild.request(_MAX_NAMES)
    try:
        engine = await services.candidates.engine(training.id)
        if engine is None:
            return _(_EXPIRED)
        names = await engine.names(request)
    except ArtifactError as error:
        reason = escape_markdown(str(error))
        return _("This style can't be used: {reason}").format(reason=reason)
    except RequestError as error:
        return render_phrase(error.phrase)
    known = [truncate(name, _MAX_NAME) for name in names if engine.in_corpus(name)]
    return format_names([truncate(name, _MAX_NAME) for name in names], known)


def _format_decision(training: Training) -> str | None:
    """Return who published or discarded it and how to undo that, None if nobody has yet."""
    user = format_author(str(training.decided_by or ""))
    if training.state == "discarded":
        return _("Discarded by {member}. No style has changed.").format(member=user)
    if training.state != "published":
        return None
    text = _("Published by {member} as version {version} of {style}. To go back: {undo}.")
    return text.format(
        member=user,
        version=training.published_version,
        style=inline_code(training.style),
        undo=inline_code(f"/manage-styles rollback {training.style}"),
    )


def _format_duration(seconds: float) -> str:
    if seconds >= 120:
        return _("trained in {minutes} min").format(minutes=format_number(seconds / 60))
    return _("trained in {seconds} s").format(seconds=format_number(seconds))


def training_title(training: Training, state: str) -> str:
    """Return an embed's title, such as `elves: queued`."""
    return f"{escape_markdown(training.style)}: {state}"


def training_footer(training: Training) -> str:
    """Return an embed's footer, such as `elves.txt · 412 names · recipe fast`."""
    samples = training.corpus_summary.samples
    names = ngettext("{count} name", "{count} names", samples).format(count=format_number(samples))
    recipe = _("recipe {recipe}").format(recipe=training.recipe)
    return f"{truncate(training.file_name, 80)} · {names} · {recipe}"


def _translate_warnings(report: TrainingReport) -> list[str]:
    """Return the warnings of a training in the current language, if they are known."""
    share = report.metrics.get("share_new")
    copies = _(
        "Only {share} % of the generated names are new. The others are copies from the list. "
        "Add lines to it."
    )
    return [
        copies.format(share=format_number(100 * share, 1))
        if isinstance(share, float) and line.endswith("are copies from the list. Add lines to it.")
        else line
        for line in report.warnings
    ]


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
