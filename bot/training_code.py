"""Training code: where `model/` and `export/` are, what they need, and their commands.

Only processes of their own import them, so that the bot needs no PyTorch. The wheel has them in
`training_code/`, which is not a package: the search path of those processes has that folder.
"""

import runpy
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from .process import collect_garbage, interruptible

COMMANDS = {"train": "model", "evaluate": "model", "describe": "model", "export": "export"}
"""The package of each command of `namesmith` that trains or exports."""

REQUIREMENTS = {
    "charset_normalizer": "charset-normalizer>=3.4,<4",
    "cryptography": "cryptography>=44",
    "distributed": "distributed>=2025.1",
    "matplotlib": "matplotlib>=3.9,<4",
    "onnx": "onnx>=1.18,<2",
    "onnxscript": "onnxscript>=0.5,<1",
    "pydantic": "pydantic>=2.9,<3",
    "safetensors": "safetensors>=0.5,<1",
    "torch": "torch==2.13.0",
}
"""The extra `train` of pyproject.toml, by the names to import."""

_BOT = Path(__file__).parent
_FILES = ("model/corpus_checks.py", "export/training_job.py")


def find_folder() -> Path | None:
    """Return the folder that contains `model/` and `export/`: of the wheel or of the repository."""
    for folder in (_BOT / "training_code", _BOT.parent):
        if all((folder / file).is_file() for file in _FILES):
            return folder
    return None


def missing_requirement() -> str | None:
    """Return what training lacks in this environment and how to get it, in one line, or None.

    It imports nothing, so it is fast.
    """
    if find_folder() is None:
        return "the training code is not here; load the bot from Namesmith's wheel or repository"
    missing = {name: text for name, text in REQUIREMENTS.items() if find_spec(name) is None}
    if not missing:
        return None
    verb = "is" if len(missing) == 1 else "are"
    packages = " ".join(f'"{text}"' for text in missing.values())
    return f"{' and '.join(missing)} {verb} not installed; pip install {packages}"


def run_command(command: str, options: Sequence[str]) -> int:
    """Run one of `COMMANDS` in this process, to its end. Return 2 after a line on standard error.

    Otherwise the command raises `SystemExit`.
    """
    if missing := missing_requirement():
        sys.stderr.write(f"namesmith {command}: {missing}\n")
        return 2
    sys.path.insert(0, str(find_folder()))
    package = COMMANDS[command]
    sys.argv = ["namesmith", *([command] if package == "model" else []), *options]
    collect_garbage()
    with interruptible():
        runpy.run_module(package, run_name="__main__", alter_sys=True)
    return 0
