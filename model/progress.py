"""What a person sees of a training: a moving bar in a terminal, a few plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from model.checkpoint import Checkpoint
from model.telling import sampled

NAMES = 6
_LINES = 10  # with sampled names, over a whole run


def show(run: Iterator[Checkpoint], console: Console) -> Checkpoint:
    """Follow `run` to its end on `console`, and return its last checkpoint.

    Ten times over a run, a line tells step, losses and a few names drawn from the best weights.
    """
    made = next(run)
    steps = made.facts.recipe.steps
    began, said = made.facts.step, made.facts.step * _LINES // steps
    bar = _bar(console)
    shown: AbstractContextManager[object] = bar if console.is_terminal else nullcontext()
    with shown:
        task = bar.add_task("", total=steps, completed=began, **_told(made))
        for made in run:
            bar.update(task, completed=made.facts.step, **_told(made))
            tenth = made.facts.step * _LINES // steps
            if tenth > said or made.facts.finished:
                said = tenth
                console.print(escape(_line(made)), soft_wrap=True, highlight=False)
    return made


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("loss {task.fields[loss]:.3f}, held out {task.fields[held_out]:.3f}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]:.0f} steps/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def _told(made: Checkpoint) -> dict[str, Any]:
    last = made.facts.history[-1]
    speed = made.facts.step / made.facts.seconds if made.facts.seconds else 0.0
    return {"loss": last.loss, "held_out": last.held_out, "speed": speed}


def _line(made: Checkpoint) -> str:
    last = made.facts.history[-1]
    names = " ".join(sampled(made, NAMES))
    return (
        f"step {last.step:>5}  loss {last.loss:.3f}  held out {last.held_out:.3f}  "
        f"{made.facts.seconds:4.0f} s  {names}"
    )
