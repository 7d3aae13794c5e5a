"""Profanity filter: whether a name contains a blocked word, however it is disguised."""

from .filter import ProfanityFilter

__all__ = ["ProfanityFilter"]
