"""A reader finds a complete checkpoint, old or new, or an error that says what is wrong."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest
import torch

from model import checkpoint
from model.checkpoint import Checkpoint, CheckpointError
from model.corpus import Corpus
from model.recipes import RECIPES, Recipe
from model.training import train
from model.trials import Losses

FORMAT_1 = Path(__file__).with_name("format1")
"""A checkpoint of format 1, after 10 of 40 steps on the corpus of these tests."""


@pytest.fixture
def saved(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> Checkpoint:
    return next(train(corpus, tiny, tmp_path / "run"))


@pytest.fixture
def folder(saved: Checkpoint, tmp_path: Path) -> Path:
    return tmp_path / "run"


def at_step(saved: Checkpoint, step: int) -> Checkpoint:
    """`saved` at another step, with that step in its tensors too."""
    tensors = {name: torch.full_like(t, step % 100) for name, t in saved.tensors.items()}
    return Checkpoint(replace(saved.metadata, step=step), tensors)


def test_load_returns_what_was_saved(saved: Checkpoint, folder: Path) -> None:
    loaded = checkpoint.load(folder)
    assert loaded.metadata == saved.metadata
    assert loaded.tensors.keys() == saved.tensors.keys()
    assert all(torch.equal(loaded.tensors[name], t) for name, t in saved.tensors.items())


def test_save_leaves_two_files(saved: Checkpoint, folder: Path) -> None:
    (folder / ".checkpoint.json.x1.part").write_text("left by a killed process")
    checkpoint.save(folder, at_step(saved, 1))
    assert sorted(path.suffix for path in folder.iterdir()) == [".json", ".safetensors"]


@pytest.mark.parametrize("failing", range(6))  # of two files: fsync, rename, fsync of the folder
def test_failed_save_leaves_no_damage(
    saved: Checkpoint, folder: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    calls = count()

    def fail_once(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object) -> object:
            if next(calls) == failing:
                raise OSError(28, "No space left on device")
            return real(*args)

        return call

    monkeypatch.setattr(Path, "replace", fail_once(Path.replace))
    monkeypatch.setattr(os, "fsync", fail_once(os.fsync))
    with pytest.raises(CheckpointError, match="No space left on device"):
        checkpoint.save(folder, at_step(saved, 7))
    loaded = checkpoint.load(folder)
    assert loaded.metadata.step in (0, 7)
    is_new = bool((loaded.tensors["known"] == 7).all())
    assert is_new == (loaded.metadata.step == 7)
    assert not list(folder.glob(".*"))


def test_load_works_during_saves(saved: Checkpoint, folder: Path) -> None:
    checkpoint.save(folder, at_step(saved, 1))
    stop = Event()

    def keep_saving() -> None:
        for step in count(2):
            if stop.is_set():
                return
            checkpoint.save(folder, at_step(saved, step))

    writer = Thread(target=keep_saving)
    writer.start()
    try:
        steps: list[int] = []
        while len(steps) < 100 or len(set(steps)) < 6:
            loaded = checkpoint.load(folder)
            assert bool((loaded.tensors["known"] == loaded.metadata.step % 100).all())
            steps.append(loaded.metadata.step)
    finally:
        stop.set()
        writer.join()
    assert steps == sorted(steps)


def test_missing_checkpoint_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(CheckpointError, match=r"Not a checkpoint \(checkpoint\.json is miss"):
            checkpoint.load(folder)


def test_damaged_weights_are_refused(folder: Path) -> None:
    (weights,) = folder.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"\.safetensors: The file is damaged"):
        checkpoint.load(folder)


def test_missing_weights_are_named(folder: Path) -> None:
    (weights,) = folder.glob("*.safetensors")
    weights.unlink()
    with pytest.raises(CheckpointError, match=f"{weights.name} is missing"):
        checkpoint.load(folder)


def test_damaged_json_is_refused(folder: Path) -> None:
    path = folder / "checkpoint.json"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"checkpoint\.json: the file: Invalid JSON"):
        checkpoint.load(folder)


def test_checkpoint_without_lengths_is_read(folder: Path) -> None:
    path = folder / "checkpoint.json"
    document = json.loads(path.read_text())
    assert document["metadata"]["corpus"].pop("lengths")
    path.write_text(json.dumps(document))
    assert checkpoint.load(folder).metadata.corpus.lengths == ()


def test_invalid_metadata_is_named(folder: Path) -> None:
    path = folder / "checkpoint.json"
    document = json.loads(path.read_text())
    for key, value in (("format", 3), ("step", "many"), ("vocabulary", ["ab"])):
        metadata = document["metadata"] | {key: value}
        path.write_text(json.dumps(document | {"metadata": metadata}))
        with pytest.raises(CheckpointError, match=rf"checkpoint\.json: {key}"):
            checkpoint.load(folder)


def test_format_1_is_read() -> None:
    loaded = checkpoint.load(FORMAT_1)
    assert loaded.metadata.recipe == replace(
        RECIPES["best"],
        embedding_size=2,
        hidden_size=3,
        max_steps=40,
        time_budget=0.0,
        base="none",
        cross_validation=False,
        ngram_order=0,
        ngram_power=0.0,
        case_patterns=False,
        batch_size=16,
        warmup_steps=5,
        eval_interval=10,
        dropout=0.25,
    )
    assert (loaded.metadata.corpus.samples, loaded.metadata.corpus.max_length) == (64, 7)
    assert (loaded.metadata.step, loaded.metadata.finished) == (10, False)
    first, second = loaded.metadata.history
    assert first == Losses(0, first.validation_loss, first.validation_loss)
    assert (second.step, second.validation_loss) == (10, loaded.metadata.report.nats_per_character)
    assert not loaded.network().training


def test_format_1_is_resumed(corpus: Corpus, tmp_path: Path) -> None:
    shutil.copytree(FORMAT_1, tmp_path / "run")
    recipe = checkpoint.load(FORMAT_1).metadata.recipe
    steps = [c.metadata.step for c in train(corpus, recipe, tmp_path / "run", resume=True)]
    assert steps == [10, 20, 30, 40]
    document = json.loads((tmp_path / "run" / "checkpoint.json").read_text())
    assert document["metadata"]["format"] == 2


def test_misfit_weights_are_refused(saved: Checkpoint) -> None:
    recipe = replace(saved.metadata.recipe, hidden_size=17)
    metadata = replace(saved.metadata, recipe=recipe, plan=None)
    with pytest.raises(CheckpointError, match="The weights don't fit the recipe: "):
        Checkpoint(metadata, saved.tensors).network()


def test_save_under_a_file_is_refused(saved: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match=r"Can't write the checkpoint .*\. Choose another"):
        checkpoint.save(tmp_path / "file" / "run", saved)
