"""Answers to versions of one message, in any order and at once: one message, the newest version."""

import asyncio
import random
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from discord.utils import utcnow
from hypothesis import given
from hypothesis import strategies as st

from bot import text_answers
from bot.text_answers import TextAnswers

SENT = utcnow()


class Context:
    """A command's context for the version of a message that was edited some seconds later."""

    def __init__(self, seconds: int, message_id: int = 1) -> None:
        edited_at = SENT + timedelta(seconds=seconds) if seconds else None
        message = SimpleNamespace(id=message_id, created_at=SENT, edited_at=edited_at)
        self.message: Any = message
        self.seconds = seconds


class Channel:
    """Messages by id; sending and editing take a moment."""

    def __init__(self, randomness: random.Random) -> None:
        self.messages: dict[int, int] = {}
        self._random = randomness

    async def _pause(self) -> None:
        for _ in range(self._random.randrange(4)):
            await asyncio.sleep(0)

    async def answer(self, answers: TextAnswers, context: Context) -> None:
        async def send() -> Any:
            await self._pause()
            message = SimpleNamespace(id=len(self.messages) + 1)
            self.messages[message.id] = context.seconds
            return message

        async def edit(message_id: int) -> bool:
            await self._pause()
            if message_id not in self.messages:
                return False
            self.messages[message_id] = context.seconds
            return True

        await self._pause()
        await answers.deliver(context, send, edit)


@given(st.permutations(range(6)), st.integers())
def test_one_message_has_the_newest_version(order: list[int], seed: int) -> None:
    async def run() -> None:
        answers, channel = TextAnswers(), Channel(random.Random(seed))
        contexts = [Context(seconds) for seconds in order]
        await asyncio.gather(*(channel.answer(answers, context) for context in contexts))
        assert list(channel.messages.values()) == [max(order)]

    asyncio.run(run())


async def test_one_command_can_send_more() -> None:
    answers, channel = TextAnswers(), Channel(random.Random(1))
    context = Context(0)
    await channel.answer(answers, context)
    await channel.answer(answers, context)
    assert list(channel.messages.values()) == [0, 0]
    await channel.answer(answers, Context(5))
    assert list(channel.messages.values()) == [5, 0]


async def test_deleted_answer_is_sent_again() -> None:
    answers, channel = TextAnswers(), Channel(random.Random(1))
    await channel.answer(answers, Context(0))
    channel.messages.clear()
    await channel.answer(answers, Context(5))
    assert list(channel.messages.values()) == [5]


async def test_failed_answer_can_be_sent_again() -> None:
    answers, channel = TextAnswers(), Channel(random.Random(1))
    context = Context(0)

    async def fail(*args: object) -> Any:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await answers.deliver(context, fail, fail)
    await channel.answer(answers, context)
    assert list(channel.messages.values()) == [0]


@pytest.fixture
def just_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the time to `SENT`, however long ago the tests began."""
    monkeypatch.setattr("discord.utils.utcnow", lambda: SENT)


@pytest.mark.usefixtures("just_sent")
def test_edits_count_once_and_in_time() -> None:
    answers = TextAnswers()
    edits = [Context(seconds).message for seconds in (0, 3, 3, 2, 4)]
    assert [answers.is_new_edit(edit) for edit in edits] == [False, True, False, False, True]
    minutes = text_answers.EDIT_TIME.total_seconds() + 1
    assert not answers.is_new_edit(Context(int(minutes), 2).message)
    old = Context(3, 3).message
    old.created_at -= timedelta(hours=1)
    old.edited_at -= timedelta(hours=1)
    assert not answers.is_new_edit(old)


@pytest.mark.usefixtures("just_sent")
def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_answers, "_MAX_ANSWERS", 10)
    answers = TextAnswers()
    for message_id in range(100):
        answers.is_new_edit(Context(1, message_id).message)
    assert len(answers._commands) == 10
