"""What is wrong with the bot's answers: none or two, a ping, a mention or a link that works."""

import re
from collections.abc import Iterator, Sequence

from bot.loopback import Message
from bot.loopback.payloads.components import TEXT, walk
from bot.loopback.rest.interactions import CallbackType, Interaction

from .texts import STRANGER

_NOT_SHOWN = re.compile(r"\\[^\w\s]|(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
"""An escaped character, or code: Discord shows both as they are."""

_LIVE = re.compile(rf"<(?:@[!&]?|#|a?:\w+:|/\w+:|t:){STRANGER}|@everyone|@here|https?://evil")


def wrong_response(call: Interaction, *, is_optional: bool = False) -> Iterator[str]:
    """Yield what is wrong with the response to an interaction; `is_optional` allows none."""
    if call.callback is None:
        if not is_optional:
            yield "no response"
        return
    answers = [m for m in (call.response, *call.followups) if m and not m.deleted]
    is_update = call.callback in (CallbackType.UPDATE, CallbackType.DEFER_UPDATE)
    if call.callback != CallbackType.MODAL and not answers and not is_update:
        yield "no answer"
    if sum(not message.loading for message in answers) > 1 and not is_update:
        yield f"{len(answers)} answers"
    if any(message.loading for message in answers):
        yield "thinking for ever"
    yield from wrong_messages([message for message in answers if message.author.bot])


def wrong_messages(answers: Sequence[Message]) -> Iterator[str]:
    """Yield the pings, mentions and links in messages of the bot, and errors of its own."""
    for answer in answers:
        if answer.mentions or answer.mention_roles or answer.mention_everyone:
            yield f"a ping in {answer.content!r}"
        for text in _markdown(answer):
            if live := live_syntax(text):
                yield f"{live!r} is live in {text!r:.300}"
        if "discord.gg/" in _NOT_SHOWN.sub("·", answer.content):  # embeds show no invitations
            yield f"an invitation in {answer.content!r}"
        if answer.content.startswith("Something went wrong"):
            yield answer.content


def live_syntax(markdown: str) -> str | None:
    """Return a mention or link of the hostile texts that Discord shows as one, None for none."""
    found = _LIVE.search(_NOT_SHOWN.sub("·", markdown))
    return found[0] if found else None


def _markdown(message: Message) -> Iterator[str]:
    """Yield the texts of a message that Discord shows as Markdown."""
    yield message.content
    for embed in message.embeds:
        yield embed.get("title") or ""
        yield embed.get("description") or ""
        for entry in embed.get("fields") or ():
            yield entry["name"]
            yield entry["value"]
    for part in walk(message.components):
        if part["type"] == TEXT:
            yield part["content"]
