"""Sampling: artifacts, requests, and the engine that answers them. Doesn't know Discord."""

import os

# From 1.29 on, onnxruntime sends usage data unless this is set before its first import.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from .artifact import Artifact, Vocabulary
from .draw import StepGenerator, run_steps
from .engine import Engine
from .generator import NameGenerator
from .metadata import Style
from .onnx_check import ArtifactError
from .pattern import Part, Pattern, parse_pattern
from .pattern_generator import PatternGenerator
from .phrase import AnyOf, Phrase
from .request import Request, RequestError
from .score import Score, ScoredCharacter, ScoredPart

__all__ = [
    "AnyOf",
    "Artifact",
    "ArtifactError",
    "Engine",
    "NameGenerator",
    "Part",
    "Pattern",
    "PatternGenerator",
    "Phrase",
    "Request",
    "RequestError",
    "Score",
    "ScoredCharacter",
    "ScoredPart",
    "StepGenerator",
    "Style",
    "Vocabulary",
    "parse_pattern",
    "run_steps",
]
