"""Dependencies: the locks satisfy pyproject.toml, and docs/dependencies.md lists them all."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.training_code import REQUIREMENTS

from .processes import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCKS = {"bot": ("postgres", "s3", "cluster"), "train": ("train",)}
"""The extras of each lock file."""


def names_of(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def pins_of(lock: str) -> Iterator[tuple[Requirement, str]]:
    """Yield each requirement of a lock file, and the rest of its entry."""
    text = (REPOSITORY / "deploy" / "locks" / f"{lock}.txt").read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[a-z])", re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE)):
        requirement, _, rest = entry.partition("\\\n")
        yield Requirement(requirement), rest


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_satisfies_the_project(lock: str) -> None:
    wanted = PROJECT["dependencies"] + [line for extra in LOCKS[lock] for line in EXTRAS[extra]]
    pins = [pin for pin, _ in pins_of(lock)]
    for requirement in map(Requirement, wanted):
        versions = [
            next(iter(pin.specifier)).version
            for pin in pins
            if canonicalize_name(pin.name) == canonicalize_name(requirement.name)
        ]
        allowed = versions and all(map(requirement.specifier.contains, versions))
        assert allowed, f"deploy/locks/{lock}.txt has {versions} of {requirement}: run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_exact_versions_and_hashes_only(lock: str) -> None:
    for pin, rest in pins_of(lock):
        assert [clause.operator for clause in pin.specifier] == ["=="]
        assert pin.url is None
        assert re.fullmatch(r"( +--hash=sha256:[0-9a-f]{64}( \\)?\n?)+", rest), pin


def test_page_lists_all_dependencies() -> None:
    page = (REPOSITORY / "docs" / "dependencies.md").read_text(encoding="utf-8")
    direct, indirect = page.split("\n## What these bring along\n")
    listed = [
        name
        for line in re.findall(r"^\| `.* \| .* \| .* \|$", direct, re.M)
        for name in re.findall(r"^\| `([^`]+)`", line)
    ]
    needed = names_of(PROJECT["dependencies"]).union(*map(names_of, EXTRAS.values()))
    assert sorted(map(canonicalize_name, listed)) == sorted(needed)
    brought = {canonicalize_name(pin.name) for lock in LOCKS for pin, _ in pins_of(lock)} - needed
    rows = re.findall(r"^\| [^`|]+ \| (`.*) \|$", indirect, re.MULTILINE)
    assert sorted(re.findall(r"`([^`]+)`", ", ".join(rows))) == sorted(brought)


def test_nothing_is_installed_by_name() -> None:
    """The name `namesmith` isn't ours on PyPI yet."""
    by_name = re.compile(r"(?:pip|pipx|tool|pip3) install (?:-\S+ )*[`'\"]?namesmith(?!-|\S* @)")
    for folder in ("bot", "docs", "export", "model"):
        for file in (REPOSITORY / folder).rglob("*.*"):
            if file.suffix in (".md", ".po", ".py", ".toml", ".js"):
                assert not by_name.search(file.read_text(encoding="utf-8")), file
    for name in ("README.md", "CONTRIBUTING.md", "config.toml"):
        assert not by_name.search((REPOSITORY / name).read_text(encoding="utf-8")), name


def test_bot_names_the_requirements_of_training() -> None:
    assert list(REQUIREMENTS.values()) == EXTRAS["train"]


def test_licence_covers_what_the_styles_learnt_from() -> None:
    stated = {*PROJECT["license"].split(" AND "), "public domain"}
    catalogue = tomllib.loads((REPOSITORY / "model/corpora/catalogue.toml").read_text("utf-8"))
    for name, entry in catalogue.items():
        assert {*entry["licence"].split(" and ")} <= stated, name
