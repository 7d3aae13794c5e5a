"""A text file becomes clean samples, or one line that says what to mend where."""

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

from model.corpus import MAX_LENGTH, CorpusError, digest, digests, read_corpus, split_samples
from model.recipes import SplitBy

ROOT = Path(__file__).parents[2]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ENOUGH = "".join(f"{c}{c}\n" for c in LETTERS).encode()
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


def test_one_sample_a_line_in_the_order_of_the_file(tmp_path: Path) -> None:
    assert read_corpus(write(tmp_path, ENOUGH)).samples == tuple(c + c for c in LETTERS)


def test_a_last_line_without_a_newline_counts(tmp_path: Path) -> None:
    assert read_corpus(write(tmp_path, ENOUGH + b"last")).samples[-1] == "last"


def test_bom_and_crlf_leave_no_trace(tmp_path: Path) -> None:
    dressed = b"\xef\xbb\xbf" + ENOUGH.replace(b"\n", b"\r\n")
    assert read_corpus(write(tmp_path, dressed)).samples == tuple(c + c for c in LETTERS)


def test_samples_are_nfc_and_stripped(tmp_path: Path) -> None:
    content = ENOUGH + " Zoe\u0308 \t\n\u00a0Ana\u3000\n".encode()
    assert read_corpus(write(tmp_path, content)).samples[-2:] == ("Zoë", "Ana")


def test_blank_lines_and_exact_duplicates_are_dropped_and_counted(tmp_path: Path) -> None:
    content = ENOUGH + "\n  \nZoë\nZoe\u0308\nzoë\n".encode() + ENOUGH
    corpus = read_corpus(write(tmp_path, content))
    assert corpus.samples[-2:] == ("Zoë", "zoë")
    assert (corpus.blanks, corpus.duplicates) == (2, 27)


def test_exact_duplicates_are_kept_when_asked_for(tmp_path: Path) -> None:
    content = ENOUGH + "\nZoë\nZoe\u0308\nzoë\n".encode() + ENOUGH
    corpus = read_corpus(write(tmp_path, content), repeats=True)
    once = tuple(c + c for c in LETTERS)
    assert corpus.samples == (*once, "Zoë", "Zoë", "zoë", *once)
    assert (corpus.blanks, corpus.duplicates) == (1, 0)
    path = write(tmp_path, b"Anna\n" * 100)
    with pytest.raises(CorpusError, match=": holds 1 distinct sample; "):
        read_corpus(path, repeats=True)


def test_a_space_a_hash_and_an_equals_sign_are_ordinary_text(tmp_path: Path) -> None:
    assert read_corpus(write(tmp_path, ENOUGH + b"# a = b\n")).samples[-1] == "# a = b"


@given(st.lists(PLAIN, max_size=40))
def test_reading_what_was_read_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = write(tmp_path_factory.mktemp("corpus"), ENOUGH + "\n".join(lines).encode())
    once = read_corpus(path)
    assert all(s == unicodedata.normalize("NFC", s).strip() != "" for s in once.samples)
    path.write_bytes("\n".join(once.samples).encode())
    again = read_corpus(path)
    assert (again.samples, again.blanks, again.duplicates) == (once.samples, 0, 0)


@given(st.characters(categories=["Cc", "Zl", "Zp"], exclude_characters="\n"))
def test_a_control_character_is_refused_by_line_and_number(
    tmp_path_factory: pytest.TempPathFactory, character: str
) -> None:
    folder = tmp_path_factory.mktemp("corpus")
    message = refusal(folder, ENOUGH + f"An{character}na\n".encode())
    assert message.startswith(f":27: control character U+{ord(character):04X} at character 3; ")


def test_bytes_that_are_not_utf8_are_refused_by_line_and_place(tmp_path: Path) -> None:
    message = refusal(tmp_path, ENOUGH + "Zoë".encode("latin-1") + b"\n")
    assert message == ":27: byte 3 (0xeb) is not UTF-8; save the file as UTF-8"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_is_told_by_its_name(tmp_path: Path, encoding: str) -> None:
    message = refusal(tmp_path, ("\ufeff" + ENOUGH.decode()).encode(encoding))
    assert message == ":1: is UTF-16, not UTF-8; save the file as UTF-8"


def test_a_sample_of_the_longest_length_is_taken_and_one_longer_is_refused(tmp_path: Path) -> None:
    longest = "𝄞" * 30  # four bytes each in UTF-8
    taken = read_corpus(write(tmp_path, ENOUGH + longest.encode()), max_length=30)
    assert taken.longest == 30
    message = refusal(tmp_path, ENOUGH + longest.encode() + b"x", max_length=30)
    assert message.startswith(":27: sample longer than 30 characters; ")


