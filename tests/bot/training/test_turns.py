"""Servers take turns, whoever brings more lists."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.training.turns import Turns

GUILDS = st.none() | st.integers(1, 4)
COMINGS = st.lists(GUILDS, max_size=40)


def queued(comings: Sequence[int | None]) -> Turns:
    turns = Turns()
    for id, guild in enumerate(comings):
        turns.add(guild, id)
    return turns


def served(turns: Turns) -> list[int]:
    return list(iter(turns.next, None))


@given(COMINGS)
def test_all_have_their_turn_once_in_the_order_that_was_told(comings: list[int | None]) -> None:
    turns = queued(comings)
    order = turns.order()
    assert served(turns) == order
    assert sorted(order) == list(range(len(comings)))
    assert (turns.order(), turns.next()) == ([], None)


@given(COMINGS)
def test_in_a_server_who_came_first_goes_first(comings: list[int | None]) -> None:
    order = queued(comings).order()
    for guild in {*comings}:
        ids = [id for id in order if comings[id] == guild]
        assert ids == sorted(ids)


@given(COMINGS)
def test_nobody_waits_for_two_turns_of_another_server(comings: list[int | None]) -> None:
    order = [comings[id] for id in queued(comings).order()]
    for guild in {*order}:
        mine = [-1, *(turn for turn, whose in enumerate(order) if whose == guild)]
        for before, after in pairwise(mine):
            others = order[before + 1 : after]
            assert len(others) == len({*others})


@given(COMINGS, st.data())
def test_who_leaves_changes_nobody_elses_order(
    comings: list[int | None], data: st.DataObject
) -> None:
    turns = queued(comings)
    gone = data.draw(st.sets(st.sampled_from(range(len(comings))))) if comings else set()
    for id in gone:
        turns.remove(comings[id], id)
    left = [guild for id, guild in enumerate(comings) if id not in gone]
    ids = [id for id in range(len(comings)) if id not in gone]
    first = {guild: comings.index(guild) for guild in left}
    if all(id not in gone for id in first.values()):  # else another server is now the first
        assert turns.order() == [ids[place] for place in queued(left).order()]
    assert sorted(served(turns)) == ids


@given(COMINGS, COMINGS)
def test_who_was_just_served_comes_after_all_others_that_wait(
    comings: list[int | None], later: list[int | None]
) -> None:
    turns = queued(comings)
    whose = dict(enumerate(comings))
    for number, guild in enumerate(later, len(comings)):
        last = turns.next()
        turns.add(guild, number)
        whose[number] = guild
        waiting = [whose[id] for id in turns.order()]
        if last is not None and {*waiting} - {whose[last]}:
            assert waiting[0] != whose[last]


@given(st.lists(st.tuples(COMINGS, st.integers(0, 5)), max_size=10))
def test_while_one_waits_no_other_server_has_two_turns(
    steps: list[tuple[list[int | None], int]],
) -> None:
    turns, whose = Turns(), list[int | None]()
    since: dict[int | None, list[int | None]] = {}  # who had a turn since that server waits
    for comings, takes in steps:
        for guild in comings:
            turns.add(guild, len(whose))
            whose.append(guild)
            since.setdefault(guild, [])
        for _ in range(takes):
            if (id := turns.next()) is None:
                break
            for guild, had in since.items():
                if guild != whose[id]:
                    had.append(whose[id])
                    assert len(had) == len({*had})
            since.pop(whose[id])
            if whose[id] in [whose[waiting] for waiting in turns.order()]:
                since[whose[id]] = []
