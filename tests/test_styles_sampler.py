"""docs/styles-sampler.md has every shipped style, with its names."""

import re
from pathlib import Path

from bot.config_sections import LibrarySettings, NamesSettings
from bot.library import Library

from .styles_sampler import PAGE


async def test_page_has_every_style(tmp_path: Path) -> None:
    library = await Library.open(NamesSettings(), LibrarySettings(), tmp_path)
    cards = await library.cards()
    await library.close()
    page = PAGE.read_text(encoding="utf-8")
    sections = re.findall(r"^\*\*.+?\*\* `([\w-]+)` · .+\n\n> .+$", page, re.MULTILINE)
    assert set(sections) == {card.name for card in cards}
