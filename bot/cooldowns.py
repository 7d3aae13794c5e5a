"""How often one may ask: counted for a person and for a channel, commands and buttons together."""

from discord.ext.commands import BucketType, CommandOnCooldown, Cooldown, CooldownMapping

from .config import LimitSettings


class Cooldowns:
    """What is left of everyone's share; a share unused for its time is forgotten."""

    def __init__(self, limits: LimitSettings) -> None:
        shares = (
            (BucketType.user, limits.user_commands, limits.user_seconds),
            (BucketType.channel, limits.channel_commands, limits.channel_seconds),
        )
        self._shares = [
            (kind, CooldownMapping[int](Cooldown(commands, seconds), int) if commands else None)
            for kind, commands, seconds in shares
        ]

    def spend(self, user_id: int, channel_id: int) -> None:
        """Count one request, unless it is too soon for it: then raise `CommandOnCooldown`."""
        shares = [
            (kind, share and share.get_bucket(of))
            for (kind, share), of in zip(self._shares, (user_id, channel_id), strict=True)
        ]
        for kind, share in shares:
            if share and (seconds := share.get_retry_after()):
                raise CommandOnCooldown(share, seconds, kind)
        for _, share in shares:
            if share:
                share.update_rate_limit()
