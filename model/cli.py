"""Command line: train, evaluate and describe. Invalid input is refused in one line.

Arguments are parsed first, and torch is imported after that (`commands.py`).
"""

import argparse
import sys
from typing import Any

from pydantic import TypeAdapter

from model import ModelError
from model.paths import typed_path
from model.recipes import RENAMED, Recipe, Settings, SettingsError

_TRAIN_EXAMPLES = """examples:
  namesmith train --corpus names.txt
  namesmith train --corpus elves.txt --recipe seed --out runs/elves
  namesmith train --corpus elves.txt --hidden-size 128 --max-steps 800 --seed 7
  namesmith train --out runs/elves --resume

The run's folder then has the checkpoint, metrics.json and loss.png.
"""
_EVALUATE_EXAMPLES = """examples:
  namesmith evaluate runs/names
  namesmith evaluate runs/names --json --no-baselines
  namesmith evaluate runs/names --test others.txt

It evaluates the network on the held-out test samples of its corpus, or on the lines of --test FILE.
Two baselines are trained on the same samples as the network: a Kneser-Ney n-gram and the recipe
seed. They need the training corpus, unchanged. If it has moved, name it with --test.

Lines of FILE with a character that the network doesn't know are left out. If some lines are also
training samples, there is a second loss without these.

--json prints {"network": {...}, "ngram": {...}, "seed": {...}}, each with the column's name,
nats_per_character (counting the end of a name as one), bits_per_character, perplexity,
held_out_samples, drawn, share_new, share_unique, length_distance, and unseen_nats_per_character,
which is null unless some held-out samples are also training samples. With --test there is also
"test": file, lines, with_unknown_characters (the lines left out) and in_training (of the others,
those that are training samples).
"""
_DESCRIBE_EXAMPLES = """example:
  namesmith describe --corpus names.txt --out lengths.png
"""

SETTINGS: dict[str, str] = {
    name: schema["description"]
    for adapter in (TypeAdapter(Settings), TypeAdapter(Recipe))
    for name, schema in adapter.json_schema()["properties"].items()
}
"""The settings that `train` takes as options, with their descriptions."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command. Return 0, or 2 after a line on standard error.

    `KeyboardInterrupt` passes through, after a line that says how to resume.
    """
    options = _parser().parse_args(arguments)
    try:
        options.overrides = _setting_options(options)
        from model.commands import COMMANDS

        COMMANDS[options.command](options)
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _setting_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings given as options. Raises `SettingsError` for an old name."""
    given = vars(options)
    for old, new in RENAMED.items():
        if old in given:
            raise SettingsError(f"{_option(old)}: renamed to {_option(new)}")
    return {name: value for name, value in given.items() if name in SETTINGS}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="namesmith",
        description="Train a network that invents names from a text file of samples.",
        epilog="See also: namesmith train --help, and likewise evaluate and describe.",
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="train | evaluate | describe"
    )
    train_ = _add_command(commands, "train", "Train on a corpus.", _TRAIN_EXAMPLES)
    train_.add_argument(
        "--corpus", type=typed_path, metavar="FILE", help="UTF-8 text file with one sample per line"
    )
    train_.add_argument(
        "--out", type=typed_path, metavar="DIR", help="folder of the run (default: runs/NAME)"
    )
    start = train_.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="continue the checkpoint in DIR")
    start.add_argument("--fresh", action="store_true", help="replace the checkpoint in DIR")
    _add_config(train_)
    _add_settings(train_)
    evaluate_ = _add_command(commands, "evaluate", "Evaluate a checkpoint.", _EVALUATE_EXAMPLES)
    evaluate_.add_argument(
        "checkpoint", type=typed_path, metavar="CHECKPOINT", help="folder of a run"
    )
    evaluate_.add_argument(
        "--test", type=typed_path, metavar="FILE", help="lines to evaluate on, one sample each"
    )
    evaluate_.add_argument("--corpus", help=argparse.SUPPRESS)  # the old name, to refuse it
    evaluate_.add_argument("--json", action="store_true", help="print JSON instead of a table")
    evaluate_.add_argument(
        "--no-baselines", dest="baselines", action="store_false", help="only the network"
    )
    describe = _add_command(commands, "describe", "Describe a corpus.", _DESCRIBE_EXAMPLES)
    describe.add_argument("--corpus", type=typed_path, metavar="FILE", required=True)
    describe.add_argument(
        "--out", type=typed_path, metavar="PNG", help="histogram (default: runs/NAME/lengths.png)"
    )
    _add_config(describe)
    return parser


def _add_command(
    commands: Any, name: str, description: str, examples: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=description[:1].lower() + description[1:].rstrip("."),
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return command


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config", type=typed_path, metavar="FILE", help="settings file (default: ./config.toml)"
    )


def _add_settings(command: argparse.ArgumentParser) -> None:
    """Add an option for every setting, and hidden ones for old names, to refuse them."""
    group = command.add_argument_group("settings", "These override [model] of the settings file.")
    for name, description in SETTINGS.items():
        group.add_argument(
            _option(name),
            dest=name,
            default=argparse.SUPPRESS,
            type=_parse_value,
            metavar="VALUE",
            help=description,
        )
    for name in RENAMED:
        group.add_argument(
            _option(name), dest=name, default=argparse.SUPPRESS, help=argparse.SUPPRESS
        )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _parse_value(text: str) -> int | float | str:
    """Parse a number or a truth value if `text` is one. `resolve` checks type and range."""
    if text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
