"""Page actions: what a member does on the web page, performed on the loopback Discord.

Each action takes an `ActionRequest` and returns JSON for the page. It raises `ValueError`, with
one line of text, if the member may not or cannot do it.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from ..rest.interactions import Interaction
from ..server import Loopback
from ..state.encoding import Json
from ..state.guilds import Channel
from ..state.messages import Message
from ..state.users import User
from .serialization import can_see, visible_channels

Upload = tuple[str, bytes]
"""The name and content of an uploaded file."""

MAX_OPEN_MODALS = 100
"""The server forgets older modals."""


@dataclass
class OpenModals:
    """Interactions whose modals are open on the page, by interaction id."""

    interactions: "OrderedDict[str, Interaction]" = field(default_factory=OrderedDict)

    async def response(self, interaction: Interaction) -> Json:
        """Wait for the bot to acknowledge; return the modal that it opens, or `failed`."""
        try:
            await interaction.wait_acknowledged()
        except TimeoutError:
            return {"failed": True}
        if interaction.modal is None:
            return {}
        self.interactions[str(interaction.id)] = interaction
        while len(self.interactions) > MAX_OPEN_MODALS:
            self.interactions.popitem(last=False)
        return {"modal": interaction.modal | {"interaction": str(interaction.id)}}


@dataclass(frozen=True)
class ActionRequest:
    """A request of the page: its author, its JSON body, and its files by field name."""

    discord: Loopback
    modals: OpenModals
    author: User
    body: Json
    files: dict[str, list[Upload]]

    @property
    def channel(self) -> Channel:
        """The channel in the body; raises `ValueError` if the author cannot see it."""
        for channel in visible_channels(self.discord, self.author):
            if str(channel.id) == self.body["channel"]:
                return channel
        raise ValueError("That channel doesn't exist.")

    def message(self, key: str = "message") -> Message:
        """Return the message in the body under `key`; raises `ValueError` if it is hidden."""
        message = self.discord.messages(self.channel).get(int(self.body[key]))
        if message is None or not can_see(self.author, message):
            raise ValueError("That message doesn't exist any more.")
        return message

    def option_values(self) -> dict[str, Any]:
        """Return the values of a command's options, with their files."""
        return {**self.body["options"], **{name: files[0] for name, files in self.files.items()}}

    def field_values(self) -> dict[str, Any]:
        """Return the values of a modal's fields, with their files."""
        return {**self.body["fields"], **self.files}


async def say(request: ActionRequest) -> Json:
    """Send a message, optionally with files or as a reply."""
    reference = request.message("reply") if request.body.get("reply") else None
    await request.discord.say(
        request.body["content"],
        author=request.author,
        channel=request.channel,
        attachments=request.files.get("files", []),
        reference=reference,
    )
    return {}


async def commands(request: ActionRequest) -> Json:
    """List the commands that the author can use in the channel."""
    return {"commands": request.discord.available_commands(request.author, request.channel)}


async def invoke(request: ActionRequest) -> Json:
    """Use a slash command."""
    interaction = await request.discord.invoke(
        request.body["command"],
        request.option_values(),
        author=request.author,
        channel=request.channel,
    )
    return await request.modals.response(interaction)


async def autocomplete(request: ActionRequest) -> Json:
    """Return the bot's choices for the focused option; none while another option is invalid."""
    try:
        choices = await request.discord.autocomplete(
            request.body["command"],
            request.body["options"],
            focused=request.body["focused"],
            author=request.author,
            channel=request.channel,
        )
    except (TimeoutError, ValueError):
        choices = []
    return {"choices": choices}


async def context_menu(request: ActionRequest) -> Json:
    """Use a context-menu command on a message or a member."""
    is_member = "member" in request.body
    target = request.discord.user(request.body["member"]) if is_member else request.message()
    interaction = await request.discord.use_context_menu(
        request.body["command"], target, author=request.author, channel=request.channel
    )
    return await request.modals.response(interaction)


async def press(request: ActionRequest) -> Json:
    """Press a button."""
    interaction = await request.discord.press(
        request.message(), request.body["custom_id"], author=request.author
    )
    return await request.modals.response(interaction)


async def select(request: ActionRequest) -> Json:
    """Choose in a select menu."""
    interaction = await request.discord.select(
        request.message(), request.body["custom_id"], request.body["values"], author=request.author
    )
    return await request.modals.response(interaction)


async def submit(request: ActionRequest) -> Json:
    """Submit a modal. It stays open if a field is invalid or the bot does not respond."""
    key = request.body["interaction"]
    interaction = request.modals.interactions.get(key)
    if interaction is None:
        raise ValueError("This form has closed. Run the command again.")
    submitted = await request.discord.submit(
        interaction, request.field_values(), author=request.author
    )
    response = await request.modals.response(submitted)
    if not response.get("failed"):
        request.modals.interactions.pop(key, None)
    return response


ACTIONS: dict[str, Callable[[ActionRequest], Awaitable[Json]]] = {
    action.__name__: action
    for action in (say, commands, invoke, autocomplete, context_menu, press, select, submit)
}
"""The actions by their name in the URL."""
