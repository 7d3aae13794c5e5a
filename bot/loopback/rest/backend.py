"""What the server is made of, as one value for the routes and for people's actions."""

from dataclasses import dataclass

from ..gateway.gateway import Gateway
from ..payloads.commands import Commands
from ..state.world import World
from .interactions import Interactions
from .openapi import Contract
from .ratelimit import Limiter


@dataclass(frozen=True)
class Backend:
    """All that the routes, and the people, work on."""

    world: World
    gateway: Gateway
    interactions: Interactions
    commands: Commands
    limiter: Limiter
    contract: Contract
    token: str
