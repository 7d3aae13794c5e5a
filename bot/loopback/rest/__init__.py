"""The REST API: routes, rate limits, interactions and payload validation."""
