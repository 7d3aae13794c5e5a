"""A text file becomes clean samples, or an error with the line number."""

import os
import unicodedata
from collections import Counter
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.corpus import (
    CorpusError,
    length_counts,
    read_corpus,
    sample_digest,
    sample_digests,
    split_samples,
)
from model.recipes import MAX_LENGTH, SplitMethod

ROOT = Path(__file__).parents[2]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VALID = "".join(f"{c}{c}\n" for c in LETTERS).encode()
PLAIN = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)


def write(folder: Path, content: bytes) -> Path:
    path = folder / "list.txt"
    path.write_bytes(content)
    return path


def refusal(folder: Path, content: bytes, max_length: int = MAX_LENGTH) -> str:
    path = write(folder, content)
    with pytest.raises(CorpusError) as caught:
        read_corpus(path, max_length=max_length)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message.removeprefix(str(path))


def test_samples_have_the_order_of_the_file(tmp_path: Path) -> None:
    assert read_corpus(write(tmp_path, VALID)).samples == tuple(c + c for c in LETTERS)


def test_last_line_may_lack_a_newline(tmp_path: Path) -> None:
    assert read_corpus(write(tmp_path, VALID + b"last")).samples[-1] == "last"


def test_bom_and_crlf_are_removed(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + VALID.replace(b"\n", b"\r\n")
    assert read_corpus(write(tmp_path, content)).samples == tuple(c + c for c in LETTERS)


def test_samples_are_nfc_and_stripped(tmp_path: Path) -> None:
    content = VALID + " Zoe\u0308 \t\n\u00a0Ana\u3000\n".encode()
    assert read_corpus(write(tmp_path, content)).samples[-2:] == ("Zoë", "Ana")


def test_marks_of_direction_are_removed(tmp_path: Path) -> None:
    content = f"\u202bNoa\u202c\u200f\nA\u2066n\u2069n\n{VALID.decode()}".encode()
    assert read_corpus(write(tmp_path, content)).samples[:2] == ("Noa", "Ann")


def test_too_many_characters_are_refused(tmp_path: Path) -> None:
    content = "\n".join(map(chr, range(0x3400, 0x3400 + 16_001))).encode()
    assert "The list has 16,001 different characters, at most 16,000" in refusal(tmp_path, content)


def test_dropped_lines_are_counted(tmp_path: Path) -> None:
    content = VALID + "\n  \nZoë\nZoe\u0308\nzoë\n".encode() + VALID
    corpus = read_corpus(write(tmp_path, content))
    assert corpus.samples[-2:] == ("Zoë", "zoë")
    assert (corpus.blank_lines, corpus.duplicates) == (2, 27)


def test_duplicates_can_be_included(tmp_path: Path) -> None:
    content = VALID + "\nZoë\nZoe\u0308\nzoë\n".encode() + VALID
    corpus = read_corpus(write(tmp_path, content), keep_duplicates=True)
    once = tuple(c + c for c in LETTERS)
    assert corpus.samples == (*once, "Zoë", "Zoë", "zoë", *once)
    assert (corpus.blank_lines, corpus.duplicates) == (1, 0)
    path = write(tmp_path, b"Anna\n" * 100)
    with pytest.raises(CorpusError, match=r": Only 1 distinct sample\. "):
        read_corpus(path, keep_duplicates=True)


def test_punctuation_is_ordinary_text(tmp_path: Path) -> None:
    assert read_corpus(write(tmp_path, VALID + b"# a = b\n")).samples[-1] == "# a = b"


@given(st.lists(PLAIN, max_size=40))
def test_reading_twice_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = write(tmp_path_factory.mktemp("corpus"), VALID + "\n".join(lines).encode())
    once = read_corpus(path)
    assert all(s == unicodedata.normalize("NFC", s).strip() != "" for s in once.samples)
    path.write_bytes("\n".join(once.samples).encode())
    again = read_corpus(path)
    assert (again.samples, again.blank_lines, again.duplicates) == (once.samples, 0, 0)


@given(
    st.characters(categories=["Cc", "Zl", "Zp"], exclude_characters="\t\n\v\f\r\x85\u2028\u2029")
)
def test_control_characters_are_removed_and_counted(
    tmp_path_factory: pytest.TempPathFactory, character: str
) -> None:
    content = VALID + f"An{character}na\n".encode()
    corpus = read_corpus(write(tmp_path_factory.mktemp("corpus"), content))
    assert corpus.samples[-1] == "Anna"
    assert corpus.source
    assert corpus.source.decoded.invisible == 1


@pytest.mark.parametrize("end", ["\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_line_end_is_known(tmp_path: Path, end: str) -> None:
    content = VALID.decode().replace("\n", end).encode()
    assert read_corpus(write(tmp_path, content)).samples == tuple(c + c for c in LETTERS)


def test_max_length(tmp_path: Path) -> None:
    longest = "𝄞" * 30  # four bytes each in UTF-8
    accepted = read_corpus(write(tmp_path, VALID + longest.encode()), max_length=30)
    assert accepted.max_length == 30
    message = refusal(tmp_path, VALID + longest.encode() + b"x", max_length=30)
    assert message.startswith(":27: This line has more than 30 characters. ")


def test_endless_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, VALID)
    with path.open("ab") as file:
        file.truncate(2**40)  # a sparse terabyte, which uses no disk space
    with pytest.raises(CorpusError, match="The file has more than 256 MiB"):
        read_corpus(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", ": The file is empty. "),
        (b"\n \n\xc2\xa0\n", ": Only 0 distinct samples. "),
        (VALID[: 3 * 19], ": Only 19 distinct samples. "),
        (b"Anna\n" * 100, ": Only 1 distinct sample. "),
    ],
)
def test_too_few_samples_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    assert refusal(tmp_path, content).startswith(reason)


def test_twenty_samples_are_enough(tmp_path: Path) -> None:
    assert len(read_corpus(write(tmp_path, VALID[: 3 * 20])).samples) == 20


def test_missing_file_or_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"nowhere\.txt: No such file or directory\. Name a text"):
        read_corpus(tmp_path / "nowhere.txt")
    with pytest.raises(CorpusError, match=r"Is a directory\. Name a text"):
        read_corpus(tmp_path)


