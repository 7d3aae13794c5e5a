"""Styles on disk: which file a style's name stands for."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "styles"


class StyleNotFoundError(ValueError):
    """No such style; the message is one line that says which there are."""


def find(style: str) -> Path:
    """Return the `.onnx` file of `style`: a shipped style's name, or the path of a file.

    Raises `StyleNotFoundError`.
    """
    path = Path(style) if style.endswith(".onnx") else SHIPPED / f"{style}.onnx"
    if not path.is_file():
        shipped = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.onnx")))
        raise StyleNotFoundError(
            f"[names] style: {style} is neither an .onnx file nor a shipped style; "
            f"these are shipped: {shipped}"
        )
    return path
