"""`!name` and `/name`: invented names, by one hybrid command."""

import asyncio
import io
from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from ..config import NamesSettings
from ..sampling import Engine, Request
from .errors import answer_error
from .text import MESSAGE_LIMIT, name_list

_AT_ONCE = 1.0
"""Seconds to answer in without a sign before; Discord gives a slash command up after three."""


# Defaults are asked for at each call: discord.py tells no optional Range to Discord as a number.
def _count(ctx: commands.Context[Any]) -> int:
    return cast("Names", ctx.cog).settings.count


def _temperature(ctx: commands.Context[Any]) -> float:
    return cast("Names", ctx.cog).settings.temperature


class Names(commands.Cog):
    """Invented names."""

    def __init__(self, engine: Engine, settings: NamesSettings) -> None:
        self._engine = engine
        self.settings = settings

    async def cog_unload(self) -> None:
        """Let the engine's thread go."""
        self._engine.close()

    async def cog_command_error(self, ctx: commands.Context[Any], error: Exception) -> None:
        """Answer every failure of this cog's commands."""
        await answer_error(ctx, error)

    @commands.hybrid_command()  # type: ignore[arg-type]  # typed for pyright's inference
    @app_commands.describe(
        prefix="How the names begin",
        count="How many names, 1 to 25",
        temperature="How daring: 0.1 safe, 1 as learned, 2 wild",
    )
    async def name(
        self,
        ctx: commands.Context[Any],
        prefix: str = "",
        count: commands.Range[int, 1, 25] = commands.parameter(default=_count),
        temperature: commands.Range[float, 0.1, 2.0] = commands.parameter(default=_temperature),
    ) -> None:
        """Invent names, all with the beginning you give."""
        request = Request(
            prefix=prefix,
            count=count,
            temperature=temperature,
            top_p=self.settings.top_p,
        )
        await _reply(ctx, await self._draw(ctx, request))

    async def _draw(self, ctx: commands.Context[Any], request: Request) -> list[str]:
        """Return the engine's answer; if it takes long, show first that one is on its way."""
        drawing = asyncio.ensure_future(self._engine.names(request))
        await asyncio.wait((drawing,), timeout=_AT_ONCE)
        if not drawing.done():
            await ctx.defer()
        return await drawing


async def _reply(ctx: commands.Context[Any], names: list[str]) -> None:
    """Send the names as one message, or as a text file where they are too long for one."""
    text = name_list(names)
    if len(text) <= MESSAGE_LIMIT:
        await ctx.reply(text)
    else:
        file = io.BytesIO("\n".join(names).encode())
        await ctx.reply(f"{len(names)} names:", file=discord.File(file, "names.txt"))
