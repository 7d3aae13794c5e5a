"""`python -m export styles` makes the artifacts of the catalogue, each once."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import pytest
from rich.console import Console

from export.__main__ import main
from export.styles import Folders, Summary, make_styles, summary_table
from model import ModelError, checkpoint
from model.catalogue import read_catalogue, read_list
from model.recipes import RECIPES
from model.training import train
from tests.export.conftest import NAMES

ENTRY = """
[{name}]
title = "{title}"
group = "Fantasy"
tags = ["elf", "fey"]
description = "Elves of high fantasy"
licence = "CC0-1.0"
provenance = "Written for this project."
in_base = true
"""
QUIET = Console(quiet=True)
STYLES = read_catalogue()


def test_shipped_styles_are_of_their_lists() -> None:
    paths = sorted(Folders().styles.glob("*.onnx"))
    assert {path.stem for path in paths} <= set(STYLES)
    assert {"names", "surnames", "dinosaurs"} <= {path.stem for path in paths}
    for path in paths:
        assert (
            style_of(path)["corpus"]["digest"]
            == read_list(path.stem, recombined=STYLES[path.stem].recombined).digest
        )


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """A catalogue of two styles, without artifacts, and a recipe of 20 steps."""
    short = replace(RECIPES["seed"], hidden_size=8, embedding_size=4, max_steps=20, eval_interval=5)
    monkeypatch.setitem(RECIPES, "fast", short)
    found = Folders(tmp_path, tmp_path / "runs", tmp_path / "styles")
    found.styles.mkdir()
    entries = [ENTRY.format(name=n, title=n.title()) for n in ("elves", "orcs")]
    (tmp_path / "catalogue.toml").write_text("".join(entries), encoding="utf-8")
    for name in ("elves", "orcs"):
        lines = "".join(f"{line}\n" for line in sorted(NAMES))
        (tmp_path / f"{name}.txt").write_text(lines, encoding="utf-8")
    return found


def style_of(path: Path) -> dict[str, Any]:
    props = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    style: dict[str, Any] = json.loads(props["namesmith.style"])
    return style


def change(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_all_styles_are_made(folders: Folders) -> None:
    elves, orcs = make_styles([], folders, QUIET)
    assert (elves.name, orcs.name) == ("elves", "orcs")
    style = style_of(folders.artifact("elves"))
    assert elves.style == style
    assert (style["title"], style["group"], style["tags"]) == ("Elves", "Fantasy", ["elf", "fey"])
    assert (style["report"]["in_base"], style["corpus"]["licence"]) == (True, "CC0-1.0")
    assert elves.size == folders.artifact("elves").stat().st_size
    assert elves.ngram_nats is not None
    assert 1 < elves.ngram_nats < 4
    assert (elves.seconds or 0) > 0


def test_unchanged_style_is_not_trained_again(folders: Folders) -> None:
    make_styles(["elves"], folders, QUIET)
    before = folders.artifact("elves").read_bytes()
    (elves,) = make_styles(["elves"], folders, QUIET)
    assert (elves.seconds, folders.artifact("elves").read_bytes()) == (None, before)
    (again,) = make_styles(["elves"], folders, QUIET, again=True)
    assert again.seconds is not None


def test_changed_list_is_trained_again(folders: Folders) -> None:
    make_styles(["elves"], folders, QUIET)
    change(folders.corpora / "elves.txt", "Trora\n", "Trorb\n")
    (elves,) = make_styles(["elves"], folders, QUIET)
    assert elves.seconds is not None
    assert elves.style["corpus"]["digest"] == read_list("elves", folders.corpora).digest


def test_changed_label_needs_no_training(folders: Folders) -> None:
    make_styles(["elves"], folders, QUIET)
    before = onnx.load(folders.artifact("elves"))
    change(folders.corpora / "catalogue.toml", 'title = "Elves"', 'title = "High elves"')
    change(folders.corpora / "catalogue.toml", '"fey"]', '"woods"]')
    (elves,) = make_styles(["elves"], folders, QUIET)
    after = style_of(folders.artifact("elves"))
    assert elves.seconds is None
    assert (after["title"], after["tags"]) == ("High elves", ["elf", "woods"])
    assert onnx.load(folders.artifact("elves")).graph == before.graph


@pytest.mark.parametrize("checkpoints", [2, 3])
def test_interrupted_run_continues(folders: Folders, checkpoints: int) -> None:
    corpus = read_list("elves", folders.corpora)
    recipe = replace(RECIPES["fast"], base="auto")
    run = train(corpus, recipe, folders.runs / "elves")
    for _ in range(checkpoints):
        saved = next(run)
    run.close()
    make_styles(["elves"], folders, QUIET)
    history = checkpoint.load(folders.runs / "elves").metadata.history
    assert history[: len(saved.metadata.history)] == saved.metadata.history
    assert len(history) > len(saved.metadata.history)
    assert style_of(folders.artifact("elves"))["report"]["history"][-1][0] == history[-1].step


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x3a\x00"])
def test_broken_artifact_is_replaced(folders: Folders, content: bytes) -> None:
    folders.artifact("elves").write_bytes(content)
    (elves,) = make_styles(["elves"], folders, QUIET)
    assert style_of(folders.artifact("elves")) == elves.style


def test_mistakes_are_found_before_any_training(folders: Folders) -> None:
    (folders.corpora / "orcs.txt").unlink()
    with pytest.raises(ModelError, match=r"orcs\.txt: There is no such list"):
        make_styles([], folders, QUIET)
    with pytest.raises(ModelError, match=r"^elfs: No such style\. Choose from elves, orcs\.$"):
        make_styles(["elfs"], folders, QUIET)
    assert list(folders.styles.iterdir()) == []


def test_summary_table() -> None:
    report = {"nats_per_character": 1.5, "standard_error": 0.02, "poor": "These look random."}
    style = {"title": "Elves", "report": report, "corpus": {"samples": 1300}, "examples": ["Abi"]}
    console = Console(width=200, record=True, quiet=True)
    table = summary_table([Summary("elves", style, 300_000, 1.75, 12.4)])
    console.quiet = False
    with console.capture() as capture:
        console.print(table)
    for cell in ("elves", "1,300", "1.500 ± 0.020", "1.750", "12", "300,000", "poor: Abi"):
        assert f" {cell} " in capture.get()


def test_command_prints_the_table(
    folders: Folders, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("export.styles.Folders", lambda: folders)
    assert main(["styles", "elves"]) == 0
    assert "Kneser-Ney" in capsys.readouterr().out
    assert main(["styles", "elfs"]) == 2
    assert capsys.readouterr().err == "elfs: No such style. Choose from elves, orcs.\n"
