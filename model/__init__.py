"""Training: from a text file of samples to a checkpoint of a character-level recurrent network.

The package uses torch and nothing of the bot. `export` converts a checkpoint to the .onnx file that
the bot reads.
"""


class ModelError(Exception):
    """Unusable input. The message is one line: what is wrong, where, and how to fix it."""


def missing_package(error: ModuleNotFoundError) -> str:
    """Return the line that says how to install a package; raises `error` if it is none."""
    package = (error.name or "").partition(".")[0]
    if package in ("", "model", "export"):
        raise error
    return f"{package} isn't installed. Run: pip install '.[train]'\n"
