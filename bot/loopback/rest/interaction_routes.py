"""Routes for interaction responses: the callback, then the webhook with the token."""

from ..payloads.application_commands import CommandType
from ..payloads.message_requests import Sender
from ..payloads.modals import validate_modal
from ..state.encoding import Json
from ..state.errors import DiscordError, ErrorCode, FormErrors, form_error
from ..state.messages import (
    CHAT_INPUT_COMMAND,
    CONTEXT_MENU_COMMAND,
    DEFAULT,
    REPLY,
    Draft,
    Message,
    MessageFlag,
)
from .interactions import CallbackType, Interaction, InteractionType
from .routing import Endpoint, Reply, Request

_MESSAGE_CALLBACKS = (CallbackType.REPLY, CallbackType.DEFER)
_UPDATE_CALLBACKS = (CallbackType.DEFER_UPDATE, CallbackType.UPDATE)  # need a source message

_ALLOWED_CALLBACKS = {
    InteractionType.COMMAND: (*_MESSAGE_CALLBACKS, CallbackType.MODAL),
    InteractionType.COMPONENT: (*_MESSAGE_CALLBACKS, *_UPDATE_CALLBACKS, CallbackType.MODAL),
    InteractionType.AUTOCOMPLETE: (CallbackType.AUTOCOMPLETE,),
    InteractionType.MODAL_SUBMIT: (*_MESSAGE_CALLBACKS, *_UPDATE_CALLBACKS),
}


def create_callback(request: Request) -> Reply:
    """Take the first response to an interaction."""
    interaction = request.backend.interactions.find_unacknowledged(
        request.snowflake("interaction_id"), request.path["interaction_token"]
    )
    errors = FormErrors()
    callback = _callback_type(request, interaction)
    data = request.body.get("data") or {}
    if callback == CallbackType.AUTOCOMPLETE:
        errors.check_max_length("data.choices", data.get("choices"), 25)
        errors.raise_if_any()
        interaction.choices = data.get("choices") or []
    elif callback == CallbackType.MODAL:
        interaction.modal = validate_modal(data)
    elif callback == CallbackType.UPDATE and interaction.source:
        _edit_message(request, interaction, interaction.source, data)
        interaction.response = interaction.source
    elif callback == CallbackType.DEFER_UPDATE:
        interaction.response, interaction.is_deferred = interaction.source, True
    else:
        interaction.is_deferred = callback == CallbackType.DEFER
        interaction.response = _post_response(request, interaction, data)
    interaction.callback = callback
    interaction.notifier.notify()
    if request.flag("with_response"):
        return Reply(_callback_json(interaction))
    return Reply(None)


def _callback_type(request: Request, interaction: Interaction) -> CallbackType:
    allowed = [
        callback
        for callback in _ALLOWED_CALLBACKS[interaction.type]
        if interaction.source or callback not in _UPDATE_CALLBACKS
    ]
    callback = request.body.get("type")
    if callback not in allowed:
        values = ", ".join(str(int(value)) for value in sorted(allowed))
        raise form_error("type", "BASE_TYPE_CHOICES", f"Value must be one of {{{values}}}.")
    return CallbackType(callback)


def _post_response(request: Request, interaction: Interaction, data: Json) -> Message:
    state = request.backend.state
    if interaction.is_deferred:
        flags = MessageFlag(int(data.get("flags") or 0)) & MessageFlag.EPHEMERAL
        draft = Draft(flags=flags | MessageFlag.LOADING)
    else:
        draft = Sender(state, interaction.channel, state.bot).build_draft(data, request.files)
    tts = bool(data.get("tts"))
    if interaction.type == InteractionType.COMMAND:
        is_slash = interaction.data["type"] == CommandType.SLASH
        message_type = CHAT_INPUT_COMMAND if is_slash else CONTEXT_MENU_COMMAND
        return _post(request, interaction, draft, type=message_type, tts=tts)
    source = interaction.source
    message_type = REPLY if source else DEFAULT
    return _post(request, interaction, draft, type=message_type, reference=source, tts=tts)


