"""The `/style` command group: list, info, train, cancel, publish, rollback, retire and log."""
