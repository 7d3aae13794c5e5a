"""How a name is made: artifact, request, names. Knows nothing of Discord."""

from .artifact import Artifact, Style
from .engine import Engine
from .graph import ArtifactError
from .request import Request, RequestError
from .sampler import Sampler
from .scoring import Place, Score
from .steps import Steps, alone
from .vocabulary import Vocabulary

__all__ = [
    "Artifact",
    "ArtifactError",
    "Engine",
    "Place",
    "Request",
    "RequestError",
    "Sampler",
    "Score",
    "Steps",
    "Style",
    "Vocabulary",
    "alone",
]
