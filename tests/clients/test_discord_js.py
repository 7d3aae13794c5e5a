"""discord.js, the most used client, in Node.js."""

from pathlib import Path

from .install import install
from .scenario import run_scenario

VERSION = "14.28.1"
BOT = Path(__file__).with_name("discord_js") / "bot.js"
NPM_OPTIONS = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


async def test_discord_js() -> None:
    npm = ("npm", "install", *NPM_OPTIONS, f"discord.js@{VERSION}")
    folder = install(f"discord.js-{VERSION}", "npm", [npm])
    await run_scenario(["node", BOT], {"NODE_PATH": str(folder / "node_modules")})
