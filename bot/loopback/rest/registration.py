"""The routes by which the bot registers its commands, globally or for one guild."""

from ..state.errors import DiscordError, Problem
from .routing import Endpoint, Reply, Request


def _scope(request: Request) -> int | None:
    """Give whose commands the path speaks of: a guild's, or None for the global ones."""
    if request.number("application_id") != request.backend.world.application_id:
        raise DiscordError(Problem.UNKNOWN_APPLICATION)
    return request.guild().id if "guild_id" in request.path else None


def list_commands(request: Request) -> Reply:
    """List the registered commands."""
    return Reply(request.backend.commands.of(_scope(request)))


def put_commands(request: Request) -> Reply:
    """Put the given commands in place of all registered ones."""
    commands = request.backend.commands.overwrite(_scope(request), request.body)
    request.backend.world.bell.ring()
    return Reply(commands)


def create_command(request: Request) -> Reply:
    """Register a command, or overwrite the one of the same name."""
    command, new = request.backend.commands.upsert(_scope(request), request.body)
    request.backend.world.bell.ring()
    return Reply(command, 201 if new else 200)


def get_command(request: Request) -> Reply:
    """Give a command."""
    return Reply(request.backend.commands.get(_scope(request), request.number("command_id")))


def edit_command(request: Request) -> Reply:
    """Change a command."""
    number = request.number("command_id")
    return Reply(request.backend.commands.edit(_scope(request), number, request.body))


def delete_command(request: Request) -> Reply:
    """Take a command away."""
    request.backend.commands.remove(_scope(request), request.number("command_id"))
    return Reply(None)


ENDPOINTS = [
    Endpoint(method, scope + path, run)
    for scope in (
        "/applications/{application_id}/commands",
        "/applications/{application_id}/guilds/{guild_id}/commands",
    )
    for method, path, run in (
        ("GET", "", list_commands),
        ("PUT", "", put_commands),
        ("POST", "", create_command),
        ("GET", "/{command_id}", get_command),
        ("PATCH", "/{command_id}", edit_command),
        ("DELETE", "/{command_id}", delete_command),
    )
]
