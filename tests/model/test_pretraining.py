"""The base network learns all sources at once, and continues where it was interrupted."""

from pathlib import Path

import pytest
import safetensors.torch
import torch

from model import pretraining
from model.base import load_base
from model.base_corpus import Source
from model.batches import Vocabulary
from model.pretraining import Pretraining, create_pretraining, encode_sources, pretrain

SOURCES = [
    Source("towns", "made up", ("Ashford", "Oxford", "Bradley") * 40),
    Source("имена", "made up", ("Анна", "Олег", "Игорь") * 40),
]
VOCABULARY = Vocabulary.from_samples(s for source in SOURCES for s in source.samples)


def run(state: Path, *stops: int) -> tuple[Pretraining, list[tuple[int, float, float]]]:
    """Train up to each of `stops`, each time from the saved state alone."""
    training, held_out = encode_sources(SOURCES, VOCABULARY)
    progress = []
    for stop in stops:
        pretrained = create_pretraining(len(VOCABULARY), len(SOURCES))
        if state.exists():
            pretrained.restore(state)
        progress += list(pretrain(pretrained, training, held_out, state, stop))
    return pretrained, progress


def test_interrupted_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole, _ = run(tmp_path / "whole", 8)
    parts, progress = run(tmp_path / "parts", 4, 8)
    assert [step for step, *_ in progress] == [4, 8]
    for name, weight in whole.average.state_dict().items():
        assert torch.equal(weight, parts.average.state_dict()[name])


def test_losses_fall(tmp_path: Path) -> None:
    _, progress = run(tmp_path / "state", 4, 40)
    assert progress[-1][2] < progress[0][2]


def test_alphabets_are_those_of_the_sources() -> None:
    training, _ = encode_sources(SOURCES, VOCABULARY)
    assert training.scripts == {"LATIN": [0], "CYRILLIC": [1]}
    tokens = [{VOCABULARY.tokens[i] for i in row.nonzero()[:, 0]} for row in training.alphabets]
    assert [each - {"<end>"} for each in tokens] == [set("".join(s.samples)) for s in SOURCES]


def test_written_base_is_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = create_pretraining(len(VOCABULARY), len(SOURCES)).model
    pretraining.write_base(model, SOURCES, VOCABULARY, tmp_path / "base.safetensors")
    monkeypatch.setattr("model.base.WEIGHTS", tmp_path / "base.safetensors")
    base = load_base.__wrapped__()
    assert base.characters == "".join(VOCABULARY.characters)
    assert base.source_names == ("towns", "имена")
    assert torch.allclose(base.embedding, model.network.embedding.weight, atol=1e-3)
    stored = safetensors.torch.load_file(tmp_path / "base.safetensors")
    assert stored["sources"].dtype == torch.float16
