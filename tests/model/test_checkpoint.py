"""A reader finds the old checkpoint or the new one, whole, or a line that says what is wrong."""

import json
import os
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
from model.recipes import Recipe
from model.training import train


@pytest.fixture
def made(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> Checkpoint:
    return next(train(corpus, tiny, tmp_path / "run"))


@pytest.fixture
def folder(made: Checkpoint, tmp_path: Path) -> Path:
    return tmp_path / "run"


def changed(made: Checkpoint, step: int) -> Checkpoint:
    """`made` at another step, whose tensors tell the step too."""
    tensors = {name: torch.full_like(t, step % 100) for name, t in made.tensors.items()}
    return Checkpoint(replace(made.facts, step=step), tensors)


def test_what_is_saved_is_loaded(made: Checkpoint, folder: Path) -> None:
    found = checkpoint.load(folder)
    assert found.facts == made.facts
    assert found.tensors.keys() == made.tensors.keys()
    assert all(torch.equal(found.tensors[name], t) for name, t in made.tensors.items())


def test_the_folder_holds_one_json_and_one_safetensors_file(made: Checkpoint, folder: Path) -> None:
    (folder / ".checkpoint.json.x1.part").write_text("what a killed writer left")
    checkpoint.save(folder, changed(made, 1))
    assert sorted(path.suffix for path in folder.iterdir()) == [".json", ".safetensors"]


@pytest.mark.parametrize("failing", range(6))  # of two files: sync, rename, sync of the folder
def test_a_save_that_fails_anywhere_leaves_the_old_or_the_new_whole(
    made: Checkpoint, folder: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    calls = count()

    def failing_once(real: Callable[..., object]) -> Callable[..., object]:
        def may_fail(*args: object) -> object:
            if next(calls) == failing:
                raise OSError(28, "No space left on device")
            return real(*args)

        return may_fail

    monkeypatch.setattr(Path, "replace", failing_once(Path.replace))
    monkeypatch.setattr(os, "fsync", failing_once(os.fsync))
    with pytest.raises(CheckpointError, match="No space left on device"):
        checkpoint.save(folder, changed(made, 7))
    found = checkpoint.load(folder)
    assert found.facts.step in (0, 7)
    fill = bool((found.tensors["known"] == 7).all())
    assert fill == (found.facts.step == 7)
    assert not list(folder.glob(".*"))


def test_a_reader_beside_a_writer_always_finds_a_whole_checkpoint(
    made: Checkpoint, folder: Path
) -> None:
    checkpoint.save(folder, changed(made, 1))
    stop = Event()

    def write() -> None:
        for step in count(2):
            if stop.is_set():
                return
            checkpoint.save(folder, changed(made, step))

    writer = Thread(target=write)
    writer.start()
    try:
        seen: list[int] = []
        while len(seen) < 100 or len(set(seen)) < 6:
            found = checkpoint.load(folder)
            assert bool((found.tensors["known"] == found.facts.step % 100).all())
            seen.append(found.facts.step)
    finally:
        stop.set()
        writer.join()
    assert seen == sorted(seen)


def test_an_empty_or_missing_folder_is_no_checkpoint(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(CheckpointError, match=r"is no checkpoint \(checkpoint\.json is miss"):
            checkpoint.load(folder)


def test_torn_weights_are_told(folder: Path) -> None:
    (weights,) = folder.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"\.safetensors: is torn "):
        checkpoint.load(folder)


def test_lost_weights_are_told_by_name(folder: Path) -> None:
    (weights,) = folder.glob("*.safetensors")
    weights.unlink()
    with pytest.raises(CheckpointError, match=f"{weights.name} is missing"):
        checkpoint.load(folder)


def test_a_torn_json_is_told(folder: Path) -> None:
    path = folder / "checkpoint.json"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"checkpoint\.json: the file: Invalid JSON"):
        checkpoint.load(folder)


def test_a_checkpoint_from_before_lengths_were_kept_is_read(folder: Path) -> None:
    path = folder / "checkpoint.json"
    whole = json.loads(path.read_text())
    assert whole["facts"]["corpus"].pop("lengths")
    path.write_text(json.dumps(whole))
    assert checkpoint.load(folder).facts.corpus.lengths == ()


def test_a_json_of_another_format_or_shape_is_told_by_its_key(folder: Path) -> None:
    path = folder / "checkpoint.json"
    whole = json.loads(path.read_text())
    for key, value in (("format", 2), ("step", "many"), ("vocabulary", ["ab"])):
        path.write_text(json.dumps(whole | {"facts": whole["facts"] | {key: value}}))
        with pytest.raises(CheckpointError, match=rf"checkpoint\.json: {key}"):
            checkpoint.load(folder)


def test_weights_of_another_shape_do_not_fit(made: Checkpoint) -> None:
    facts = replace(made.facts, recipe=replace(made.facts.recipe, hidden=17))
    with pytest.raises(CheckpointError, match="the weights do not fit the recipe: "):
        Checkpoint(facts, made.tensors).network()


def test_a_place_that_takes_no_folder_is_told(made: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match=r"cannot write the checkpoint .*; name another"):
        checkpoint.save(tmp_path / "file" / "run", made)
