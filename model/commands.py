"""The commands of learning: train, evaluate, describe. What is refused is refused in one line."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console

from model import ModelError, checkpoint, plots, tables
from model.baselines import Judged, counting, exercise
from model.checkpoint import Checkpoint, CheckpointError, Facts
from model.corpus import MAX_LENGTH, Corpus, Split, read_corpus, split_samples
from model.evaluation import Report, evaluate
from model.mistakes import mistakes
from model.options import SETTINGS, parser
from model.progress import show
from model.recipes import Recipe
from model.settings import SettingsError, read_section, resolve
from model.training import train


def main(arguments: list[str] | None = None) -> int:
    """Run the command in `arguments`; its exit status: 0, or 2 with one line on standard error.

    `KeyboardInterrupt` passes through, once the line that says how to resume is printed.
    """
    options = parser().parse_args(arguments)
    try:
        _COMMANDS[options.command](options, Console())
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _train(options: argparse.Namespace, console: Console) -> None:
    given = {k: v for k, v in vars(options).items() if k in SETTINGS}
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
    _warn_of(corpus)
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


def _warn_of(corpus: Corpus) -> None:
    for line in mistakes(corpus):
        sys.stderr.write(f"warning: {corpus.path}: {line}\n")


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
    _warn_of(corpus)
    console.print(f"length histogram: {out}", soft_wrap=True, highlight=False, markup=False)


_COMMANDS = {"train": _train, "evaluate": _evaluate, "describe": _describe}
