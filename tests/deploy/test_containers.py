"""The Dockerfile, compose.yaml and the Kubernetes manifests, by the tools that know their formats.

`python -m tests.deploy` builds the images, and tries them.
"""

import json
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.config import load_settings
from tests.processes import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
Json = dict[str, Any]


def tool(name: str) -> str:
    """Return the path of a program beside this Python or in PATH; skip the test without it."""
    beside = Path(sys.executable).with_name(name)
    path = str(beside) if beside.exists() else shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=DEPLOY, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_hadolint_accepts_the_dockerfile() -> None:
    run(tool("hadolint"), DEPLOY / "Dockerfile")


def test_image_gets_all_that_the_wheel_is_built_of() -> None:
    """What the build copies is in .dockerignore, and nothing else is sent to it."""
    lines = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert "*" in lines
    assert {"bot", "model", "export", "deploy/locks", "pyproject.toml"} <= sent
    assert all((REPOSITORY / name).exists() for name in sent)


class _Monitoring(BaseHTTPRequestHandler):
    """Is alive, but not ready."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 503)
        self.end_headers()


def test_health_check_needs_a_good_answer() -> None:
    with HTTPServer(("127.0.0.1", 0), _Monitoring) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        check = [sys.executable, "-IS", f"{DEPLOY}/healthcheck.py", str(server.server_port)]
        alive, ready = (
            subprocess.run([*check, path], capture_output=True, check=False).returncode
            for path in ("/healthz", "/readyz")
        )
        server.shutdown()
    closed = subprocess.run([*check, "/healthz"], capture_output=True, check=False).returncode
    assert (alive, ready, closed) == (0, 1, 1)


@pytest.fixture(scope="module")
def services() -> Json:
    """The services of compose.yaml, as `docker compose config` shows them."""
    output = run(tool("docker-compose"), "-f", "compose.yaml", "config", "--format=json")
    services: Json = json.loads(output)["services"]
    return services


def test_compose_services_are_confined(services: Json) -> None:
    assert set(services) == {"bot", "database", "scheduler", "worker"}
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == "unless-stopped", name
        assert service["mem_limit"], name
        assert "ports" not in service, name
        assert "outer" not in service["networks"] or name == "bot"


def test_compose_settings_are_settings(services: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in services["bot"]["environment"].items():
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert settings.training.scheduler == "tcp://scheduler:8786"
    assert settings.database.password_file == "/run/secrets/database_password"
    for file in (settings.discord.token_file, settings.database.password_file):
        assert Path(file).name in {secret["source"] for secret in services["bot"]["secrets"]}


def documents() -> list[Json]:
    return [each for file in MANIFESTS for each in yaml.safe_load_all(file.read_text())]


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.stem)
def test_kubernetes_accepts_the_manifests(file: Path) -> None:
    run(tool("kubernetes-validate"), "--strict", file)


def pod_specs() -> dict[str, Json]:
    return {
        each["metadata"]["name"]: each["spec"]["template"]["spec"]
        for each in documents()
        if each["kind"] in ("StatefulSet", "Deployment")
    }


def test_pods_are_restricted() -> None:
    """As the pod security standard `restricted` demands, with a read-only root as well."""
    specs = pod_specs()
    assert set(specs) == {"bot", "scheduler", "worker"}
    for name, spec in specs.items():
        assert spec["securityContext"]["runAsNonRoot"], name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"livenessProbe", "readinessProbe"} <= set(container), name
        assert "memory" in container["resources"]["limits"], name
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in spec["volumes"]}


def test_pods_run_all_shards_between_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (config,) = (each["data"] for each in documents() if each["kind"] == "ConfigMap")
    file = tmp_path / "config.toml"
    file.write_text(config["config.toml"])
    (bots,) = (each["spec"] for each in documents() if each["kind"] == "StatefulSet")
    shards: list[int] = []
    for ordinal in range(bots["replicas"]):
        monkeypatch.setenv("NAMESMITH_DISCORD__PROCESS_INDEX", f"bot-{ordinal}")
        settings = load_settings(file)
        shards += settings.discord.own_shards
    assert shards == list(range(settings.discord.shard_count))
    secrets = {
        key for each in documents() if each["kind"] == "Secret" for key in each["stringData"]
    }
    for path in (settings.discord.token_file, settings.database.password_file):
        assert Path(path).name in secrets


def test_selectors_and_names_match() -> None:
    """Services, budgets and network policies select pods that exist, and ports that they have."""
    labels = {name: {"app": name} for name in pod_specs()}
    for each in documents():
        selector = each.get("spec", {}).get("selector") or each.get("spec", {}).get("podSelector")
        if selector is None:
            continue
        wanted = selector.get("matchLabels", selector)
        if "app" in wanted:
            assert wanted in labels.values(), each["metadata"]["name"]
    ports = {
        port["containerPort"]: port["name"]
        for spec in pod_specs().values()
        for port in spec["containers"][0]["ports"]
    }
    for each in documents():
        if each["kind"] == "Service":
            assert all(port["port"] in ports for port in each["spec"]["ports"])
        if each["kind"] == "NetworkPolicy":
            for rule in each["spec"].get("ingress", []):
                names = [port["port"] for port in rule.get("ports", [])]
                assert set(names) <= set(ports.values())
