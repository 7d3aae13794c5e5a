"""The arithmetic of docs/scale.md: what bots need and cost, from the figures on that page."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

GUILDS_PER_SHARD, SHARDS_PER_PROCESS = 1_000, 50
SECONDS_PER_DAY, DAYS_PER_MONTH = 86_400, 30

MESSAGES, MESSAGE_PEAK = 200, 3
COMMANDS, COMMAND_PEAK = 2, 5
"""Assumed for each server: events a day, and how many times the mean the busiest hour has."""

LOAD = 0.5
"""The share of the cores that may be busy in that hour."""

MACHINE_CORES, MACHINE_GIB, MACHINE_PRICE = 2, 4, 24.0
DATABASE_PRICES = {100: 0.0, 20_000: 15.0, 10**9: 60.0}
"""Assumed prices in dollars a month: of a machine, and of a database up to so many servers."""

STYLE_SHARE, STYLES, FILES_PER_STYLE, STYLE_BYTES = 0.001, 2, 4, 0.5e6
CHANGES_PER_DAY = 0.1
"""Assumed: the share of servers with own styles; how many each has, in how many files of a version
each and a manifest; and their changes a day."""

FILES_PER_LISTING = 1_000
POLL_SECONDS, LIST_SECONDS = 5.0, 600.0
STORE_PRICE, READ_PRICE, LIST_PRICE = 0.023e-9, 0.0004e-3, 0.005e-3
"""Assumed dollars for a byte a month, for reading a file's state, and for a listing."""


@dataclass(frozen=True)
class Figures:
    """What was measured: memory in bytes; CPU in seconds for an event and a command."""

    base: float
    guild: float
    shard: float
    event: float
    command: float


def read_figures(page: str) -> Figures:
    """Return the figures of the tables in Markdown."""

    def find(pattern: str) -> float:
        """Return the number in the last row that matches, which has the most servers."""
        found: list[str] = re.findall(pattern, page)
        assert found, pattern
        return float(found[-1].replace(",", ""))

    return Figures(
        base=find(r"\| 10 \| (\d+) MiB ") * 2**20,
        guild=find(r"\| [\d,]+ \| \d+ MiB \| ([\d.]+) KiB ") * 2**10,
        shard=find(r"Each shard takes (\d+) KiB ") * 2**10,
        event=find(r"\| talk of people among others \| (\d+) µs ") * 1e-6,
        command=find(r"\| `/name` with five names \| ([\d,]+) µs ") * 1e-6,
    )


@dataclass(frozen=True)
class Needs:
    """What a bot in `guilds` servers needs; memory in GiB, prices in dollars a month."""

    guilds: int
    shards: int
    processes: int
    memory: float
    events: float
    commands: float
    cores: float
    machines: int
    database_price: float
    store_price: float

    @property
    def price(self) -> float:
        """The price of everything."""
        return self.machines * MACHINE_PRICE + self.database_price + self.store_price


def needs(guilds: int, figures: Figures) -> Needs:
    """Return what a bot in `guilds` servers needs."""
    shards = math.ceil(guilds / GUILDS_PER_SHARD)
    processes = math.ceil(shards / SHARDS_PER_PROCESS)
    memory = processes * figures.base + guilds * figures.guild + shards * figures.shard
    events = guilds * MESSAGES * MESSAGE_PEAK / SECONDS_PER_DAY
    commands = guilds * COMMANDS * COMMAND_PEAK / SECONDS_PER_DAY
    cores = (events * figures.event + commands * figures.command) / LOAD
    machines = max(
        math.ceil(cores / MACHINE_CORES), math.ceil(memory / 2**30 / (MACHINE_GIB * 0.75))
    )
    return Needs(
        guilds=guilds,
        shards=shards,
        processes=processes,
        memory=memory / 2**30,
        events=events,
        commands=commands,
        cores=cores,
        machines=machines + (machines > 1),  # one may fail
        database_price=next(price for most, price in DATABASE_PRICES.items() if guilds <= most),
        store_price=_store_price(guilds, processes) if processes > 1 else 0.0,
    )