def test_a_line_without_end_is_refused_without_reading_it_whole(tmp_path: Path) -> None:
    path = write(tmp_path, ENOUGH)
    with path.open("ab") as file:
        file.truncate(2**40)  # a terabyte of nothing, which takes no room on disk
    with pytest.raises(CorpusError, match=":27: sample longer than 2,000 characters"):
        read_corpus(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", ": is empty; "),
        (b"\n \n\xc2\xa0\n", ": holds 0 distinct samples; "),
        (ENOUGH[: 3 * 19], ": holds 19 distinct samples; "),
        (b"Anna\n" * 100, ": holds 1 distinct sample; "),
    ],
)
def test_too_few_samples_are_refused_with_their_number(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    assert refusal(tmp_path, content).startswith(reason)


def test_twenty_samples_are_enough(tmp_path: Path) -> None:
    assert len(read_corpus(write(tmp_path, ENOUGH[: 3 * 20])).samples) == 20


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"nowhere\.txt: No such file or directory; name a text"):
        read_corpus(tmp_path / "nowhere.txt")
    with pytest.raises(CorpusError, match="Is a directory; name a text"):
        read_corpus(tmp_path)


@given(
    st.lists(st.text(min_size=1), min_size=20, unique=True),
    st.floats(0.01, 0.5),
    st.integers(0, 2**63 - 1),
    st.sampled_from(get_args(SplitBy)),
)
def test_a_split_parts_every_sample_once_and_leaves_none_empty(
    samples: list[str], held_out: float, seed: int, by: SplitBy
) -> None:
    split = split_samples(samples, held_out, seed, by)
    assert sorted(split.train + split.validation + split.test) == sorted(samples)
    assert all((split.train, split.validation, split.test))
    equal = by == "random"
    assert len(split.validation) == (len(split.test) if equal else -(-len(split.test) // 2))
    assert split == split_samples(samples, held_out, seed, by)


def test_no_more_than_five_thousand_are_held_out_for_each_use() -> None:
    split = split_samples(list(map(str, range(300_000))), 0.5, 1)
    assert (len(split.validation), len(split.test), len(split.train)) == (5000, 5000, 290_000)


def test_another_seed_holds_out_other_samples() -> None:
    samples = list(map(str, range(200)))
    assert split_samples(samples, 0.1, 1).test != split_samples(samples, 0.1, 2).test


def makemores_test(lines: list[str]) -> list[str]:
    """The test samples as makemore's own lines draw them."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3407)
        size = min(1000, int(len(lines) * 0.1))
        order = torch.randperm(len(lines)).tolist()
    return [lines[i] for i in order[-size:]]


@pytest.mark.parametrize("count", [20, 999, 30_000])
def test_by_makemore_the_test_is_makemores_and_the_seed_chooses_what_steers(count: int) -> None:
    lines = [f"n{i % (count - 3)}" for i in range(count)]  # three of them twice
    one, two = (split_samples(lines, 0.5, seed, "makemore") for seed in (1, 2))
    assert one.test == two.test == makemores_test(lines)
    assert len(one.test) == min(1000, count // 10)
    assert one.validation != two.validation
    assert Counter(one.train + one.validation + one.test) == Counter(lines)


def test_makemores_own_file_is_split_as_there() -> None:
    path = os.environ.get("NAMESMITH_MAKEMORE")
    if not path:
        pytest.skip("NAMESMITH_MAKEMORE names no file; set it to makemore's names.txt")
    lines = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line]
    splits: dict[SplitBy, list[str]] = {
        "makemore": lines,
        "makemore-distinct": list(dict.fromkeys(lines)),
    }
    for by, wanted in splits.items():
        samples = read_corpus(Path(path), repeats=by == "makemore").samples
        split = split_samples(samples, 0.1, 1, by)
        assert split.test == makemores_test(wanted)
        assert (len(split.test), len(split.validation)) == (1000, 500)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "model/corpora").glob("*.txt")), ids=lambda p: p.stem
)
def test_a_shipped_corpus_is_clean_as_it_stands(path: Path) -> None:
    corpus = read_corpus(path)
    assert (corpus.blanks, corpus.duplicates) == (0, 0)
    assert path.read_text(encoding="utf-8") == "\n".join(corpus.samples) + "\n"


def test_digests_are_sorted_and_hold_each_sample(tmp_path: Path) -> None:
    corpus = read_corpus(write(tmp_path, ENOUGH))
    rows = [bytes(row) for row in digests(corpus.samples)]
    assert rows == sorted(map(digest, corpus.samples))
    assert np.array_equal(digests(corpus.samples * 2), digests(corpus.samples))


def test_the_corpus_digest_depends_on_the_clean_samples_alone(tmp_path: Path) -> None:
    plain = read_corpus(write(tmp_path, ENOUGH)).digest
    assert read_corpus(write(tmp_path, b"\xef\xbb\xbf\n" + ENOUGH + b"aa\n")).digest == plain
    assert read_corpus(write(tmp_path, ENOUGH + b"zzz\n")).digest != plain
