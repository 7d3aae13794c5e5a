"""Gateway that waits for heartbeats, so that the load of the machine ends no session."""

import pytest

from bot.loopback.gateway import connection


@pytest.fixture(autouse=True)
def patient_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """Close no connection for want of heartbeats; a test waits for them instead."""
    monkeypatch.setattr(connection, "HEARTBEAT_GRACE", 120.0)
