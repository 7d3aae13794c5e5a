"""The gateway: WebSocket connections, sessions that can resume, and dispatched events."""
