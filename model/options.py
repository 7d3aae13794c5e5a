"""What may be typed after `python -m model`, and what its help says."""

import argparse
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from model.recipes import Recipe
from model.settings import Settings

_TRAIN = """examples:
  python -m model train --corpus model/corpora/names.txt
  python -m model train --corpus elves.txt --recipe seed --out runs/elves
  python -m model train --corpus elves.txt --hidden 128 --steps 800 --seed 7
  python -m model train --out runs/elves --resume

The run's folder then holds the checkpoint, metrics.json and loss.png.
"""
_EVALUATE = """examples:
  python -m model evaluate runs/names
  python -m model evaluate runs/names --json --no-baselines
  python -m model evaluate runs/names --corpus others.txt

Without --corpus, or with the corpus trained on, it measures on the samples held out for the test,
and beside the network stand two baselines that learn what it learnt: a Kneser-Ney n-gram and the
recipe seed. With another corpus it measures the network alone, on all of that one.

--json prints {"network": {...}, "ngram": {...}, "seed": {...}}, each with the column's name,
nats_per_character (the end of a name counted as one), bits_per_character, perplexity,
held_out_samples, drawn, share_new, share_unique, length_distance, and unseen_nats_per_character,
which is null unless held-out samples are also among those learnt from.
"""
_DESCRIBE = """example:
  python -m model describe --corpus model/corpora/names.txt --out lengths.png
"""

SETTINGS: dict[str, str] = {
    name: told["description"]
    for adapter in (TypeAdapter(Settings), TypeAdapter(Recipe))
    for name, told in adapter.json_schema()["properties"].items()
}
"""The settings that `train` takes as options, each with what it is."""


def parser() -> argparse.ArgumentParser:
    """What is typed; `command` of the result is train, evaluate or describe."""
    made = argparse.ArgumentParser(
        prog="python -m model",
        description="Learn to invent names from a text file of samples.",
        epilog="python -m model train --help tells more; likewise evaluate and describe.",
    )
    commands = made.add_subparsers(
        dest="command", required=True, metavar="train | evaluate | describe"
    )
    train_ = _command(commands, "train", "learn a corpus", _TRAIN)
    train_.add_argument("--corpus", type=Path, metavar="FILE", help="UTF-8 text, one sample a line")
    train_.add_argument("--out", type=Path, metavar="DIR", help="run's folder (runs/NAME)")
    again = train_.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on from the checkpoint in DIR")
    again.add_argument("--fresh", action="store_true", help="replace the checkpoint in DIR")
    _add_config(train_)
    settings = train_.add_argument_group("settings", "override [model] of the configuration")
    for name, told in SETTINGS.items():
        settings.add_argument(
            f"--{name.replace('_', '-')}",
            dest=name,
            default=argparse.SUPPRESS,
            type=_value,
            metavar="VALUE",
            help=told,
        )
    judge = _command(commands, "evaluate", "measure a checkpoint", _EVALUATE)
    judge.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="a run's folder")
    judge.add_argument("--corpus", type=Path, metavar="FILE", help="samples to measure on")
    judge.add_argument("--json", action="store_true", help="print the same as JSON")
    judge.add_argument(
        "--no-baselines", dest="baselines", action="store_false", help="the network alone"
    )
    tell = _command(commands, "describe", "tell what a corpus holds", _DESCRIBE)
    tell.add_argument("--corpus", type=Path, metavar="FILE", required=True)
    tell.add_argument("--out", type=Path, metavar="PNG", help="histogram (runs/NAME/lengths.png)")
    _add_config(tell)
    return made


def _value(text: str) -> int | float | str:
    """A number if it reads as one; whether it fits is for the settings to say."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _command(
    commands: Any,
    name: str,
    told: str,
    examples: str,
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=told,
        description=told.capitalize() + ".",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return command


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="settings (./config.toml if it is there)"
    )
