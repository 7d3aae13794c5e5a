"""How a name is made: artifact, request, names. Knows nothing of Discord."""

from .artifact import Artifact, Style
from .engine import Engine
from .graph import ArtifactError
from .request import NamesRefused, Request
from .sampler import Sampler
from .scoring import Place, Score
from .steps import Steps, alone
from .vocabulary import Vocabulary

__all__ = [
    "Artifact",
    "ArtifactError",
    "Engine",
    "NamesRefused",
    "Place",
    "Request",
    "Sampler",
    "Score",
    "Steps",
    "Style",
    "Vocabulary",
    "alone",
]
