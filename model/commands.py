"""The commands of learning: train, evaluate, describe. What is refused is refused in one line."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from pydantic import TypeAdapter
from rich.console import Console

from model import ModelError, checkpoint, plots, tables
from model.baselines import Judged, counting, exercise
from model.checkpoint import Checkpoint, CheckpointError, Facts
from model.corpus import MAX_LENGTH, Corpus, Split, read_corpus, split_samples
from model.evaluation import Report, evaluate
from model.progress import show
from model.recipes import Recipe
from model.settings import Settings, SettingsError, read_section, resolve
from model.training import train

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


def main(arguments: list[str] | None = None) -> int:
    """Run the command in `arguments`; its exit status: 0, or 2 with one line on standard error.

    `KeyboardInterrupt` passes through, once the line that says how to resume is printed.
    """
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace, Console], None] = options.run
    try:
        run(options, Console())
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _train(options: argparse.Namespace, console: Console) -> None:
    given = {k: v for k, v in vars(options).items() if k in _SETTINGS}
    section = read_section(options.config)
    settings, recipe = resolve(section | given, where="option ")
    path, folder = options.corpus, options.out
    if path is None and not (options.resume and folder):
        raise SettingsError("no corpus; name one with --corpus FILE, one sample a line")
    folder = folder or Path("runs", path.stem)
    if options.resume:
        facts = checkpoint.load(folder).facts
        recipe = _resumed(facts, given, folder)
        path = path or Path(facts.corpus.file)
    elif checkpoint.exists(folder) and not options.fresh:
        raise SettingsError(
            f"{folder}: holds a checkpoint already; add --resume to go on from it, --fresh to "
            "replace it, or name another --out"
        )
    corpus = _read(path, recipe, settings.max_length)
    run = train(
        corpus,
        recipe,
        folder,
        resume=options.resume,
        threads=settings.threads,
        device=settings.device,
    )
    try:
        made = show(run, console)
    except KeyboardInterrupt:
        sys.stderr.write(_how_to_resume(folder))
        raise
    _conclude(made, folder, console)


def _resumed(facts: Facts, given: dict[str, Any], folder: Path) -> Recipe:
    """The checkpoint's own recipe; raises `SettingsError` for an option that would change it."""
    base = asdict(facts.recipe)
    changes = {k: v for k, v in given.items() if k in base}
    _, wanted = resolve(base | changes, where="option ")
    for name, value in asdict(wanted).items():
        if value != base[name]:
            raise SettingsError(
                f"{folder}: was trained with {name} = {base[name]!r}, and a resumed run cannot "
                f"change it to {value!r}; leave the option out, or start over with --fresh"
            )
    return facts.recipe


def _how_to_resume(folder: Path) -> str:
    if not checkpoint.exists(folder):
        return "interrupted before the first checkpoint; start again\n"
    return (
        f"interrupted; the last checkpoint is kept, go on from it with: "
        f"python -m model train --out {folder} --resume\n"
    )


def _conclude(made: Checkpoint, folder: Path, console: Console) -> None:
    console.print(tables.reports({"network": made.facts.report}))
    _warn(made.facts.report, sys.stdout)
    console.print(
        f"{made.facts.step:,} steps in {made.facts.seconds:.0f} s; {folder} holds the best, "
        f"metrics.json and loss.png\nnext: python -m export {folder} {folder.name}.onnx",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )


def _warn(told: Report, stream: TextIO) -> None:
    if warning := tables.warning(told):
        stream.write(f"{warning}\n")


def _evaluate(options: argparse.Namespace, console: Console) -> None:
    made = checkpoint.load(options.checkpoint)
    facts = made.facts
    path = options.corpus or Path(facts.corpus.file)
    corpus = _read(path, facts.recipe, max(MAX_LENGTH, facts.corpus.longest))
    own = corpus.digest == facts.corpus.digest
    if not own and not options.corpus:
        raise CheckpointError(
            f"{path}: is not what {options.checkpoint} was trained on any more; "
            "name a corpus with --corpus"
        )
    judged = _judged(made, corpus, own=own, baselines=options.baselines)
    if options.json:
        told = {one.key: {"name": one.name, **asdict(one.report)} for one in judged}
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    else:
        console.print(tables.reports({one.name: one.report for one in judged}))
    _warn(judged[0].report, sys.stderr if options.json else sys.stdout)


