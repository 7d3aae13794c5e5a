"""Corpus: a text file with one sample per line, cleaned, checked, split and digested.

The file may have any usual encoding; invisible characters are removed (see `list_text`). Samples
are stripped and normalised to NFC, and keep their order. Blank lines are dropped. So are exact
duplicates, unless the caller wants them.
"""

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model import ModelError
from model.cancellation import CheckCancelled, never_cancelled
from model.list_layout import UnknownLayoutError
from model.list_reader import ListLines, Reading, read_lines
from model.list_text import NotTextError
from model.recipes import MAX_LENGTH, SplitMethod

MIN_SAMPLES = 20
DIGEST_BYTES = 8
_MAX_HELD_OUT = 5000  # validation samples, and again test samples
_MAX_HELD_OUT_CHARACTERS = 250_000  # so that it is fewer samples if they are long
_CHECK_INTERVAL = 4096  # lines between two checks for cancellation
_MAKEMORE_SEED = 3407
_MAKEMORE_TEST_SAMPLES = 1000

_MAX_BYTES = 2**28  # of a file; the bot's limit is lower
_MAX_CHARACTERS = 16_000  # distinct ones; the bot opens no style with many more

NOT_TEXT = {
    "spreadsheet": "This is a spreadsheet. Save it as text, one name a line.",
    "document": "This is a document of a word processor. Save it as plain text, one name a line.",
    "presentation": "This is a presentation. Save its names as text, one a line.",
    "pdf": "This is a PDF. Copy the names into a text file, one name a line.",
    "picture": "This is a picture. Use a text file, one name a line.",
    "archive": "This is a compressed archive. Unpack it, and use a text file from it.",
    "web page": "This is a web page. Copy the names into a text file, one name a line.",
    "other": "This isn't a text file. Use a text file, one name a line.",
}
"""What a file is that is not text, and what to do."""


class CorpusError(ModelError):
    """The file is not a usable corpus. The message starts with `FILE:` or `FILE:LINE:`.

    `kind` and `values` say the same without words: `not text` (the kind of file), `encoding`,
    `layout`, `empty` (the least number of samples), `too few` (how many there are, and the least
    number), `too long` (the line, or 0, and the limit), `too many characters` (how many, and the
    limit), or "".
    """

    def __init__(self, message: str, kind: str = "", *values: int | str) -> None:
        super().__init__(message)
        self.kind = kind
        self.values = values


