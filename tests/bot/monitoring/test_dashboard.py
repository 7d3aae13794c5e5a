"""The dashboard, the alerts and docs/monitoring.md say what /metrics really has."""

import asyncio
import contextlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.config import Settings
from bot.loopback import Loopback
from bot.loopback.faults import rate_limited
from bot.monitoring.metrics import Metrics

from ...processes import REPOSITORY
from ..conftest import MESSAGES, RunBot, invoke, press, send
from .conftest import free_port, get, get_until
from .queries import (
    ALERTS,
    DASHBOARD,
    PANELS,
    Selector,
    alert_queries,
    panel_queries,
    query_of,
    selectors_of,
)
from .test_metrics import Samples, scrape

HERE = Path(__file__).parent
QUERIES = panel_queries() | alert_queries()
ADDED = {"instance": "127.0.0.1:9464", "job": "namesmith"}
"""The labels that Prometheus adds to each series."""
PROMETHEUS = """
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["%s"]
scrape_configs:
  - job_name: namesmith
    static_configs: [{targets: ["127.0.0.1:%d"]}]
"""


async def use_everything(discord: Loopback) -> None:
    """Use the bot in the ways that make the series of the dashboard."""
    message = await invoke(discord, "name", {"prefix": "Tr"})
    await press(discord, message, "Again")
    await discord.autocomplete("name", {"prefix": "Tr"}, focused="prefix")
    discord.faults.add("POST", MESSAGES, rate_limited(0.05))
    await send(discord, "!rate Trevor")
    engine = sys.modules["bot.sampling"].Engine  # the class that the bot has loaded
    names, engine.names = engine.names, None
    try:
        await send(discord, "!name")
    finally:
        engine.names = names


@contextlib.asynccontextmanager
async def used_bot(discord: Loopback, run_bot: RunBot) -> AsyncIterator[int]:
    """Run a bot with metrics and use it; yields its port."""
    port = free_port()
    async with run_bot(discord, monitoring={"port": port, "metrics": True}):
        await get_until(port, "/readyz", lambda status, _: status == 200)
        await use_everything(discord)
        await get_until(
            port, "/metrics", lambda _, text: "event_loop_lag_seconds_count 0" not in text
        )
        yield port


def series(samples: Samples, selector: Selector) -> list[dict[str, str]]:
    """Return the labels of the series that a selector selects in Prometheus."""
    found = [dict(labels) | ADDED for name, labels in samples if name == selector.metric]
    if selector.metric == "up":  # Prometheus makes it for each process
        found = [ADDED]
    return [labels for labels in found if selector.matches(labels)]


async def test_every_query_selects_series(discord: Loopback, run_bot: RunBot) -> None:
    """Of the scraped endpoint; and each series has the labels that the query groups by."""
    async with used_bot(discord, run_bot) as port:
        samples = await scrape(port)
    assert len(QUERIES) > 50
    for title, query in QUERIES.items():
        selectors = selectors_of(query)
        assert selectors, title
        for selector in selectors:
            found = series(samples, selector)
            assert found, f"{title}: nothing matches {selector}"
            assert all(selector.grouped_by <= labels.keys() for labels in found), title


def test_every_metric_is_on_the_dashboard() -> None:
    used = {selector.metric for query in QUERIES.values() for selector in selectors_of(query)}
    ends = ("", "_total", "_bucket", "_count")
    names = [family.name for family in Metrics().registry.collect()]
    ours = [name for name in names if name.startswith("namesmith_")]
    assert [name for name in ours if not used & {name + end for end in ends}] == []


def test_legends_name_labels_of_their_queries() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            labels = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            grouped = {"instance"}.union(*(s.grouped_by for s in selectors_of(query_of(target))))
            assert labels <= grouped, panel["title"]


def test_dashboard_can_be_imported() -> None:
    """Panels do not overlap, have ids of their own, and take their data from the variable."""
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
    sources = {target["datasource"]["uid"] for panel in PANELS for target in panel["targets"]}
    assert sources == {"${datasource}"}
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(PANELS)))
    assert used - {"__rate_interval"} == variables


def metrics_table() -> list[str]:
    """Return the rows of the table in docs/monitoring.md."""
    metrics = [each for each in vars(Metrics()).values() if hasattr(each, "_labelnames")]
    rows = []
    for metric in metrics:
        name = metric._name + ("_total" if metric._type == "counter" else "")
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        rows.append(f"| `{name}` | {metric._type} | {labels} | {metric._documentation} |")
    return rows


def test_page_lists_every_metric() -> None:
    page = (REPOSITORY / "docs" / "monitoring.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `namesmith_.*$", page, re.MULTILINE) == metrics_table()


def test_page_lists_every_alert() -> None:
    page = (REPOSITORY / "docs" / "monitoring.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(Namesmith\w+)`", page, re.MULTILINE) == list(alert_queries())


def test_page_shows_the_settings_and_their_defaults() -> None:
    page = (REPOSITORY / "docs" / "monitoring.md").read_text(encoding="utf-8")
    defaults = Settings().monitoring
    assert f"`{defaults.host}`" in page
    for section, keys in (("monitoring", ("host", "port", "metrics")), ("log", ("format",))):
        assert f"[{section}]" in page
        assert all(re.search(rf"^ *{key} = ", page, re.MULTILINE) for key in keys)


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool, of Debian's prometheus")
def test_alerts_fire() -> None:
    """All of them on a process whose every series is bad, and none on another one."""
    subprocess.run(["promtool", "check", "rules", ALERTS], check=True)
    subprocess.run(["promtool", "test", "rules", HERE / "alert_tests.yaml"], check=True)
    text = (HERE / "alert_tests.yaml").read_text(encoding="utf-8")
    assert re.findall(r'alertname="(\w+)"', text) == list(alert_queries())


@pytest.mark.skipif(not shutil.which("prometheus"), reason="needs Debian's package prometheus")
async def test_prometheus_answers_every_query(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    """A real Prometheus scrapes the bot, and finds data for each query of the dashboard."""
    own = free_port()
    config = tmp_path / "prometheus.yml"
    async with used_bot(discord, run_bot) as port:
        config.write_text(PROMETHEUS % (ALERTS, port))
        process = await asyncio.create_subprocess_exec(
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{own}",
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await asyncio.sleep(1)
            count = f"/api/v1/query?query={quote('count_over_time(up[1m])')}"
            for _ in range(3):
                await use_everything(discord)
                await asyncio.sleep(1.5)
            await get_until(own, count, lambda _, text: '"3"' in text or '"4"' in text)
            for title, query in QUERIES.items():
                status, text = await get(own, f"/api/v1/query?query={quote(query)}")
                answer = json.loads(text)
                assert (status, answer["status"]) == (200, "success"), title
                assert answer["data"]["result"] or title.startswith("Namesmith"), title
        finally:
            process.terminate()
            await process.wait()
