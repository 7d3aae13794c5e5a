"""The bot's commands: one cog per file, with its buttons and selects."""
