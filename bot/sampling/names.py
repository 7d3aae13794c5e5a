"""Names as they were asked for: drawn in growing batches, kept if they meet the request.

The prefix goes through the network once; its state is then repeated for every row.
"""

import numpy as np

from .artifact import Artifact
from .endings import endings
from .request import NamesRefused, Request
from .spelling import feed, form
from .steps import Steps
from .vocabulary import END

MAX_TRIES = 1_000
"""Draws after which a request is answered with what has been found."""


def names(artifact: Artifact, request: Request) -> Steps[list[str]]:
    """Return distinct names that begin with the prefix, in the form that the style gives it.

    They may be fewer than asked for where the style has no more within `MAX_TRIES` draws; raises
    `NamesRefused` where it has none, or cannot spell the prefix.
    """
    beginning = yield from form(artifact, request.prefix)
    limit = request.max_length or artifact.max_length
    if len(beginning) > limit:
        raise NamesRefused(
            f"{{}} has {len(beginning)} characters, but names of this style have at most {limit}. "
            "Ask for a shorter beginning.",
            beginning,
        )
    found = yield from _distinct(artifact, beginning, limit, request)
    if not found:
        raise NamesRefused(
            f"No name beginning with {{}} came to an end within {limit} characters. "
            "Try a shorter beginning or a lower temperature.",
            beginning,
        )
    return found


def _distinct(artifact: Artifact, beginning: str, limit: int, request: Request) -> Steps[list[str]]:
    """Draw in growing batches until enough distinct names are found or tries run out."""
    *_, (logits, state) = yield from feed(artifact, beginning)
    if not beginning:
        logits[:, END] = -np.inf
    rng = np.random.default_rng(request.seed)
    found: dict[str, None] = {}
    tries, rows = 0, request.count
    room = limit - len(beginning)
    while len(found) < request.count and tries < max(MAX_TRIES, request.count):
        drawn = yield from endings(logits, state, rows, room, request, rng)
        for ids in drawn:
            found.setdefault(beginning + artifact.vocabulary.decode(ids))
        tries += rows
        rows = min(2 * rows, 256)
    return list(found)[: request.count]
