"""What there is: guilds, channels, people, messages, and how each is written as JSON."""
