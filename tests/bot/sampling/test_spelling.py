"""Spelling: styles accept their own names, however they are typed."""

# ruff: noqa: RUF001  (characters that look like others)

import time
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Engine, PatternGenerator, Request, RequestError, Vocabulary
from bot.sampling.artifact import Floats, Ids
from bot.sampling.folding import clean, fold
from bot.sampling.lattice import build_lattice, partial_lattice
from bot.sampling.mix import MixedModel, Part
from model.corpus import read_corpus

from ...sampler import Sampler
from ..artifacts import bigrams, vocabulary_of, write_artifact

CORPORA = sorted(Path("model/corpora").glob("*.txt"))


class Table:
    """A `CharacterModel` whose logits are a table of letter pairs."""

    title = "Table"
    state_size = 1
    corpus_quantiles: npt.NDArray[np.float64] = np.zeros(0)

    def __init__(self, *samples: str) -> None:
        self.samples = [unicodedata.normalize("NFC", sample) for sample in samples]
        self.vocabulary = Vocabulary(tuple(vocabulary_of(self.samples)))
        self.max_length = max(map(len, self.samples))
        self.table = bigrams(self.samples)

    def step(self, token: Ids, state: Floats) -> tuple[Floats, Floats]:
        return self.table[token], state

    def in_corpus(self, name: str) -> bool:
        return name in self.samples

    def are_in_corpus(self, names: Sequence[str]) -> list[bool]:
        return [name in self.samples for name in names]


def without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in letters if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", bare)


def forms(sample: str) -> list[str]:
    """Return the ways in which people type `sample`."""
    plain = without_accents(sample)
    typed = [sample.upper(), sample.lower(), plain, plain.upper(), plain.lower(), fold(sample)]
    return [unicodedata.normalize("NFC", form) for form in typed if form.strip()]


def has_letters(spelled: str, *typed: str) -> bool:
    """Whether `spelled` has the letters of one of the texts, or of its other letter case."""
    texts = {text for each in typed for text in (each, each.upper(), each.lower())}
    return fold(spelled) in map(fold, texts)


