"""Pictures and texts that the bot sends, as files of the chat's own in the temporary folder.

They stay there when the chat has ended: the paths it printed are still good.
"""

import tempfile
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from ..state.messages import Attachment

_LENGTH = 60
"""Characters of a name that are kept: no file system takes more than 255 bytes."""


@dataclass
class Files:
    """The files saved so far, by the ids of the attachments."""

    folder: Path | None = None
    saved: dict[int, Path] = field(default_factory=dict)

    def save(self, file: Attachment) -> Path:
        """Return where `file` is, after having written it there once."""
        if file.id not in self.saved:
            if self.folder is None:
                self.folder = Path(tempfile.mkdtemp(prefix="namesmith-chat-"))
            path = _free(self.folder, file.filename.lstrip(".")[-_LENGTH:] or "file")
            path.write_bytes(file.data)
            self.saved[file.id] = path
        return self.saved[file.id]

    def place(self, url: str, attachments: Collection[Attachment]) -> str:
        """Return where to look at `url`: the path of an attachment, else the address itself."""
        file = meant(url, attachments)
        return str(self.save(file)) if file else url


def meant(url: str, attachments: Collection[Attachment]) -> Attachment | None:
    """Find the attachment at `url`, which is its own or `attachment://` and its name."""
    name = url.removeprefix("attachment://")
    return next((file for file in attachments if name in (file.url, file.filename)), None)


def _free(folder: Path, name: str) -> Path:
    """Return a path in `folder` where nothing is yet: `name`, or one like it."""
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return path
