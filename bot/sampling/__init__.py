"""How a name is made: artifact, request, names. Knows nothing of Discord."""

from .artifact import Artifact, ArtifactError, Style
from .engine import Engine
from .request import NamesRefused, Request
from .sampler import Sampler
from .steps import Steps, alone
from .vocabulary import Vocabulary

__all__ = [
    "Artifact",
    "ArtifactError",
    "Engine",
    "NamesRefused",
    "Request",
    "Sampler",
    "Steps",
    "Style",
    "Vocabulary",
    "alone",
]
