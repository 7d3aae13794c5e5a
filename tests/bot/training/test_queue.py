"""Fairness and order of the fair queue, for any additions, removals and takes."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.training.manager import FairQueue

GUILDS = st.none() | st.integers(1, 4)
ADDITIONS = st.lists(GUILDS, max_size=40)
"""The guild of each added id; the ids count up from 0."""


def filled(guilds: Sequence[int | None]) -> FairQueue:
    queue = FairQueue()
    for id, guild in enumerate(guilds):
        queue.add(guild, id)
    return queue


def drain(queue: FairQueue) -> list[int]:
    return list(iter(queue.pop, None))


@given(ADDITIONS)
def test_ids_predicts_pop(guilds: list[int | None]) -> None:
    queue = filled(guilds)
    order = queue.ids()
    assert drain(queue) == order
    assert sorted(order) == list(range(len(guilds)))
    assert (queue.ids(), queue.pop()) == ([], None)


@given(ADDITIONS)
def test_fifo_within_a_guild(guilds: list[int | None]) -> None:
    order = filled(guilds).ids()
    for guild in {*guilds}:
        ids = [id for id in order if guilds[id] == guild]
        assert ids == sorted(ids)


@given(ADDITIONS)
def test_guilds_alternate(guilds: list[int | None]) -> None:
    order = [guilds[id] for id in filled(guilds).ids()]
    for guild in {*order}:
        positions = [-1, *(i for i, other in enumerate(order) if other == guild)]
        for before, after in pairwise(positions):
            others = order[before + 1 : after]
            assert len(others) == len({*others})


@given(ADDITIONS, st.data())
def test_remove_keeps_the_order(guilds: list[int | None], data: st.DataObject) -> None:
    queue = filled(guilds)
    removed = data.draw(st.sets(st.sampled_from(range(len(guilds))))) if guilds else set()
    for id in removed:
        queue.remove(guilds[id], id)
    left = [guild for id, guild in enumerate(guilds) if id not in removed]
    ids = [id for id in range(len(guilds)) if id not in removed]
    first = {guild: guilds.index(guild) for guild in left}
    if all(id not in removed for id in first.values()):  # else another guild is now the first
        assert queue.ids() == [ids[i] for i in filled(left).ids()]
    assert sorted(drain(queue)) == ids


@given(ADDITIONS, ADDITIONS)
def test_served_guild_goes_last(guilds: list[int | None], later: list[int | None]) -> None:
    queue = filled(guilds)
    guild_of = dict(enumerate(guilds))
    for id, guild in enumerate(later, len(guilds)):
        served = queue.pop()
        queue.add(guild, id)
        guild_of[id] = guild
        waiting = [guild_of[other] for other in queue.ids()]
        if served is not None and {*waiting} - {guild_of[served]}:
            assert waiting[0] != guild_of[served]


@given(st.lists(st.tuples(ADDITIONS, st.integers(0, 5)), max_size=10))
def test_no_guild_is_overtaken_twice(steps: list[tuple[list[int | None], int]]) -> None:
    queue, guild_of = FairQueue(), list[int | None]()
    served_since: dict[int | None, list[int | None]] = {}  # guilds served while each one waits
    for guilds, takes in steps:
        for guild in guilds:
            queue.add(guild, len(guild_of))
            guild_of.append(guild)
            served_since.setdefault(guild, [])
        for _ in range(takes):
            if (id := queue.pop()) is None:
                break
            for guild, served in served_since.items():
                if guild != guild_of[id]:
                    served.append(guild_of[id])
                    assert len(served) == len({*served})
            served_since.pop(guild_of[id])
            if guild_of[id] in [guild_of[waiting] for waiting in queue.ids()]:
                served_since[guild_of[id]] = []
