"""Comparison of a checkpoint with two baselines, on its own test samples or on a file's lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model import ModelError, checkpoint
from model.baselines import NamedReport, exercise_baseline, ngram_baseline
from model.batches import Vocabulary
from model.checkpoint import Checkpoint, CheckpointError
from model.corpus import (
    Corpus,
    CorpusError,
    Split,
    read_corpus,
    sample_digest,
    split_without_test,
)
from model.evaluation import evaluate, with_loss
from model.ngram import fit_ngram
from model.plan import split_corpus
from model.recipes import MAX_LENGTH, Recipe

_MAX_LISTED = 10  # characters in a note


@dataclass(frozen=True)
class TestLines:
    """Counts of a test file's lines.

    Of `lines`, those `with_unknown_characters` are not evaluated. Of the others, `in_training` are
    also training samples.
    """

    __test__ = False  # not a test class of pytest

    file: str
    lines: int
    with_unknown_characters: int
    in_training: int


@dataclass(frozen=True)
class Comparison:
    """The reports of the network and of its baselines, and notes on what is left out.

    `samples` is the size of the training corpus. `test` is None for the test samples of it.
    """

    reports: list[NamedReport]
    notes: list[str]
    samples: int
    test: TestLines | None = None


def compare(folder: Path, test: Path | None, *, with_baselines: bool) -> Comparison:
    """Evaluate the checkpoint in `folder` on the lines of `test`, with baselines.

    Without `test`, or if it is the training corpus, the samples are the held-out ones. Raises
    `ModelError`.
    """
    loaded = checkpoint.load(folder)
    corpus, lines, reason = _read_corpora(loaded, test)
    if corpus is None and lines is None:
        raise CheckpointError(f"{reason} Name a file to evaluate on with --test.")
    recipe = loaded.metadata.recipe
    splits = split_corpus(corpus.samples, recipe) if corpus else [Split([], [], [])]
    split = splits[0]
    if corpus and len(splits) > 1:
        if lines is None:
            reports = _cross_validated_reports(
                loaded, corpus, splits, with_baselines=with_baselines
            )
            return Comparison(reports, [], loaded.metadata.corpus.samples)
        split = split_without_test(corpus.samples)
    notes: list[str] = []
    counts = None
    if lines:
        split, counts, notes = _test_split(lines, split, loaded)
    reports = [_network_report(loaded, split)]
    if with_baselines and corpus:
        known, max_length = _known_digests(loaded), loaded.metadata.corpus.max_length
        reports.append(ngram_baseline(split, loaded.vocabulary(), known, max_length))
        reports.append(exercise_baseline(corpus, recipe, split.test if lines else None))
    elif with_baselines:
        notes.append(f"There are no baselines. {reason}")
    return Comparison(reports, notes, loaded.metadata.corpus.samples, counts)


def ngram_loss(corpus: Corpus, recipe: Recipe) -> float:
    """Return the nats per character of a Kneser-Ney n-gram on the samples that `recipe` holds out.

    It is fitted to the same training samples as a network, in each fold if there are several.
    """
    vocabulary = Vocabulary.from_samples(corpus.samples)
    nats = characters = 0.0
    for split in split_corpus(corpus.samples, recipe):
        # The held-out samples of a fold are its validation samples, too.
        part = replace(split_without_test(split.train), test=split.test)
        model = fit_ngram(part if split.validation == split.test else split, vocabulary)
        count = sum(len(sample) + 1 for sample in split.test)
        nats += count * model.nats_per_character(split.test)
        characters += count
    return nats / characters


def _read_corpora(
    loaded: Checkpoint, test: Path | None
) -> tuple[Corpus | None, Corpus | None, str]:
    """Return the training corpus if it is unchanged, other lines, and why there is no corpus."""
    info = loaded.metadata.corpus
    lines = _read(test, loaded, min_samples=1) if test else None
    if lines and lines.digest == info.digest:
        return lines, None, ""
    path = Path(info.file)
    if not path.is_file():
        return None, lines, f"{path}: The training corpus is no longer there."
    try:
        corpus = _read(path, loaded)
    except CorpusError as error:
        return None, lines, str(error)
    if corpus.digest == info.digest:
        return corpus, lines, ""
    return None, lines, f"{path}: The file has changed since the training."


def _read(path: Path, loaded: Checkpoint, **limits: int) -> Corpus:
    """Read a corpus with duplicates if the recipe's split needs them."""
    return read_corpus(
        path,
        max_length=max(MAX_LENGTH, loaded.metadata.corpus.max_length),
        keep_duplicates=loaded.metadata.recipe.split == "makemore",
        **limits,
    )