@pytest.mark.parametrize("path", CORPORA, ids=lambda path: path.stem)
def test_style_can_spell_its_own_names(path: Path) -> None:
    samples = read_corpus(path).samples
    vocabulary = Vocabulary(tuple(vocabulary_of(samples)))
    plain = [sample for sample in samples if sample.isascii()]
    special = [sample for sample in samples if not sample.isascii()]
    for sample in (*plain[:: 1 + len(plain) // 300], *special):
        assert partial_lattice(vocabulary, clean(sample)).typed() == sample
        for form in forms(sample):
            text = clean(form)
            lattice = partial_lattice(vocabulary, text)
            assert len(lattice.steps) == len(text), (sample, form)
            assert has_letters(lattice.typed(), sample, form), (sample, form)


@cache
def shipped(style: str) -> Sampler:
    return Sampler(Artifact.open(STYLES / f"{style}.onnx"))


@cache
def samples_of(style: str) -> tuple[str, ...]:
    return read_corpus(Path(f"model/corpora/{style}.txt")).samples


@given(st.data())
def test_own_names_are_accepted_everywhere(data: st.DataObject) -> None:
    style = data.draw(st.sampled_from(CORPORA)).stem
    sample, other = data.draw(st.tuples(*[st.sampled_from(samples_of(style))] * 2))
    sampler = shipped(style)
    assert sampler.match_prefix(sample) == sample
    assert sampler.score(sample).name == sample
    form = data.draw(st.sampled_from(forms(sample)))
    assert has_letters(sampler.match_prefix(form), sample, form)
    assert has_letters(sampler.score(form).name, sample, form)
    try:
        sampler.blend([form, other], seed=1)
    except RequestError as error:
        assert "found between" in str(error)  # noqa: PT017  (both names were accepted)


ALPHABETS = {
    "turkish": "abcçdefgğhıijklmnoöprsştuüvyzİIĞŞ",
    "greek": "αβγδεζηθικλμνξοπρσςτυφχψωΐΰάέήίόύώϊϋΆΈΉΊΌΎΏᾶῆῖῦῶᾳῃῳᾷῇῷᾀὒ",
    "german": "abcdefghijklmnopqrstuvwxyzäöüßÄÖÜẞABC-' ",
    "vietnamese": "aàáảãạăằắẳẵặâầấẩẫậđeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵĐ",
    "marks": "hẖtṯǰŉʼnẘaẚıi\u0307\u0331\u0301ẉłøæœþðŋħŧĸſﬁﬄﬅǆǅĳ",
    "armenian": "աբգդևﬓﬔեւԵՒ",
}

LETTERS = st.characters(categories=["L", "Mn", "Mc"])
LISTS = st.one_of(
    *(
        st.lists(st.text(alphabet, min_size=1, max_size=8), min_size=1, max_size=6)
        for alphabet in (*map(st.sampled_from, ALPHABETS.values()), LETTERS)
    )
)


@given(LISTS, st.data())
@example(["İzmir", "Işık"], None)
@example(["ΐ", "ῆ", "ẖ", "ᾷ"], None)
@example(["Straße"], None)
def test_any_list_accepts_its_own_names(names: list[str], data: st.DataObject | None) -> None:
    samples = list(filter(None, (clean(name).strip() for name in names)))
    assume(samples)
    sampler = Sampler(Table(*samples))
    for sample in samples if data is None else [data.draw(st.sampled_from(samples))]:
        assert sampler.match_prefix(sample) == sample
        assert sampler.score(sample).name == sample
        for form in forms(sample):
            spelled = sampler.match_prefix(form)
            assert has_letters(spelled, sample, form), (form, spelled)
            assert sampler.names(Request(form, 1, max_length=99))[0].startswith(spelled)


@pytest.mark.parametrize(
    ("samples", "typed", "spelled"),
    [
        ("Weiss", "Weiß", "Weiss"),
        ("Emma Ève", "Èv", "Èv"),
        ("Emma ève", "Èm", "Em"),
        ("New York", "NEW Y", "New Y"),
        ("Łódź Łomża", "lodz", "Łódź"),
        ("Łódź Łomża", "LOM", "Łom"),
        ("Lodz", "Łódź", "Lodz"),
        ("Straße Strand", "STRASSE", "Straße"),
        ("Ægir Ásgeir", "aeg", "Æg"),
        ("Aegir Asgeir", "ÆG", "Aeg"),
        ("Aegir Asgeir", "Æg", "Aeg"),
        ("Øyvind", "oyv", "Øyv"),
        ("Đạt Đức", "dat", "Đạt"),
        ("Þór", "thor", "Þór"),
        ("Thor", "þór", "Thor"),
        ("Sørensen", "Soerensen", "Sørensen"),
        ("Müller", "mueller", "Müller"),
        ("Müller", "muller", "Müller"),
        ("Muller", "Müller", "Muller"),
        ("İzmir Isparta", "iz", "İz"),
        ("İzmir Isparta", "izmir", "İzmir"),
        ("İzmir Isparta", "isparta", "Isparta"),
        ("Diyarbakır", "DIYARBAKIR", "Diyarbakır"),
        ("Ẓafar", "z\u0323a", "Ẓa"),
        ("Zafar", "z\u0323a", "Za"),
        ("Tom", "T\u200bo\u00adm\ufeff", "Tom"),
        ("Tom", "\u200e\u2067To\u2069\ufe0f\u200d", "To"),
        ("Tom", "Ｔｏｍ", "Tom"),
        ("ガス", "ｶﾞ", "ガ"),
        ("Figaro", "ﬁg", "Fig"),
        ("O'Brien", "O’Br", "O'Br"),
        ("O'Brien", "O´Br", "O'Br"),
        ("O’Brien", "o'br", "O’Br"),
        ("Anne-Marie", "anne–m", "Anne-M"),
        ("Anne-Marie", "Anne‑M", "Anne-M"),
        ("New York", "New\u00a0Y", "New Y"),
        ("क\u094d\u200dष", "क\u094d\u200dष", "क\u094d\u200dष"),
        ("कष्", "क\u094d\u200dष", "क\u094dष"),
        ("مُحَمَّد", "مُحَ", "مُحَ"),
        ("محمد", "مُحَمَّد", "محمد"),
        ("محمد", "محمّـــد", "محمد"),
        ("علي كريم", "علی", "علي"),
        ("דָּוִד", "דָּוִ", "דָּוִ"),
        ("דוד", "דָּוִד", "דוד"),
        ("👩\u200d🚀x ab", "👩\u200d🚀", "👩\u200d🚀"),
        ("Anna", "A\u200bn\u200dn\u2060", "Ann"),
        ("Agent 3", "agent ٣", "Agent 3"),
        ("김민", "김", "김"),
    ],
)
def test_text_is_spelled_as_the_style_does(samples: str, typed: str, spelled: str) -> None:
    model = Table(*samples.split(" "), samples)
    assert Sampler(model).match_prefix(typed) == clean(spelled)


@pytest.mark.parametrize("typed", ["slaw", "SŁAW", "sław", "Slaw"])
def test_text_inside_names_is_spelled_as_the_style_does(typed: str) -> None:
    sampler = Sampler(Table("Bolesław", "Stanisław", "Mirosława", "Lena", "Ala"))
    assert all(name.endswith("sław") for name in sampler.names(Request(suffix=typed, seed=1)))
    assert all("sław" in name for name in sampler.names(Request(contains=typed, seed=1)))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("T5r", r"doesn't use the character “5”\. It uses: “Tmo”"),
        ("T\x07m", "the character “control character”"),
        ("T o", "the character “space”"),
        ("T👨‍👩‍👧", "doesn't use the character “👨”"),
        ("Tा", "doesn't use the character “◌ा”"),
    ],
)
def test_unknown_character_is_named_in_words(typed: str, message: str) -> None:
    sampler = Sampler(Table("Tom"))
    for request in (Request(typed), Request(suffix=typed), Request(contains=typed)):
        with pytest.raises(RequestError, match=message) as caught:
            sampler.names(request)
        assert "U+" not in str(caught.value)


