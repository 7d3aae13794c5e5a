"""`python -m export CHECKPOINT OUT.onnx`: the artifact of a checkpoint, or one line of why not."""

import argparse
import sys
from pathlib import Path

from export import graph, parity
from export.graph import Label
from model import ModelError, checkpoint
from model.publish import publish

_EXAMPLES = """examples:
  python -m export runs/names names.onnx
  python -m export runs/elves elves.onnx --title Elves --description "names of elves" --licence CC0
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
    """The command; returns its exit status: 0, or 2 with one line on standard error."""
    options = _parser().parse_args(arguments)
    out: Path = options.out
    if not out.parent.is_dir():
        return _refuse(f"{out.parent}: no such folder; make it, or name another OUT")
    label = Label(options.title or out.stem, options.description, options.licence)
    try:
        size, difference = export(options.checkpoint, out, label)
    except (ModelError, parity.ParityError) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{out}: cannot be written ({error.strerror}); name another OUT")
    sys.stdout.write(
        f"{out}: {size:,} bytes; agrees with torch to {difference:.1g} over {parity.STEPS} steps\n"
    )
    return 0


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
    parser.add_argument("out", type=Path, metavar="OUT.onnx", help="file to write or replace")
    parser.add_argument("--title", help="name of the style (default: OUT's name)")
    parser.add_argument("--description", default="", help="a line about the style")
    parser.add_argument("--licence", default="unknown", help="licence of the corpus")
    return parser


if __name__ == "__main__":
    sys.exit(main())
