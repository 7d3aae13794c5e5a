"""Training run: a learner with evaluations, early stopping and checkpoints, and its final report.

A checkpoint has everything that steps change (weights, averaged weights, optimizer moments, random
state). A resumed run therefore ends with exactly the weights of an uninterrupted one.
"""

import math
import time
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor

from model import checkpoint
from model.batches import EncodedSamples, Vocabulary
from model.budget import Schedule, follow_schedule, plan_schedule, validation_part
from model.checkpoint import (
    METADATA,
    Checkpoint,
    CheckpointError,
    CorpusInfo,
    Metadata,
    write_atomically,
)
from model.corpus import Corpus, Split, length_counts, sample_digests
from model.evaluation import Report, evaluate, loss_report, nats_per_character, with_loss
from model.learner import (
    Learner,
    OnStep,
    TrainingError,
    create_learner,
    ignore_step,
    optimizer_tensors,
    require_finite,
    restore_optimizer,
)
from model.mixture import Mixture, fit_automaton, fit_mixture, mix
from model.network import CharRNN
from model.plan import Plan, make_plan, split_corpus
from model.recipes import Recipe
from model.reports import plot_losses
from model.training_ngram import fit_training_ngram
from model.trials import Losses, OnTrial, best_evaluation, first_network, ignore_trial

_BASES = {"base": "fine-tuned", "scratch": "scratch"}  # `Report.base` by the start


@dataclass
class TrainingState:
    """A training run: first the constants, then, from `best` on, what every evaluation changes."""

    recipe: Recipe
    plan: Plan
    schedule: Schedule
    folder: Path
    vocabulary: Vocabulary
    corpus: CorpusInfo
    known: Tensor
    validation: EncodedSamples
    split: Split
    learner: Learner
    best: dict[str, Tensor] = field(default_factory=dict)
    history: list[Losses] = field(default_factory=list)
    seconds: float = 0.0


def create_state(
    corpus: Corpus,
    recipe: Recipe,
    folder: Path,
    device: torch.device,
    on_step: OnStep,
    plan: Plan | None = None,
    on_trial: OnTrial = ignore_trial,
) -> TrainingState:
    """Return the state before the first step, by `plan` or by one that is made now."""
    vocabulary = Vocabulary.from_samples(corpus.samples)
    splits = split_corpus(corpus.samples, recipe)
    split = splits[0] if len(splits) == 1 else Split(*[list(corpus.samples)] * 3)
    samples = EncodedSamples.from_samples(split.train, vocabulary)
    ngram = None
    if len(splits) == 1:
        ngram = fit_training_ngram(split.train, samples, vocabulary, recipe)
    plan = plan or make_plan(corpus, splits, recipe, device, on_trial, ngram)
    validation = EncodedSamples.from_samples(validation_part(split.validation), vocabulary)
    schedule = plan_schedule(plan.recipe, corpus, split, samples, validation, len(vocabulary))
    if plan.cross_validation:
        schedule = replace(schedule, max_steps=plan.steps)
    else:
        plan = replace(plan, recipe=follow_schedule(plan.recipe, schedule.max_steps))
    torch.manual_seed(recipe.seed)
    network = first_network(plan.start, plan.recipe, vocabulary, split.train).to(device)
    return TrainingState(
        recipe=recipe,
        plan=plan,
        schedule=schedule,
        folder=folder,
        vocabulary=vocabulary,
        corpus=_corpus_info(corpus),
        known=torch.from_numpy(sample_digests(corpus.samples)),
        validation=validation,
        split=split,
        learner=create_learner(plan.recipe, samples, network, on_step, ngram),
    )


def _corpus_info(corpus: Corpus) -> CorpusInfo:
    return CorpusInfo(
        file=str(corpus.path.resolve()),
        digest=corpus.digest,
        samples=len(corpus.samples),
        max_length=corpus.max_length,
        lengths=length_counts(corpus.samples),
    )


