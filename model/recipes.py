"""Recipes: everything that, with a corpus, decides the weights. Named ones, and their limits."""

from dataclasses import replace
from math import cos, pi, pow, sqrt
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

Cell = Literal["rnn", "gru", "lstm"]
Schedule = Literal["constant", "linear", "cosine"]
SplitBy = Literal["random", "makemore", "makemore-distinct"]
Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, lt=1)]


@dataclass(
    frozen=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
)
class Recipe:
    """A network and how it learns; a value out of range raises pydantic's `ValidationError`."""

    cell: Annotated[Cell, Field(description="recurrent cell: rnn (tanh), gru or lstm")]
    layers: Annotated[int, Field(ge=1, le=8, description="recurrent layers")]
    embedding: Annotated[int, Field(ge=1, le=4096, description="size of a character's embedding")]
    hidden: Annotated[int, Field(ge=1, le=8192, description="size of a layer's hidden state")]
    dropout: Annotated[Share, Field(description="share of the hidden units dropped while learning")]
    dropout_input: Annotated[
        Share, Field(description="share of the embedding's units dropped while learning")
    ] = 0.0
    dropout_recurrent: Annotated[
        Share, Field(description="share of the weights between states dropped while learning")
    ] = 0.0
    fitted_to: Annotated[
        int,
        Field(ge=0, description="characters learnt from that all this is meant for; 0: any number"),
    ] = 0
    steps: Annotated[Count, Field(description="steps of the optimiser, at most")]
    batch: Annotated[Count, Field(description="samples in a step")]
    window: Annotated[
        Count, Field(description="characters of a sample in a step; a longer one takes several")
    ] = 200
    rate: Annotated[float, Field(gt=0, le=1, description="learning rate at its highest")]
    schedule: Annotated[
        Schedule, Field(description="rate after the warm-up: constant, linear or cosine")
    ]
    warm_up: Annotated[int, Field(ge=0, description="steps over which the rate rises to its full")]
    weight_decay: Annotated[float, Field(ge=0, le=10, description="AdamW's weight decay")]
    beta2: Annotated[Share, Field(description="AdamW's memory of squared gradients")] = 0.999
    average: Annotated[
        Share, Field(description="share of the averaged weights that a step keeps; 0: no average")
    ] = 0.0
    clip: Annotated[float, Field(ge=0, description="largest norm of the gradient; 0 for none")]
    measure_every: Annotated[Count, Field(description="steps between measurements (checkpoints)")]
    patience: Annotated[
        int, Field(ge=0, description="measurements without a better one before stopping; 0: never")
    ]
    held_out: Annotated[
        float, Field(gt=0, le=0.5, description="share of samples not learnt from")
    ] = 0.1
    split: Annotated[
        SplitBy,
        Field(description="random (held_out), or makemore's test: makemore, makemore-distinct"),
    ] = "random"
    seed: Annotated[int, Field(ge=0, lt=2**63, description="seed of split, weights and order")] = 1


RECIPES = {
    # The course exercise as it stands: tanh 64, Adam, a thousand steps.
    "seed": Recipe(
        cell="rnn",
        layers=1,
        embedding=16,
        hidden=64,
        dropout=0.0,
        steps=1000,
        batch=32,
        rate=1e-3,
        schedule="constant",
        warm_up=0,
        weight_decay=0.0,
        clip=0.0,
        measure_every=50,
        patience=0,
    ),
    # A minute of one core.
    "fast": Recipe(
        cell="lstm",
        layers=1,
        embedding=32,
        hidden=192,
        dropout=0.25,
        fitted_to=200_000,
        steps=2700,
        batch=128,
        rate=1e-2,
        schedule="linear",
        warm_up=100,
        weight_decay=0.1,
        beta2=0.99,
        average=0.98,
        clip=1.0,
        measure_every=100,
        patience=8,
    ),
    # Ten minutes of one core.
    "best": Recipe(
        cell="lstm",
        layers=1,
        embedding=32,
        hidden=256,
        dropout=0.3,
        dropout_input=0.05,
        dropout_recurrent=0.3,
        fitted_to=200_000,
        steps=17_000,
        batch=128,
        rate=1e-2,
        schedule="linear",
        warm_up=100,
        weight_decay=0.05,
        beta2=0.99,
        average=0.998,
        clip=1.0,
        measure_every=250,
        patience=24,
    ),
}


def fitted(recipe: Recipe, samples: int, characters: int) -> Recipe:
    """`recipe` for a corpus of so many samples and characters to learn from.

    A small one is learnt by heart sooner. So more is dropped: what is kept is raised to the power
    sqrt(fitted_to / characters), from a quarter to 2.5. Batches shrink until there are 16 in an
    epoch, to 16 samples at least, and no more than eight epochs pass between two measurements.
    (Found by trial, see docs/model.md.)
    """
    if not recipe.fitted_to:
        return recipe
    power = min(2.5, max(0.25, sqrt(recipe.fitted_to / characters)))
    batch = min(recipe.batch, max(16, samples // 16))

    def dropped(share: float) -> float:
        return 1.0 - pow(1.0 - share, power)

    return replace(
        recipe,
        dropout=dropped(recipe.dropout),
        dropout_input=dropped(recipe.dropout_input),
        dropout_recurrent=dropped(recipe.dropout_recurrent),
        batch=batch,
        measure_every=min(recipe.measure_every, max(25, 8 * samples // batch)),
    )


def rate_at(recipe: Recipe, step: int) -> float:
    """The learning rate of `step`, counted from 0: a linear warm-up, then the schedule.

    Linear and cosine fall to nothing at the last step: Loshchilov & Hutter (2017),
    arXiv:1608.03983.
    """
    if step < recipe.warm_up:
        return recipe.rate * (step + 1) / recipe.warm_up
    done = (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up)
    falls = {"constant": 1.0, "linear": 1 - done, "cosine": (1 + cos(pi * done)) / 2}
    return recipe.rate * falls[recipe.schedule]
