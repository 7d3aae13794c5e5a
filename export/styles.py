"""`python -m export styles [NAME ...]`: train the shipped styles, and write their artifacts.

A style whose artifact is of its list already is not trained again; its title, tags and the like
are brought up to date. An interrupted command continues where it was.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError
from rich.console import Console
from rich.table import Column, Table

from export.graph import ParityError, export_artifact
from export.metadata import Label, set_label
from model import ModelError, checkpoint
from model.catalogue import CORPORA, CatalogueError, Entry, read_catalogue, read_list
from model.checkpoint import write_atomically
from model.comparison import ngram_loss
from model.corpus import Corpus
from model.recipes import RECIPES, Recipe
from model.reports import show_progress
from model.training import train

_REPOSITORY = Path(__file__).parents[1]
_STYLE = "namesmith.style"


@dataclass(frozen=True)
class Folders:
    """Where the lists, the runs and the artifacts are."""

    corpora: Path = CORPORA
    runs: Path = _REPOSITORY / "runs" / "styles"
    styles: Path = _REPOSITORY / "bot" / "styles"

    def artifact(self, name: str) -> Path:
        """Return the path of a style's artifact."""
        return self.styles / f"{name}.onnx"


@dataclass(frozen=True)
class Summary:
    """A line of the table. `ngram_nats` and `seconds` (of a processor) are set after training."""

    name: str
    style: dict[str, Any]
    size: int
    ngram_nats: float | None = None
    seconds: float | None = None


def make_styles(
    names: Sequence[str], folders: Folders, console: Console, *, again: bool = False
) -> list[Summary]:
    """Make the artifacts of the styles `names`, or of all, and return a summary of each.

    `again`: train also those whose artifact is of their list. Raises `ModelError`, `ParityError` or
    `OSError`; what is finished by then remains.
    """
    catalogue = read_catalogue(folders.corpora)
    if unknown := [name for name in names if name not in catalogue]:
        raise CatalogueError(f"{unknown[0]}: No such style. Choose from {', '.join(catalogue)}.")
    chosen = {name: catalogue[name] for name in names or catalogue}
    corpora = {  # mistakes come first
        name: read_list(name, folders.corpora, recombined=entry.recombined)
        for name, entry in chosen.items()
    }
    summaries = []
    for name, entry in chosen.items():
        summary = None if again else _update(name, entry, corpora[name], folders)
        if summary is None:
            console.print(f"{name}: {len(corpora[name].samples):,} lines", style="bold")
            summary = _make(name, entry, corpora[name], folders, console, again=again)
        summaries.append(summary)
    return summaries


def _update(name: str, entry: Entry, corpus: Corpus, folders: Folders) -> Summary | None:
    """Update the label of an artifact of `corpus`; return None if there is none."""
    path = folders.artifact(name)
    try:
        model = onnx.load(path)
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        style = json.loads(metadata[_STYLE])
        if style["corpus"]["digest"] != corpus.digest:
            return None
    except (OSError, DecodeError, LookupError, TypeError, ValueError):  # as good as missing
        return None
    before = json.dumps(style)
    set_label(style, _label(entry))
    if json.dumps(style) != before:
        metadata[_STYLE] = json.dumps(style, ensure_ascii=False)
        onnx.helper.set_model_props(model, metadata)
        write_atomically(path, model.SerializeToString())
    return Summary(name, style, path.stat().st_size)


def _make(
    name: str, entry: Entry, corpus: Corpus, folders: Folders, console: Console, *, again: bool
) -> Summary:
    """Train a style, or continue to, and write its artifact."""
    started = time.process_time()
    recipe = replace(RECIPES[entry.recipe], base=entry.base)
    folder = folders.runs / name
    resume = _can_resume(folder, corpus, recipe, finished=not again)
    last = show_progress(train(corpus, recipe, folder, resume=resume), console)
    content, _ = export_artifact(last, _label(entry))
    seconds = time.process_time() - started
    write_atomically(folders.artifact(name), content)
    metadata = {entry.key: entry.value for entry in onnx.load_from_string(content).metadata_props}
    return Summary(
        name, json.loads(metadata[_STYLE]), len(content), ngram_loss(corpus, recipe), seconds
    )


def _can_resume(folder: Path, corpus: Corpus, recipe: Recipe, *, finished: bool) -> bool:
    """Return whether `folder` has a run of this list and recipe, unfinished unless `finished`."""
    try:
        metadata = checkpoint.load(folder).metadata
    except ModelError:  # none, a damaged one, or one of an older version
        return False
    same = metadata.corpus.digest == corpus.digest and metadata.recipe == recipe
    return same and (finished or not metadata.finished)


def _label(entry: Entry) -> Label:
    return Label(
        title=entry.title,
        description=entry.description,
        licence=entry.licence,
        group=entry.group,
        tags=tuple(entry.tags),
        in_base=entry.in_base,
    )


def main(arguments: Sequence[str]) -> int:
    """Run the command. Return 0, or another status after a line on standard error."""
    options = _parser().parse_args(arguments)
    if not CORPORA.is_dir():
        sys.stderr.write(
            "The lists of the shipped styles are in the repository only. Run it there.\n"
        )
        return 2
    console = Console()
    try:
        summaries = make_styles(options.names, Folders(), console, again=options.again)
    except (ModelError, ParityError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{error.filename}: Can't write this file ({error.strerror}).\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. Run the command again to continue.\n")
        return 130
    console.print(summary_table(summaries))
    return 0


def summary_table(summaries: Sequence[Summary]) -> Table:
    """Return the table of the styles, with what was measured."""
    table = Table("style", "title", *(Column(h, justify="right") for h in _MEASURED), "examples")
    for each in summaries:
        report, style = each.style["report"], each.style
        nats, error = report["nats_per_character"], report.get("standard_error")
        table.add_row(
            each.name,
            style["title"],
            f"{style['corpus']['samples']:,}",
            f"{nats:.3f}" + (f" ± {error:.3f}" if error else ""),
            "" if each.ngram_nats is None else f"{each.ngram_nats:.3f}",
            "" if each.seconds is None else f"{each.seconds:.0f}",
            f"{each.size:,}",
            "poor: " * bool(report.get("poor")) + ", ".join(style.get("examples", [])),
        )
    return table


_MEASURED = ("lines", "nats per character", "Kneser-Ney", "CPU s", "bytes")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export styles",
        description="Train the shipped styles of model/corpora/catalogue.toml, and write their "
        "files to bot/styles.",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="styles to make (default: all of them)"
    )
    parser.add_argument(
        "--again", action="store_true", help="train also those whose list hasn't changed"
    )
    return parser
