"""`namesmith export CHECKPOINT OUT.onnx`: write the artifact of a checkpoint.

`--publish STYLE` also publishes it, by running the bot's own command. Nothing of the bot is
imported. In the repository, `python -m export` does the same, and `python -m export styles` makes
the artifacts of the shipped styles (`export.styles`).
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from model import ModelError, missing_package
from model.paths import typed_path

_FOLDER = Path(__file__).parents[1]
"""The repository, or the folder of the training code in the wheel."""

_EXAMPLES = """examples:
  namesmith export runs/names names.onnx
  namesmith export runs/elves elves.onnx --title Elves --description "names of elves" --licence CC0
  namesmith export runs/elves --publish elves

In the repository, `python -m export styles` trains the styles that come with the bot.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Return 0, or another status after a line on standard error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["styles"]:
        from export import styles

        return styles.main(arguments[1:])
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.out is None and options.publish is None:
        parser.error("name OUT.onnx, or a style with --publish")
    if options.out is not None:
        return _write(options, options.out) or _publish(options, options.out)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "style.onnx")
        return _write(options, out) or _publish(options, out)


def _write(options: argparse.Namespace, out: Path) -> int:
    """Write the artifact to `out`, or leave it unchanged. Return the exit status."""
    if not out.parent.is_dir():
        return _refuse(f"{out.parent}: There is no such folder. Create it, or choose another OUT.")
    from export import graph
    from export.metadata import Label
    from model import checkpoint

    title = options.title or (options.out.stem if options.out else options.publish)
    label = Label(title, options.description, options.licence)
    try:
        content, difference = graph.export_artifact(checkpoint.load(options.checkpoint), label)
        checkpoint.write_atomically(out, content)
    except (ModelError, graph.ParityError) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{out}: Can't write this file ({error.strerror}). Choose another OUT.")
    sys.stdout.write(
        f"{options.out or options.publish}: {len(content):,} bytes. onnxruntime and torch differ "
        f"by {difference:.1g} over {graph.STEPS} steps.\n"
    )
    sys.stdout.flush()
    return 0


def _publish(options: argparse.Namespace, out: Path) -> int:
    """Publish `out` with the bot's command if `--publish` is given. Return its exit status."""
    if options.publish is None:
        return 0
    bot = "bot" if (_FOLDER / "bot" / "__main__.py").is_file() else "namesmith"  # of the wheel
    command = [sys.executable, "-P", "-m", bot, "styles", "publish", options.publish, str(out)]
    if options.config:
        command += ["--config", str(options.config)]
    paths = [str(_FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(command, env=environment, check=False)  # noqa: S603  (our own command)
    return done.returncode


def _refuse(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="namesmith export",
        description="Write the .onnx file that the bot reads, after checking it against torch.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=typed_path, help="folder that `namesmith train` wrote")
    parser.add_argument(
        "out", type=typed_path, nargs="?", metavar="OUT.onnx", help="file to write or replace"
    )
    parser.add_argument("--title", help="title of the style (default: the name of OUT, or STYLE)")
    parser.add_argument("--description", default="", help="a line about the style")
    parser.add_argument("--licence", default="unknown", help="licence of the corpus")
    parser.add_argument("--publish", metavar="STYLE", help="publish it as STYLE to running bots")
    parser.add_argument(
        "--config", type=typed_path, metavar="FILE", help="the bot's settings, for --publish"
    )
    return parser


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):  # its encoding may lack letters of names
        sys.stdout.reconfigure(errors="replace")
    try:
        sys.exit(main())
    except ModuleNotFoundError as error:
        sys.stderr.write(missing_package(error))
        sys.exit(2)
