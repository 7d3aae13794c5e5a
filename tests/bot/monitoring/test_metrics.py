"""/metrics: what a running bot counts, and what it never shows."""

import re
import sys
import time
from pathlib import Path

import pytest
from discord.ext.commands import ExtensionFailed
from prometheus_client.parser import text_string_to_metric_families

from bot.config_sections import LibrarySettings, NamesSettings
from bot.library import Library
from bot.loopback import Loopback
from bot.loopback.faults import http_error, rate_limited

from ..commands.styles.helpers import publish_versions
from ..commands.test_forged_components import button, post
from ..conftest import MESSAGES, RunBot, invoke, names_in, press, send, settled
from .conftest import free_port, get, get_until

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
SWAPPED = 'namesmith_swaps_total{outcome="loaded"}'
SECRET = "Zyxwvutsrqp"


async def scrape(port: int) -> Samples:
    """Return the value of each series, by its name and its labels."""
    status, text = await get(port, "/metrics")
    assert status == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    """Return the value of a series, 0 if there is none."""
    return samples.get((f"namesmith_{name}", frozenset(labels.items())), 0.0)


def commands(samples: Samples) -> dict[str, float]:
    """Return the number of commands by kind, name and outcome."""
    return {
        "{kind} {command} {outcome}".format(**dict(labels)): count
        for (name, labels), count in samples.items()
        if name == "namesmith_commands_total"
    }


