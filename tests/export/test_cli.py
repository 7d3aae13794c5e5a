"""`namesmith export` writes a complete artifact, or one line on standard error and no file."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from export import graph
from export.__main__ import main
from model import checkpoint
from model.corpus import read_corpus
from model.quantization import round_weights
from model.training import train

ROOT = Path(__file__).parents[2]


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(a) for a in arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


def read_style(path: Path) -> dict[str, object]:
    props = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    style: dict[str, object] = json.loads(props["namesmith.style"])
    return style


def test_file_gives_the_logits_of_torch(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "elves.onnx"
    assert main([str(run), str(out)]) == 0
    network = round_weights(checkpoint.load(run).mixture())
    session = ort.InferenceSession(out.read_bytes(), providers=["CPUExecutionProvider"])
    token, state = torch.tensor([0, 5, 3]), network.initial_state(3)
    with torch.no_grad():
        expected, _ = network.step(token, state)
    logits, _ = session.run(None, {"token": token.numpy(), "state": state.numpy()})
    np.testing.assert_allclose(logits, expected.numpy(), atol=1e-5)
    assert [path.name for path in tmp_path.iterdir()] == ["elves.onnx"]


def test_title_defaults_to_the_file_name(run: Path, tmp_path: Path) -> None:
    main([str(run), str(tmp_path / "elves.onnx")])
    style = read_style(tmp_path / "elves.onnx")
    assert (style["title"], style["description"]) == ("elves", "")
    options = ["--title", "Elves", "--description", "of the wood", "--licence", "CC0"]
    main([str(run), str(tmp_path / "elves.onnx"), *options])
    style = read_style(tmp_path / "elves.onnx")
    assert (style["title"], style["description"]) == ("Elves", "of the wood")
    assert isinstance(style["corpus"], dict)
    assert style["corpus"]["licence"] == "CC0"


def test_output_has_size_and_difference(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "elves.onnx"
    main([str(run), str(out)])
    size = out.stat().st_size
    assert capsys.readouterr().out.startswith(
        f"{out}: {size:,} bytes. onnxruntime and torch differ by "
    )


def test_unfinished_run_exports_its_best(run: Path, tmp_path: Path) -> None:
    metadata = checkpoint.load(run).metadata
    corpus = read_corpus(Path(metadata.corpus.file))
    unfinished = train(corpus, metadata.recipe, tmp_path / "run")
    next(unfinished)
    saved = next(unfinished)
    unfinished.close()
    assert main([str(tmp_path / "run"), str(tmp_path / "elves.onnx")]) == 0
    report = read_style(tmp_path / "elves.onnx")["report"]
    assert isinstance(report, dict)
    best = min(m.validation_loss for m in saved.metadata.history)
    assert report["nats_per_character"] == best


def test_missing_checkpoint_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    err = refusal(capsys, tmp_path / "nowhere", tmp_path / "elves.onnx")
    assert "nowhere: Not a checkpoint (checkpoint.json is missing). Name a folder" in err
    assert list(tmp_path.iterdir()) == []


def test_damaged_checkpoint_is_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged, out = tmp_path / "damaged", tmp_path / "elves.onnx"
    damaged.mkdir()
    for path in run.iterdir():
        content = path.read_bytes()
        (damaged / path.name).write_bytes(content if path.suffix == ".json" else content[:-9])
    out.write_bytes(b"the old one")
    assert "The file is damaged" in refusal(capsys, damaged, out)
    assert out.read_bytes() == b"the old one"


def test_difference_leaves_the_old_file(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "elves.onnx"
    out.write_bytes(b"the old one")
    monkeypatch.setattr(graph, "TOLERANCE", 0.0)
    assert "the logits of onnxruntime and torch differ by " in refusal(capsys, run, out)
    assert [path.name for path in tmp_path.iterdir()] == ["elves.onnx"]
    assert out.read_bytes() == b"the old one"


def test_missing_folder_is_refused_first(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    err = refusal(capsys, run, tmp_path / "no" / "elves.onnx")
    folder = tmp_path / "no"
    assert err == f"{folder}: There is no such folder. Create it, or choose another OUT.\n"


def test_folder_as_output_is_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elves.onnx").mkdir()
    err = refusal(capsys, run, tmp_path / "elves.onnx")
    assert "elves.onnx: Can't write this file (Is a directory). Choose another OUT." in err
    assert [path.name for path in tmp_path.iterdir()] == ["elves.onnx"]


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "  namesmith export runs/names names.onnx\n" in capsys.readouterr().out


def test_python_m_export() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "export", "nowhere", "elves.onnx"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nowhere: Not a checkpoint")


def test_publish_option(
    run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([str(run), "--publish", "elves"]) == 0
    exported, published = capfd.readouterr().out.splitlines()
    assert exported.startswith("elves: ")
    assert published.startswith("elves: version 1 is live (")
    version = tmp_path / "data" / "styles" / "elves" / "0001.onnx"
    assert read_style(version)["title"] == "elves"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_publish_error_is_passed_on(
    run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([str(run), "elves.onnx", "--publish", "a/b"]) == 1
    err = capfd.readouterr().err
    assert err.startswith("namesmith: A style's name can have letters, digits, - and _ only. ")
    assert [path.name for path in tmp_path.iterdir()] == ["elves.onnx"]


def test_file_or_style_is_required(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(run)])
    assert "name OUT.onnx, or a style with --publish" in capsys.readouterr().err