def test_mix_reads_letters_that_a_style_lacks(tmp_path: Path) -> None:
    lists = {"german": ["Straße", "Größe"], "english": ["Strasse", "Grosse"]}
    parts = [
        Part(style, Artifact.open(write_artifact(tmp_path / f"{style}.onnx", samples)))
        for style, samples in lists.items()
    ]
    sampler = Sampler(MixedModel(parts))
    assert sampler.score("Straße").name == "Straße"
    assert has_letters(sampler.score("GRÖSSE").name, "Größe")


@pytest.mark.parametrize(
    "typed", ["Łódź Straße", "lodz strasse", "LODZ\u200b STRASSE", "Łódź STRAẞE"]
)
async def test_pattern_is_split_in_any_spelling(typed: str) -> None:
    first, last = Engine(Table("Łódź", "Łomża")), Engine(Table("Straße", "Ægir"))
    pattern = PatternGenerator("Places", "{first} {last}", [(first,), " ", (last,)])
    assert (await pattern.score(typed)).name == "Łódź Straße"
    assert (await pattern.names(Request(typed[:-1], 1)))[0].startswith("Łódź Stra")
    assert (await pattern.top_names(typed[:-1], 1))[0][0].startswith("Łódź Stra")


def test_empty_text_is_no_text() -> None:
    sampler = Sampler(Table("Tom"))
    assert sampler.match_prefix("\u200b \ufeff") == ""
    with pytest.raises(RequestError, match="no name to rate"):
        sampler.score("\u200b")


@given(st.text(max_size=40))
def test_any_text_is_spelled_or_refused(text: str) -> None:
    model = Table("Straße", "Ægir", "İzmir", "O’Neil", "Ann-Marie", "ẖ\u0301é", "ﬁ")
    sampler = Sampler(model)
    try:
        spelled = sampler.match_prefix(text)
    except RequestError as error:
        assert "U+" not in str(error)  # noqa: PT017  (either outcome is right)
    else:
        assert model.vocabulary.can_spell(spelled)


def test_cost_is_linear_in_the_text() -> None:
    model = Table("Straße" * 300, "Ægir")

    def seconds(text: str) -> float:
        started = time.process_time()
        build_lattice(model, clean(text))
        return time.process_time() - started

    seconds("strasse" * 10)
    short = min(seconds("strasse" * 40) for _ in range(5))
    assert min(seconds("strasse" * 400) for _ in range(5)) < 30 * short + 0.01
    assert seconds("a" + "\u0301" * 100_000) < 1
    with pytest.raises(
        RequestError, match="6,000 characters, but names in this style have at most 1,800"
    ):
        build_lattice(model, "a" * 6_000)
