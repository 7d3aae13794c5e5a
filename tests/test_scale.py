"""Growth: memory a server has its bound, and docs/scale.md follows from its figures."""

from itertools import pairwise

from .scale import NEEDS, PAGE, PICTURE, kib_per_guild, measure_memory
from .scale_costs import ASSUMPTIONS, needs, needs_table, read_figures


async def test_memory_of_a_server() -> None:
    """discord.py's own cache takes about 36 KiB here."""
    few, many = await measure_memory(10), await measure_memory(500)
    assert (few.guilds, many.guilds) == (11, 501)
    assert kib_per_guild(few, many) < 14


def test_page_follows_from_its_figures() -> None:
    page = PAGE.read_text(encoding="utf-8")
    figures = read_figures(page)
    assert "\n".join([*needs_table(figures, NEEDS), "", ASSUMPTIONS]) in page
    assert PICTURE.name in page


def test_needs_grow_with_the_servers() -> None:
    figures = read_figures(PAGE.read_text(encoding="utf-8"))
    found = [needs(count, figures) for count in (1, 1_000, 50_000, 50_001, 1_000_000)]
    assert [each.shards for each in found] == [1, 1, 50, 51, 1_000]
    assert [each.processes for each in found] == [1, 1, 1, 2, 20]
    for less, more in pairwise(found):
        assert less.price <= more.price
        assert less.memory < more.memory
