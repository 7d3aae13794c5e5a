"""Routes for application commands: list, register, edit and delete them."""

from ..state.errors import DiscordError, ErrorCode
from .routing import Endpoint, Reply, Request


def _scope(request: Request) -> int | None:
    """Return the guild's id in the path, or None for global commands."""
    if request.snowflake("application_id") != request.backend.state.application_id:
        raise DiscordError(ErrorCode.UNKNOWN_APPLICATION)
    return request.guild().id if "guild_id" in request.path else None


def list_commands(request: Request) -> Reply:
    """List the registered commands."""
    return Reply(request.backend.commands.commands(_scope(request)))


def replace_commands(request: Request) -> Reply:
    """Replace every registered command."""
    commands = request.backend.commands.replace_all(_scope(request), request.body)
    request.backend.state.notifier.notify()
    return Reply(commands)


def create_command(request: Request) -> Reply:
    """Register a command, or replace the one with the same name."""
    command, is_new = request.backend.commands.upsert(_scope(request), request.body)
    request.backend.state.notifier.notify()
    return Reply(command, 201 if is_new else 200)


def get_command(request: Request) -> Reply:
    """Return a command."""
    return Reply(request.backend.commands.get(_scope(request), request.snowflake("command_id")))


def edit_command(request: Request) -> Reply:
    """Change a command."""
    command_id = request.snowflake("command_id")
    return Reply(request.backend.commands.edit(_scope(request), command_id, request.body))


def delete_command(request: Request) -> Reply:
    """Delete a command."""
    request.backend.commands.delete(_scope(request), request.snowflake("command_id"))
    return Reply(None)


ENDPOINTS = [
    Endpoint(method, scope + path, run)
    for scope in (
        "/applications/{application_id}/commands",
        "/applications/{application_id}/guilds/{guild_id}/commands",
    )
    for method, path, run in (
        ("GET", "", list_commands),
        ("PUT", "", replace_commands),
        ("POST", "", create_command),
        ("GET", "/{command_id}", get_command),
        ("PATCH", "/{command_id}", edit_command),
        ("DELETE", "/{command_id}", delete_command),
    )
]