async def test_commands(
    discord: Loopback, run_bot: RunBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every outcome of a command, with the times of those that were answered."""
    port = free_port()
    limits = {"user_commands": 7, "channel_commands": 0, "user_seconds": 600.0}
    async with run_bot(discord, monitoring={"port": port, "metrics": True}, limits=limits):
        # Again draws twice where a name repeats, which these seeds don't.
        monkeypatch.setattr(sys.modules["bot.commands.names"], "random_seed", lambda: 7)
        message = await invoke(discord, "name", {"prefix": "Tr", "seed": 1})
        await press(discord, message, "Again")
        await send(discord, "!name Tr 3")
        await send(discord, "!name Tr style:nosuch")
        await discord.autocomplete("name", {"prefix": "Tr"}, focused="prefix")
        await invoke(discord, "help")
        await send(discord, "!help")
        discord.faults.add("POST", MESSAGES, http_error(403, 50013))
        await discord.say("!rate Trevor")
        await settled(discord, 1)
        engine = sys.modules["bot.sampling"].Engine  # the class that the bot has loaded
        monkeypatch.setattr(engine, "names", None)
        await send(discord, "!name")
        await send(discord, "!name")
        samples = await scrape(port)
    assert commands(samples) == {
        "slash name ok": 1,
        "component NameButton ok": 1,
        "text name ok": 1,
        "text name user_error": 1,
        "slash help ok": 1,
        "text help ok": 1,
        "text rate undelivered": 1,
        "text name error": 1,
        "text name rate_limited": 1,
    }
    name = {"kind": "text", "command": "name"}
    assert value(samples, "command_seconds_count", **name) == 1
    assert 0 < value(samples, "command_seconds_sum", **name) < 60
    assert value(samples, "autocomplete_seconds_count") == 1
    assert value(samples, "query_seconds_count", work="names") == 3
    assert value(samples, "batch_rows_sum") > value(samples, "batch_rows_count") > 0
    assert value(samples, "running_queries") == 0
    assert value(samples, "names_total", outcome="used") == 5 + 5 + 3
    assert value(samples, "names_total", outcome="known") > 0
    assert value(samples, "cache_entries", cache="engines") == 1


async def test_drawn_names_add_up(discord: Loopback, run_bot: RunBot) -> None:
    """Each name that was drawn has one outcome; blocked ones are among them."""
    port = free_port()
    async with run_bot(discord, monitoring={"port": port, "metrics": True}):
        sampler = sys.modules["bot.sampling.names"].RejectionSampler
        tries = []

        def draw(self: object, start: object, rows: int) -> object:
            tries.append(rows)
            return original(self, start, rows)

        original, sampler.draw = sampler.draw, draw
        names = names_in(await send(discord, "!name M 25 temperature:1.2"))
        samples = await scrape(port)
    outcomes = ("used", "surplus", "duplicate", "blocked", "known", "unfit", "unfinished")
    counts = {each: value(samples, "names_total", outcome=each) for each in outcomes}
    assert counts["used"] == len(names) == 25
    assert sum(counts.values()) == sum(tries) > 25
    assert min(counts.values()) >= 0


async def test_rest_requests(discord: Loopback, run_bot: RunBot) -> None:
    port = free_port()
    async with run_bot(discord, monitoring={"port": port, "metrics": True}):
        discord.faults.add("POST", MESSAGES, rate_limited(0.05))
        discord.faults.add("POST", MESSAGES, rate_limited(0.05, is_global=True))
        discord.faults.add("POST", MESSAGES, http_error(503))
        await send(discord, "!name Tr")
        samples = await scrape(port)
    assert value(samples, "rest_seconds_count", method="POST", status="429") == 2
    assert value(samples, "rest_seconds_count", method="POST", status="503") == 1
    assert value(samples, "rest_seconds_count", method="POST", status="200") >= 1
    assert value(samples, "rate_limits_total", scope="user") == 1
    assert value(samples, "rate_limits_total", scope="global") == 1


async def test_state(discord: Loopback, run_bot: RunBot, tmp_path: Path) -> None:
    """Shards, servers, styles that another process publishes, and how late the loop runs."""
    port, folder = free_port(), tmp_path / "styles"
    library = await Library.open(NamesSettings(), LibrarySettings(url=str(folder)), tmp_path)
    await publish_versions(library, None, "Abi")
    monitoring = {"port": port, "metrics": True}
    async with run_bot(discord, library={"url": str(folder)}, monitoring=monitoring):
        assert (await send(discord, "!name 1 style:fauns new:no")).content == "Abi"
        await publish_versions(library, None, "Bo")
        await get_until(port, "/metrics", lambda _, text: f"{SWAPPED} 1.0" in text)
        time.sleep(0.6)  # noqa: ASYNC251, the bot runs on this loop
        late = re.compile(r"event_loop_lag_seconds_sum (0\.[3-9]|[1-9])")
        await get_until(port, "/metrics", lambda _, text: late.search(text) is not None)
        await discord.faults.request_heartbeat()
        samples = await scrape(port)
    await library.close()
    assert value(samples, "shard_connected", shard="0") == 1
    assert value(samples, "shard_latency_seconds", shard="0") > 0
    assert value(samples, "guilds") == 1
    assert value(samples, "trainings", state="running") == 0
    assert value(samples, "swaps_total", outcome="damaged") == 0
    assert value(samples, "database_seconds_count", kind="read") > 0
    assert value(samples, "database_errors_total", kind="read") == 0
    lag = "event_loop_lag_seconds"
    assert value(samples, f"{lag}_bucket", le="0.1") < value(samples, f"{lag}_count")
    assert ("process_resident_memory_bytes", frozenset()) in samples


async def test_nothing_private(discord: Loopback, run_bot: RunBot) -> None:
    """No id and no text of a user, not even of forged and unknown commands."""
    port = free_port()
    async with run_bot(discord, monitoring={"port": port, "metrics": True}):
        await send(discord, f"!rate {SECRET}")
        await send(discord, f"!name {SECRET}")
        await send(discord, f"!help {SECRET}")
        await discord.say(f"!{SECRET}")
        forged = f"namesmith-{SECRET}:{SECRET}"
        await (await discord.press(await post(discord, [button(forged)]), forged)).answer()
        text = (await get(port, "/metrics"))[1]
        ids = [str(each.id) for each in (discord.guild, discord.user("ada"), discord.bot)]
        assert [private for private in (SECRET, "nosuch", *ids) if private in text] == []
        assert 'command="ExpiredComponent",kind="component",outcome="user_error"' in text


async def test_formats(discord: Loopback, run_bot: RunBot) -> None:
    """Prometheus asks for OpenMetrics; both formats leave out when a series was created."""
    port = free_port()
    async with run_bot(discord, monitoring={"port": port, "metrics": True}):
        accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
        status, text = await get(port, "/metrics", headers=accept)
        assert (status, text.splitlines()[-1]) == (200, "# EOF")
        assert "_created" not in text + (await get(port, "/metrics"))[1]


async def test_observer_is_removed(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord, monitoring={"port": free_port(), "metrics": True}):
        module = sys.modules["bot.observer"]
        assert type(module.observer()).__name__ == "Metrics"
    assert type(module.observer()) is module.Observer


async def test_metrics_are_off_by_default(discord: Loopback, run_bot: RunBot) -> None:
    port = free_port()
    async with run_bot(discord, monitoring={"port": port}):
        status, text = await get(port, "/metrics")
    assert (status, text) == (404, "There is no such page. The pages are /healthz, /readyz.\n")


async def test_library_is_missing(
    discord: Loopback, run_bot: RunBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.startswith("prometheus_client")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.delitem(sys.modules, "bot.monitoring.metrics", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ExtensionFailed, match="Install it with pip"):
        async with run_bot(discord, monitoring={"port": free_port(), "metrics": True}):
            pass
