"""Validation of payloads by Discord's rules: messages, embeds, components, modals, commands."""
