"""The commands train, evaluate and describe of the command line.

They import torch, which takes seconds: `cli.py` parses the arguments before.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from model import ModelError, checkpoint
from model.checkpoint import Checkpoint, Metadata
from model.comparison import compare
from model.corpus import Corpus, read_corpus
from model.corpus_checks import check_copies, check_corpus, check_poor
from model.evaluation import Report
from model.recipes import Recipe, SettingsError, read_config, resolve
from model.reports import corpus_table, plot_lengths, report_table, show_progress
from model.training import train


def _train(options: argparse.Namespace) -> None:
    overrides: dict[str, Any] = options.overrides
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
        last = show_progress(run, Console())
    except KeyboardInterrupt:
        sys.stderr.write(_resume_hint(folder))
        raise
    _print_result(last, folder)


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


def _print_result(last: Checkpoint, folder: Path) -> None:
    metadata = last.metadata
    console = Console()
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


def _evaluate(options: argparse.Namespace) -> None:
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
        Console().print(report_table(reports, samples))
    warnings = _quality_warnings(result.reports[0].report, None if result.test else result.samples)
    (sys.stderr if options.json else sys.stdout).write(warnings)


def _read_corpus(path: Path, recipe: Recipe, max_length: int) -> Corpus:
    """Read the corpus with duplicates if the recipe's split needs them."""
    return read_corpus(path, max_length=max_length, keep_duplicates=recipe.split == "makemore")


def _describe(options: argparse.Namespace) -> None:
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
    console = Console()
    console.print(corpus_table(corpus))
    _warn_about_corpus(corpus)
    console.print(f"Length histogram: {out}", soft_wrap=True, highlight=False, markup=False)


COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    "train": _train,
    "evaluate": _evaluate,
    "describe": _describe,
}
"""Each takes its options, and raises `ModelError`.

`overrides` of the options are the settings that they override.
"""
