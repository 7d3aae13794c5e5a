"""The arguments of the command line; parsing them imports nothing that a command needs."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .paths import expand_home

_MAX_ID = 2**63 - 1

_EPILOG = """\
With a token in DISCORD_TOKEN, or in the file of [discord] token_file, the bot serves on Discord.
Without a token you chat with it in this terminal, which needs no Discord account.

examples:
  namesmith                          chat, or serve if there is a token
  namesmith --web                    chat on a page in your browser
  echo '!name Tr' | namesmith chat   print five names
  namesmith --style mine.onnx chat   chat with another style
  namesmith styles --help            publish styles, and roll back to earlier versions
  namesmith forget-server ID         delete what is stored of a server
  namesmith train --corpus mine.txt  train a style; also: evaluate, describe, export
"""

_STYLES_EPILOG = """\
examples:
  namesmith styles list
  namesmith styles publish elves elves.onnx
  namesmith styles pattern heroes '{dwarves} the {epithets}'
  namesmith styles rollback elves       go back to the previously live version
  namesmith styles rollback elves 2     go back to version 2
  namesmith styles info elves --json
  namesmith styles retire elves         take it out of use; its versions stay stored
"""


def parse_main(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments of `namesmith`; ends the process with 2 if they are wrong."""
    parser = argparse.ArgumentParser(
        prog="namesmith",
        description="A Discord bot that invents names.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "mode",
        nargs="?",
        choices=("chat", "serve"),
        help="chat in this terminal, or serve on Discord",
    )
    parser.add_argument(
        "--config", type=_path, metavar="FILE", help="settings file (default: ./config.toml)"
    )
    parser.add_argument("--web", action="store_true", help="chat on a page in your browser")
    parser.add_argument(
        "--style", type=_typed, help="default style: its name, or the path of an .onnx file"
    )
    parser.add_argument("--version", action="version", version=f"namesmith {__version__}")
    return parser.parse_args(arguments)


def parse_styles(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments of `namesmith styles`; `command` is the name of the subcommand."""
    parser = argparse.ArgumentParser(
        prog="namesmith styles",
        description="List and publish styles, roll back to earlier versions, and retire styles.",
        epilog=_STYLES_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, description in (
        ("list", "list the published styles"),
        ("info", "show a style's versions, training data and changes"),
        ("publish", "make an .onnx file the live version of a style"),
        ("pattern", "make a pattern of other styles the live version of a style"),
        ("rollback", "make an earlier version live"),
        ("retire", "take a style out of use"),
    ):
        command = commands.add_parser(
            name,
            parents=[_common_options()],
            help=description,
            description=f"{description[0].upper()}{description[1:]}.",
        )
        command.set_defaults(command=name)
        if name != "list":
            command.add_argument("style", metavar="STYLE", help="name of the style")
        if name == "publish":
            command.add_argument("file", metavar="FILE", type=_path, help="path of the .onnx file")
        if name == "pattern":
            command.add_argument(
                "pattern", metavar="PATTERN", help="styles in braces, such as '{elves} of {towns}'"
            )
            command.add_argument("--title", metavar="TITLE", help="title of the style")
        if name == "rollback":
            command.add_argument(
                "version",
                metavar="VERSION",
                type=_positive,
                nargs="?",
                help="version to make live (default: the previously live one)",
            )
    return parser.parse_args(arguments)


def _common_options() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config", type=_path, metavar="FILE", help="settings file (default: ./config.toml)"
    )
    common.add_argument(
        "--guild",
        type=_positive,
        metavar="ID",
        help="use the own styles of the server with this id",
    )
    common.add_argument("--json", action="store_true", help="print JSON")
    return common


def _typed(text: str) -> str:
    """Return `text`; if it begins with `~`, it is a path and that the home folder."""
    try:
        return expand_home(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _path(text: str) -> Path:
    return Path(_typed(text))


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and 0 < int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)


def parse_forget(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments of `namesmith forget-server`; `server` is its id."""
    parser = argparse.ArgumentParser(
        prog="namesmith forget-server",
        description="Delete the settings, trainings and styles of a server, which can't be undone. "
        "A running bot notices it.",
    )
    parser.add_argument("server", metavar="ID", type=_server_id, help="id of the server")
    parser.add_argument(
        "--config", type=_path, metavar="FILE", help="settings file (default: ./config.toml)"
    )
    return parser.parse_args(arguments)


def _server_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and 0 < int(text) <= _MAX_ID):
        raise argparse.ArgumentTypeError(f"{text!r} is not the id of a server")
    return int(text)
