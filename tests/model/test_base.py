"""Training starts from the base network, with the alphabet of the list alone."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.base import WEIGHTS, base_sizes, load_base, start_from_base
from model.batches import EncodedSamples, Vocabulary
from model.evaluation import nats_per_character
from model.network import CharRNN
from model.recipes import RECIPES

RECIPE = base_sizes(RECIPES["fast"])
TOWNS = ("Ashbourne", "Bakewell", "Buxton", "Chesterfield", "Glossop", "Matlock", "Wirksworth")


def start(vocabulary: Vocabulary, samples: tuple[str, ...] = TOWNS) -> CharRNN:
    torch.manual_seed(1)
    return start_from_base(RECIPE, vocabulary, samples)


def nats(network: CharRNN, samples: tuple[str, ...], vocabulary: Vocabulary) -> float:
    return nats_per_character(network, EncodedSamples.from_samples(samples, vocabulary))


def test_weights_are_small() -> None:
    assert WEIGHTS.stat().st_size < 3_000_000


def test_base_knows_many_scripts() -> None:
    base = load_base()
    assert len(base.characters) == len(set(base.characters)) > 1500
    assert set("azAZéßøЖωشאअ가ア山") <= set(base.characters)


def test_unlearnt_list_is_likelier_than_by_chance() -> None:
    vocabulary = Vocabulary.from_samples(TOWNS)
    untrained = CharRNN(len(vocabulary), RECIPE)
    assert nats(start(vocabulary), TOWNS, vocabulary) < nats(untrained, TOWNS, vocabulary) - 0.5


@pytest.mark.parametrize("sample", ["Мария Иванова", "محمد علي", "山田花子", "김민준"])
def test_each_script_starts_from_its_own(sample: str) -> None:
    samples = (sample, sample[::-1])
    vocabulary = Vocabulary.from_samples(samples)
    network = start(vocabulary, samples)
    assert network.output.out_features == len(vocabulary)
    assert nats(network, samples, vocabulary) < torch.tensor(float(len(vocabulary))).log() + 0.7


def test_case_and_accents_fall_back() -> None:
    base = load_base()
    known = Vocabulary(("e",))
    unseen = "\N{LATIN SMALL LETTER E WITH DOUBLE GRAVE}"
    assert unseen not in base.characters
    assert base.rows(Vocabulary((unseen,)))[2] == base.rows(known)[2]


def test_same_seed_same_start() -> None:
    vocabulary = Vocabulary.from_samples([*TOWNS, "a1☃"])
    one, two = start(vocabulary).state_dict(), start(vocabulary).state_dict()
    assert all(torch.equal(weight, two[name]) for name, weight in one.items())


@settings(max_examples=5)
@given(st.sets(st.characters(exclude_categories=["C"]), min_size=1, max_size=40))
def test_any_alphabet_gets_finite_weights(characters: set[str]) -> None:
    vocabulary = Vocabulary(tuple(sorted(characters)))
    sample = ("".join(sorted(characters)),)
    network = start(vocabulary, sample)
    assert all(bool(weight.isfinite().all()) for weight in network.state_dict().values())
    assert len({tuple(row) for row in network.embedding.weight.tolist()}) >= len(vocabulary) // 2
