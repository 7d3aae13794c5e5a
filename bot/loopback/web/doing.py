"""What a person does on the page, as the loopback's people do it.

Each is a function of what the page sent; it returns what the page shows next. What a person could
not do is a `ValueError` of one line.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from ..rest.interactions import Interaction
from ..server import Loopback
from ..state.messages import Message
from ..state.people import User
from ..state.places import Channel
from ..state.wire import Json
from .telling import channels, sees

Upload = tuple[str, bytes]
"""A file from the page: its name and what it holds."""

FORMS = 100
"""Open forms that are remembered."""


@dataclass
class Desk:
    """The loopback that the page is for, and the forms that are open on it, by their numbers."""

    discord: Loopback
    forms: "OrderedDict[str, Interaction]" = field(default_factory=OrderedDict)

    async def outcome(self, call: Interaction) -> Json:
        """Wait for the bot to acknowledge; tell of the form that it opened, or that it did not."""
        try:
            await call.wait_acknowledged()
        except TimeoutError:
            return {"failed": True}
        if call.modal is None:
            return {}
        self.forms[str(call.id)] = call
        while len(self.forms) > FORMS:
            self.forms.popitem(last=False)
        return {"form": call.modal | {"call": str(call.id)}}


@dataclass(frozen=True)
class Request:
    """Who does something, and what: the page's JSON, and its files by their field names."""

    desk: Desk
    user: User
    body: Json
    files: dict[str, list[Upload]]

    @property
    def channel(self) -> Channel:
        """The channel that the page names."""
        for place in channels(self.desk.discord, self.user):
            if str(place.id) == self.body["channel"]:
                return place
        raise ValueError("there is no such channel here")

    def message(self, key: str = "message") -> Message:
        """Find the message that the page names under `key`."""
        found = self.desk.discord.messages(self.channel).get(int(self.body[key]))
        if found is None or not sees(self.user, found):
            raise ValueError("there is no such message here, or no longer")
        return found

    def values(self, key: str) -> dict[str, Any]:
        """Give what was filled in under `key`, files among it: one, or a list for a form."""
        single = key == "options"
        files = {name: sent[0] if single else sent for name, sent in self.files.items()}
        return {**self.body[key], **files}


async def say(request: Request) -> Json:
    """Write a message, with files, perhaps as a reply."""
    files = request.files.get("files", [])
    reference = request.message("reply") if request.body.get("reply") else None
    await request.desk.discord.say(
        request.body["content"],
        author=request.user,
        channel=request.channel,
        attachments=files,
        reference=reference,
    )
    return {}


async def commands(request: Request) -> Json:
    """Give the commands that Discord's client would offer here."""
    return {"commands": request.desk.discord.available_commands(request.user, request.channel)}


async def invoke(request: Request) -> Json:
    """Use a slash command."""
    call = await request.desk.discord.invoke(
        request.body["command"],
        request.values("options"),
        author=request.user,
        channel=request.channel,
    )
    return await request.desk.outcome(call)


async def autocomplete(request: Request) -> Json:
    """Ask the bot what fits the option being typed; nothing, while another does not fit."""
    try:
        choices = await request.desk.discord.autocomplete(
            request.body["command"],
            request.body["options"],
            focused=request.body["focused"],
            author=request.user,
            channel=request.channel,
        )
    except (TimeoutError, ValueError):
        choices = []
    return {"choices": choices}


async def menu(request: Request) -> Json:
    """Use a command of the menu of a message, or of a member."""
    discord, name = request.desk.discord, request.body["command"]
    on_user = "member" in request.body
    target = discord.user(request.body["member"]) if on_user else request.message()
    call = await discord.use_context_menu(
        name, target, author=request.user, channel=request.channel
    )
    return await request.desk.outcome(call)


async def press(request: Request) -> Json:
    """Press a button."""
    call = await request.desk.discord.press(
        request.message(), request.body["custom_id"], author=request.user
    )
    return await request.desk.outcome(call)


async def select(request: Request) -> Json:
    """Choose from a select menu."""
    call = await request.desk.discord.select(
        request.message(), request.body["custom_id"], request.body["values"], author=request.user
    )
    return await request.desk.outcome(call)


async def submit(request: Request) -> Json:
    """Send a form; it stays open where something in it does not fit, or the bot is silent."""
    desk = request.desk
    call = desk.forms.get(request.body["call"])
    if call is None:
        raise ValueError("the form is no longer open")
    sent = await desk.discord.submit(call, request.values("fields"), author=request.user)
    outcome = await desk.outcome(sent)
    if not outcome.get("failed"):
        desk.forms.pop(request.body["call"], None)
    return outcome


ACTIONS: dict[str, Callable[[Request], Awaitable[Json]]] = {
    run.__name__: run for run in (say, commands, invoke, autocomplete, menu, press, select, submit)
}
"""Everything that the page can do, by its name in the path."""
