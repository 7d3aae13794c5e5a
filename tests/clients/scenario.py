"""Script of a client's test: starts the client, acts as the users, and checks what it does."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.loopback import Limit, Loopback, Message, RateLimits

from ..openapi import CheckedLoopback

TIMEOUT = 30.0  # seconds for one step; a second IDENTIFY waits five seconds in most clients

COMMAND_COUNT = 8

RATE_LIMITS = RateLimits(messages=Limit(2, 0.3), route=Limit(2, 0.3))
"""Limits that every client reaches, and must wait for."""


class ClientProcess:
    """A running client: its events, and what it wrote to standard error."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []
        self.errors = ""
        self._readers = [asyncio.create_task(self._read_events())]
        self._readers.append(asyncio.create_task(self._read_errors()))

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self.process.returncode is not None

    def messages(self, content: str) -> list[dict[str, Any]]:
        """Return the events of messages with this content."""
        return [event for event in self.events if event.get("content") == content]

    async def stop(self) -> int:
        """Close standard input, and return the exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self.process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
            await asyncio.gather(*self._readers)

    async def _read_events(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.events.append(json.loads(line))

    async def _read_errors(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.errors += line.decode(errors="replace")


@contextlib.asynccontextmanager
async def run_client(
    discord: Loopback, command: Sequence[str | Path], environment: Mapping[str, str]
) -> AsyncIterator[ClientProcess]:
    """Run a client until the block ends; it must exit with status 0 and write no errors."""
    url = discord.api_url.split("/api/")[0]
    variables = {"LOOPBACK_TOKEN": discord.token, "LOOPBACK_URL": url, "PATH": os.environ["PATH"]}
    pipe = asyncio.subprocess.PIPE
    client = ClientProcess(
        await asyncio.create_subprocess_exec(
            *command, env={**variables, **environment}, stdin=pipe, stdout=pipe, stderr=pipe
        )
    )
    try:
        yield client
    except BaseException as error:
        await client.stop()
        error.add_note(f"Events: {client.events}\nStandard error:\n{client.errors}")
        raise
    status = await client.stop()
    assert (status, client.errors) == (0, ""), f"exit status {status}\n{client.errors}"


async def run_scenario(
    command: Sequence[str | Path], environment: Mapping[str, str] | None = None
) -> None:
    """Run the whole script with one client; every payload must match Discord's document."""
    async with (
        CheckedLoopback(token="", rate_limits=RATE_LIMITS) as discord,
        run_client(discord, command, environment or {}) as client,
    ):
        await discord.wait_until(lambda: client.events or client.has_ended, TIMEOUT)
        assert client.events[:1] == [{"event": "ready", "user": "Namesmith"}]
        await discord.wait_until(lambda: len(discord.commands) == COMMAND_COUNT, TIMEOUT)
        await check_messages(discord, client)
        await check_commands(discord)
        await check_components(discord)
        await check_connections(discord, client)
    assert discord.violations == [], discord.violations


async def check_messages(discord: Loopback, client: ClientProcess) -> None:
    """Messages in a channel, with a mention, in direct messages, and with a file."""
    for content, is_dm, is_mention, files in (
        ("hello ðñ😀", False, False, []),
        ("hey @Namesmith", False, True, []),
        ("in private", True, False, []),
        ("with a file", False, False, [("a.txt", b"text")]),
    ):
        channel = discord.dm("ada") if is_dm else discord.channel("general")
        message = await discord.say(content, channel=channel, attachments=files)
        answer = await discord.wait_reply(message, TIMEOUT)
        assert answer.content == ("mentioned" if is_mention else f"heard {content}")
        (event,) = client.messages(message.content)
        assert event == {
            "event": "message",
            "content": message.content,
            "author": "ada",
            "is_dm": is_dm,
            "is_mention": is_mention,
            "files": [name for name, _ in files],
        }


async def check_commands(discord: Loopback) -> None:
    """Responses, deferred and several, autocomplete, files in both directions, and a modal."""
    assert await respond(discord, "echo", {"text": "a b"}) == "a b"
    choices = await discord.autocomplete("choose", {"kind": "el"}, focused="kind", timeout=TIMEOUT)
    assert [(choice["name"], choice["value"]) for choice in choices] == [
        ("Elf", "elf"),
        ("Elder", "elder"),
    ]
    assert await respond(discord, "choose", {"kind": "orc"}) == "orc"
    assert await respond(discord, "later") == "later"
    assert await respond(discord, "read", {"file": ("b.txt", b"uploaded")}) == "uploaded"
    answer = await (await discord.invoke("file")).answer(TIMEOUT)
    (file,) = answer.attachments
    assert (answer.content, file.filename, file.data) == ("file", "names.txt", b"Ada\nBen\n")

    several = await discord.invoke("several")
    await discord.wait_until(lambda: several.response and several.response.edited_at, TIMEOUT)
    assert several.response is not None
    two, three = several.followups
    assert (several.response.content, two.content, three.content) == ("one!", "two", "three")
    assert (two.ephemeral, three.ephemeral) == (False, True)

    form = await discord.invoke("form")
    submission = await discord.submit(form, {"best": "Ada"}, timeout=TIMEOUT)
    assert (await submission.answer(TIMEOUT)).content == "best: Ada"


async def check_components(discord: Loopback) -> None:
    """A button, and a select of each kind."""
    panel = await (await discord.invoke("panel")).answer(TIMEOUT)
    for name, values, content in (
        ("kind", ["elf", "orc"], "kind: elf, orc"),
        ("user", ["ben"], "user: ben"),
        ("role", ["Namesmith"], "role: Namesmith"),
        ("channel", ["random"], "channel: random"),
    ):
        answer = await (await discord.select(panel, name, values)).answer(TIMEOUT)
        assert (answer.content, answer.ephemeral) == (content, True)
    await (await discord.press(panel, "press")).answer(TIMEOUT)
    assert panel.content == "pressed"


async def check_connections(discord: Loopback, client: ClientProcess) -> None:
    """Resumes after opcode 7 and a lost connection, a new session after opcode 9, heartbeats."""
    gateway = discord._backend.gateway
    await discord.faults.request_reconnect()
    await check_alive(discord, client, "after opcode 7")
    await discord.faults.drop_connections()
    await check_alive(discord, client, "after a lost connection")
    assert (gateway.identify_count, gateway.resume_count) == (1, 2)
    gateway.heartbeat_interval = 1.0
    await discord.faults.invalidate_sessions()
    await discord.wait_until(lambda: gateway.identify_count == 2, TIMEOUT)
    await check_alive(discord, client, "after opcode 9")
    await discord.wait_heartbeats(gateway.heartbeat_count + 2, TIMEOUT)


async def check_alive(discord: Loopback, client: ClientProcess, content: str) -> None:
    """Check that a message, perhaps sent while the client is away, is answered exactly once."""
    message = await discord.say(content)
    await discord.wait_reply(message, TIMEOUT)
    last: Message = await discord.say(f"{content}, again")
    await discord.wait_reply(last, TIMEOUT)
    assert (len(message.replies), len(last.replies)) == (1, 1)
    assert len(client.messages(content)) == 1


async def respond(discord: Loopback, command: str, options: Mapping[str, Any] | None = None) -> str:
    """Use a slash command, and return the content of its answer."""
    return (await (await discord.invoke(command, options)).answer(TIMEOUT)).content
