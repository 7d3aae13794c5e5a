"""What a training came to, to be judged: ten names, how good they are, how it learned."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord

from ...rendering.charts import describe_charts, draw_loss_chart
from ...sampling import ArtifactError, Request, RequestError
from ...services import Services
from ...store import State, Training, TrainingReport
from ..answers import EMBED_COLOUR, Answer, AnswerFile
from ..components import PersistentComponent, button_row, respond
from ..errors import UserError
from ..markdown import escape_markdown, format_author, format_names, inline_code, truncate
from .checks import changeable, check_room
from .info import measures
from .training_message import headline, small_print, warned

_NAMES = 10
_NAME = 100
"""Characters shown of a name."""

_PICTURE = "loss.png"

_BECAME = {"done": "ready to publish", "published": "published", "discarded": "discarded"}
"""How a title says what became of it, by its state."""


async def result(services: Services, training: Training) -> Answer:
    """Return the message of a training that is done, published or discarded, without buttons."""
    report = training.report or TrainingReport()
    names = training.sample_names
    if names is None and training.state == "done":  # else there is nothing left to draw from
        names = await _kept_names(services, training)
    embed = discord.Embed(
        title=headline(training, _BECAME[training.state]), description=names, colour=EMBED_COLOUR
    )
    embed.add_field(name="How good they are", value=_table(report.metrics), inline=False)
    if report.warnings:
        value = warned(report.warnings)
        embed.add_field(name="Before you publish it", value=value, inline=False)
    if decided := _decision(training):
        embed.add_field(name="\N{ZERO WIDTH SPACE}", value=decided, inline=False)
    embed.set_footer(text=f"{small_print(training)} · {learned_in(report.seconds)}")
    history = report.history
    if not history:
        return Answer(embed=embed)
    embed.set_image(url=f"attachment://{_PICTURE}")
    picture = await asyncio.to_thread(draw_loss_chart, history)
    return Answer(embed=embed, file=AnswerFile(_PICTURE, picture, describe_charts(history, ())))


async def tried(services: Services, training: Training) -> Answer:
    """Return an answer with some new names of the style that `training` came to."""
    return Answer(
        embed=discord.Embed(description=await _names(services, training), colour=EMBED_COLOUR)
    )


async def _kept_names(services: Services, training: Training) -> str:
    """Draw the names of the message, and keep them: it is shown again when all is decided."""
    names = await _names(services, training)
    await services.store.trainings.update(training.id, expected=["done"], sample_names=names)
    return names


async def _names(services: Services, training: Training) -> str:
    """Return names as lines of Markdown, those of the list slanted; or why there are none."""
    defaults = await services.guild_context(training.origin_guild_id)
    profanity = (await services.guild_context(training.origin_guild_id)).profanity
    request = Request(
        count=_NAMES,
        temperature=defaults.temperature,
        top_p=defaults.top_p,
        is_allowed=lambda name: not profanity.matches(name),
    )
    try:
        engine = await services.candidates.engine(training.id)
        if engine is None:
            return "It is kept no more. Train it again."
        names = await engine.names(request)
    except ArtifactError as error:
        return f"It cannot be used: {escape_markdown(str(error))}"
    except RequestError as refused:
        return refused.template.format(*map(inline_code, refused.values))
    artifact = engine.artifact
    known = [truncate(name, _NAME) for name in names if artifact.in_corpus(name)]
    return format_names([truncate(name, _NAME) for name in names], known)


def _table(report: Mapping[str, Any]) -> str:
    """Return what was measured, as columns in fixed width."""
    rows = measures(report)
    if not rows:
        return "Nothing was measured."
    wide, value_wide = (max(len(row[i]) for row in rows) for i in (0, 1))
    lines = [f"{row.title:{wide}}  {row.value:>{value_wide}}  {row.meaning}" for row in rows]
    return "```\n" + "\n".join(lines) + "\n```"


def _decision(training: Training) -> str | None:
    """Say who published or discarded it, and how to go back; None while nobody has."""
    if training.state not in ("published", "discarded"):
        return None
    who = format_author(str(training.decided_by or ""))
    if training.state == "discarded":
        return f"Discarded by {who}. No style has changed."
    style = inline_code(training.style)
    return (
        f"Published by {who} as version {training.published_version} of {style}. "
        f"To go back: {inline_code(f'/style rollback {training.style}')}."
    )


def learned_in(seconds: float) -> str:
    """Return how long it took, as `learned in 52 s`."""
    return f"learned in {seconds / 60:.0f} min" if seconds >= 120 else f"learned in {seconds:.0f} s"


_LABELS = {
    "publish": ("Publish", discord.ButtonStyle.success),
    "discard": ("Discard", discord.ButtonStyle.secondary),
    "try": ("Try it", discord.ButtonStyle.secondary),
}
_DECIDED = {
    "published": "Somebody was quicker: it is published already.",
    "discarded": "Somebody was quicker: it is discarded already.",
}
_GONE = "What that training came to is kept no more. Train it again."


class CandidateButton(
    PersistentComponent, template=r"namesmith-train:(?P<what>publish|discard|try):(?P<id>\d+)"
):
    """Publishes what a training came to, discards it, or shows names of it to who presses."""

    async def on_use(
        self, services: Services, interaction: discord.Interaction[Any], params: dict[str, str]
    ) -> None:
        """Do it, if the person may."""
        training = await _undecided(services, int(params["id"]))
        await changeable(interaction, for_all=training.guild_id is None)
        if params["what"] == "try":
            await respond(interaction, tried(services, training), edit=False)
            return
        await interaction.response.defer()
        decide = publish_candidate if params["what"] == "publish" else _discard
        training = await decide(services, training, interaction.user.id)
        answer = await outcome(services, training)
        await interaction.edit_original_response(**answer.edit_kwargs())


async def outcome(services: Services, training: Training) -> Answer:
    """Return the message of a training that is done, with buttons until it is decided."""
    answer = await result(services, training)
    if training.state != "done":
        return answer
    view = button_row(CandidateButton, "namesmith-train", training.id, **_LABELS)
    return replace(answer, view=view)


async def newest_candidate(services: Services, style: str, guild_id: int | None) -> Training | None:
    """Return the newest training of `style` that waits to be published, None where there is none.

    `style` is named as it is kept.
    """
    waiting = await services.store.trainings.list_by_guild(guild_id, ["done"])
    return next((one for one in waiting if one.style == style), None)


async def publish_candidate(services: Services, training: Training, user_id: int) -> Training:
    """Publish what `training` came to in the name of that person, and return how it is then.

    Its `published_version` is the new version. Raises `Refused` where somebody was
    quicker or the server has no room, `LibraryError` where the library does not take it.
    """
    async with services.candidates.deciding(training.guild_id):
        training = await _undecided(services, training.id)
        content = await services.store.trainings.get_candidate(training.id)
        if content is None:
            raise UserError(_GONE)
        style, guild_id = training.style, training.guild_id
        kept = check_room(services, style, guild_id, len(content))
        change = await services.library.publish(
            style, content, author=str(user_id), guild_id=guild_id, keep_versions=kept
        )
        return await _decide(services, training, "published", user_id, change.version)


async def _discard(services: Services, training: Training, user_id: int) -> Training:
    async with services.candidates.deciding(training.guild_id):
        training = await _undecided(services, training.id)
        return await _decide(services, training, "discarded", user_id)


async def _undecided(services: Services, training_id: int) -> Training:
    """Return that training, which waits to be published; raises `Refused`."""
    training = await services.store.trainings.get(training_id)
    if training is None or training.state != "done":
        raise UserError(_DECIDED.get(training.state, _GONE) if training else _GONE)
    return training


async def _decide(
    services: Services, training: Training, state: State, user_id: int, version: int | None = None
) -> Training:
    decision: dict[str, Any] = {"state": state, "decided_by": user_id}
    decision |= {"published_version": version}
    # A published style stays published, even if another process discarded the training meanwhile.
    expected: tuple[State, ...] = ("done", "discarded") if state == "published" else ("done",)
    changed = await services.store.trainings.update(training.id, expected=expected, **decision)
    services.candidates.drop(training.id)
    if changed is None and state == "discarded":
        return await _undecided(services, training.id)
    return changed or replace(training, **decision)
