"""`namesmith styles ...`: the styles of a bot from the shell, whether it runs or not.

Plain lines for people and pipes, JSON for programs. A bot that runs answers from what is published
here within two seconds.
"""

import argparse
import getpass
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ..config import ConfigError, Settings, settings_here
from ..library import LibraryError, Shelved, changing, checked_style
from ..library.naming import shelf_of
from ..library.opening import artifact_of
from ..library.place import Place
from ..library.placing import place_of
from ..library.shelves import Shelves
from ..sampling import ArtifactError, Style
from .telling import changed, described, listed, told_as_json

_EPILOG = """\
  namesmith styles list
  namesmith styles publish elves elves.onnx
  namesmith styles rollback elves       to the version that was live before
  namesmith styles rollback elves 2     to this one
  namesmith styles info elves --json
  namesmith styles retire elves         answers no more; all versions are kept
"""


def main(arguments: Sequence[str]) -> int:
    """The command; returns its exit status: 0, 1 (could not be done), 2 (used wrongly) or 130."""
    options = _parser().parse_args(arguments)
    try:
        settings = settings_here(options.config)
        place = place_of(settings.library.url, Path(settings.bot.data_dir))
        told = options.run(place, settings, options)
        if hasattr(sys.stdout, "reconfigure"):  # a style's name may be of letters that it lacks
            sys.stdout.reconfigure(errors="replace")
        sys.stdout.write(told)
        sys.stdout.flush()
    except KeyboardInterrupt:  # while others change the style, or a bucket does not answer
        return 130
    except BrokenPipeError:  # whoever reads has read enough
        sys.stderr.close()
    except (ConfigError, LibraryError) as error:
        sys.stderr.write(f"namesmith: {error}\n")
        return 2 if isinstance(error, ConfigError) else 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="namesmith styles",
        description="Publish styles, go back to earlier versions, and see what there is.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, told in (
        ("list", _list, "what was published"),
        ("info", _info, "a style's versions, what it learned from, and who changed it"),
        ("publish", _publish, "make an .onnx file the live version of a style"),
        ("rollback", _roll_back, "make an earlier version the live one"),
        ("retire", _retire, "have a style answer no more"),
    ):
        command = commands.add_parser(name, parents=[_every()], help=told, description=told)
        command.set_defaults(run=run)
        if name != "list":
            command.add_argument("style", metavar="STYLE")
        if name == "publish":
            command.add_argument("file", metavar="FILE", type=Path)
        if name == "rollback":
            command.add_argument("version", metavar="VERSION", type=_number, nargs="?")
    return parser


def _every() -> argparse.ArgumentParser:
    """Return what all commands take."""
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument(
        "--config", type=Path, metavar="FILE", help="settings (default: config.toml, if there)"
    )
    every.add_argument("--guild", type=_number, metavar="ID", help="styles of that server's own")
    every.add_argument("--json", action="store_true", help="tell it as JSON")
    return every


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return int(text)


def _list(place: Place, settings: Settings, options: argparse.Namespace) -> str:
    del settings
    shelved = _shelved(place, options.guild)
    if not shelved and not options.json:
        sys.stderr.write(f"namesmith: no style was published in {place.name}\n")
        return ""
    return told_as_json([asdict(each) for each in shelved]) if options.json else listed(shelved)


def _info(place: Place, settings: Settings, options: argparse.Namespace) -> str:
    name = checked_style(options.style)
    found = (each for each in _shelved(place, options.guild) if each.style == name)
    if (shelved := next(found, None)) is None:
        raise LibraryError(f"{name}: no such style was published")
    try:
        style = _live(place, settings, options.guild, name)
    except ArtifactError as error:
        raise LibraryError(str(error)) from None
    if options.json:
        return told_as_json(asdict(shelved) | {"tells": asdict(style) if style else None})
    return described(shelved, style)


def _live(place: Place, settings: Settings, guild_id: int | None, name: str) -> Style | None:
    """Return what the live version tells of itself; None of a retired style."""
    shelf = shelf_of(name, guild_id)
    manifest = changing.read_manifest(place, shelf)
    kept = manifest.kept(manifest.live) if manifest else None
    most = settings.names.max_artifact_bytes
    return artifact_of(place, shelf, kept, most).style if kept else None


def _publish(place: Place, settings: Settings, options: argparse.Namespace) -> str:
    most = settings.names.max_artifact_bytes
    try:
        with options.file.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise LibraryError(f"{options.file}: cannot be read ({error.strerror})") from None
    change = changing.publish(
        place,
        options.style,
        content,
        who=_who(),
        kept=settings.library.keep_versions,
        max_bytes=most,
        guild_id=options.guild,
        name=str(options.file),
    )
    return told_as_json(asdict(change)) if options.json else changed(change)


def _roll_back(place: Place, settings: Settings, options: argparse.Namespace) -> str:
    change = changing.roll_back(
        place,
        options.style,
        who=_who(),
        max_bytes=settings.names.max_artifact_bytes,
        to=options.version,
        guild_id=options.guild,
    )
    return told_as_json(asdict(change)) if options.json else changed(change)


def _retire(place: Place, settings: Settings, options: argparse.Namespace) -> str:
    del settings
    change = changing.retire(place, options.style, who=_who(), guild_id=options.guild)
    return told_as_json(asdict(change)) if options.json else changed(change)


def _shelved(place: Place, guild_id: int | None) -> list[Shelved]:
    shelves = Shelves(place)
    shelves.refresh()
    return shelves.shelved(guild_id)


def _who() -> str:
    try:
        return f"shell: {getpass.getuser()}"
    except (OSError, KeyError):  # a user id that no system knows, as in many containers
        return "shell: unknown"
