"""Cooldowns: how often a member, and a channel, may use commands and buttons."""

from discord.ext.commands import BucketType, CommandOnCooldown, Cooldown, CooldownMapping

from .config_sections import LimitSettings


class Cooldowns:
    """How often a user, and a channel, may use commands and buttons; unused buckets expire."""

    def __init__(self, limits: LimitSettings) -> None:
        rates = (
            (BucketType.user, limits.user_commands, limits.user_seconds),
            (BucketType.channel, limits.channel_commands, limits.channel_seconds),
        )
        self._mappings = [
            (kind, CooldownMapping[int](Cooldown(commands, seconds), int))
            for kind, commands, seconds in rates
            if commands
        ]

    def spend(self, user_id: int, channel_id: int) -> None:
        """Count one use in both buckets.

        Raises `CommandOnCooldown`, and counts nothing, where a bucket is full.
        """
        ids = {BucketType.user: user_id, BucketType.channel: channel_id}
        buckets = [(kind, mapping.get_bucket(ids[kind])) for kind, mapping in self._mappings]
        for kind, bucket in buckets:
            if bucket and (seconds := bucket.get_retry_after()):
                raise CommandOnCooldown(bucket, seconds, kind)
        for _, bucket in buckets:
            if bucket:
                bucket.update_rate_limit()
