"""How a name is made: artifact, request, names. Knows nothing of Discord."""

from .artifact import Artifact, Style
from .engine import Engine
from .onnx_check import ArtifactError
from .request import Request, RequestError
from .scoring import Score, ScoredCharacter
from .steps import StepGenerator, run_steps
from .vocabulary import Vocabulary

__all__ = [
    "Artifact",
    "ArtifactError",
    "Engine",
    "Request",
    "RequestError",
    "Score",
    "ScoredCharacter",
    "StepGenerator",
    "Style",
    "Vocabulary",
    "run_steps",
]
