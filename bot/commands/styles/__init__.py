"""The command groups `/style` (list, info) and `/manage-styles` (train, publish and so on)."""
