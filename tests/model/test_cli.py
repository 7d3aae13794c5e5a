"""`namesmith train` and the like do what its help says. Refusals are one line on standard error."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from model import checkpoint
from model.cli import main

from .test_settings import RENAMED

ROOT = Path(__file__).parents[2]
SHORT = [
    "--recipe=seed",
    "--max-steps=20",
    "--batch-size=16",
    "--hidden-size=8",
    "--eval-interval=10",
]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, without config.toml and earlier runs."""
    monkeypatch.chdir(tmp_path)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(a) for a in arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


def output(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The output of a command that succeeds and warns only that the corpus is too small."""
    assert main([str(a) for a in arguments]) == 0
    out, err = capsys.readouterr()
    expected = ("Add more if you can: 100 or more is best.", "Add lines: 100 is usually enough.")
    assert all(line.endswith(expected) for line in err.splitlines())
    return out


def test_train_shows_progress_and_finishes(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = output(capsys, "train", "--corpus", corpus_file, *SHORT)
    assert [line.split()[1] for line in out.splitlines() if line.startswith("step")] == ["10", "20"]
    assert "nats per character" in out
    assert "namesmith export runs/names names.onnx" in out
    assert checkpoint.load(Path("runs/names")).metadata.finished


def test_options_override_the_file(corpus_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("config.toml").write_text(
        "[model]\nembedding_size = 5\nhidden_size = 9\n", encoding="utf-8"
    )
    output(capsys, "train", "--corpus", corpus_file, *SHORT)
    recipe = checkpoint.load(Path("runs/names")).metadata.recipe
    assert (recipe.embedding_size, recipe.hidden_size, recipe.learning_rate) == (5, 8, 1e-3)


def test_fresh_replaces_a_run(corpus_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output(capsys, "train", "--corpus", corpus_file, *SHORT)
    before = checkpoint.load(Path("runs/names")).metadata
    err = refusal(capsys, "train", "--corpus", corpus_file, *SHORT, "--seed=2")
    assert "runs/names: There is already a checkpoint. Add --resume" in err
    assert checkpoint.load(Path("runs/names")).metadata == before
    output(capsys, "train", "--corpus", corpus_file, *SHORT, "--seed=2", "--fresh")
    assert checkpoint.load(Path("runs/names")).metadata.recipe.seed == 2


def test_resume_uses_the_saved_recipe(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = output(capsys, "train", "--corpus", corpus_file, *SHORT)
    again = output(capsys, "train", "--out", "runs/names", "--resume")
    assert again.splitlines()[-2:] == out.splitlines()[-2:]
    err = refusal(capsys, "train", "--out", "runs/names", "--resume", "--hidden-size=9")
    assert "This run uses hidden_size = 8, which can't change to 9 now." in err


def test_evaluate_uses_the_test_samples(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output(capsys, "train", "--corpus", corpus_file, *SHORT)
    report = checkpoint.load(Path("runs/names")).metadata.report
    for more in ([], ["--test", corpus_file]):
        out = output(capsys, "evaluate", "runs/names", "--no-baselines", *more)
        assert f"{report.nats_per_character:.4f}" in out
        assert "3 held-out samples" in out


def test_evaluate_on_the_lines_of_a_file(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output(capsys, "train", "--corpus", corpus_file, *SHORT)
    Path("test.txt").write_text("Mora\nNulim\nZoë\n\nShorada\nNulim\n", encoding="utf-8")
    assert main(["evaluate", "runs/names", "--test", "test.txt"]) == 0
    table, notes = capsys.readouterr()
    assert "3 lines of test.txt" in table
    assert notes.splitlines() == [
        "note: 1 of 4 lines are left out: the network doesn't know 'Z', 'ë'.",
        "note: 1 of 3 lines are training samples.",
    ]
    assert main(["evaluate", "runs/names", "--test", "test.txt", "--json"]) == 0
    columns = json.loads(capsys.readouterr().out)
    assert columns.pop("test") == {
        "file": "test.txt",
        "lines": 4,
        "with_unknown_characters": 1,
        "in_training": 1,
    }
    assert list(columns) == ["network", "ngram", "seed"]
    for column in columns.values():
        assert column["held_out_samples"] == 3
        assert f"{column['nats_per_character']:.4f}" in table
        assert f"{column['unseen_nats_per_character']:.4f}" in table


def test_evaluate_needs_a_known_character(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output(capsys, "train", "--corpus", corpus_file, *SHORT)
    Path("test.txt").write_text("Zoë\n", encoding="utf-8")
    err = refusal(capsys, "evaluate", "runs/names", "--test", "test.txt")
    assert err.startswith("test.txt: Every line has a character that the network doesn't know ('Z'")


def test_evaluate_refuses_the_old_option(capsys: pytest.CaptureFixture[str]) -> None:
    err = refusal(capsys, "evaluate", "runs/names", "--corpus", "others.txt")
    assert err == "--corpus: renamed to --test\n"


def test_evaluate_adds_two_baselines(corpus_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output(capsys, "train", "--corpus", corpus_file, *SHORT)
    columns = json.loads(output(capsys, "evaluate", "runs/names", "--json"))
    assert list(columns) == ["network", "ngram", "seed"]
    metadata = checkpoint.load(Path("runs/names")).metadata
    saved = json.loads(json.dumps(asdict(metadata.report)))
    assert columns["network"] == {"name": "network", **saved}
    for baseline in (columns["ngram"], columns["seed"]):
        assert baseline.keys() == columns["network"].keys()
        assert (baseline["held_out_samples"], baseline["drawn"]) == (3, 5000)
        assert baseline["nats_per_character"] < columns["network"]["nats_per_character"] - 0.2
        assert 0 < baseline["share_unique"] < 1
    table = output(capsys, "evaluate", "runs/names")
    assert "warning: Only" not in table  # the baselines may copy
    for column in columns.values():
        assert column["name"] in table
        assert f"{column['nats_per_character']:.4f}" in table
        assert f"{column['share_new']:.1%}" in table


def test_no_baselines_option(corpus_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output(capsys, "train", "--corpus", corpus_file, *SHORT)
    columns = json.loads(output(capsys, "evaluate", "runs/names", "--json", "--no-baselines"))
    assert list(columns) == ["network"]


def test_makemore_split_has_duplicates(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = corpus_file.read_text(encoding="utf-8").splitlines()
    corpus_file.write_text("\n".join(lines + lines[:30]), encoding="utf-8")
    out = output(capsys, "train", "--corpus", corpus_file, "--split=makemore", *SHORT)
    loaded = checkpoint.load(Path("runs/names"))
    assert (loaded.metadata.corpus.samples, len(loaded.tensors["known"])) == (94, 64)
    columns = json.loads(output(capsys, "evaluate", "runs/names", "--json"))
    report = json.loads(json.dumps(asdict(loaded.metadata.report)))
    assert columns["network"] == {"name": "network", **report}
    assert (report["held_out_samples"], columns["seed"]["held_out_samples"]) == (9, 9)
    for column in columns.values():
        assert column["unseen_nats_per_character"] != column["nats_per_character"]
    assert f"excluding training samples │  {report['unseen_nats_per_character']:.4f}" in out
    output(capsys, "train", "--corpus", corpus_file, "--split=makemore-distinct", "--fresh", *SHORT)
    columns = json.loads(output(capsys, "evaluate", "runs/names", "--json", "--no-baselines"))
    assert columns["network"]["held_out_samples"] == 6
    assert columns["network"]["unseen_nats_per_character"] is None


def test_copies_give_a_warning(corpus_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # 64 regular names: the network memorises them all.
    options = ["--recipe=seed", "--learning-rate=0.02", "--max-steps=300"]
    out = output(capsys, "train", "--corpus", corpus_file, *options)
    assert "warning: Only" in out
    table = output(capsys, "evaluate", "runs/names", "--no-baselines")
    (warning,) = (line for line in table.splitlines() if line.startswith("warning: Only"))
    assert warning in out.splitlines()
    assert warning.endswith("Add lines to it. Or use a smaller --hidden-size or more --dropout.")
    assert main(["evaluate", "runs/names", "--no-baselines", "--json"]) == 0
    printed, err = capsys.readouterr()
    assert err == warning + "\n"
    assert f"{json.loads(printed)['network']['share_new']:.1%}" in warning


def test_poor_network_gives_a_warning(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = output(capsys, "train", "--corpus", corpus_file, "--recipe=seed", "--max-steps=1")
    warning = "warning: These names look random. Add lines: 100 is usually enough."
    assert warning in out.splitlines()
    assert warning in output(capsys, "evaluate", "runs/names", "--no-baselines").splitlines()


def test_evaluate_detects_a_changed_corpus(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output(capsys, "train", "--corpus", corpus_file, *SHORT)
    with corpus_file.open("a", encoding="utf-8") as file:
        file.write("Triada\n")
    err = refusal(capsys, "evaluate", "runs/names")
    assert "The file has changed since the training. Name a file to evaluate on with --test" in err
    assert main(["evaluate", "runs/names", "--test", str(corpus_file), "--json"]) == 0
    out, notes = capsys.readouterr()
    assert list(json.loads(out)) == ["network", "test"]
    assert f"note: There are no baselines. {corpus_file}: The file has changed" in notes
    assert json.loads(out)["test"]["in_training"] == 64


def test_evaluate_finds_a_moved_corpus(
    corpus_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output(capsys, "train", "--corpus", corpus_file, *SHORT)
    before = output(capsys, "evaluate", "runs/names", "--json")
    corpus_file.rename("moved.txt")
    err = refusal(capsys, "evaluate", "runs/names")
    assert f"{corpus_file}: The training corpus is no longer there. Name a file" in err
    assert output(capsys, "evaluate", "runs/names", "--test", "moved.txt", "--json") == before


def test_describe_prints_a_table(corpus_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with corpus_file.open("a", encoding="utf-8") as file:
        file.write("\nTrada\n[bold]x\n")
    out = output(capsys, "describe", "--corpus", corpus_file, "--out", "lengths.png")
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


def test_describe_default_output(corpus_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = output(capsys, "describe", "--corpus", corpus_file)
    assert out.endswith("Length histogram: runs/names/lengths.png\n")
    assert Path("runs/names/lengths.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train"], "No corpus. Name one with --corpus FILE"),
        (["train", "--corpus", "no.txt"], "no.txt: No such file or directory. Name a text file"),
        (
            ["train", "--corpus", "no.txt", "--hidden-size", "x"],
            "option hidden_size = 'x': Input should be",
        ),
        (["train", "--corpus", "no.txt", "--config", "no.toml"], "no.toml: No such file"),
        (["train", "--out", "no", "--resume"], "no: Not a checkpoint (checkpoint.json is missing)"),
        (["evaluate", "no"], "no: Not a checkpoint (checkpoint.json is missing)"),
        (["describe", "--corpus", "no.txt"], "no.txt: No such file or directory"),
    ],
)
def test_invalid_input_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert refusal(capsys, *arguments).startswith(message)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(("old", "new"), RENAMED)
def test_old_option_is_refused(old: str, new: str, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = (f"--{name.replace('_', '-')}" for name in (old, new))
    err = refusal(capsys, "train", "--corpus", "no.txt", old, "1")
    assert err == f"{old}: renamed to {new}\n"


def test_unwritable_chart_is_refused(corpus_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    err = refusal(capsys, "describe", "--corpus", corpus_file, "--out", "no/lengths.png")
    assert err.startswith("no/lengths.png: Can't write this file (No such file or directory).")


@pytest.mark.parametrize("command", ["train", "evaluate", "describe"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert f"  namesmith {command} " in capsys.readouterr().out


def test_help_hides_old_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["train", "--help"])
    options = capsys.readouterr().out.split()
    assert "--learning-rate" in options
    assert "--rate" not in options


def test_python_m_model() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "model", "evaluate", "nowhere"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nowhere: Not a checkpoint")


@pytest.mark.parametrize("module", ["model.cli", "export.__main__"])
def test_arguments_are_parsed_without_torch(module: str) -> None:
    code = f"import sys, {module}; print({{'torch', 'onnx', 'matplotlib'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
