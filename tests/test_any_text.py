"""Any kind of text can be trained on: from a list to answers in a chat.

Each test runs the training command, the export command, and the real client on a local Discord.
"""

from math import log
from pathlib import Path

import pytest

from bot.loopback import Loopback, Message
from bot.sampling import Artifact
from export.__main__ import main as run_export
from model.cli import main as run_model
from model.corpus import read_corpus

from .bot import conftest
from .bot.conftest import footer_of, names_in, send
from .corpora import generated

discord, run_bot, settings_for = conftest.discord, conftest.run_bot, conftest.settings_for

CORPORA = Path(__file__).parent / "corpora"
SHORT = ["--recipe=fast", "--max-steps=60", "--batch-size=32"]

WRITTEN = {
    "poem": ["The river", "O ", "I ", "And the", "Who sows the wind shall"],
    "headlines": ["Council to ", "Rain ", "Rents rise 7.4%", "World's", "Mayor: "],
    "code": ["#", "#include <", "for (int i = 0; ", "x = (", "if [ $# -lt 1 ]", "<a href="],
    "scripts": ["при", "λό", "かぜ", "سل", "नदी", "바", "đ", "🐙🌊", "👩‍🚀", "∀x "],
}
GENERATED = {
    "molecules": ["N#C", "O=C(", "C[C@H](", "c1ccc(", "[Na+].[O-]", "C/C=C\\"],
    "melodies": ["|: ", "|: G2 A2 ", "(3Bcd ", "{g}e2 [GB]2", "c'2 ", '"Em"B2 '],
    "furniture": ["Sk", "Skå", "Fjø", "Å", "Ør", "Bjä"],
    "cards": ["Grimtooth, ", "Moonlit ", "Knight of ", "Ka'ru, Moonlit Wolf (", "T'l"],
}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, without config.toml."""
    monkeypatch.chdir(tmp_path)


def write_corpus(name: str, lines: list[str]) -> Path:
    path = Path(name)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def train_style(corpus: Path, *options: str) -> Path:
    style = Path(f"{corpus.stem}.onnx").resolve()
    assert run_model(["train", f"--corpus={corpus}", "--out=run", *SHORT, *options]) == 0
    assert run_export(["run", str(style)]) == 0
    return style


def beats_guessing(style: Path) -> bool:
    """Whether the loss is clearly below that of uniform guesses among the characters."""
    artifact = Artifact.open(style)
    loss: float = artifact.style.report["nats_per_character"]
    return loss < 0.9 * log(len(artifact.vocabulary))


async def request_names(discord: Loopback, prefix: str, count: int) -> Message:
    """Ask for names; a prefix with a space is put in quotation marks."""
    escaped = prefix.replace('"', r"\"")
    return await send(
        discord, f'!name "{escaped}" {count}' if " " in escaped else f"!name {escaped} {count}"
    )


@pytest.mark.parametrize("kind", WRITTEN)
async def test_written_text(kind: str, discord: Loopback, run_bot: conftest.RunBot) -> None:
    await check_prefixes(CORPORA / f"{kind}.txt", WRITTEN[kind], discord, run_bot)


@pytest.mark.parametrize("kind", GENERATED)
async def test_generated_text(kind: str, discord: Loopback, run_bot: conftest.RunBot) -> None:
    corpus = write_corpus(f"{kind}.txt", getattr(generated, kind)())
    await check_prefixes(corpus, GENERATED[kind], discord, run_bot)


async def check_prefixes(
    corpus: Path, prefixes: list[str], discord: Loopback, run_bot: conftest.RunBot
) -> None:
    characters = set().union(*read_corpus(corpus).samples)
    style = train_style(corpus)
    assert beats_guessing(style)
    async with run_bot(discord, names={"style": str(style)}):
        for prefix in prefixes:
            names = names_in(await request_names(discord, prefix, 3))
            assert 1 <= len(names) <= 3
            for name in names:
                assert name.startswith(prefix)
                assert characters.issuperset(name), (prefix, name)


async def test_lines_of_2000_characters(discord: Loopback, run_bot: conftest.RunBot) -> None:
    corpus = write_corpus("chants.txt", generated.chants())
    style = train_style(
        corpus,
        "--hidden-size=32",
        "--max-steps=150",
        "--batch-size=8",
        "--learning-rate=0.02",
        "--warmup-steps=0",
    )
    assert beats_guessing(style)
    async with run_bot(discord, names={"style": str(style)}):
        answer = await request_names(discord, "la la ", 25)
        (file,) = answer.attachments
        names = file.data.decode().splitlines()
        assert 1 <= len(names) <= 25
        assert footer_of(answer).startswith("seed ")
        assert max(map(len, names)) > 1000
        for name in names:
            assert name.startswith("la la ")
            assert set("alno ").issuperset(name)
