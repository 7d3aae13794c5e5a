"""`python -m export` writes a whole artifact, or one line and nothing."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from export import parity
from export.__main__ import main
from model import checkpoint
from model.corpus import read_corpus
from model.training import train

ROOT = Path(__file__).parents[2]


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(a) for a in arguments]) == 2
    out, told = capsys.readouterr()
    assert (out, told.count("\n")) == ("", 1)
    return told


def style(path: Path) -> dict[str, object]:
    props = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    told: dict[str, object] = json.loads(props["namesmith.style"])
    return told


def test_the_file_runs_by_itself_and_gives_torchs_logits(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "elves.onnx"
    assert main([str(run), str(out)]) == 0
    net = checkpoint.load(run).network()
    session = ort.InferenceSession(out.read_bytes(), providers=["CPUExecutionProvider"])
    token, state = torch.tensor([0, 5, 3]), torch.randn(3, net.state_size)
    with torch.no_grad():
        wanted, _ = net.step(token, state)
    logits, _ = session.run(None, {"token": token.numpy(), "state": state.numpy()})
    np.testing.assert_allclose(logits, wanted.numpy(), atol=1e-5)
    assert [path.name for path in tmp_path.iterdir()] == ["elves.onnx"]


def test_the_title_is_the_files_name_unless_it_is_told(run: Path, tmp_path: Path) -> None:
    main([str(run), str(tmp_path / "elves.onnx")])
    told = style(tmp_path / "elves.onnx")
    assert (told["title"], told["description"]) == ("elves", "")
    options = ["--title", "Elves", "--description", "of the wood", "--licence", "CC0"]
    main([str(run), str(tmp_path / "elves.onnx"), *options])
    told = style(tmp_path / "elves.onnx")
    assert (told["title"], told["description"]) == ("Elves", "of the wood")
    assert isinstance(told["corpus"], dict)
    assert told["corpus"]["licence"] == "CC0"


def test_it_says_how_large_the_file_is_and_how_well_it_agrees(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "elves.onnx"
    main([str(run), str(out)])
    size = out.stat().st_size
    assert capsys.readouterr().out.startswith(f"{out}: {size:,} bytes; agrees with torch to ")


def test_a_training_that_was_broken_off_exports_its_best_so_far(run: Path, tmp_path: Path) -> None:
    facts = checkpoint.load(run).facts
    unfinished = train(read_corpus(Path(facts.corpus.file)), facts.recipe, tmp_path / "run")
    next(unfinished)
    made = next(unfinished)
    unfinished.close()
    assert main([str(tmp_path / "run"), str(tmp_path / "elves.onnx")]) == 0
    report = style(tmp_path / "elves.onnx")["report"]
    assert isinstance(report, dict)
    assert report["nats_per_character"] == min(m.held_out for m in made.facts.history)


def test_no_checkpoint_is_told_and_nothing_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, tmp_path / "nowhere", tmp_path / "elves.onnx")
    assert "nowhere: is no checkpoint (checkpoint.json is missing); name a folder" in told
    assert list(tmp_path.iterdir()) == []


def test_a_torn_checkpoint_is_told_and_the_old_file_stays(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn, out = tmp_path / "torn", tmp_path / "elves.onnx"
    torn.mkdir()
    for path in run.iterdir():
        (torn / path.name).write_bytes(path.read_bytes()[:-9])
    out.write_bytes(b"the old one")
    assert "torn" in refused(capsys, torn, out)
    assert out.read_bytes() == b"the old one"


def test_a_difference_is_told_and_the_old_file_stays(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "elves.onnx"
    out.write_bytes(b"the old one")
    monkeypatch.setattr(parity, "TOLERANCE", 0.0)
    assert "logits differ from torch's by " in refused(capsys, run, out)
    assert [path.name for path in tmp_path.iterdir()] == ["elves.onnx"]
    assert out.read_bytes() == b"the old one"


def test_a_folder_that_is_not_there_is_told_before_any_work(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, run, tmp_path / "no" / "elves.onnx")
    assert told == f"{tmp_path / 'no'}: no such folder; make it, or name another OUT\n"


def test_an_out_that_is_a_folder_is_told(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elves.onnx").mkdir()
    told = refused(capsys, run, tmp_path / "elves.onnx")
    assert "elves.onnx: cannot be written (Is a directory); name another OUT" in told
    assert [path.name for path in tmp_path.iterdir()] == ["elves.onnx"]


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "  python -m export runs/names names.onnx\n" in capsys.readouterr().out


def test_python_m_export_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "export", "nowhere", "elves.onnx"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nowhere: is no checkpoint")


def test_it_can_be_published_at_once(
    run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([str(run), "--publish", "elves"]) == 0
    exported, published = capfd.readouterr().out.splitlines()
    assert exported.startswith("elves: ")
    assert published.startswith("elves: version 1 is live (")
    assert style(tmp_path / "data" / "styles" / "elves" / "0001.onnx")["title"] == "elves"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_what_the_bot_says_to_a_style_that_cannot_be_published_is_passed_on(
    run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([str(run), "elves.onnx", "--publish", "a/b"]) == 1
    told = capfd.readouterr().err
    assert told.startswith("namesmith: A style's name is of letters, digits, - and _; ")
    assert [path.name for path in tmp_path.iterdir()] == ["elves.onnx"]


def test_neither_a_file_nor_a_style_is_told(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(run)])
    assert "name OUT.onnx, or a style with --publish" in capsys.readouterr().err
