"""Command line: train, evaluate and describe. Invalid input is refused in one line."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from rich.console import Console

from model import ModelError, checkpoint
from model.checkpoint import Checkpoint, Metadata
from model.comparison import compare
from model.corpus import Corpus, read_corpus
from model.corpus_checks import check_copies, check_corpus, check_poor
from model.evaluation import Report
from model.paths import typed_path
from model.recipes import RENAMED, Recipe, Settings, SettingsError, read_config, resolve
from model.reports import corpus_table, plot_lengths, report_table, show_progress
from model.training import train

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
    commands = {"train": _train, "evaluate": _evaluate, "describe": _describe}
    try:
        commands[options.command](options, Console())
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _train(options: argparse.Namespace, console: Console) -> None:
    overrides = _setting_options(options)
    settings, recipe = resolve(read_config(options.config) | overrides, prefix="option ")
    path, folder = options.corpus, options.out
    if path is None and not (options.resume and folder):
        raise SettingsError("No corpus. Name one with --corpus FILE, with one sample per line.")
    folder = folder or Path("runs", path.stem)
    if options.resume:
        metadata = checkpoint.load(folder).metadata
        recipe = _resumed_recipe(metadata, overrides, folder)
        path = path or Path(metadata.corpus.file)
    elif checkpoint.exists(folder) and not options.fresh:
        raise SettingsError(
            f"{folder}: There is already a checkpoint. Add --resume to continue it or --fresh to "
            "replace it, or choose another --out."
        )
    corpus = _read_corpus(path, recipe, settings.max_length)
    _warn_about_corpus(corpus)
    run = train(
        corpus,
        recipe,
        folder,
        resume=options.resume,
        threads=settings.threads,
        device=settings.device,
    )
    try:
        last = show_progress(run, console)
    except KeyboardInterrupt:
        sys.stderr.write(_resume_hint(folder))
        raise
    _print_result(last, folder, console)


def _setting_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings given as options. Raises `SettingsError` for an old name."""
    given = vars(options)
    for old, new in RENAMED.items():
        if old in given:
            raise SettingsError(f"{_option(old)}: renamed to {_option(new)}")
    return {name: value for name, value in given.items() if name in SETTINGS}


def _resumed_recipe(metadata: Metadata, overrides: dict[str, Any], folder: Path) -> Recipe:
    """Return the checkpoint's recipe. Raises `SettingsError` for an option that changes it."""
    used = asdict(metadata.recipe)
    changes = {name: value for name, value in overrides.items() if name in used}
    _, wanted = resolve(used | changes, prefix="option ")
    for name, value in asdict(wanted).items():
        if value != used[name]:
            raise SettingsError(
                f"{folder}: This run uses {name} = {used[name]!r}, which can't change to {value!r} "
                "now. Leave the option out, or start again with --fresh."
            )
    return metadata.recipe


def _resume_hint(folder: Path) -> str:
    if not checkpoint.exists(folder):
        return "Interrupted before the first checkpoint. Start again.\n"
    return (
        "Interrupted. The last checkpoint is saved. Resume with: "
        f"namesmith train --out {folder} --resume\n"
    )


def _print_result(last: Checkpoint, folder: Path, console: Console) -> None:
    metadata = last.metadata
    console.print(report_table({"network": metadata.report}))
    sys.stdout.write(_quality_warnings(metadata.report, metadata.corpus.samples))
    console.print(
        f"{metadata.step:,} steps in {metadata.seconds:.0f} s. {folder} has the best checkpoint, "
        f"metrics.json and loss.png.\nNext: namesmith export {folder} {folder.name}.onnx",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )


def _warn_about_corpus(corpus: Corpus) -> None:
    for warning in check_corpus(corpus):
        sys.stderr.write(f"warning: {corpus.path}: {warning}\n")


def _quality_warnings(report: Report, samples: int | None) -> str:
    """Return a line for each thing that is wrong with a network trained on `samples` samples.

    None: the report is on other samples than those held out, so it does not tell what it learnt.
    """
    poor, copies = samples and check_poor(report, samples), check_copies(report)
    advice = " Or use a smaller --hidden-size or more --dropout."
    lines = (poor, copies and copies + advice)
    return "".join(f"warning: {line}\n" for line in lines if line)


def _evaluate(options: argparse.Namespace, console: Console) -> None:
    if options.corpus:
        raise SettingsError("--corpus: renamed to --test")
    with Console(stderr=True).status("Evaluating"):
        result = compare(options.checkpoint, options.test, with_baselines=options.baselines)
    for note in result.notes:
        sys.stderr.write(f"note: {note}\n")
    if options.json:
        columns = {each.key: {"name": each.name, **asdict(each.report)} for each in result.reports}
        counts = {"test": asdict(result.test)} if result.test else {}
        sys.stdout.write(json.dumps(columns | counts, indent=1) + "\n")
    else:
        samples = f"lines of {result.test.file}" if result.test else "held-out samples"
        reports = {each.name: each.report for each in result.reports}
        console.print(report_table(reports, samples))
    warnings = _quality_warnings(result.reports[0].report, None if result.test else result.samples)
    (sys.stderr if options.json else sys.stdout).write(warnings)


def _read_corpus(path: Path, recipe: Recipe, max_length: int) -> Corpus:
    """Read the corpus with duplicates if the recipe's split needs them."""
    return read_corpus(path, max_length=max_length, keep_duplicates=recipe.split == "makemore")


def _describe(options: argparse.Namespace, console: Console) -> None:
    settings, _ = resolve(read_config(options.config))
    corpus = read_corpus(options.corpus, max_length=settings.max_length)
    out = options.out or Path("runs", options.corpus.stem, "lengths.png")
    try:
        if options.out is None:
            out.parent.mkdir(parents=True, exist_ok=True)
        plot_lengths(corpus.samples, out)
    except OSError as error:
        raise ModelError(
            f"{out}: Can't write this file ({error.strerror}). Choose another --out."
        ) from None
    console.print(corpus_table(corpus))
    _warn_about_corpus(corpus)
    console.print(f"Length histogram: {out}", soft_wrap=True, highlight=False, markup=False)


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
