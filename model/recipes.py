"""Recipes: named sets of hyper-parameters; and the settings of a run, which override them.

A recipe, a corpus and the number of threads determine the trained weights.

Settings come from a named recipe, then `[model]` of config.toml, then command-line options. Each
source overrides single values of the one before. An unknown or renamed key, a wrong type and a
value out of range are refused in one line that names the key.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields, replace
from math import cos, inf, pi, pow, sqrt
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass

from model import ModelError

MAX_LENGTH = 2000
"""Default maximum length of a sample in characters."""

Cell = Literal["rnn", "gru", "lstm"]
Schedule = Literal["constant", "linear", "cosine"]
BaseChoice = Literal["auto", "always", "none"]
SplitMethod = Literal["random", "makemore", "makemore-distinct"]
Count = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(ge=0, lt=1)]


@dataclass(
    frozen=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
)
class Recipe:
    """Hyper-parameters of a network and its training.

    A value out of range raises pydantic's `ValidationError`.
    """

    cell: Annotated[Cell, Field(description="recurrent cell: rnn (tanh), gru or lstm")]
    layers: Annotated[int, Field(ge=1, le=8, description="number of recurrent layers")]
    embedding_size: Annotated[
        int, Field(ge=1, le=4096, description="size of a character's embedding")
    ]
    hidden_size: Annotated[int, Field(ge=1, le=8192, description="size of a layer's hidden state")]
    dropout: Annotated[Fraction, Field(description="dropout of the hidden state")]
    embedding_dropout: Annotated[Fraction, Field(description="dropout of the embedding")] = 0.0
    recurrent_dropout: Annotated[
        Fraction, Field(description="dropout of the hidden-to-hidden weights")
    ] = 0.0
    tuned_for_characters: Annotated[
        int,
        Field(ge=0, description="training characters the recipe is tuned for (0: any number)"),
    ] = 0
    max_steps: Annotated[Count, Field(description="maximum number of optimizer steps")]
    time_budget: Annotated[
        float,
        Field(
            ge=0,
            description="time of the training in seconds of a reference core, which limits the "
            "steps (0: no limit)",
        ),
    ] = 0.0
    batch_size: Annotated[Count, Field(description="samples per step")]
    bptt_length: Annotated[
        Count, Field(description="characters per step; a longer sample takes several steps")
    ] = 200
    learning_rate: Annotated[float, Field(gt=0, le=1, description="peak learning rate")]
    schedule: Annotated[
        Schedule, Field(description="learning rate after warm-up: constant, linear or cosine")
    ]
    warmup_steps: Annotated[int, Field(ge=0, description="steps of linear warm-up")]
    weight_decay: Annotated[float, Field(ge=0, le=10, description="weight decay of AdamW")]
    beta2: Annotated[Fraction, Field(description="decay of AdamW's squared gradients")] = 0.999
    ema_decay: Annotated[
        Fraction, Field(description="decay of the averaged weights (0: no averaging)")
    ] = 0.0
    grad_clip: Annotated[float, Field(ge=0, description="maximum gradient norm (0: no clipping)")]
    eval_interval: Annotated[
        Count, Field(description="steps between evaluations; each saves a checkpoint")
    ]
    patience: Annotated[
        int, Field(ge=0, description="evaluations without improvement before stopping (0: never)")
    ]
    held_out_fraction: Annotated[
        float, Field(gt=0, le=0.5, description="fraction of samples held out from training")
    ] = 0.1
    ngram_order: Annotated[
        int, Field(ge=0, le=8, description="order of the n-gram mixed in at the end (0: none)")
    ] = 0
    ngram_power: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="power of the n-gram while the network learns from 2,000 samples or more "
            "(0: it learns without)",
        ),
    ] = 0.0
    case_patterns: Annotated[
        bool, Field(description="whether case patterns that the corpus never has are not generated")
    ] = False
    base: Annotated[
        BaseChoice,
        Field(
            description="start from the base network: auto (if it is better than scratch), "
            "always or none"
        ),
    ] = "none"
    fine_tuning_epochs: Annotated[
        int,
        Field(
            ge=0,
            description="most epochs of 2,000 samples or more from the base network (0: no limit)",
        ),
    ] = 0
    cross_validation: Annotated[
        bool, Field(description="judge a list under 500 samples by cross-validation")
    ] = False
    split: Annotated[
        SplitMethod,
        Field(description="random, or the test samples of makemore: makemore, makemore-distinct"),
    ] = "random"
    seed: Annotated[
        int, Field(ge=0, lt=2**63, description="seed of the split, the first weights and the order")
    ] = 1


RENAMED = {
    "embedding": "embedding_size",
    "hidden": "hidden_size",
    "dropout_input": "embedding_dropout",
    "dropout_recurrent": "recurrent_dropout",
    "fitted_to": "tuned_for_characters",
    "steps": "max_steps",
    "batch": "batch_size",
    "window": "bptt_length",
    "rate": "learning_rate",
    "warm_up": "warmup_steps",
    "average": "ema_decay",
    "clip": "grad_clip",
    "measure_every": "eval_interval",
    "held_out": "held_out_fraction",
}
"""Old names of fields of `Recipe` → new names. Checkpoints of format 1 have the old ones."""

RECIPES = {
    # The course exercise unchanged: tanh 64, Adam, a thousand steps.
    "seed": Recipe(
        cell="rnn",
        layers=1,
        embedding_size=16,
        hidden_size=64,
        dropout=0.0,
        max_steps=1000,
        batch_size=32,
        learning_rate=1e-3,
        schedule="constant",
        warmup_steps=0,
        weight_decay=0.0,
        grad_clip=0.0,
        eval_interval=50,
        patience=0,
    ),
    # A minute on one core.
    "fast": Recipe(
        cell="lstm",
        layers=1,
        embedding_size=32,
        hidden_size=192,
        dropout=0.25,
        tuned_for_characters=200_000,
        max_steps=2700,
        time_budget=60.0,
        batch_size=128,
        learning_rate=1e-2,
        schedule="linear",
        warmup_steps=100,
        weight_decay=0.1,
        beta2=0.99,
        ema_decay=0.98,
        grad_clip=1.0,
        eval_interval=100,
        patience=8,
        ngram_order=6,
        ngram_power=0.4,
        case_patterns=True,
        base="auto",
        fine_tuning_epochs=25,
        cross_validation=True,
    ),
    # Ten minutes on one core.
    "best": Recipe(
        cell="lstm",
        layers=1,
        embedding_size=32,
        hidden_size=256,
        dropout=0.3,
        embedding_dropout=0.05,
        recurrent_dropout=0.3,
        tuned_for_characters=200_000,
        max_steps=17_000,
        time_budget=600.0,
        batch_size=128,
        learning_rate=1e-2,
        schedule="linear",
        warmup_steps=100,
        weight_decay=0.05,
        beta2=0.99,
        ema_decay=0.998,
        grad_clip=1.0,
        eval_interval=250,
        patience=24,
        ngram_order=6,
        ngram_power=0.4,
        case_patterns=True,
        base="auto",
        cross_validation=True,
    ),
}


def adjust_recipe(recipe: Recipe, samples: int, characters: int) -> Recipe:
    """Adjust `recipe` to a training set of that many samples and characters.

    A small corpus overfits sooner. So the share of units that dropout keeps is raised to the power
    sqrt(tuned_for_characters / characters), at most 2.5, and to the square of that for a larger
    corpus, of which the time budget allows fewer epochs as well. Batches shrink until an epoch
    has 16 of them, but not below 16 samples. At most eight epochs pass between two evaluations.
    (Chosen by experiment, see docs/model.md.)
    """
    if not recipe.tuned_for_characters:
        return recipe
    ratio = recipe.tuned_for_characters / characters
    power = min(ratio, sqrt(ratio), 2.5)
    batch_size = min(recipe.batch_size, max(16, samples // 16))

    def adjusted(dropout: float) -> float:
        return 1.0 - pow(1.0 - dropout, power)

    return replace(
        recipe,
        dropout=adjusted(recipe.dropout),
        embedding_dropout=adjusted(recipe.embedding_dropout),
        recurrent_dropout=adjusted(recipe.recurrent_dropout),
        batch_size=batch_size,
        eval_interval=min(recipe.eval_interval, max(25, 8 * samples // batch_size)),
    )


def fine_tuning_recipe(recipe: Recipe, samples: int, characters: int) -> Recipe:
    """Return `recipe` for a training set of that size that starts from the base network.

    A short list is learnt in few steps, with much dropout. A long one is learnt as from scratch,
    but in few epochs. (Chosen by experiment, see docs/model.md.)
    """
    if samples >= LONG_LIST:
        adjusted = adjust_recipe(recipe, samples, characters)
        epochs = recipe.fine_tuning_epochs or inf
        max_steps = min(recipe.max_steps, epochs * samples // adjusted.batch_size)
        return replace(
            adjusted,
            max_steps=int(max_steps),
            eval_interval=min(adjusted.eval_interval, max(25, int(max_steps) // 10)),
        )
    batch_size = min(recipe.batch_size, max(32, samples // 16))
    epochs, learning_rate = (24, 3e-3) if samples < _SHORT_LIST else (10, 6e-3)
    max_steps = max(75, epochs * samples // batch_size)
    return replace(
        recipe,
        dropout=0.5,
        embedding_dropout=0.0,
        recurrent_dropout=0.0,
        max_steps=max_steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        schedule="linear",
        warmup_steps=min(20, max_steps // 5),
        weight_decay=0.01,
        ema_decay=0.98,
        grad_clip=1.0,
        eval_interval=max(5, max_steps // 20),
        patience=8,
    )


LONG_LIST = 2000
"""Training samples of a list that is learnt as from scratch, even from the base network."""

_SHORT_LIST = 500


def learning_rate_at(recipe: Recipe, step: int) -> float:
    """Return the learning rate of `step`, counted from 0: linear warm-up, then the schedule.

    The linear and cosine schedules reach zero at the last step: Loshchilov & Hutter (2017),
    arXiv:1608.03983.
    """
    if step < recipe.warmup_steps:
        return recipe.learning_rate * (step + 1) / recipe.warmup_steps
    done = (step - recipe.warmup_steps) / max(1, recipe.max_steps - recipe.warmup_steps)
    factors = {"constant": 1.0, "linear": 1 - done, "cosine": (1 + cos(pi * done)) / 2}
    return recipe.learning_rate * factors[recipe.schedule]


CONFIG = Path("config.toml")

T = TypeVar("T")


class SettingsError(ModelError):
    """A setting is invalid. The message names it and what it accepts."""


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True))
class Settings:
    """Settings of a training run that are not hyper-parameters."""

    recipe: Annotated[str, Field(description="named recipe: " + ", ".join(RECIPES))] = "fast"
    threads: Annotated[
        int, Field(ge=1, le=1024, description="torch threads; 1 makes runs reproducible")
    ] = 1
    device: Annotated[
        Literal["auto", "cpu", "cuda"],
        Field(description="device: cpu, cuda, or auto to use CUDA if available"),
    ] = "auto"
    max_length: Annotated[
        int, Field(ge=1, le=10**6, description="maximum length of a sample in characters")
    ] = MAX_LENGTH


_SIZES = frozenset({"cell", "layers", "embedding_size", "hidden_size"})


def read_config(path: Path | None) -> dict[str, Any]:
    """Return the validated `[model]` section of `path`, or of ./config.toml if that exists.

    Raises `SettingsError`.
    """
    if path is None and not CONFIG.exists():
        return {}
    path = path or CONFIG
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}. Name a TOML file.") from None
    except ValueError as error:
        raise SettingsError(f"{path}: Not a TOML file: {error}") from None
    section = content.get("model", {})
    if not isinstance(section, dict):
        raise SettingsError(f"{path}: model isn't a section. Write [model] on its own line.")
    resolve(section, prefix=f"{path}: [model] ")
    return section


def resolve(values: Mapping[str, Any], *, prefix: str = "") -> tuple[Settings, Recipe]:
    """Return the settings and the recipe. `values` may override any field of either.

    A value for `max_steps` removes the recipe's time budget, unless there is one for that too. The
    base network has a fixed size, so a value for a size starts from scratch in the same way.
    Raises `SettingsError` with a message that starts with `prefix`.
    """
    settings_names = {f.name for f in fields(Settings)}
    known = settings_names | {f.name for f in fields(Recipe)}
    for name in values:
        if name in RENAMED:
            raise SettingsError(f"{prefix}{name}: renamed to {RENAMED[name]}")
        if name not in known:
            raise SettingsError(f"{prefix}{name}: Unknown setting. Choose from {_list(known)}.")
    settings = _validate(Settings, {k: v for k, v in values.items() if k in settings_names}, prefix)
    if settings.recipe not in RECIPES:
        raise SettingsError(
            f"{prefix}recipe = {settings.recipe!r}: Unknown recipe. Choose from {_list(RECIPES)}."
        )
    changes = {k: v for k, v in values.items() if k not in settings_names}
    if "max_steps" in changes:
        changes = {"time_budget": 0.0} | changes
    if not _SIZES.isdisjoint(changes):
        changes = {"base": "none"} | changes
    return settings, _validate(Recipe, asdict(RECIPES[settings.recipe]) | changes, prefix)


def _validate(kind: Callable[..., T], values: dict[str, Any], prefix: str) -> T:
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(
            f"{prefix}{first['loc'][0]} = {first['input']!r}: {first['msg']}."
        ) from None


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
