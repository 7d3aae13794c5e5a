"""The routes by which the bot answers interactions: the callback, then the token's webhook."""

from ..payloads.commands import SLASH
from ..payloads.composing import Pen
from ..payloads.forms import opened
from ..state.errors import DiscordError, Form, Problem, invalid
from ..state.messages import COMMAND_REPLY, MENU_REPLY, REPLY, Draft, Message, MessageFlag
from ..state.wire import Json
from . import interactions as kinds
from .interactions import Interaction
from .routing import Endpoint, Reply, Request

_ALLOWED = {
    kinds.COMMAND: (kinds.REPLY, kinds.DEFER, kinds.MODAL),
    kinds.COMPONENT: (kinds.REPLY, kinds.DEFER, kinds.DEFER_UPDATE, kinds.UPDATE, kinds.MODAL),
    kinds.AUTOCOMPLETE: (kinds.CHOICES,),
    kinds.MODAL_SUBMIT: (kinds.REPLY, kinds.DEFER, kinds.DEFER_UPDATE, kinds.UPDATE),
}


_UPDATES = (kinds.DEFER_UPDATE, kinds.UPDATE)
"""Callbacks that need a message whose component was used, there to be updated."""


def respond(request: Request) -> Reply:
    """Take the callback of an interaction."""
    interaction = request.backend.interactions.waiting(
        request.number("interaction_id"), request.path["interaction_token"]
    )
    form = Form()
    form.typed(request.body, {"type": int, "data": dict})
    form.check()
    kind, data = request.body.get("type"), request.body.get("data") or {}
    allowed = [
        one for one in _ALLOWED[interaction.type] if interaction.source or one not in _UPDATES
    ]
    if kind not in allowed:
        choices = f"Value must be one of {{{', '.join(map(str, sorted(allowed)))}}}."
        raise invalid("type", "BASE_TYPE_CHOICES", choices)
    if kind == kinds.CHOICES:
        form.at_most("data.choices", data.get("choices"), 25)
        form.check()
        interaction.choices = data.get("choices") or []
    elif kind == kinds.MODAL:
        interaction.modal = opened(data)
    elif kind == kinds.UPDATE and interaction.source:
        _edit(request, interaction, interaction.source, data)
        interaction.response = interaction.source
    elif kind == kinds.DEFER_UPDATE:
        interaction.response, interaction.pending = interaction.source, True
    else:
        interaction.pending = kind == kinds.DEFER
        interaction.response = _reply(request, interaction, data)
    interaction.callback = kind
    interaction.bell.ring()
    if request.query.get("with_response") in ("1", "true", "True"):
        return Reply(_callback_json(interaction))
    return Reply(None)


def _reply(request: Request, interaction: Interaction, data: Json) -> Message:
    world = request.backend.world
    if interaction.pending:
        flags = MessageFlag(int(data.get("flags") or 0)) & MessageFlag.EPHEMERAL
        draft = Draft(flags=flags | MessageFlag.LOADING)
    else:
        draft = Pen(world, interaction.channel, world.bot).write(data, request.files)
    command = interaction.type == kinds.COMMAND
    used = COMMAND_REPLY if command and interaction.data["type"] == SLASH else MENU_REPLY
    return _post(
        request,
        interaction,
        draft,
        type=used if command else REPLY if interaction.source else 0,
        reference=None if command else interaction.source,
        tts=bool(data.get("tts")),
    )


def _post(request: Request, interaction: Interaction, draft: Draft, **about: object) -> Message:
    world = request.backend.world
    hidden = interaction.user if draft.flags & MessageFlag.EPHEMERAL else None
    application = {key: str(world.application_id) for key in ("webhook_id", "application_id")}
    made_by = interaction.metadata() | application
    return world.post(
        interaction.channel, world.bot, draft, visible_to=hidden, interaction=made_by, **about
    )


def _edit(request: Request, interaction: Interaction, message: Message, data: Json) -> None:
    world = request.backend.world
    draft = Pen(world, interaction.channel, world.bot).write(
        data, request.files, message, message.reference
    )
    if message is interaction.response:
        interaction.pending = False
    world.edit(message, draft)
    interaction.bell.ring()


def _callback_json(interaction: Interaction) -> Json:
    about: Json = {"id": str(interaction.id), "type": interaction.type}
    about["channel_id"] = str(interaction.channel.id)
    if interaction.channel.guild:
        about["guild_id"] = str(interaction.channel.guild.id)
    message = interaction.response
    if message is None:
        return {"interaction": about}
    about |= {"response_message_id": str(message.id), "response_message_loading": message.loading}
    about["response_message_ephemeral"] = message.ephemeral
    if interaction.callback not in (kinds.REPLY, kinds.UPDATE):
        return {"interaction": about}
    resource: Json = {"type": interaction.callback, "message": message.json()}
    return {"interaction": about, "resource": resource}


def _found(request: Request) -> Interaction:
    return request.backend.interactions.acknowledged(
        request.number("webhook_id"), request.path["webhook_token"]
    )


def follow_up(request: Request) -> Reply:
    """Add a message; right after a deferral it fills in the deferred answer instead."""
    interaction = _found(request)
    world, first = request.backend.world, interaction.response
    if interaction.callback == kinds.DEFER and interaction.pending and first:
        _edit(request, interaction, first, request.body)
        return Reply(first.json())
    draft = Pen(world, interaction.channel, world.bot).write(request.body, request.files)
    about = {"reference": first, "type": REPLY} if first else {}
    message = _post(request, interaction, draft, **about)
    interaction.followups.append(message)
    interaction.bell.ring()
    return Reply(message.json())


def _named(request: Request) -> tuple[Interaction, Message]:
    """Find the interaction, and which of its messages the path names."""
    interaction = _found(request)
    name = request.path.get("message_id", "@original")
    of_it = [interaction.response, *interaction.followups, interaction.source]
    for message in of_it:
        if message and not message.deleted and name in ("@original", str(message.id)):
            if name == "@original" and message is not interaction.response:
                break
            return interaction, message
    raise DiscordError(Problem.UNKNOWN_MESSAGE)


def read(request: Request) -> Reply:
    """Give one of the interaction's messages."""
    return Reply(_named(request)[1].json())


def edit(request: Request) -> Reply:
    """Edit one of the interaction's messages; a deferred answer is filled in by it."""
    interaction, message = _named(request)
    _edit(request, interaction, message, request.body)
    return Reply(message.json())


def delete(request: Request) -> Reply:
    """Delete one of the interaction's messages."""
    interaction, message = _named(request)
    request.backend.world.delete(message)
    interaction.bell.ring()
    return Reply(None)


_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
_CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"

ENDPOINTS = [
    Endpoint("POST", _CALLBACK, respond, open=True),
    Endpoint("POST", _WEBHOOK, follow_up, open=True),
    *(
        Endpoint(method, f"{_WEBHOOK}/messages/{name}", run, open=True)
        for name in ("@original", "{message_id}")
        for method, run in (("GET", read), ("PATCH", edit), ("DELETE", delete))
    ),
]
