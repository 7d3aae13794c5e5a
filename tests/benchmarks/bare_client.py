"""A discord.py client that answers with constants: what Namesmith's costs are compared with.

It has Namesmith's intents, caches and options, and one open session of onnxruntime. `/name` and
`!name` answer with an embed and four buttons, a button edits its message to the same, and
autocomplete gives eight choices.
"""

import asyncio
import re
import sys
from typing import Any, Self

import discord
import onnxruntime as ort
import yarl
from discord import app_commands, ui
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

_ACTIONS = {"again": "Again", "longer": "Longer", "wilder": "Wilder", "save": "Save"}
_NAMES = ("Trina", "Trevor", "Tristan", "Trudy", "Tryston")
_NO_MENTIONS = discord.AllowedMentions.none()


class _Button(ui.DynamicItem[Any], template=r"bare:(again|longer|wilder|save)"):
    """A button that edits its message."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(item)

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(**_answer())


def _answer() -> dict[str, Any]:
    embed = discord.Embed(title="Names", description="\n".join(_NAMES), colour=0xC98A2B)
    embed.set_footer(text="seed 123456789")
    view = ui.View(timeout=None)
    for action, label in _ACTIONS.items():
        view.add_item(_Button(ui.Button(label=label, custom_id=f"bare:{action}")))
    view.stop()
    return {"embed": embed, "view": view, "allowed_mentions": _NO_MENTIONS}


class _Options(commands.FlagConverter):
    """The option of the command."""

    prefix: str = commands.flag(default="", positional=True, description="How names begin")


class _Cog(commands.Cog):
    """The command."""

    @commands.hybrid_command()  # type: ignore[arg-type]  # typed for pyright
    async def name(self, ctx: commands.Context[Any], *, options: _Options) -> None:
        """Answer with a constant."""
        del options
        if ctx.interaction:
            await ctx.interaction.response.send_message(**_answer())
        else:
            await ctx.send(**_answer(), reference=ctx.message)

    @name.autocomplete("prefix")
    async def _complete(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        del interaction, typed
        return [app_commands.Choice(name=f"Name {i}", value=f"Name {i}") for i in range(8)]


class _Client(commands.AutoShardedBot):
    """The client."""

    def __init__(self) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = True
        super().__init__(
            command_prefix="!",
            intents=intents,
            allowed_mentions=_NO_MENTIONS,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )

    async def setup_hook(self) -> None:
        await self.add_cog(_Cog())
        self.add_dynamic_items(_Button)
        await self.tree.sync()


async def _run(api_url: str, gateway_url: str, token: str, style: str) -> None:
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    options = ort.SessionOptions()
    options.enable_cpu_mem_arena = False
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(style, options, providers=["CPUExecutionProvider"])
    async with _Client() as client:
        await client.start(token)
    del session


if __name__ == "__main__":
    asyncio.run(_run(*sys.argv[1:]))