@dataclass(frozen=True)
class Corpus:
    """Clean samples in the order of the file, and counts of the lines that were dropped."""

    path: Path
    samples: tuple[str, ...]
    blank_lines: int = 0
    duplicates: int = 0
    source: ListLines | None = None
    """What the file looks like, if it was read from one."""

    @property
    def max_length(self) -> int:
        """Length of the longest sample in characters."""
        return max(map(len, self.samples))

    @property
    def digest(self) -> str:
        """Hexadecimal BLAKE2b digest of the samples joined by newlines."""
        digest = hashlib.blake2b()
        for i, sample in enumerate(self.samples):
            digest.update(("\n" * (i > 0) + sample).encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class Split:
    """Samples to train on, samples for early stopping, and samples for the final report."""

    train: list[str]
    validation: list[str]
    test: list[str]


def read_corpus(
    path: Path,
    *,
    max_length: int = MAX_LENGTH,
    keep_duplicates: bool = False,
    min_samples: int = MIN_SAMPLES,
) -> Corpus:
    """Read the file at `path`, one sample a line; see `parse_corpus`. Raises `CorpusError`."""
    try:
        with path.open("rb") as file:
            is_large = os.fstat(file.fileno()).st_size > _MAX_BYTES
            content = b"" if is_large else file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise CorpusError(
            f"{path}: {error.strerror}. Name a text file with one sample per line."
        ) from None
    if is_large or len(content) > _MAX_BYTES:
        raise CorpusError(f"{path}: The file has more than {_MAX_BYTES >> 20} MiB. Shorten it.")
    try:
        return parse_corpus(
            content,
            path,
            max_length=max_length,
            keep_duplicates=keep_duplicates,
            min_samples=min_samples,
        )
    except CorpusError as error:
        if error.kind == "too long":  # only here can people set it
            raise CorpusError(f"{error} Or raise max_length.") from None
        raise


def parse_corpus(
    content: bytes,
    path: Path,
    *,
    reading: Reading | None = None,
    max_length: int = MAX_LENGTH,
    keep_duplicates: bool = False,
    min_samples: int = MIN_SAMPLES,
    check_cancelled: CheckCancelled = never_cancelled,
) -> Corpus:
    """Parse the content of a file. No sample may exceed `max_length` characters.

    There must be `min_samples` distinct samples. `path` names the file in errors. Raises
    `CorpusError`.
    """
    source = _read_lines(content, path, reading)
    has_numbers = source.reading == Reading(source.reading.encoding)
    samples: list[str] = []
    distinct: dict[str, str] = {}
    blank_lines = 0
    for number, line in enumerate(source.lines, 1):
        if number % _CHECK_INTERVAL == 0:
            check_cancelled()
        sample = unicodedata.normalize("NFC", line.strip()).strip()
        if len(sample) > max_length:
            raise _too_long(path, number if has_numbers else 0, max_length)
        blank_lines += not sample
        if sample and (keep_duplicates or sample not in distinct):
            samples.append(distinct.setdefault(sample, sample))
    if len(distinct) < min_samples:
        raise _too_few(path, len(distinct), min_samples, is_empty=not content)
    if (characters := len(set().union(*distinct))) > _MAX_CHARACTERS:
        raise CorpusError(
            f"{path}: The list has {characters:,} different characters, at most "
            f"{_MAX_CHARACTERS:,} are possible. Use a list of one script.",
            "too many characters",
            characters,
            _MAX_CHARACTERS,
        )
    if not source.lines[-1]:
        blank_lines -= 1  # the end of the last line
    duplicates = len(source.lines) - (not source.lines[-1]) - blank_lines - len(samples)
    return Corpus(path, tuple(samples), blank_lines, duplicates, source)


def _read_lines(content: bytes, path: Path, reading: Reading | None) -> ListLines:
    try:
        return read_lines(content, path.name, reading)
    except NotTextError as error:
        raise CorpusError(f"{path}: {NOT_TEXT[error.kind]}", "not text", error.kind) from None
    except UnicodeError:
        raise CorpusError(
            f"{path}: The letters in this file can't be read. Save it as UTF-8.", "encoding"
        ) from None
    except UnknownLayoutError:
        raise CorpusError(f"{path}: The file can't be read like this.", "layout") from None


def split_samples(
    samples: Sequence[str], held_out_fraction: float, seed: int, method: SplitMethod = "random"
) -> Split:
    """Split `samples` in three. The same arguments give the same split.

    "random" holds out `held_out_fraction` of the samples, chosen by `seed`: half for validation,
    half for test, at least 1 and at most 5,000 or about 250,000 characters each. The other methods
    test on the same samples as karpathy/makemore, and validate on half as many, chosen by `seed`
    from the rest. "makemore" expects the samples with duplicates, "makemore-distinct" without.
    """
    random = np.random.default_rng(seed)
    if method == "random":
        mean_length = sum(map(len, samples)) / len(samples)
        most = min(_MAX_HELD_OUT, max(1, int(_MAX_HELD_OUT_CHARACTERS / mean_length)))
        half = min(max(1, round(len(samples) * held_out_fraction / 2)), most)
        order = random.permutation(len(samples))
        parts = order[2 * half :], order[:half], order[half : 2 * half]
    else:
        rest, test = _makemore_split(len(samples))
        rest = random.permutation(rest)
        half = -(-len(test) // 2)
        parts = rest[half:], rest[:half], test
    return Split(*([samples[i] for i in part] for part in parts))


def split_without_test(samples: Sequence[str]) -> Split:
    """Hold out a tenth of `samples` for validation, such as the choice of an order, and no more."""
    split = split_samples(samples, held_out_fraction=0.2, seed=1)
    return Split(split.train + split.test, split.validation, [])


def fold_samples(samples: Sequence[str], folds: int, seed: int) -> list[Split]:
    """Divide `samples` into folds, by `seed`. Each split holds out one and trains on the others.

    The held-out samples are for validation and for the report alike.
    """
    order = np.random.default_rng(seed).permutation(len(samples))
    splits = []
    for k in range(folds):
        held_out = [samples[i] for i in order[k::folds]]
        train = [samples[i] for n, i in enumerate(order) if n % folds != k]
        splits.append(Split(train, held_out, held_out))
    return splits


def _makemore_split(count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the indices of makemore's training and test samples among `count` lines.

    Like makemore's `create_datasets`: the last thousand, or tenth, of a torch permutation.
    """
    import torch  # takes seconds, and a caller that only reads a corpus does not need it

    random = torch.Generator().manual_seed(_MAKEMORE_SEED)
    order = torch.randperm(count, generator=random).numpy()
    train_count = count - min(_MAKEMORE_TEST_SAMPLES, int(count * 0.1))
    return order[:train_count], order[train_count:]


def length_counts(samples: Iterable[str], max_groups: int = 60) -> tuple[tuple[int, int], ...]:
    """Count the samples of each length: ascending pairs (length, count) without zero counts.

    If the lengths span more than `max_groups`, they are grouped in equal widths, and each group
    is listed under its shortest length.
    """
    counts = Counter(map(len, samples))
    shortest = min(counts)
    width = (max(counts) - shortest) // max_groups + 1
    grouped: Counter[int] = Counter()
    for length, count in counts.items():
        grouped[length - (length - shortest) % width] += count
    return tuple(sorted(grouped.items()))


def sample_digests(samples: Iterable[str]) -> npt.NDArray[np.uint8]:
    """Return the digests of the distinct samples, uint8 [N, 8], with rows sorted as bytes."""
    ordered = sorted({sample_digest(sample) for sample in samples})
    return np.frombuffer(bytearray().join(ordered), dtype=np.uint8).reshape(-1, DIGEST_BYTES)


def sample_digest(sample: str) -> bytes:
    """Return the 8-byte BLAKE2b digest that represents `sample` in an artifact."""
    return hashlib.blake2b(sample.encode(), digest_size=DIGEST_BYTES).digest()


def _too_long(path: Path, line: int, max_length: int) -> CorpusError:
    location = f"{path}:{line}" if line else str(path)
    text = f"{location}: This line has more than {max_length:,} characters. Shorten it."
    return CorpusError(text, "too long", line, max_length)


def _too_few(path: Path, count: int, least: int, *, is_empty: bool) -> CorpusError:
    if is_empty:
        text = f"{path}: The file is empty. It needs one sample per line, at least {least}."
        return CorpusError(text, "empty", least)
    samples_word = "sample" if count == 1 else "samples"
    text = (
        f"{path}: Only {count} distinct {samples_word}. Add lines until there are at least {least}."
    )
    return CorpusError(text, "too few", count, least)