def _judged(made: Checkpoint, corpus: Corpus, *, own: bool, baselines: bool) -> list[Judged]:
    """The network, and on its own corpus the baselines, which learn what it learnt."""
    recipe, longest = made.facts.recipe, made.facts.corpus.longest
    split = Split([], [], list(corpus.samples))
    if own:
        split = split_samples(corpus.samples, recipe.held_out, recipe.seed, recipe.split)
    known = {bytes(row) for row in made.tensors["known"].numpy()}
    vocabulary = made.vocabulary()
    report = evaluate(made.network(), vocabulary, split, known, longest)
    judged = [Judged("network", "network", report)]
    if own and baselines:
        with Console(stderr=True).status("learning the baselines"):
            judged += [counting(split, vocabulary, known, longest), exercise(corpus, recipe)]
    return judged


def _read(path: Path, recipe: Recipe, max_length: int) -> Corpus:
    """The corpus at `path` as the recipe's split wants it: makemore's counts repeats."""
    return read_corpus(path, max_length=max_length, repeats=recipe.split == "makemore")


def _describe(options: argparse.Namespace, console: Console) -> None:
    settings, _ = resolve(read_section(options.config))
    corpus = read_corpus(options.corpus, max_length=settings.max_length)
    out = options.out or Path("runs", options.corpus.stem, "lengths.png")
    try:
        if options.out is None:
            out.parent.mkdir(parents=True, exist_ok=True)
        plots.length_histogram(corpus.samples, out)
    except OSError as error:
        raise ModelError(
            f"{out}: cannot be written ({error.strerror}); name another --out"
        ) from None
    console.print(tables.description(corpus))
    console.print(f"length histogram: {out}", soft_wrap=True, highlight=False, markup=False)


_SETTINGS: dict[str, str] = {
    name: told["description"]
    for adapter in (TypeAdapter(Settings), TypeAdapter(Recipe))
    for name, told in adapter.json_schema()["properties"].items()
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model",
        description="Learn to invent names from a text file of samples.",
        epilog="python -m model train --help tells more; likewise evaluate and describe.",
    )
    commands = parser.add_subparsers(required=True, metavar="train | evaluate | describe")
    train_ = _command(commands, "train", _train, "learn a corpus", _TRAIN)
    train_.add_argument("--corpus", type=Path, metavar="FILE", help="UTF-8 text, one sample a line")
    train_.add_argument("--out", type=Path, metavar="DIR", help="run's folder (runs/NAME)")
    again = train_.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on from the checkpoint in DIR")
    again.add_argument("--fresh", action="store_true", help="replace the checkpoint in DIR")
    _add_config(train_)
    settings = train_.add_argument_group("settings", "override [model] of the configuration")
    for name, told in _SETTINGS.items():
        settings.add_argument(
            f"--{name.replace('_', '-')}",
            dest=name,
            default=argparse.SUPPRESS,
            type=_value,
            metavar="VALUE",
            help=told,
        )
    judge = _command(commands, "evaluate", _evaluate, "measure a checkpoint", _EVALUATE)
    judge.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="a run's folder")
    judge.add_argument("--corpus", type=Path, metavar="FILE", help="samples to measure on")
    judge.add_argument("--json", action="store_true", help="print the same as JSON")
    judge.add_argument(
        "--no-baselines", dest="baselines", action="store_false", help="the network alone"
    )
    tell = _command(commands, "describe", _describe, "tell what a corpus holds", _DESCRIBE)
    tell.add_argument("--corpus", type=Path, metavar="FILE", required=True)
    tell.add_argument("--out", type=Path, metavar="PNG", help="histogram (runs/NAME/lengths.png)")
    _add_config(tell)
    return parser


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
    run: Callable[[argparse.Namespace, Console], None],
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
    command.set_defaults(run=run)
    return command


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="settings (./config.toml if it is there)"
    )
