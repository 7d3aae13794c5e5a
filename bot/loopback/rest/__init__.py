"""The REST API: its routes, rate limits and interactions, and the contract they are held to."""
