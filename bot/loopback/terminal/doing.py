"""A line that was typed, and what is done by it: said, used, pressed or chosen."""

import asyncio
import re

from ..payloads.commands import SLASH
from ..rest.interactions import DEFER, Interaction
from ..state.messages import Message
from ..state.wire import Json
from .controls import Control, chosen, latest, numbered, offer
from .filling import fill, values
from .own import OWN
from .seat import Seat
from .slash import parse

PATIENCE = 5.0
"""Seconds to wait for an answer before saying that there is none."""

BLINK = 0.3
"""Seconds in which an answer comes before anybody wonders."""

_NUMBER = re.compile(r"([0-9]{1,3})(?:\s+(.*))?", re.DOTALL)
_NO_ANSWER = "(no answer)"


async def do(seat: Seat, line: str) -> None:
    """Do what `line` says, wait until what comes of it is shown, and tell what went wrong."""
    word, _, rest = line.partition(" ")
    try:
        if line.startswith("/"):
            await _invoke(seat, line)
        elif own := OWN.get(word):
            await own(seat, rest.strip())
        elif number := _NUMBER.fullmatch(line):
            await _use(seat, int(number[1]), number[2])
        else:
            await _say(seat, line)
    except ValueError as error:
        await seat.console.tell(str(error))


async def _say(seat: Seat, line: str) -> None:
    bot = seat.discord.bot
    text, called = re.subn(rf"^@(bot|{re.escape(bot.name)})\b", bot.mention, line, flags=re.I)
    said = await seat.discord.say(text, author=seat.user, channel=seat.place)
    if not called and not line.startswith(seat.prefix):
        return

    def answered() -> bool:  # what an interaction made answers no message
        return any(one.id > said.id and one.interaction is None for one in seat.shown)

    if not await seat.until(answered, PATIENCE):
        await seat.console.tell(_NO_ANSWER)


async def _invoke(seat: Seat, line: str) -> None:
    registered = [*seat.discord.guild_commands, *seat.discord.commands]
    name, options = parse(line, [one for one in registered if one["type"] == SLASH])
    call = await seat.discord.invoke(name, options, author=seat.user, channel=seat.place)
    await _follow(seat, call)


async def _use(seat: Seat, number: int, typed: str | None) -> None:
    """Press the button of this number, or choose from the menu."""
    message = latest(seat.discord.messages(seat.place).values(), seat.user)
    if message is None:
        raise ValueError("There is nothing to press here yet.")
    there = numbered(message)
    if number not in there:
        raise ValueError(f"There is no {number} to press, only {', '.join(map(str, there))}.")
    control = there[number]
    if control.disabled:
        raise ValueError(f"{control} cannot be used now.")
    if control.is_select and typed is None:
        typed = await seat.console.ask(f"{control.label} ({offer(control.part)}): ")
        if typed is None:
            return
    await _follow(seat, await _sent(seat, message, control, typed or ""))


async def _sent(seat: Seat, message: Message, control: Control, typed: str) -> Interaction:
    custom_id = control.part["custom_id"]
    if control.is_select:
        picked = chosen(control.part, typed)
        return await seat.discord.select(message, custom_id, picked, author=seat.user)
    return await seat.discord.press(message, custom_id, author=seat.user)


async def _follow(seat: Seat, call: Interaction) -> None:
    """Wait for what comes of an interaction that was just sent: an answer, a form, or nothing."""
    edited = call.source.edited if call.source else None
    try:
        await call.wait_acknowledged()
    except TimeoutError:
        await seat.console.tell("The application did not respond.")
        return
    if call.modal is not None:
        await _fill(seat, call, call.modal)
        return

    def answered() -> bool:
        message = call.shown
        if message is None or (message is call.source and message.edited == edited):
            return False
        return message in seat.shown and seat.shown[message] == message.edited

    thinks = call.callback == DEFER
    if thinks and seat.console.live and not await seat.until(answered, BLINK):
        await seat.console.tell(f"{seat.discord.bot.name} is thinking…")
    # On a terminal the answer may come while the next line is typed; a pipe waits for it.
    waits = thinks and not seat.console.live
    patience = call.ends - asyncio.get_running_loop().time() if waits else PATIENCE
    if not await seat.until(answered, patience) and waits:
        await seat.console.tell(_NO_ANSWER)


async def _fill(seat: Seat, call: Interaction, form: Json) -> None:
    """Ask for the fields of the form that `call` opened until it can be sent, or is left."""
    typed = await fill(form, seat.console, {})
    while typed is not None:
        try:
            sent = await seat.discord.submit(call, values(form, typed), author=seat.user)
        except ValueError as error:
            await seat.console.tell(str(error))
            typed = await fill(form, seat.console, typed)
        else:
            await _follow(seat, sent)
            return
    if seat.console.live:
        await seat.console.tell("The form was not sent.")
