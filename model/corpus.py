"""A text file, one sample a line → clean samples, or one line that says what to mend where.

Samples are NFC and stripped; blank lines are dropped, exact duplicates too unless they are asked
for; the order is kept.
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

from model import Heed, ModelError, unheeding
from model.recipes import SplitBy

MIN_SAMPLES = 20
MAX_LENGTH = 2000
DIGEST_BYTES = 8
MOST_HELD_OUT = 5000
_HEEDED = 4096  # lines are read between two calls of `heed`
_MAKEMORE_SEED = 3407
_MAKEMORE_TEST = 1000

_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_BYTES_PER_CHARACTER = 4  # the most that UTF-8 takes
# Cc, and the two separators that many tools take for a line's end. Cs cannot come out of UTF-8.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class CorpusError(ModelError):
    """The file is no corpus; the message reads `FILE:LINE: reason; how to mend it`."""


@dataclass(frozen=True)
class Corpus:
    """Clean samples in the file's order, and how many lines fell away on the way to them."""

    path: Path
    samples: tuple[str, ...]
    blanks: int = 0
    duplicates: int = 0

    @property
    def longest(self) -> int:
        """Length of the longest sample in characters."""
        return max(map(len, self.samples))

    @property
    def digest(self) -> str:
        """BLAKE2b of the samples joined by newlines, hexadecimal: the same samples, the same."""
        whole = hashlib.blake2b()
        for i, sample in enumerate(self.samples):
            whole.update(("\n" * (i > 0) + sample).encode())
        return whole.hexdigest()


@dataclass(frozen=True)
class Split:
    """A corpus in three: learnt from, steered by (early stop), and only reported on."""

    train: list[str]
    validation: list[str]
    test: list[str]


def read_corpus(path: Path, *, max_length: int = MAX_LENGTH, repeats: bool = False) -> Corpus:
    """The clean samples of the file at `path`, as `corpus_of` reads them; raises `CorpusError`."""
    try:
        with path.open("rb") as file:
            return corpus_of(file, path, max_length=max_length, repeats=repeats)
    except OSError as error:
        raise CorpusError(
            f"{path}: {error.strerror}; name a text file, one sample a line"
        ) from None


def corpus_of(
    file: BinaryIO,
    path: Path,
    *,
    max_length: int = MAX_LENGTH,
    repeats: bool = False,
    heed: Heed = unheeding,
) -> Corpus:
    """The clean samples of the opened `file`, none longer than `max_length` characters.

    Reads line by line and keeps nothing but the samples: each once, or with `repeats` as often as
    the file has it. Raises `CorpusError`, whose line names the file as `path`, and `OSError`.
    """
    samples: list[str] = []
    distinct: dict[str, str] = {}
    blanks = total = 0
    for number, line in _lines(file, path, max_length):
        total = number
        if number % _HEEDED == 0:
            heed()
        sample = _clean(line, f"{path}:{number}", max_length)
        blanks += not sample
        if sample and (repeats or sample not in distinct):
            samples.append(distinct.setdefault(sample, sample))
    if not total:
        raise CorpusError(f"{path}: is empty; it needs one sample a line, {MIN_SAMPLES} at least")
    if len(distinct) < MIN_SAMPLES:
        raise CorpusError(
            f"{path}: holds {len(distinct)} distinct {_samples(len(distinct))}; add lines until "
            f"there are {MIN_SAMPLES} at least"
        )
    return Corpus(path, tuple(samples), blanks, total - blanks - len(samples))


