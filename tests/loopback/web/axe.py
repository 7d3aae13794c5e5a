"""axe-core, which finds what keeps people from using a page, in the tests' browser."""

from functools import cache
from typing import Literal

import pytest
from playwright.async_api import Page

from ...clients.install import install

VERSION = "4.11.0"

Scheme = Literal["light", "dark"]

SCREENS: tuple[tuple[int, int, Scheme], ...] = (
    (1280, 800, "light"),
    (1280, 800, "dark"),
    (390, 844, "light"),
    (390, 844, "dark"),
    (640, 400, "light"),
)
"""Width and height in CSS pixels, and colours; the last is a screen of 1280 by 800 at 200 %."""

_RUN = """
() => axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`)))
"""

_SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@cache
def _axe_script() -> str:
    """Return axe's code; skips the test, and says why, if it cannot be installed."""
    options = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    folder = install(
        f"axe-core-{VERSION}", "npm", [("npm", "install", *options, f"axe-core@{VERSION}")]
    )
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


async def assert_accessible(tab: Page, state: str) -> None:
    """Check the page as it is now on every screen; `state` names it in the error."""
    script, problems = _axe_script(), []
    for width, height, scheme in SCREENS:
        await tab.set_viewport_size({"width": width, "height": height})
        await tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await tab.evaluate(f"{script}; 0")
        screen = f"{state}, {width} pixels wide, {scheme}"
        problems += [f"{screen}: {violation}" for violation in await tab.evaluate(_RUN)]
        if await tab.evaluate(_SIDEWAYS):
            problems.append(f"{screen}: it scrolls sideways")
    if problems:
        pytest.fail("\n".join(problems))
