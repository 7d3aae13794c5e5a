"""Who watches a training sees every step, and may break it off anywhere without harm."""

from pathlib import Path

import pytest

from model import checkpoint
from model.corpus import Corpus
from model.recipes import Recipe
from model.training import train
from tests.model.test_training import assert_same, last


def test_it_is_watched_at_every_step_and_while_it_measures(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    seen: list[tuple[int, float]] = []
    *_, made = train(corpus, tiny, tmp_path, watch=lambda *place: seen.append(place))
    assert [step for step, _ in seen] == sorted(step for step, _ in seen)
    assert {step for step, _ in seen} == set(range(41))
    assert seen[-1] == (40, 10.0)  # 58 samples, 16 a step: 4 steps an epoch
    last_steps = [step for step, _ in seen].count(40)
    assert last_steps > made.facts.corpus.longest  # at each character that it draws to be judged


@pytest.mark.parametrize(
    "ends", [0, 7, 44, 47]
)  # the first measurement, steps, the last one, the report
def test_what_its_watcher_raises_breaks_it_off_and_leaves_the_last_checkpoint(
    corpus: Corpus, tiny: Recipe, tmp_path: Path, ends: int
) -> None:
    calls = iter(range(1000))

    def watch(_steps: int, _epochs: float) -> None:
        if next(calls) == ends:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        list(train(corpus, tiny, tmp_path / "broken", watch=watch))
    if ends:
        resumed = last(corpus, tiny, tmp_path / "broken", resume=True)
        assert_same(resumed, last(corpus, tiny, tmp_path / "whole"))
    else:
        assert not checkpoint.exists(tmp_path / "broken")
