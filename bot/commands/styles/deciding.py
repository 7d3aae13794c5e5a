"""Publish, Discard, Try it: the buttons under what a training came to, and `/style publish`."""

from dataclasses import replace
from typing import Any

import discord

from ...plugin import Plugin
from ...store import State, Training
from ..answers import Answer
from ..controls import Control, answer_use, choice
from ..errors import Refused
from .limits import check_room
from .result import result, tried
from .scope import changeable

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
    Control, template=r"namesmith-train:(?P<what>publish|discard|try):(?P<id>\d+)"
):
    """Publishes what a training came to, discards it, or shows names of it to who presses."""

    async def used(
        self, plugin: Plugin, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Do it, if the person may."""
        training = await _undecided(plugin, int(said["id"]))
        await changeable(interaction, for_all=training.guild_id is None)
        if said["what"] == "try":
            await answer_use(interaction, tried(plugin, training), mine=False)
            return
        await interaction.response.defer()
        decide = publish_candidate if said["what"] == "publish" else _discard
        training = await decide(plugin, training, interaction.user.id)
        answer = await outcome(plugin, training)
        await interaction.edit_original_response(**answer.to_edit())


async def outcome(plugin: Plugin, training: Training) -> Answer:
    """Return the message of a training that is done, with buttons until it is decided."""
    answer = await result(plugin, training)
    if training.state != "done":
        return answer
    view = choice(CandidateButton, "namesmith-train", training.id, **_LABELS)
    return replace(answer, view=view)


async def newest_candidate(plugin: Plugin, style: str, guild_id: int | None) -> Training | None:
    """Return the newest training of `style` that waits to be published, None where there is none.

    `style` is named as it is kept.
    """
    waiting = await plugin.store.trainings.of(guild_id, ["done"])
    return next((one for one in waiting if one.style == style), None)


async def publish_candidate(plugin: Plugin, training: Training, user_id: int) -> Training:
    """Publish what `training` came to in the name of that person, and return how it is then.

    `told["decided"]["version"]` says which version it is. Raises `Refused` where somebody was
    quicker or the server has no room, `LibraryError` where the library does not take it.
    """
    async with plugin.candidates.deciding(training.guild_id):
        training = await _undecided(plugin, training.id)
        content = await plugin.store.trainings.candidate(training.id)
        if content is None:
            raise Refused(_GONE)
        style, guild_id = training.style, training.guild_id
        kept = check_room(plugin, style, guild_id, len(content))
        change = await plugin.library.publish(
            style, content, who=str(user_id), guild_id=guild_id, kept=kept
        )
        return await _decide(plugin, training, "published", by=user_id, version=change.version)


async def _discard(plugin: Plugin, training: Training, user_id: int) -> Training:
    async with plugin.candidates.deciding(training.guild_id):
        training = await _undecided(plugin, training.id)
        return await _decide(plugin, training, "discarded", by=user_id)


async def _undecided(plugin: Plugin, training_id: int) -> Training:
    """Return that training, which waits to be published; raises `Refused`."""
    training = await plugin.store.trainings.get(training_id)
    if training is None or training.state != "done":
        raise Refused(_DECIDED.get(training.state, _GONE) if training else _GONE)
    return training


async def _decide(plugin: Plugin, training: Training, state: State, **decided: int) -> Training:
    trainings = plugin.store.trainings
    training = await trainings.get(training.id) or training  # its names may be kept only by now
    told = {**training.told, "decided": decided}
    # What is published stays so, if another process discarded it meanwhile.
    was: tuple[State, ...] = ("done", "discarded") if state == "published" else ("done",)
    changed = await trainings.change(training.id, was=was, state=state, told=told)
    plugin.candidates.drop(training.id)
    if changed is None and state == "discarded":
        return await _undecided(plugin, training.id)
    return changed or replace(training, state=state, told=told)