def _test_split(
    corpus: Corpus, split: Split, loaded: Checkpoint
) -> tuple[Split, TestLines, list[str]]:
    """Return `split` with the lines of `corpus` as test samples, counts of them, and notes.

    If the training samples are not at hand, those lines count as such that the checkpoint lists.
    """
    vocabulary, known = loaded.vocabulary(), _known_digests(loaded)
    samples, unknown = _without_unknown_characters(corpus.samples, vocabulary)
    if not samples:
        raise ModelError(
            f"{corpus.path}: Every line has a character that the network doesn't know "
            f"({_list(unknown)}). Name a file in the alphabet of its corpus."
        )
    train = split.train or [sample for sample in samples if sample_digest(sample) in known]
    learned = set(train)
    counts = TestLines(
        file=str(corpus.path),
        lines=len(corpus.samples),
        with_unknown_characters=len(corpus.samples) - len(samples),
        in_training=sum(sample in learned for sample in samples),
    )
    return replace(split, train=train, test=samples), counts, _notes(counts, unknown)


def _without_unknown_characters(
    samples: Sequence[str], vocabulary: Vocabulary
) -> tuple[list[str], list[str]]:
    """Return the samples that `vocabulary` can encode, and the characters that it lacks."""
    known = set(vocabulary.characters)
    unknown = sorted(set().union(*samples) - known)
    return [sample for sample in samples if known.issuperset(sample)], unknown


def _notes(counts: TestLines, unknown: Sequence[str]) -> list[str]:
    notes = []
    if left_out := counts.with_unknown_characters:
        notes.append(
            f"{left_out:,} of {counts.lines:,} lines are left out: the network doesn't know "
            f"{_list(unknown)}."
        )
    evaluated = counts.lines - counts.with_unknown_characters
    if counts.in_training == evaluated:
        notes.append("All lines are training samples, so this shows how well it memorised them.")
    elif counts.in_training:
        notes.append(f"{counts.in_training:,} of {evaluated:,} lines are training samples.")
    return notes


def _list(characters: Sequence[str]) -> str:
    listed = ", ".join(repr(c) for c in characters[:_MAX_LISTED])
    more = len(characters) - _MAX_LISTED
    return listed + (f" and {more:,} more" if more > 0 else "")


def _cross_validated_reports(
    loaded: Checkpoint, corpus: Corpus, folds: Sequence[Split], *, with_baselines: bool
) -> list[NamedReport]:
    """Return the report of the training, and those of the baselines on the same folds."""
    reports = [NamedReport("network", "network", loaded.metadata.report)]
    if not with_baselines:
        return reports
    recipe, known = loaded.metadata.recipe, _known_digests(loaded)
    ngrams, exercises = [], []
    for fold in folds:
        split = replace(split_without_test(fold.train), test=fold.test)
        max_length = loaded.metadata.corpus.max_length
        ngrams.append(ngram_baseline(split, loaded.vocabulary(), known, max_length))
        part = replace(corpus, samples=tuple(fold.train))
        test, _ = _without_unknown_characters(fold.test, Vocabulary.from_samples(fold.train))
        if test:
            exercises.append(exercise_baseline(part, recipe, test))
    return reports + [_mean_report(each) for each in (ngrams, exercises) if each]


def _mean_report(folds: Sequence[NamedReport]) -> NamedReport:
    """Return the report of the first fold with the mean loss of all."""
    samples = sum(each.report.held_out_samples for each in folds)
    nats = sum(each.report.nats_per_character * each.report.held_out_samples for each in folds)
    return replace(folds[0], report=with_loss(folds[0].report, nats / samples, samples))


def _network_report(loaded: Checkpoint, split: Split) -> NamedReport:
    max_length = loaded.metadata.corpus.max_length
    known = _known_digests(loaded)
    report = evaluate(loaded.mixture(), loaded.vocabulary(), split, known, max_length)
    report = replace(report, base=loaded.metadata.report.base)
    return NamedReport("network", "network", report)


def _known_digests(loaded: Checkpoint) -> set[bytes]:
    return {bytes(row) for row in loaded.tensors["known"].numpy()}
