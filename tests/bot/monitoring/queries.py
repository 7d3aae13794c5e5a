"""The queries of the dashboard and the alerts, and what they select."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser

DEPLOY = Path(__file__).parents[3] / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))
ALERTS = DEPLOY / "alerts.yaml"
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def query_of(target: dict[str, Any]) -> str:
    """Return the query of a panel's target with Grafana's variables replaced."""
    query = str(target["expr"]).replace("$__rate_interval", "1m")
    return query.replace("$instance", ".*")


def panel_queries() -> dict[str, str]:
    """Return the queries of all panels, by the panel's title and the target's letter."""
    return {
        f"{panel['title']} {target['refId']}": query_of(target)
        for panel in PANELS
        for target in panel["targets"]
    }


def alert_queries() -> dict[str, str]:
    """Return the queries of the alerts by name; the file is a simple kind of YAML."""
    text = ALERTS.read_text(encoding="utf-8")
    found = re.findall(r"- alert: (\w+)\n +expr: (?:>-\n((?: {10}.+\n)+)|(.+)\n)", text)
    return {name: " ".join((block or line).split()) for name, block, line in found}


@dataclass(frozen=True)
class Selector:
    """A selector of a query: its metric, its matchers, and the labels that the query groups by."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...]
    """Name, operator and value of each."""
    grouped_by: frozenset[str]

    def matches(self, labels: dict[str, str]) -> bool:
        """Whether the selector selects a series with these labels."""
        return all(_matches(labels.get(name, ""), op, value) for name, op, value in self.matchers)


def _matches(actual: str, operator: str, wanted: str) -> bool:
    is_equal = bool(re.fullmatch(wanted, actual)) if "~" in operator else actual == wanted
    return is_equal != operator.startswith("!")


def selectors_of(query: str) -> list[Selector]:
    """Return all selectors of a query; raises `ValueError` if it isn't PromQL."""
    return list(_walk(promql_parser.parse(query), frozenset()))


_OPERATORS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def _walk(node: Any, grouped_by: frozenset[str]) -> Iterator[Selector]:
    if isinstance(node, promql_parser.VectorSelector):
        matchers = tuple(
            (each.name, _OPERATORS[str(each.op).rpartition(".")[2]], each.value)
            for each in node.matchers.matchers
        )
        assert node.name is not None
        yield Selector(node.name, matchers, grouped_by)
        return
    if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
        grouped_by = grouped_by | frozenset(node.modifier.labels)
    children = [getattr(node, name, None) for name in ("lhs", "rhs", "expr", "vector_selector")]
    for child in (*children, *(getattr(node, "args", None) or ())):
        if child is not None:
            yield from _walk(child, grouped_by)
