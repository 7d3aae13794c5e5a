"""How a name is made: artifact, request, names. Knows nothing of Discord."""

from .artifact import Artifact, ArtifactError, Style
from .engine import Engine
from .sampler import NamesRefused, Request, Sampler
from .vocabulary import Vocabulary

__all__ = [
    "Artifact",
    "ArtifactError",
    "Engine",
    "NamesRefused",
    "Request",
    "Sampler",
    "Style",
    "Vocabulary",
]
