"""Metadata of the package that depend on the repository's URL: links, and the description on PyPI.

Hatchling runs this for every build. The URL is in pyproject.toml, `tool.hatch.metadata.hooks`.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r"!\[([^]]*)]\((?!https?:)([^)]+)\)\n*")
_LINK = re.compile(r"\[([^]]+)]\((?!https?:)([^)]+)\)")


class PackageMetadata(MetadataHookInterface):
    """Sets `readme` and `urls`, which pyproject.toml declares as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the fields to `metadata`."""
        repository = str(self.config["repository"]).rstrip("/")
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        description = make_description(text, repository, f"v{metadata['version']}")
        metadata["readme"] = {"content-type": "text/markdown", "text": description}
        metadata["urls"] = make_urls(repository)


def make_urls(repository: str) -> dict[str, str]:
    """Return the links of the package by their labels; none without a repository."""
    if not repository:
        return {}
    return {
        "Source": repository,
        "Documentation": f"{repository}/tree/main/docs",
        "Changelog": f"{repository}/blob/main/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


def make_description(readme: str, repository: str, tag: str) -> str:
    """Return the README with absolute links and pictures, those of a release's `tag`.

    Without a repository, it has no pictures, and only the text of links to files.
    """
    if not repository:
        return _LINK.sub(r"\1", _PICTURE.sub("", readme))
    readme = _PICTURE.sub(rf"![\1]({repository}/raw/{tag}/\2)\n\n", readme)
    return _LINK.sub(rf"[\1]({repository}/blob/{tag}/\2)", readme)
