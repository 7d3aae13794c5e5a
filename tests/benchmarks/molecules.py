"""Molecules: of the SMILES that a recipe learns to draw, the share that RDKit can read.

    pip install rdkit
    python -m tests.benchmarks.molecules 30000.smi --recipe best

The file has a molecule in each line, for example 30,000 of the test data of PyPI's `molsets`. They
are drawn at temperature 1. RDKit checks the syntax, rings and valences: Weininger (1988), SMILES, a
chemical language and information system. `--run` judges a run that has been trained before.
"""

import argparse
import os
import sys
import tempfile
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import torch
from rich.console import Console

from model import ModelError, checkpoint
from model.checkpoint import Checkpoint
from model.corpus import read_corpus
from model.evaluation import generate
from model.recipes import RECIPES
from model.training import train

_FILE = "NAMESMITH_SMILES"


def valid_share(molecules: list[str]) -> float:
    """Return the share of `molecules` that RDKit can read. Raises `ModelError` without RDKit."""
    if find_spec("rdkit") is None:
        raise ModelError("RDKit isn't installed. Install it with: pip install rdkit")
    chem, log = import_module("rdkit.Chem"), import_module("rdkit.RDLogger")
    log.DisableLog("rdApp.*")
    return sum(chem.MolFromSmiles(each) is not None for each in molecules) / len(molecules)


def draw(loaded: Checkpoint, count: int, seed: int) -> list[str]:
    """Draw `count` samples at temperature 1, without the empty one."""
    max_length = loaded.metadata.corpus.max_length
    ids = generate(loaded.mixture(), count, max_length, seed)
    return [text for text in map(loaded.vocabulary().decode, ids) if text]


def _train(file: Path, recipe: str) -> Checkpoint:
    with tempfile.TemporaryDirectory() as folder:
        *_, last = train(read_corpus(file), RECIPES[recipe], Path(folder))
        return last


def main() -> int:
    """Print the share of valid molecules. Return 2 after one line if something is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.molecules")
    file = os.environ.get(_FILE)
    parser.add_argument("smiles", type=Path, nargs="?", default=file and Path(file), metavar="FILE")
    parser.add_argument("--recipe", default="best", choices=RECIPES)
    parser.add_argument("--run", type=Path, metavar="RUN", help="trained on molecules already")
    parser.add_argument("--count", type=int, default=1000, metavar="MOLECULES")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.run is None and options.smiles is None:
        parser.error(f"no molecules: name a file of SMILES, set {_FILE} to it, or give --run RUN")
    torch.set_num_threads(1)
    try:
        valid_share(["C"])
        started = time.thread_time()
        trained = (
            checkpoint.load(options.run) if options.run else _train(options.smiles, options.recipe)
        )
        seconds = time.thread_time() - started
        share = valid_share(draw(trained, options.count, options.seed))
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    report = trained.metadata.report
    Console(soft_wrap=True, highlight=False).print(
        f"{share:.1%} of {options.count:,} are valid; {report.nats_per_character:.4f} nats; "
        f"{trained.metadata.step:,} steps, {seconds:.0f} s of CPU time"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
