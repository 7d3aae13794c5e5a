"""Time budget: what a training costs, and how many steps fit into the recipe's budget.

Costs follow from sizes alone and not from a clock, so that a recipe and a corpus determine the
weights on every machine. Their unit is a second of a reference core: one that takes 60 s for 2,000
steps of makemore's Transformer (`tests.benchmarks.training`). The constants are least squares of
step times with networks of 64 to 512 units, 1 to 128 rows, 7 to 200 characters per row and 28 to
5,000 entries in the vocabulary. They are within 20 % of most of these times.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from math import ceil

from pydantic.dataclasses import dataclass

from model.batches import EncodedSamples
from model.corpus import Corpus, Split
from model.evaluation import generated_count, max_quantile_samples
from model.recipes import LONG_LIST, Recipe

MAX_VALIDATION_CHARACTERS = 2**14
"""More validation samples would cost more than they tell: an evaluation follows every 100 steps."""

_STEP = 0.3e-3  # seconds of any step
_PARAMETER = 4.6e-9  # of the optimizer, the clipping and the average, per weight
_POSITION = 4e-5  # per character of the longest row; cells that torch does not fuse take longer
_SLOW_POSITION = 8e-5
_CHARACTER = 0.2e-6  # per character of all rows, plus:
_MULTIPLICATION = 1.1e-10  # forward and backward
_FORWARD = 1 / 3  # of a training step, without its backward pass
_CHECKPOINT = 0.05  # with its example names
_GENERATION = 0.5  # of a training step, per character
_NGRAM = 0.1  # of fitting an n-gram and its weight, plus, per training character:
_NGRAM_CHARACTER = 2e-6
_NGRAM_CHARACTERS = 10**6  # at most
_TRAINING_NGRAM = 2.0  # of the n-grams that a network learns with
_SAMPLE = 1e-5  # of reading, encoding and hashing a sample
_GATES = {"rnn": 1, "gru": 6, "lstm": 4}  # of a GRU three, each twice as slow without a fused cell


@dataclass(frozen=True)
class Schedule:
    """The planned length of a training, and its costs in seconds of a reference core.

    `step` and `evaluation` are means. `report` is the final evaluation, with the n-gram before it.
    """

    max_steps: int
    eval_interval: int
    step: float
    evaluation: float
    report: float

    def cost(self, step: int) -> float:
        """Return the cost of the steps up to `step` and of the evaluations after them."""
        evaluations = step // self.eval_interval
        if step >= self.max_steps:
            evaluations = ceil(self.max_steps / self.eval_interval)
        return step * self.step + evaluations * self.evaluation

    @property
    def total(self) -> float:
        """The cost of the whole training."""
        return self.cost(self.max_steps) + self.report


def plan_schedule(
    recipe: Recipe,
    corpus: Corpus,
    split: Split,
    train: EncodedSamples,
    validation: EncodedSamples,
    vocabulary_size: int,
) -> Schedule:
    """Return the longest schedule within the recipe's budget, at most its `max_steps`.

    `recipe` is adjusted to the corpus. `train` and `validation` are the encoded samples of `split`.
    Half of the budget is for the steps and evaluations, however much the rest costs.
    """
    step = mean_step_cost(recipe, train, vocabulary_size)
    character = _character_cost(recipe, vocabulary_size)
    mean_length = train.target_count / len(train)
    scored = min(len(corpus.samples), max_quantile_samples(mean_length)) + len(split.test)
    generated = generated_count(corpus.max_length)
    report = character * mean_length * (_GENERATION * generated + _FORWARD * scored)
    if recipe.ngram_order:
        report += _NGRAM + _NGRAM_CHARACTER * min(train.target_count, _NGRAM_CHARACTERS)
    evaluation = _CHECKPOINT + evaluation_cost(recipe, validation, vocabulary_size)
    max_steps = recipe.max_steps
    if recipe.time_budget:
        rest = report + _SAMPLE * len(corpus.samples)
        if recipe.ngram_power and len(train) >= LONG_LIST:
            rest += _TRAINING_NGRAM
        seconds = max(recipe.time_budget / 2, recipe.time_budget - rest)
        fitting = int((seconds - evaluation) / (step + evaluation / recipe.eval_interval))
        max_steps = min(max_steps, max(1, fitting))
    return Schedule(max_steps, recipe.eval_interval, step, evaluation, report)


def follow_schedule(recipe: Recipe, max_steps: int) -> Recipe:
    """Return `recipe` with `max_steps`. If these are fewer, a tenth at most are the warm-up."""
    warmup_steps = recipe.warmup_steps
    if max_steps < recipe.max_steps:
        warmup_steps = min(warmup_steps, max_steps // 10)
    return replace(recipe, max_steps=max_steps, warmup_steps=warmup_steps)


def limit_steps(
    recipe: Recipe, train: EncodedSamples, vocabulary_size: int, max_steps: int, share: float
) -> Recipe:
    """Return `recipe` with `max_steps`, or with those that fit into `share` of its time budget.

    Evaluations are not counted.
    """
    if recipe.time_budget:
        step = mean_step_cost(recipe, train, vocabulary_size)
        max_steps = min(max_steps, int(share * recipe.time_budget / step))
    return follow_schedule(recipe, max(1, max_steps))


def validation_part(samples: Sequence[str]) -> Sequence[str]:
    """Return the first samples that have up to `MAX_VALIDATION_CHARACTERS`, at least one."""
    totals = accumulate(len(sample) + 1 for sample in samples)
    fitting = sum(total <= MAX_VALIDATION_CHARACTERS for total in totals)
    return samples[: max(1, fitting)]


def mean_step_cost(recipe: Recipe, train: EncodedSamples, vocabulary_size: int) -> float:
    """Return the mean cost of the steps of the first epoch."""
    windows = train.epoch_windows(recipe.batch_size, recipe.bptt_length, (recipe.seed, 0))
    shapes = [
        (len(rows), min(recipe.bptt_length, int(train.lengths[rows].max()) - 1 - start))
        for rows, start in windows[: recipe.max_steps]
    ]
    positions = sum(length for _, length in shapes) / len(shapes)
    characters = sum(rows * length for rows, length in shapes) / len(shapes)
    weights = _multiplications(recipe, vocabulary_size) + vocabulary_size * recipe.embedding_size
    position = _POSITION if recipe.cell == "lstm" else _SLOW_POSITION
    return (
        _STEP
        + _PARAMETER * weights
        + position * recipe.layers * positions
        + _character_cost(recipe, vocabulary_size) * characters
    )


def evaluation_cost(recipe: Recipe, held_out: EncodedSamples, vocabulary_size: int) -> float:
    """Return the cost of scoring `held_out`."""
    return _FORWARD * _character_cost(recipe, vocabulary_size) * held_out.target_count


def _character_cost(recipe: Recipe, vocabulary_size: int) -> float:
    return _CHARACTER + _MULTIPLICATION * _multiplications(recipe, vocabulary_size)


def _multiplications(recipe: Recipe, vocabulary_size: int) -> int:
    """Return the multiplications of a character's forward pass: about the number of weights."""
    hidden, gates = recipe.hidden_size, _GATES[recipe.cell]
    inputs = recipe.embedding_size + (recipe.layers - 1) * hidden
    return gates * hidden * (inputs + recipe.layers * hidden) + hidden * vocabulary_size