@given(
    st.lists(st.text(min_size=1), min_size=20, unique=True),
    st.floats(0.01, 0.5),
    st.integers(0, 2**63 - 1),
    st.sampled_from(get_args(SplitMethod)),
)
def test_split_has_every_sample_once(
    samples: list[str], fraction: float, seed: int, method: SplitMethod
) -> None:
    split = split_samples(samples, fraction, seed, method)
    assert sorted(split.train + split.validation + split.test) == sorted(samples)
    assert all((split.train, split.validation, split.test))
    equal = method == "random"
    assert len(split.validation) == (len(split.test) if equal else -(-len(split.test) // 2))
    assert split == split_samples(samples, fraction, seed, method)


def test_held_out_samples_are_limited() -> None:
    split = split_samples(list(map(str, range(300_000))), 0.5, 1)
    assert (len(split.validation), len(split.test), len(split.train)) == (5000, 5000, 290_000)


def test_seed_determines_the_split() -> None:
    samples = list(map(str, range(200)))
    assert split_samples(samples, 0.1, 1).test != split_samples(samples, 0.1, 2).test


def makemore_test(lines: list[str]) -> list[str]:
    """The test samples, selected with makemore's own lines."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3407)
        size = min(1000, int(len(lines) * 0.1))
        order = torch.randperm(len(lines)).tolist()
    return [lines[i] for i in order[-size:]]


@pytest.mark.parametrize("count", [20, 999, 30_000])
def test_makemore_split(count: int) -> None:
    lines = [f"n{i % (count - 3)}" for i in range(count)]  # three of them twice
    one, two = (split_samples(lines, 0.5, seed, "makemore") for seed in (1, 2))
    assert one.test == two.test == makemore_test(lines)
    assert len(one.test) == min(1000, count // 10)
    assert one.validation != two.validation
    assert Counter(one.train + one.validation + one.test) == Counter(lines)


def test_makemore_split_of_its_own_file() -> None:
    path = os.environ.get("NAMESMITH_MAKEMORE")
    if not path:
        pytest.skip("Set NAMESMITH_MAKEMORE to the path of makemore's names.txt.")
    lines = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line]
    expected: dict[SplitMethod, list[str]] = {
        "makemore": lines,
        "makemore-distinct": list(dict.fromkeys(lines)),
    }
    for method, samples in expected.items():
        corpus = read_corpus(Path(path), keep_duplicates=method == "makemore")
        split = split_samples(corpus.samples, 0.1, 1, method)
        assert split.test == makemore_test(samples)
        assert (len(split.test), len(split.validation)) == (1000, 500)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "model/corpora").glob("*.txt")), ids=lambda p: p.stem
)
def test_shipped_corpus_is_clean(path: Path) -> None:
    corpus = read_corpus(path)
    assert (corpus.blank_lines, corpus.duplicates) == (0, 0)
    assert path.read_text(encoding="utf-8") == "\n".join(corpus.samples) + "\n"


def test_sample_digests_are_sorted(tmp_path: Path) -> None:
    corpus = read_corpus(write(tmp_path, VALID))
    rows = [bytes(row) for row in sample_digests(corpus.samples)]
    assert rows == sorted(map(sample_digest, corpus.samples))
    assert np.array_equal(sample_digests(corpus.samples * 2), sample_digests(corpus.samples))


def test_corpus_digest_ignores_format(tmp_path: Path) -> None:
    plain = read_corpus(write(tmp_path, VALID)).digest
    assert read_corpus(write(tmp_path, b"\xef\xbb\xbf\n" + VALID + b"aa\n")).digest == plain
    assert read_corpus(write(tmp_path, VALID + b"zzz\n")).digest != plain


@given(st.lists(st.integers(1, 300).map("x".__mul__), min_size=1, max_size=200), st.integers(1, 90))
def test_length_counts_are_grouped(samples: list[str], max_groups: int) -> None:
    counts = length_counts(samples, max_groups)
    starts = [length for length, _ in counts]
    assert starts == sorted(set(starts))
    assert starts[0] == min(map(len, samples))
    assert len(counts) <= max_groups
    for i, (length, count) in enumerate(counts):
        end = starts[i + 1] if i + 1 < len(starts) else 301
        assert count == sum(length <= len(sample) < end for sample in samples) > 0


def test_narrow_length_counts() -> None:
    assert length_counts(["a", "bb", "cc", "x" * 60]) == ((1, 1), (2, 2), (60, 1))
    assert length_counts(["a", "bb", "cc", "x" * 61]) == ((1, 3), (61, 1))
