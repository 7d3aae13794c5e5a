"""What can be done from a shell without starting a bot."""
