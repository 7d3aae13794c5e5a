"""The commands do what their help says; what is refused is one line on standard error."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from model import checkpoint
from model.commands import main

ROOT = Path(__file__).parents[2]
FEW = ["--recipe=seed", "--steps=20", "--batch=16", "--hidden=8", "--measure-every=10"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, so that no config.toml and no earlier run is found."""
    monkeypatch.chdir(tmp_path)


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The line of a refusal."""
    assert main([str(a) for a in arguments]) == 2
    out, told = capsys.readouterr()
    assert (out, told.count("\n")) == ("", 1)
    return told


def ran(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What a command prints that succeeds, and warns of nothing but that the corpus is small."""
    assert main([str(a) for a in arguments]) == 0
    out, told = capsys.readouterr()
    assert all("a style has little to go by below 100" in line for line in told.splitlines())
    return out


def test_train_tells_its_progress_and_leaves_a_finished_run(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ran(capsys, "train", "--corpus", corpus_file, *FEW)
    assert [line.split()[1] for line in out.splitlines() if line.startswith("step")] == ["10", "20"]
    assert "nats per character" in out
    assert "python -m export runs/names names.onnx" in out
    assert checkpoint.load(Path("runs/names")).facts.finished


def test_options_win_over_the_file_and_the_file_over_the_recipe(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("config.toml").write_text("[model]\nembedding = 5\nhidden = 9\n")
    ran(capsys, "train", "--corpus", corpus_file, *FEW)
    recipe = checkpoint.load(Path("runs/names")).facts.recipe
    assert (recipe.embedding, recipe.hidden, recipe.rate) == (5, 8, 1e-3)


def test_train_does_not_overwrite_a_run_unasked(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran(capsys, "train", "--corpus", corpus_file, *FEW)
    before = checkpoint.load(Path("runs/names")).facts
    told = refused(capsys, "train", "--corpus", corpus_file, *FEW, "--seed=2")
    assert "runs/names: holds a checkpoint already; add --resume" in told
    assert checkpoint.load(Path("runs/names")).facts == before
    ran(capsys, "train", "--corpus", corpus_file, *FEW, "--seed=2", "--fresh")
    assert checkpoint.load(Path("runs/names")).facts.recipe.seed == 2


def test_resume_needs_the_folder_alone_and_keeps_its_recipe(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ran(capsys, "train", "--corpus", corpus_file, *FEW)
    again = ran(capsys, "train", "--out", "runs/names", "--resume")
    assert again.splitlines()[-2:] == out.splitlines()[-2:]
    told = refused(capsys, "train", "--out", "runs/names", "--resume", "--hidden=9")
    assert "was trained with hidden = 8, and a resumed run cannot change it to 9" in told


def test_evaluate_measures_the_test_samples_of_the_corpus_trained_on(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran(capsys, "train", "--corpus", corpus_file, *FEW)
    told = checkpoint.load(Path("runs/names")).facts.report
    for more in ([], ["--corpus", corpus_file]):
        out = ran(capsys, "evaluate", "runs/names", "--no-baselines", *more)
        assert f"{told.nats_per_character:.4f}" in out
        assert "3 held-out samples" in out


def test_evaluate_measures_all_of_another_corpus(
    corpus_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran(capsys, "train", "--corpus", corpus_file, *FEW)
    lines = corpus_file.read_text(encoding="utf-8").splitlines()
    other = tmp_path / "other.txt"
    other.write_text("\n".join(lines[:30]), encoding="utf-8")
    assert "30 held-out samples" in ran(capsys, "evaluate", "runs/names", "--corpus", other)
    other.write_text("\n".join([*lines, "Zoë"]), encoding="utf-8")
    told = refused(capsys, "evaluate", "runs/names", "--corpus", other)
    assert "the character 'Z' of 'Zoë' is not in the network's vocabulary" in told


def test_evaluate_sets_two_baselines_beside_the_network(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran(capsys, "train", "--corpus", corpus_file, *FEW)
    told = json.loads(ran(capsys, "evaluate", "runs/names", "--json"))
    assert list(told) == ["network", "ngram", "seed"]
    measured = json.loads(json.dumps(asdict(checkpoint.load(Path("runs/names")).facts.report)))
    assert told["network"] == {"name": "network", **measured}
    for other in (told["ngram"], told["seed"]):
        assert other.keys() == told["network"].keys()
        assert (other["held_out_samples"], other["drawn"]) == (3, 5000)
        assert other["nats_per_character"] < told["network"]["nats_per_character"] - 0.2
        assert 0 < other["share_unique"] < 1
    table = ran(capsys, "evaluate", "runs/names")
    assert "warning" not in table
    for column in told.values():
        assert column["name"] in table
        assert f"{column['nats_per_character']:.4f}" in table
        assert f"{column['share_new']:.1%}" in table


def test_evaluate_measures_the_network_alone_when_told_to_or_on_another_corpus(
    corpus_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran(capsys, "train", "--corpus", corpus_file, *FEW)
    other = tmp_path / "other.txt"
    other.write_bytes(b"\n".join(corpus_file.read_bytes().splitlines()[:30]))
    for more in (["--no-baselines"], ["--corpus", other]):
        assert list(json.loads(ran(capsys, "evaluate", "runs/names", "--json", *more))) == [
            "network"
        ]


def test_a_split_with_repeats_is_learnt_and_evaluated_as_one(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = corpus_file.read_text(encoding="utf-8").splitlines()
    corpus_file.write_text("\n".join(lines + lines[:30]), encoding="utf-8")
    out = ran(capsys, "train", "--corpus", corpus_file, "--split=makemore", *FEW)
    made = checkpoint.load(Path("runs/names"))
    assert (made.facts.corpus.samples, len(made.tensors["known"])) == (94, 64)
    told = json.loads(ran(capsys, "evaluate", "runs/names", "--json"))
    report = json.loads(json.dumps(asdict(made.facts.report)))
    assert told["network"] == {"name": "network", **report}
    assert (report["held_out_samples"], told["seed"]["held_out_samples"]) == (9, 9)
    for column in told.values():
        assert column["unseen_nats_per_character"] != column["nats_per_character"]
    assert f"on samples not learnt from │  {report['unseen_nats_per_character']:.4f}" in out
    ran(capsys, "train", "--corpus", corpus_file, "--split=makemore-distinct", "--fresh", *FEW)
    told = json.loads(ran(capsys, "evaluate", "runs/names", "--json", "--no-baselines"))
    assert told["network"]["held_out_samples"] == 6
    assert told["network"]["unseen_nats_per_character"] is None


def test_a_network_that_quotes_its_corpus_is_told_of(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learns = ["--recipe=seed", "--rate=0.02", "--steps=300"]  # 64 names of one make: all it can say
    out = ran(capsys, "train", "--corpus", corpus_file, *learns)
    assert "warning: only" in out
    told = ran(capsys, "evaluate", "runs/names", "--no-baselines")
    (warning,) = (line for line in told.splitlines() if line.startswith("warning: only"))
    assert warning in out.splitlines()
    assert warning.endswith("add lines to it, or train with a smaller --hidden or more --dropout")
    assert main(["evaluate", "runs/names", "--no-baselines", "--json"]) == 0
    printed, aside = capsys.readouterr()
    assert aside == warning + "\n"
    assert f"{json.loads(printed)['network']['share_new']:.1%}" in warning


def test_evaluate_notices_that_the_corpus_has_changed(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran(capsys, "train", "--corpus", corpus_file, *FEW)
    with corpus_file.open("a", encoding="utf-8") as file:
        file.write("Triada\n")
    told = refused(capsys, "evaluate", "runs/names")
    assert "is not what runs/names was trained on any more; name a corpus" in told


def test_describe_counts_and_draws(corpus_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with corpus_file.open("a", encoding="utf-8") as file:
        file.write("\nTrada\n[bold]x\n")
    out = ran(capsys, "describe", "--corpus", corpus_file, "--out", "lengths.png")
    rows = {
        cells[1].strip(): cells[2].strip()
        for line in out.splitlines()
        if len(cells := line.split("│")) == 4
    }
    assert rows["samples"] == "65"
    assert rows["duplicates dropped"] == rows["blank lines dropped"] == "1"
    assert rows["alphabet"].split()[:4] == ["◌", "-", "B", "K"]
    assert rows["length"] == "2 to 7, median 4"
    assert Path("lengths.png").read_bytes().startswith(b"\x89PNG")


def test_describe_keeps_its_picture_with_the_run_by_default(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ran(capsys, "describe", "--corpus", corpus_file)
    assert out.endswith("length histogram: runs/names/lengths.png\n")
    assert Path("runs/names/lengths.png").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["train"], "no corpus; name one with --corpus FILE"),
        (["train", "--corpus", "no.txt"], "no.txt: No such file or directory; name a text file"),
        (["train", "--corpus", "no.txt", "--hidden", "x"], "option hidden = 'x': input should be"),
        (["train", "--corpus", "no.txt", "--config", "no.toml"], "no.toml: No such file"),
        (["train", "--out", "no", "--resume"], "no: is no checkpoint (checkpoint.json is missing)"),
        (["evaluate", "no"], "no: is no checkpoint (checkpoint.json is missing)"),
        (["describe", "--corpus", "no.txt"], "no.txt: No such file or directory"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert refused(capsys, *arguments).startswith(reason)
    assert list(Path().iterdir()) == []


def test_a_picture_that_cannot_be_written_is_told(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, "describe", "--corpus", corpus_file, "--out", "no/lengths.png")
    assert told.startswith("no/lengths.png: cannot be written (No such file or directory)")


@pytest.mark.parametrize("command", ["train", "evaluate", "describe"])
def test_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert f"  python -m model {command} " in capsys.readouterr().out


def test_python_m_model_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "model", "evaluate", "nowhere"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nowhere: is no checkpoint")
