"""Whatever stands on a line can be learnt and is answered in the chat: no kind of text is special.

Each kind goes the whole way: the command that trains, the command that exports, the real client on
a loopback Discord.
"""

from math import log
from pathlib import Path

import pytest

from bot.loopback import Loopback, Message
from bot.sampling import Artifact
from export.__main__ import main as export
from model.commands import main as model
from model.corpus import read_corpus

from .bot import conftest
from .bot.conftest import names_in, send
from .corpora import generated

discord, serving, settings_for = conftest.discord, conftest.serving, conftest.settings_for

CORPORA = Path(__file__).parent / "corpora"
FEW = ["--recipe=fast", "--steps=60", "--batch=32"]

WRITTEN = {
    "poem": ["The river", "O ", "I ", "And the", "Who sows the wind shall"],
    "headlines": ["Council to ", "Rain ", "Rents rise 7.4%", "World's", "Mayor: "],
    "code": ["#", "#include <", "for (int i = 0; ", "x = (", "if [ $# -lt 1 ]", "<a href="],
    "scripts": ["при", "λό", "かぜ", "سل", "नदी", "바", "đ", "🐙🌊", "👩‍🚀", "∀x "],
}
MADE = {
    "molecules": ["N#C", "O=C(", "C[C@H](", "c1ccc(", "[Na+].[O-]", "C/C=C\\"],
    "melodies": ["|: ", "|: G2 A2 ", "(3Bcd ", "{g}e2 [GB]2", "c'2 ", '"Em"B2 '],
    "furniture": ["Sk", "Skå", "Fjø", "Å", "Ør", "Bjä"],
    "cards": ["Grimtooth, ", "Moonlit ", "Knight of ", "Ka'ru, Moonlit Wolf (", "T'l"],
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, where no config.toml is."""
    monkeypatch.chdir(tmp_path)


def written(name: str, lines: list[str]) -> Path:
    corpus = Path(name)
    corpus.write_text("\n".join(lines), encoding="utf-8")
    return corpus


def learnt(corpus: Path, *options: str) -> Path:
    """The style that the two commands make of `corpus`."""
    style = Path(f"{corpus.stem}.onnx").resolve()
    assert model(["train", f"--corpus={corpus}", "--out=run", *FEW, *options]) == 0
    assert export(["run", str(style)]) == 0
    return style


def learnt_something(style: Path) -> bool:
    """Whether it foretells what was held out better than one who only knows the characters."""
    artifact = Artifact.open(style)
    foretold: float = artifact.style.report["nats_per_character"]
    return foretold < 0.9 * log(len(artifact.vocabulary))


async def answered(discord: Loopback, prefix: str, count: int) -> Message:
    """What comes back for `prefix`, which stands in quotation marks if it has a space in it."""
    typed = prefix.replace('"', r"\"")
    return await send(
        discord, f'!name "{typed}" {count}' if " " in typed else f"!name {typed} {count}"
    )


@pytest.mark.parametrize("kind", WRITTEN)
async def test_a_corpus_that_people_wrote(
    kind: str, discord: Loopback, serving: conftest.Serving
) -> None:
    await every_prefix_is_answered(CORPORA / f"{kind}.txt", WRITTEN[kind], discord, serving)


@pytest.mark.parametrize("kind", MADE)
async def test_a_corpus_of_notation_or_invented_words(
    kind: str, discord: Loopback, serving: conftest.Serving
) -> None:
    corpus = written(f"{kind}.txt", getattr(generated, kind)())
    await every_prefix_is_answered(corpus, MADE[kind], discord, serving)


async def every_prefix_is_answered(
    corpus: Path, prefixes: list[str], discord: Loopback, serving: conftest.Serving
) -> None:
    characters = set().union(*read_corpus(corpus).samples)
    style = learnt(corpus)
    assert learnt_something(style)
    async with serving(discord, names={"style": str(style)}):
        for prefix in prefixes:
            names = names_in(await answered(discord, prefix, 3))
            assert 1 <= len(names) <= 3
            for name in names:
                assert name.startswith(prefix)
                assert characters.issuperset(name), (prefix, name)


async def test_lines_of_two_thousand_characters(
    discord: Loopback, serving: conftest.Serving
) -> None:
    corpus = written("chants.txt", generated.chants())
    style = learnt(corpus, "--hidden=32", "--steps=150", "--batch=8", "--rate=0.02", "--warm-up=0")
    assert learnt_something(style)
    async with serving(discord, names={"style": str(style)}):
        answer = await answered(discord, "la la ", 25)
        (file,) = answer.attachments
        names = file.data.decode().splitlines()
        assert answer.content.startswith(f"{len(names)} names, seed ")
        assert max(map(len, names)) > 1000
        for name in names:
            assert name.startswith("la la ")
            assert set("alno ").issuperset(name)
