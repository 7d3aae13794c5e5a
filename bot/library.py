"""Styles on disk, by name: which there are, and the engine that answers for each.

A style is opened when it is first asked for, off the event loop, and stays open.
"""

import asyncio
from pathlib import Path

from .sampling import Artifact, Engine, Sampler

SHIPPED = Path(__file__).parent / "styles"


class StyleNotFoundError(ValueError):
    """No such style; the message is one line that says which there are."""


class Library:
    """The styles that ship, and `own`: a file of the admin's, or the name of one that ships.

    Raises `StyleNotFoundError` when `own` is neither.
    """

    def __init__(self, own: str, *, max_bytes: int) -> None:
        self._files = {file.stem: file for file in sorted(SHIPPED.glob("*.onnx"))}
        self._max_bytes = max_bytes
        self._engines: dict[str, asyncio.Task[Engine]] = {}
        self.own = own
        """The name of the style that answers where none is asked for."""
        if own.endswith(".onnx") and Path(own).is_file():
            self.own = Path(own).stem
            self._files[self.own] = Path(own)
        elif own not in self._files:
            raise StyleNotFoundError(
                f"[names] style: {own} is neither an .onnx file nor a shipped style; "
                f"these are shipped: {', '.join(self._files)}"
            )

    def names(self) -> list[str]:
        """Return the names of all styles, the own one first."""
        return [self.own, *(name for name in self._files if name != self.own)]

    async def engine(self, style: str) -> Engine:
        """Return the engine of `style`, which `names` has.

        Raises `StyleNotFoundError` or `ArtifactError`.
        """
        if style not in self._files:
            raise StyleNotFoundError(f"There is no such style; there are: {', '.join(self._files)}")
        opening = self._engines.get(style)
        if opening is None or (opening.done() and opening.exception()):
            opening = self._engines[style] = asyncio.create_task(self._open(self._files[style]))
        return await asyncio.shield(opening)

    async def _open(self, file: Path) -> Engine:
        artifact = await asyncio.to_thread(Artifact.open, file, max_bytes=self._max_bytes)
        return Engine(Sampler(artifact))

    def close(self) -> None:
        """Let the threads of the engines go; what they are asked is cancelled."""
        for opening in self._engines.values():
            if not opening.cancel() and not opening.cancelled() and not opening.exception():
                opening.result().close()
        self._engines.clear()
