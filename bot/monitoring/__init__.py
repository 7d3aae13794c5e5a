"""Monitoring: an HTTP server for health checks, off unless `[monitoring] port` is set."""

from .server import start_monitoring

__all__ = ["start_monitoring"]
