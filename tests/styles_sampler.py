"""docs/styles-sampler.md: twenty names of each shipped style, and how well each one was learnt.

`python -m tests.styles_sampler` writes the page anew.
"""

import asyncio
import tempfile
from pathlib import Path

from bot.config_sections import LibrarySettings, NamesSettings
from bot.library import Library, StyleCard
from bot.library.card_search import by_group
from bot.profanity import ProfanityFilter
from bot.sampling import Request
from model.catalogue import read_catalogue

PAGE = Path(__file__).parents[1] / "docs" / "styles-sampler.md"
COUNT, TEMPERATURE, SEED = 20, 0.9, 1

_HEAD = f"""# The styles, with names

Every style that ships, with {COUNT} names as `/name` invents them: temperature {TEMPERATURE}, new
names only, seed {SEED}. `python -m tests.styles_sampler` writes it; `/style info` shows more.

The loss is in nats per character, on held-out lines, or cross-validated on all lines where a
standard error stands behind it. Lower is better, but only styles of one kind can be compared. Where
the base network has learnt the list too, and where a list of phrases got more from the same words,
the loss looks better than it is.
"""


async def render() -> str:
    """Return the page's Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        library = await Library.open(NamesSettings(), LibrarySettings(), Path(folder))
        try:
            groups = by_group(await library.cards())
            parts = [_HEAD]
            for group, cards in groups.items():
                parts.append(f"\n## {group}\n")
                parts += [await _section(library, card) for card in cards]
            return "\n".join(parts)
        finally:
            await library.close()


async def _section(library: Library, card: StyleCard) -> str:
    generator = await library.engine(card.name)
    profanity = ProfanityFilter()
    request = Request(
        count=COUNT,
        temperature=TEMPERATURE,
        seed=SEED,
        new_only=True,
        is_allowed=lambda name: not profanity.matches(name),
    )
    names = ", ".join(await generator.names(request))
    measured = await _measured(library, card) if card.kind == "network" else card.description
    return f"**{card.title}** `{card.name}` · {measured}\n\n> {names}\n"


async def _measured(library: Library, card: StyleCard) -> str:
    """Return the lines of a style's list, its loss, and what flatters the loss."""
    style = (await library.artifact(card.name)).style
    entry, report = read_catalogue()[card.name], style.report
    loss = f"{report['nats_per_character']:.2f}"
    if error := report.get("standard_error"):
        loss += f" ± {error:.2f}"
    is_tuned = report.get("base") == "fine-tuned"
    start = "fine-tuned" if is_tuned else "from scratch"
    notes = ["in the base network"] * (entry.in_base and is_tuned)
    notes += ["recombined"] * bool(entry.recombined)
    return " · ".join([f"{style.corpus['samples']:,} lines", f"{loss} nats", start, *notes])


if __name__ == "__main__":
    PAGE.write_text(asyncio.run(render()), encoding="utf-8")
