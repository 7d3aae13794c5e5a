"""Corpus: a text file with one sample per line, cleaned, checked, split and digested.

Samples are stripped and normalised to NFC, and keep their order. Blank lines are dropped. So are
exact duplicates, unless the caller wants them.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from model import ModelError
from model.cancellation import CheckCancelled, never_cancelled
from model.recipes import MAX_LENGTH, SplitMethod

MIN_SAMPLES = 20
DIGEST_BYTES = 8
_MAX_HELD_OUT = 5000  # validation samples, and again test samples
_MAX_HELD_OUT_CHARACTERS = 250_000  # so that it is fewer samples if they are long
_CHECK_INTERVAL = 4096  # lines between two checks for cancellation
_MAKEMORE_SEED = 3407
_MAKEMORE_TEST_SAMPLES = 1000

_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_MAX_BYTES_PER_CHARACTER = 4  # in UTF-8
# Category Cc and the two line separators. Surrogates (Cs) cannot occur in decoded UTF-8.
_MAX_CHARACTERS = 16_000  # distinct ones; the bot opens no style with many more
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BIDI_MARKS = dict.fromkeys([0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


class CorpusError(ModelError):
    """The file is not a usable corpus. The message starts with `FILE:` or `FILE:LINE:`."""


@dataclass(frozen=True)
class Corpus:
    """Clean samples in the order of the file, and counts of the lines that were dropped."""

    path: Path
    samples: tuple[str, ...]
    blank_lines: int = 0
    duplicates: int = 0

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
    """Read the file at `path`; see `parse_corpus`. Raises `CorpusError`."""
    try:
        with path.open("rb") as file:
            return parse_corpus(
                file,
                path,
                max_length=max_length,
                keep_duplicates=keep_duplicates,
                min_samples=min_samples,
            )
    except OSError as error:
        raise CorpusError(
            f"{path}: {error.strerror}. Name a text file with one sample per line."
        ) from None


def parse_corpus(
    file: BinaryIO,
    path: Path,
    *,
    max_length: int = MAX_LENGTH,
    keep_duplicates: bool = False,
    min_samples: int = MIN_SAMPLES,
    check_cancelled: CheckCancelled = never_cancelled,
) -> Corpus:
    """Parse an open file line by line. No sample may exceed `max_length` characters.

    There must be `min_samples` distinct samples. `path` names the file in errors. Raises
    `CorpusError`, and `OSError` from reading.
    """
    samples: list[str] = []
    distinct: dict[str, str] = {}
    blank_lines = line_count = 0
    for number, line in _numbered_lines(file, path, max_length):
        line_count = number
        if number % _CHECK_INTERVAL == 0:
            check_cancelled()
        sample = _clean(line, f"{path}:{number}", max_length)
        blank_lines += not sample
        if sample and (keep_duplicates or sample not in distinct):
            samples.append(distinct.setdefault(sample, sample))
    if not line_count:
        raise CorpusError(
            f"{path}: The file is empty. It needs one sample per line, at least {min_samples}."
        )
    if len(distinct) < min_samples:
        samples_word = "sample" if len(distinct) == 1 else "samples"
        raise CorpusError(
            f"{path}: Only {len(distinct)} distinct {samples_word}. "
            f"Add lines until there are at least {min_samples}."
        )
    if (characters := len(set().union(*distinct))) > _MAX_CHARACTERS:
        raise CorpusError(
            f"{path}: The list has {characters:,} different characters, at most "
            f"{_MAX_CHARACTERS:,} are possible. Use a list of one script."
        )
    return Corpus(path, tuple(samples), blank_lines, line_count - blank_lines - len(samples))


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


def _numbered_lines(file: BinaryIO, path: Path, max_length: int) -> Iterator[tuple[int, bytes]]:
    """Yield numbered lines without line ends. A line that is too long is not read in full."""
    limit = max_length * _MAX_BYTES_PER_CHARACTER + len(_BOM) + len(b"\r\n")
    number = 1
    while line := file.readline(limit + 1):
        if number == 1:
            if line.startswith(_UTF16_BOMS):
                raise CorpusError(f"{path}:1: This file is UTF-16. Save it as UTF-8.")
            line = line.removeprefix(_BOM)
        if len(line) > limit:
            raise _too_long(f"{path}:{number}", max_length)
        yield number, line.removesuffix(b"\n").removesuffix(b"\r")
        number += 1


def _clean(line: bytes, location: str, max_length: int) -> str:
    try:
        text = line.decode().translate(_BIDI_MARKS).strip(" \t")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{location}: Byte {error.start + 1} (0x{line[error.start]:02x}) isn't UTF-8. "
            "Save the file as UTF-8."
        ) from None
    if control := _CONTROL.search(text):
        raise CorpusError(
            f"{location}: There is a control character (U+{ord(control[0]):04X}) at position "
            f"{control.start() + 1}. Remove it: each line must be plain text."
        )
    sample = unicodedata.normalize("NFC", text).strip()
    if len(sample) > max_length:
        raise _too_long(location, max_length)
    return sample


def _too_long(location: str, max_length: int) -> CorpusError:
    return CorpusError(
        f"{location}: This line has more than {max_length:,} characters. "
        "Shorten it, or raise max_length."
    )