def state_tensors(state: TrainingState) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint, by name."""
    learner = state.learner
    averaged = learner.ema_network.state_dict() if learner.recipe.ema_decay else {}
    return {
        "known": state.known,
        "random": learner.rng_state,
        "carried": learner.carried,
        **{f"best/{name}": t for name, t in state.best.items()},
        **{f"network/{name}": t for name, t in learner.network.state_dict().items()},
        **{f"average/{name}": t for name, t in averaged.items()},
        **{f"moments/{name}": t for name, t in optimizer_tensors(learner.optimizer).items()},
    }


def restore_state(state: TrainingState, checkpoint: Checkpoint) -> None:
    """Restore `state` from `checkpoint`.

    Raises `CheckpointError` when the checkpoint has another corpus or recipe.
    """
    metadata, learner = checkpoint.metadata, state.learner
    for part, ours, theirs in (
        ("corpus", state.corpus.digest, metadata.corpus.digest),
        ("recipe", state.recipe, metadata.recipe),
    ):
        if ours != theirs:
            raise CheckpointError(
                f"{state.folder}: This run used another {part}. Resume with the same {part}, "
                "or train in another folder."
            )
    learner.network.load_state_dict(checkpoint.tensors_under("network"))
    if learner.recipe.ema_decay:
        learner.ema_network.load_state_dict(checkpoint.tensors_under("average"))
    restore_optimizer(learner.optimizer, checkpoint.tensors_under("moments"))
    learner.rng_state = checkpoint.tensors["random"]
    learner.carried = checkpoint.tensors["carried"].to(learner.carried.device)
    learner.windows = learner.samples.windows(
        learner.recipe.batch_size, learner.recipe.bptt_length, learner.recipe.seed, metadata.step
    )
    learner.step = metadata.step
    state.best = checkpoint.tensors_under("best")
    state.history, state.seconds = list(metadata.history), metadata.seconds


def train(
    corpus: Corpus,
    recipe: Recipe,
    folder: Path,
    *,
    resume: bool = False,
    threads: int = 1,
    device: str = "auto",
    on_step: OnStep = ignore_step,
    on_trial: OnTrial = ignore_trial,
) -> Generator[Checkpoint, None, None]:
    """Train on `corpus` with `recipe`, and yield each checkpoint after it is saved in `folder`.

    The first checkpoint comes before the first step, or is the one that the run resumes from. The
    last is `finished` and has a report on the test samples. Closing the generator stops the run.

    `device` is a torch device name, or "auto" for CUDA if available. `on_trial` is called before
    every step of the plan, which comes first and is not saved, and `on_step` before every step of
    the run and during evaluations. An error that they raise ends the run and passes through; the
    last checkpoint remains.

    Raises `TrainingError` if there is no such device or the loss is not finite, `CheckpointError`
    if `folder` is not writable or has a checkpoint of another corpus or recipe to resume from.
    """
    torch.set_num_threads(threads)
    start = checkpoint.load(folder) if resume else None
    plan = start.metadata.plan if start else None
    state = create_state(corpus, recipe, folder, _select_device(device), on_step, plan, on_trial)
    if start:
        restore_state(state, start)
        yield start
        if start.metadata.finished:
            return
    else:
        _validate(state)
        yield _save(state)
    while not _is_finished(state):
        try:
            _train_interval(state)
        except TrainingError as error:
            saved = f"The checkpoint of step {state.history[-1].step} is still in {folder}."
            raise TrainingError(error.reason, f"{saved} {error.advice}") from None
        yield _save(state)


def _select_device(name: str) -> torch.device:
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainingError("device = 'cuda': torch finds no CUDA device", "Use auto or cpu.")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _train_interval(state: TrainingState) -> None:
    """Take the steps up to the next evaluation, then evaluate."""
    learner, started = state.learner, time.perf_counter()
    count = min(learner.recipe.eval_interval, state.schedule.max_steps - learner.step)
    train_loss = learner.take_steps(count)
    state.seconds += time.perf_counter() - started
    _validate(state, train_loss)


def _validate(state: TrainingState, train_loss: float | None = None) -> None:
    """Add the validation loss to the history; store the weights if they are the best so far.

    The validation loss of a cross-validated run is the plan's. Its last weights are the best.
    """
    learner, plan = state.learner, state.plan
    if plan.cross_validation:
        validation_loss = plan.cross_validation.curve[len(state.history)].validation_loss
    else:
        validation_loss = require_finite(
            nats_per_character(learner.model(), state.validation, learner.notify),
            learner.step,
            learner.recipe,
        )
    losses = [point.validation_loss for point in state.history]
    if plan.cross_validation or validation_loss < min(losses, default=math.inf):
        averaged = learner.ema_network.state_dict()
        state.best = {name: t.cpu().clone() for name, t in averaged.items()}
    # Before the first step there is no training loss; the validation loss is about the same.
    train_loss = validation_loss if train_loss is None else train_loss
    state.history.append(Losses(learner.step, train_loss, validation_loss))


def _is_finished(state: TrainingState) -> bool:
    """Return whether all steps are taken, or validation has not improved within the patience."""
    if state.learner.step >= state.schedule.max_steps:
        return True
    if state.plan.cross_validation:
        return False
    waited = len(state.history) - 1 - best_evaluation(state.history)
    return 0 < state.learner.recipe.patience <= waited


def _save(state: TrainingState) -> Checkpoint:
    finished = _is_finished(state)
    mixture = _finish(state) if finished else _best_model(state)
    metadata = Metadata(
        recipe=state.recipe,
        vocabulary=state.vocabulary.characters,
        corpus=state.corpus,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        step=state.learner.step,
        seconds=round(state.seconds, 3),
        history=tuple(state.history),
        report=_final_report(state, mixture) if finished else _interim_report(state),
        finished=finished,
        schedule=state.schedule,
        plan=state.plan,
    )
    if metadata.finished:
        _save_figures(metadata, state.folder)
    saved = Checkpoint(metadata, state_tensors(state) | mixture.tensors())
    checkpoint.save(state.folder, saved)
    return saved


def _save_figures(metadata: Metadata, folder: Path) -> None:
    """Write `metrics.json` and `loss.png`, before the last checkpoint of the run."""
    metrics = METADATA.dump_json(metadata, exclude={"vocabulary"}, indent=1)
    try:
        write_atomically(folder / "metrics.json", metrics)
        plot_losses(metadata.history, folder / "loss.png")
    except OSError as error:
        raise CheckpointError(f"{folder}: Can't write to this folder ({error.strerror}).") from None


def _best_model(state: TrainingState) -> Mixture:
    """Return the network with the best weights, with the n-gram if it learns with one."""
    network, ngram = _best_network(state), state.learner.ngram
    return ngram.mix(network) if ngram else Mixture(network)


def _best_network(state: TrainingState) -> CharRNN:
    network = CharRNN(len(state.vocabulary), state.plan.recipe)
    network.load_state_dict(state.best)
    return network


def _finish(state: TrainingState) -> Mixture:
    """Return the best network, mixed with an n-gram if the recipe has one and if that helps."""
    plan, network = state.plan, _best_network(state)
    if plan.cross_validation:
        samples, powers = state.split.train, plan.cross_validation.powers
        order = state.recipe.ngram_order
        automaton = fit_automaton(samples, state.vocabulary, order) if powers else None
        return mix(network, automaton, powers, samples, state.vocabulary, state.recipe)
    return fit_mixture(
        network,
        state.split,
        state.vocabulary,
        state.recipe,
        state.learner.notify,
        state.learner.ngram.automaton if state.learner.ngram else None,
    )


def _interim_report(state: TrainingState) -> Report:
    best_loss = min(m.validation_loss for m in state.history)
    return replace(loss_report(best_loss, len(state.validation)), base=_BASES[state.plan.start])


def _final_report(state: TrainingState, mixture: Mixture) -> Report:
    plan, start = state.plan, _BASES[state.plan.start]
    report = evaluate(
        mixture,
        state.vocabulary,
        state.split,
        {bytes(row) for row in state.known.numpy()},
        state.corpus.max_length,
        check_cancelled=state.learner.notify,
    )
    if plan.cross_validation is None:
        return replace(report, base=start)
    measured = plan.cross_validation
    return replace(
        with_loss(report, measured.nats_per_character, state.corpus.samples),
        unseen_nats_per_character=None,
        standard_error=measured.standard_error,
        folds=measured.folds,
        unigram_nats=measured.unigram_nats,
        base=start,
    )
