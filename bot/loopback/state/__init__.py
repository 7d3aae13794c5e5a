"""In-memory state of the loopback Discord: users, guilds, channels, messages, files."""
