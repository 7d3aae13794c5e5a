"""Some hundred commands leave no task, thread or file descriptor behind."""

from .soak import soak


async def test_nothing_grows() -> None:
    """After 240 commands of all kinds, everything that the bot opens is open."""
    samples = await soak(480, 240)
    _, warm, last = samples
    assert last.commands == 480
    assert last.tasks <= warm.tasks
    assert last.threads <= warm.threads + 1  # of the pool, which has six at most
    assert last.descriptors <= warm.descriptors + 5  # connections that are open or not
    assert last.memory < 1.2 * warm.memory
