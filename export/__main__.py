"""`python -m export CHECKPOINT OUT.onnx`: the artifact of a checkpoint, or one line of why not.

`--publish STYLE` gives it to the bot, by the bot's own command: nothing of it is imported here.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from export import graph, parity
from export.graph import Label
from model import ModelError, checkpoint
from model.publish import publish

_ROOT = Path(__file__).parents[1]
_EXAMPLES = """examples:
  python -m export runs/names names.onnx
  python -m export runs/elves elves.onnx --title Elves --description "names of elves" --licence CC0
  python -m export runs/elves --publish elves
"""


def export(folder: Path, out: Path, label: Label) -> tuple[int, float]:
    """Write the artifact of the checkpoint in `folder` to `out`; its bytes, its largest difference.

    Raises `CheckpointError`, `ParityError` or `OSError`; `out` is then what it was before.
    """
    found = checkpoint.load(folder)
    model = graph.build(found, label)
    difference = parity.check(model, found.network())
    content = model.SerializeToString()
    publish(out, content)
    return len(content), difference


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status: 0, or another with one line on standard error."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.out is None and options.publish is None:
        parser.error("name OUT.onnx, or a style with --publish")
    if options.out is not None:
        return _written(options, options.out) or _published(options, options.out)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "style.onnx")
        return _written(options, out) or _published(options, out)


def _written(options: argparse.Namespace, out: Path) -> int:
    """Write `out`; return the exit status."""
    if not out.parent.is_dir():
        return _refuse(f"{out.parent}: no such folder; make it, or name another OUT")
    title = options.title or (options.out.stem if options.out else options.publish)
    label = Label(title, options.description, options.licence)
    try:
        size, difference = export(options.checkpoint, out, label)
    except (ModelError, parity.ParityError) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{out}: cannot be written ({error.strerror}); name another OUT")
    told = options.out or options.publish
    sys.stdout.write(
        f"{told}: {size:,} bytes; agrees with torch to {difference:.1g} over {parity.STEPS} steps\n"
    )
    sys.stdout.flush()
    return 0


def _published(options: argparse.Namespace, out: Path) -> int:
    """Have the bot publish `out`, if that was asked for; return its exit status."""
    if options.publish is None:
        return 0
    command = [sys.executable, "-m", "bot", "styles", "publish", options.publish, str(out)]
    if options.config:
        command += ["--config", str(options.config)]
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    there = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run(command, env=there, check=False).returncode  # noqa: S603, our own command


def _refuse(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export",
        description="Write the .onnx file that the bot reads, once torch and onnxruntime agree.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path, help="folder that `python -m model train` wrote")
    parser.add_argument(
        "out", type=Path, nargs="?", metavar="OUT.onnx", help="file to write or replace"
    )
    parser.add_argument("--title", help="name of the style (default: OUT's, or STYLE)")
    parser.add_argument("--description", default="", help="a line about the style")
    parser.add_argument("--licence", default="unknown", help="licence of the corpus")
    parser.add_argument("--publish", metavar="STYLE", help="have a running bot answer from it")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the bot's settings, for --publish"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
