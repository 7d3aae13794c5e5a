"""Case patterns that a list never has get a score that is never drawn, and no other does."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.batches import START, Vocabulary
from model.case_patterns import fit_case_bias

CAPITALISED = ["Anna", "Berta Kern", "Cora", "Jean-Luc", "Émile"] * 5
WORDS = st.text(st.sampled_from("abÉxY -'1語"), min_size=1, max_size=8).map(str.strip).filter(bool)


def forbidden(samples: list[str]) -> set[str]:
    """Return the forbidden pairs, the start token as ^."""
    vocabulary = Vocabulary.from_samples(samples)
    bias = fit_case_bias(samples, vocabulary)
    if bias is None:
        return set()
    tokens = ["^", "$", *vocabulary.characters]
    return {tokens[i] + tokens[j] for i, j in bias.nonzero().tolist()}


def test_inner_capitals_and_lower_case_starts_are_forbidden() -> None:
    pairs = forbidden(CAPITALISED)
    assert {"aB", "nÉ", "^a", "^n", "AB"} <= pairs
    assert not {"An", "^A", "an", "-L", " K", "a ", "a$"} & pairs
    # There are too few spaces and hyphens to say what never follows them.
    assert not {" k", "-l"} & pairs


def test_words_start_as_the_list_has_it() -> None:
    assert " b" in forbidden(["Anna Berta", "Cora Bob"] * 10)
    assert not {" b", " B"} & forbidden(["Anna Berta", "Bob de Bur"] * 10)


def test_spaces_are_between_words() -> None:
    pairs = forbidden(["to be", "or not"])
    assert {"^ ", " $", "  "} <= pairs
    assert not {" b", "o "} & pairs
    assert "  " not in forbidden(["to  be", "or not"])


def test_marks_follow_letters() -> None:
    assert {"^\u093e", " \u093e"} <= forbidden(["\u0930\u093e\u092e \u0938\u093e"])
    assert "\u0930\u093e" not in forbidden(["\u0930\u093e\u092e \u0938\u093e"])
    assert "^\u093e" not in forbidden(["\u093e\u0930", "\u0930\u093e"])


def test_few_lines_forbid_no_start() -> None:
    assert "^a" in forbidden(["Anna", "Berta"] * 10)
    assert "^a" not in forbidden(["Anna", "Berta"] * 9)


@pytest.mark.parametrize(
    "samples",
    [
        ["anna", "berta"] * 50,  # no capitals
        ["语言", "中文"] * 50,  # no case
        ["iPhone", "MacBook", "XL", "abc", "ABc"] * 50,  # every pattern
    ],
)
def test_no_table_without_a_pattern(samples: list[str]) -> None:
    assert fit_case_bias(samples, Vocabulary.from_samples(samples)) is None


def test_separators_in_formulas_are_free() -> None:
    formulas = ["C(C)N", "c1ccc(Cl)c1", "n1c(O)Nc1", "N(C)Oc"] * 20
    assert not any(pair[0] in "()" for pair in forbidden(formulas))


@given(st.lists(WORDS, min_size=1, max_size=80))
def test_samples_keep_their_scores(samples: list[str]) -> None:
    vocabulary = Vocabulary.from_samples([*samples, "abÉxY"])
    bias = fit_case_bias(samples, vocabulary)
    if bias is None:
        return
    assert set(bias.flatten().tolist()) == {-60, 0}
    pairs = [pair for sample in samples for pair in pairwise([START, *vocabulary.encode(sample)])]
    assert sum(float(bias[pair]) for pair in pairs) == 0
    logits = torch.zeros(len(vocabulary))
    for before, after in set(pairs):
        # Forbidding others can only raise the probability of what the samples have.
        improved = (logits + bias[before]).log_softmax(dim=0)[after]
        assert improved >= logits.log_softmax(dim=0)[after] - 1e-6
    spaces = [token.isspace() for token in vocabulary.tokens]
    assert (bias[~torch.tensor(spaces), 1] == 0).all()  # a name can end after anything else