def split_samples(
    samples: Sequence[str], held_out: float, seed: int, by: SplitBy = "random"
) -> Split:
    """Part `samples` in three; which sample falls where is a function of the arguments.

    By "random" the share `held_out`, chosen by `seed`, is held out: half to steer, half to test.
    Each half has one sample at least and 5,000 at most: more would cost learning and time, and
    tell nothing that these do not. The two others test on what karpathy/makemore tests on, and
    steer by half as many, which `seed` chooses from the rest; "makemore" wants the samples with
    their repeats, "makemore-distinct" without.
    """
    random = np.random.default_rng(seed)
    if by == "random":
        half = min(max(1, round(len(samples) * held_out / 2)), MOST_HELD_OUT)
        order = random.permutation(len(samples))
        parts = order[2 * half :], order[:half], order[half : 2 * half]
    else:
        rest, test = _makemore(len(samples))
        rest = random.permutation(rest)
        half = -(-len(test) // 2)
        parts = rest[half:], rest[:half], test
    return Split(*([samples[i] for i in part] for part in parts))


def _makemore(count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The places that makemore learns from and those that it tests on, of `count` lines.

    As its `create_datasets` draws them: the last thousand, or tenth, of a torch permutation.
    """
    import torch  # takes seconds, which who only looks at a list need not wait for

    random = torch.Generator().manual_seed(_MAKEMORE_SEED)
    order = torch.randperm(count, generator=random).numpy()
    learnt = count - min(_MAKEMORE_TEST, int(count * 0.1))
    return order[:learnt], order[learnt:]


def length_counts(samples: Iterable[str], most: int = 60) -> tuple[tuple[int, int], ...]:
    """How many samples have how many characters: (length, count) of each length that occurs.

    They ascend. Where the longest has `most` characters or more than the shortest, the lengths are
    put together in equally wide groups, each under its least; there are `most` groups or fewer.
    """
    counts = Counter(map(len, samples))
    low = min(counts)
    width = (max(counts) - low) // most + 1
    grouped: Counter[int] = Counter()
    for length, count in counts.items():
        grouped[length - (length - low) % width] += count
    return tuple(sorted(grouped.items()))


def digests(samples: Iterable[str]) -> npt.NDArray[np.uint8]:
    """An 8-byte BLAKE2b digest of each distinct sample, uint8 [N, 8], rows sorted as bytes."""
    ordered = sorted({digest(sample) for sample in samples})
    return np.frombuffer(bytearray().join(ordered), dtype=np.uint8).reshape(-1, DIGEST_BYTES)


def digest(sample: str) -> bytes:
    """What stands for `sample` in an artifact, which must not give the corpus away."""
    return hashlib.blake2b(sample.encode(), digest_size=DIGEST_BYTES).digest()


def _lines(file: BinaryIO, path: Path, max_length: int) -> Iterator[tuple[int, bytes]]:
    """Numbered lines without their ends; a line too long for any sample is never read whole."""
    limit = max_length * _BYTES_PER_CHARACTER + len(_BOM) + len(b"\r\n")
    number = 1
    while line := file.readline(limit + 1):
        if number == 1:
            if line.startswith(_UTF16_BOMS):
                raise CorpusError(f"{path}:1: is UTF-16, not UTF-8; save the file as UTF-8")
            line = line.removeprefix(_BOM)
        if len(line) > limit:
            raise _too_long(f"{path}:{number}", max_length)
        yield number, line.removesuffix(b"\n").removesuffix(b"\r")
        number += 1


def _clean(line: bytes, place: str, max_length: int) -> str:
    try:
        text = line.decode().strip(" \t")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{place}: byte {error.start + 1} (0x{line[error.start]:02x}) is not UTF-8; "
            "save the file as UTF-8"
        ) from None
    if control := _CONTROL.search(text):
        raise CorpusError(
            f"{place}: control character U+{ord(control[0]):04X} at character "
            f"{control.start() + 1}; remove it (one sample a line, plain text)"
        )
    sample = unicodedata.normalize("NFC", text).strip()
    if len(sample) > max_length:
        raise _too_long(place, max_length)
    return sample


def _samples(count: int) -> str:
    return "sample" if count == 1 else "samples"


def _too_long(place: str, max_length: int) -> CorpusError:
    return CorpusError(
        f"{place}: sample longer than {max_length:,} characters; shorten it, or raise max_length"
    )
