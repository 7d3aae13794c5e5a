"""The gateway: sessions of the bot, their connections, and the events that they are told."""
