"""docs/styles-sampler.md has every shipped style, with its twenty names."""

import re

from bot.config import LibrarySettings, NamesSettings
from bot.library import Library

from .styles_sampler import COUNT, PAGE


async def test_page_has_every_style(tmp_path: object) -> None:
    library = await Library.open(NamesSettings(), LibrarySettings(), PAGE.parent / "none")
    cards = await library.cards()
    await library.close()
    sections = re.findall(r"^\*\*.+?\*\* `([\w-]+)` · .+\n\n> (.+)$", PAGE.read_text(), re.MULTILINE)
    assert [name for name, _ in sections] == [card.name for card in cards]