def _store_price(guilds: int, processes: int) -> float:
    styles = guilds * STYLE_SHARE * STYLES
    listing = math.ceil(styles * FILES_PER_STYLE / FILES_PER_LISTING)
    polls = processes * SECONDS_PER_DAY / POLL_SECONDS
    changes = processes * styles * CHANGES_PER_DAY
    listings = listing * (changes + processes * SECONDS_PER_DAY / LIST_SECONDS)
    if listing == 1:  # a storage of so few files is listed at each poll
        polls, listings = 0.0, polls
    stored = styles * (FILES_PER_STYLE - 1) * STYLE_BYTES * STORE_PRICE
    return stored + DAYS_PER_MONTH * (polls * READ_PRICE + listings * LIST_PRICE)


def needs_table(figures: Figures, counts: Sequence[int]) -> list[str]:
    """Return the needs of bots in so many servers as a Markdown table."""
    found = [needs(count, figures) for count in counts]
    rows = {
        "servers": [f"{each.guilds:,}" for each in found],
        "shards of 1,000 servers": [f"{each.shards:,}" for each in found],
        "processes of 50 shards": [f"{each.processes:,}" for each in found],
        "memory of all": [f"{each.memory:.2f} GiB" for each in found],
        "messages a second in the busiest hour": [f"{each.events:,.0f}" for each in found],
        "commands a second in the busiest hour": [f"{each.commands:,.1f}" for each in found],
        "cores, half of them idle then": [f"{each.cores:.2f}" for each in found],
        "machines of 2 cores and 4 GiB": [f"{each.machines}" for each in found],
        "machines": [f"${each.machines * MACHINE_PRICE:,.0f}" for each in found],
        "PostgreSQL": [f"${each.database_price:,.0f}" for each in found],
        "object store": [f"${each.store_price:,.2f}" for each in found],
        "**a month**": [f"**${each.price:,.0f}**" for each in found],
        "for 1,000 servers": [f"${each.price / each.guilds * 1000:,.2f}" for each in found],
    }
    lines = [f"| {label} | {' | '.join(cells)} |" for label, cells in rows.items()]
    return [lines[0], "|---|" + "---|" * len(found), *lines[1:]]


_, _SMALL, _LARGE = DATABASE_PRICES.values()

ASSUMPTIONS = f"""\
- There are {GUILDS_PER_SHARD:,} servers a shard, and {SHARDS_PER_PROCESS} shards a process.
- Each server has {MESSAGES} messages and {COMMANDS} commands a day. The busiest hour has
  {MESSAGE_PEAK} times as many messages and {COMMAND_PEAK} times as many commands.
- {(1 - LOAD) * 100:g} % of the cores and a quarter of the memory stay free. If several machines are
  needed, there is one more, so that one may fail.
- A machine of {MACHINE_CORES} cores and {MACHINE_GIB} GiB costs ${MACHINE_PRICE:g} a month.
- PostgreSQL costs ${_SMALL:g} for up to 20,000 servers and ${_LARGE:g} for more; SQLite is free.
- {STYLE_SHARE * 100:g} % of the servers have {STYLES} styles of their own, each of which has
  {FILES_PER_STYLE - 1} versions of {STYLE_BYTES / 1e6:g} MB and changes every
  {1 / CHANGES_PER_DAY:g} days.
- The object store takes ${STORE_PRICE * 1e9:g} for a GB a month, ${LIST_PRICE * 1000:g} for 1,000
  listings of {FILES_PER_LISTING:,} files, and ${READ_PRICE * 1000:g} for 1,000 other requests. Each
  process asks every {POLL_SECONDS:g} s whether something changed, and lists all files every
  {LIST_SECONDS / 60:g} minutes."""
"""What the table assumes, as a Markdown list."""