def _post(request: Request, interaction: Interaction, draft: Draft, **fields: object) -> Message:
    state = request.backend.state
    application_id = str(state.application_id)
    ids = {"webhook_id": application_id, "application_id": application_id}
    return state.post(
        interaction.channel,
        state.bot,
        draft,
        visible_to=interaction.user if draft.flags & MessageFlag.EPHEMERAL else None,
        interaction=interaction.message_metadata() | ids,
        **fields,
    )


def _edit_message(request: Request, interaction: Interaction, message: Message, data: Json) -> None:
    state = request.backend.state
    sender = Sender(state, interaction.channel, state.bot)
    draft = sender.build_draft(data, request.files, message, message.reference)
    if message is interaction.response:
        interaction.is_deferred = False
    state.edit(message, draft)
    interaction.notifier.notify()


def _callback_json(interaction: Interaction) -> Json:
    result: Json = {"id": str(interaction.id), "type": interaction.type}
    result["channel_id"] = str(interaction.channel.id)
    if interaction.channel.guild:
        result["guild_id"] = str(interaction.channel.guild.id)
    message = interaction.response
    if message is None:
        return {"interaction": result}
    result |= {"response_message_id": str(message.id), "response_message_loading": message.loading}
    result["response_message_ephemeral"] = message.ephemeral
    if interaction.callback not in (CallbackType.REPLY, CallbackType.UPDATE):
        return {"interaction": result}
    resource: Json = {"type": interaction.callback, "message": message.json()}
    return {"interaction": result, "resource": resource}


def _find_interaction(request: Request) -> Interaction:
    return request.backend.interactions.find_acknowledged(
        request.snowflake("webhook_id"), request.path["webhook_token"]
    )


def create_followup(request: Request) -> Reply:
    """Send a follow-up message; the first one after a deferral completes the response."""
    interaction = _find_interaction(request)
    state, response = request.backend.state, interaction.response
    if interaction.callback == CallbackType.DEFER and interaction.is_deferred and response:
        _edit_message(request, interaction, response, request.body)
        return Reply(response.json())
    sender = Sender(state, interaction.channel, state.bot)
    draft = sender.build_draft(request.body, request.files)
    fields = {"reference": response, "type": REPLY} if response else {}
    message = _post(request, interaction, draft, **fields)
    interaction.followups.append(message)
    interaction.notifier.notify()
    return Reply(message.json())


def _find_message(request: Request) -> tuple[Interaction, Message]:
    """Find the interaction, and the one of its messages that the path names."""
    interaction = _find_interaction(request)
    name = request.path.get("message_id", "@original")
    if name == "@original":
        candidates = [interaction.response]
    else:
        candidates = [interaction.response, *interaction.followups, interaction.source]
    for message in candidates:
        if message and not message.deleted and name in ("@original", str(message.id)):
            return interaction, message
    raise DiscordError(ErrorCode.UNKNOWN_MESSAGE)


def get_message(request: Request) -> Reply:
    """Return one of the interaction's messages."""
    return Reply(_find_message(request)[1].json())


def edit_message(request: Request) -> Reply:
    """Edit one of the interaction's messages; this completes a deferred response."""
    interaction, message = _find_message(request)
    _edit_message(request, interaction, message, request.body)
    return Reply(message.json())


def delete_message(request: Request) -> Reply:
    """Delete one of the interaction's messages."""
    interaction, message = _find_message(request)
    request.backend.state.delete(message)
    interaction.notifier.notify()
    return Reply(None)


_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
_CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"

ENDPOINTS = [
    # hikari reports rate limits of this route as an error; Discord sends none.
    Endpoint("POST", _CALLBACK, create_callback, has_path_token=True, has_rate_limit=False),
    Endpoint("POST", _WEBHOOK, create_followup, has_path_token=True),
    *(
        Endpoint(method, f"{_WEBHOOK}/messages/{name}", run, has_path_token=True)
        for name in ("@original", "{message_id}")
        for method, run in (
            ("GET", get_message),
            ("PATCH", edit_message),
            ("DELETE", delete_message),
        )
    ),
]
