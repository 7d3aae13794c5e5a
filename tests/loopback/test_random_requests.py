"""Random requests: every route answers with a valid reply or an error, and never fails."""

import copy
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.loopback import Loopback
from bot.loopback.payloads.field_types import check_field_types
from bot.loopback.payloads.message_requests import UploadedFile
from bot.loopback.rest.interactions import CallbackType, InteractionType
from bot.loopback.rest.resource_routes import leave_guild
from bot.loopback.rest.routing import Endpoint, Reply, Request
from bot.loopback.server import ENDPOINTS
from bot.loopback.state.encoding import encode_json
from bot.loopback.state.errors import DiscordError
from bot.loopback.state.messages import Draft

from ..openapi import CheckedLoopback

TEXTS = ("", "x", "1", "-1", "9" * 25, "users", "everyone", "x" * 2001, "attachment://a", "٣")
VALUES: tuple[Any, ...] = (
    *TEXTS,
    None,
    True,
    0,
    1,
    3,
    17,
    -1,
    1 << 40,
    1 << 70,
    1.5,
    [],
    [None],
    {},
    [{}],
    ["1"],
)
QUERY = st.dictionaries(
    st.sampled_from(["limit", "before", "after", "around", "query", "with_counts"]),
    st.sampled_from(["", "0", "1", "-1", "x", "true", "9" * 25, "9" * 5000]),
    max_size=3,
)
MENTION = f"<@1> <@&1> <@{'9' * 30}> @everyone"
BUTTON = {"type": 2, "style": 1, "custom_id": "a", "label": "a", "emoji": {"id": None, "name": "x"}}
SELECT = {"type": 3, "custom_id": "b", "options": [{"label": "a", "value": "a"}], "max_values": 1}
USERS = {"type": 5, "custom_id": "c", "default_values": [{"id": "1", "type": "user"}]}
INPUT = {"type": 4, "custom_id": "a", "style": 1, "label": "a", "min_length": 1, "max_length": 9}
ROWS = [{"type": 1, "components": [part]} for part in (BUTTON, SELECT, USERS)]
MESSAGE = {
    "content": MENTION,
    "embeds": [
        {
            "title": "a",
            "color": 1,
            "image": {"url": "attachment://a.png"},
            "footer": {"text": "a"},
            "fields": [{"name": "a", "value": "b"}],
        }
    ],
    "allowed_mentions": {"parse": ["users"], "roles": ["1"], "replied_user": True},
    "message_reference": {"message_id": "1", "fail_if_not_exists": False},
    "attachments": [{"id": 0, "filename": "b.png", "description": "a"}],
    "components": ROWS,
    "nonce": "1",
    "enforce_nonce": True,
    "flags": 4,
    "tts": False,
}
LAYOUT = {
    "flags": 1 << 15,
    "components": [
        {"type": 17, "components": [{"type": 10, "content": "a"}, *ROWS]},
        {"type": 9, "components": [{"type": 10, "content": "a"}], "accessory": BUTTON},
        {"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]},
        {"type": 13, "file": {"url": "attachment://a.png"}},
    ],
}
LABEL = {"type": 18, "label": "a", "component": SELECT}
MODAL = {
    "custom_id": "a",
    "title": "a",
    "components": [{"type": 1, "components": [INPUT]}, LABEL],
}
COMMAND = {
    "name": "echo",
    "description": "a",
    "type": 1,
    "contexts": [0, 1],
    "integration_types": [0],
    "default_member_permissions": "32",
    "name_localizations": {"de": "echo"},
    "options": [
        {
            "type": 3,
            "name": "text",
            "description": "a",
            "required": True,
            "choices": [{"name": "a", "value": "a"}],
        }
    ],
}
BODIES: list[dict[str, Any]] = [
    MESSAGE,
    LAYOUT,
    COMMAND,
    {"recipient_id": "1"},
    {"messages": ["1", "2"]},
    {"type": 4, "data": MESSAGE},
    {"type": 5, "data": {"flags": 64}},
    {"type": 7, "data": LAYOUT},
    {"type": 9, "data": MODAL},
    {"type": 8, "data": {"choices": [{"name": "a", "value": "a"}]}},
]

ROUTES = [endpoint for endpoint in ENDPOINTS if endpoint.run is not leave_guild]


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every object or list in a body with every key or index of it."""
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        yield node, key
        if isinstance(value, dict | list):
            yield from places(value)


@st.composite
def spoilt_bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a valid body in which a few values are replaced."""
    body: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(BODIES)))
    for _ in range(draw(st.integers(0, 3))):
        found = list(places(body))
        node, key = found[draw(st.integers(0, len(found) - 1))]
        node[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    return body


def known_values(loopback: Loopback) -> dict[str, list[str]]:
    """Return values of every path parameter that exist now; the interactions are new ones."""
    state, interactions = loopback._backend.state, loopback._backend.interactions
    channel, ada = loopback.channel("general"), loopback.user("ada")
    messages = [state.post(channel, user, Draft("x")) for user in (ada, loopback.bot)]
    data = {"id": "1", "type": 1, "name": "echo"}
    new, old = (
        interactions.start(kind, ada, channel, data, "echo", source=messages[1])
        for kind in (InteractionType.COMPONENT, InteractionType.COMMAND)
    )
    old.callback, old.response = CallbackType.REPLY, messages[1]
    values: dict[str, list[int | str]] = {
        "application_id": [state.application_id],
        "webhook_id": [state.application_id],
        "channel_id": [channel.id, loopback.dm("ada").id],
        "guild_id": [loopback.guild.id],
        "message_id": [message.id for message in messages],
        "user_id": [ada.id, loopback.bot.id],
        "role_id": list(loopback.guild.roles),
        "command_id": [command["id"] for command in loopback.commands],
        "emoji_name": ["👍", "name:1"],
        "interaction_id": [new.id],
        "interaction_token": [new.token],
        "webhook_token": [old.token],
    }
    return {name: [str(value) for value in known] for name, known in values.items()}


def invalid_answers(endpoint: Endpoint, request: Request) -> list[str]:
    """Handle a request; return a line for each violation of Discord's document in the reply."""
    validator = request.backend.validator
    method, path = endpoint.method, endpoint.path
    try:
        if method != "GET":
            validator.check_request(method, path, request.body)
        check_field_types(request.body)
        reply = endpoint.run(request)
    except DiscordError:
        reply = Reply(None)
    encode_json(reply.data)
    if reply.data is not None:
        validator.check_response(method, path, reply.status, reply.data)
    violations = [line for line in validator.violations if line.startswith("sent:")]
    validator.violations.clear()
    return violations


async def test_random_requests_are_answered() -> None:
    async with CheckedLoopback() as loopback:

        @settings(max_examples=500)
        @given(st.data())
        def check(data: st.DataObject) -> None:
            endpoint = data.draw(st.sampled_from(ROUTES))
            loopback._backend.commands.replace_all(None, [COMMAND])
            known, index = known_values(loopback), data.draw(st.integers(0, 1))
            names = re.findall(r"{(\w+)}", endpoint.path)
            path = {name: known[name][index % len(known[name])] for name in names}
            if names and data.draw(st.integers(0, 9)) == 0:
                path[data.draw(st.sampled_from(names))] = data.draw(st.sampled_from(TEXTS))
            body: Any = data.draw(spoilt_bodies())
            if endpoint.body_type is list:
                body = [body, *data.draw(st.lists(st.sampled_from(VALUES), max_size=1))]
            files = [UploadedFile(0, "a.png", b"x")] * data.draw(st.integers(0, 1))
            request = Request(loopback._backend, path, data.draw(QUERY), body, files)
            invalid = invalid_answers(endpoint, request)
            assert invalid == [], invalid

        check()
