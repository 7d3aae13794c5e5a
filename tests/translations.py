"""Update the translations: `python -m tests.translations`, after any text of the bot changed.

Collects the texts that people see, from the source and the commands; adds new ones to each
`bot/locales/LANGUAGE.po`, drops the unused, compiles the `.mo` beside it, and says what is missing.
A new language begins as an empty file: `touch bot/locales/it.po`.
"""

import ast
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from discord import Intents
from discord.ext import commands

from bot import extension
from bot.config import Settings
from bot.i18n import LOCALES, NAME_CONTEXT

_ROOT = Path(__file__).parents[1]
_HEADERS = [
    ("Report-Msgid-Bugs-To", ""),
    ("Last-Translator", ""),
    ("Language-Team", ""),
]
_MARKS = {
    **dict.fromkeys(("_", "marked", "Phrase"), 1),
    **dict.fromkeys(("RequestError", "StyleError", "InvalidValueError"), 1),
    "ngettext": 2,
}
"""The calls that mark a text, and how many of their first arguments are texts."""


def template() -> Catalog:
    """Return the catalog of all English texts, without translations."""
    catalog = Catalog(project="Namesmith", charset="utf-8")
    for file in sorted((_ROOT / "bot").rglob("*.py")):
        for text in marked_texts(ast.parse(file.read_text(encoding="utf-8"))):
            catalog.add(text, None, [(file.relative_to(_ROOT).as_posix(), 0)])
    for kind, text in sorted(set(asyncio.run(_command_texts()))):
        context = NAME_CONTEXT if kind == "name" else None
        comment = f"The {kind} of a command or option"
        catalog.add(text, None, [], auto_comments=[comment], context=context)
    return catalog


def marked_texts(module: ast.Module) -> Iterator[str | tuple[str, str]]:
    """Yield the marked texts of a module in their order, a singular together with its plural.

    Raises `ValueError` for an f-string, which can't be translated.
    """
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        arguments = node.args[: _MARKS.get(name, 0)]
        if any(isinstance(argument, ast.JoinedStr) for argument in arguments):
            raise ValueError(f"{ast.unparse(node)}: use a template with named values")
        match [a.value for a in arguments if isinstance(a, ast.Constant)]:
            case [str(text)]:
                yield text
            case [str(singular), str(plural)]:
                yield singular, plural


async def _command_texts() -> list[tuple[str, str]]:
    """Return the names and descriptions of all commands, options and choices."""
    with tempfile.TemporaryDirectory() as folder:
        bot = commands.Bot("!", intents=Intents.none())
        bot.namesmith_settings = Settings.of({"bot": {"data_dir": folder}})  # type: ignore[attr-defined]
        async with bot:
            await extension.setup(bot)
            tree = [command.to_dict(bot.tree) for command in bot.tree.get_commands()]
            for cog in list(bot.cogs):
                await bot.remove_cog(cog)
    return [text for command in tree for text in _texts_of(command)]


def _texts_of(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "name", item["name"]
    if item.get("description"):
        yield "description", item["description"]
    for choice in item.get("choices", ()):
        yield "choice", choice["name"]
    for option in item.get("options", ()):
        yield from _texts_of(option)


def read_catalog(file: Path) -> Catalog:
    """Return the translations in a `.po` file."""
    with file.open("rb") as opened:
        return read_po(opened, locale=file.stem.replace("-", "_"))


def updated(catalog: Catalog, source: Catalog) -> Catalog:
    """Return `catalog` with the texts of `source` only; new ones have no translation."""
    new = Catalog(
        locale=catalog.locale,
        project="Namesmith",
        charset="utf-8",
        creation_date=catalog.creation_date,
        revision_date=catalog.creation_date,
        fuzzy=False,
    )
    new.mime_headers = [("Plural-Forms", catalog.plural_forms), *_HEADERS]
    for message in source:
        if message.id:
            known = catalog.get(_key(message), context=message.context)
            new.add(
                message.id,
                known.string if known else None,
                message.locations,
                auto_comments=message.auto_comments,
                user_comments=known.user_comments if known else (),
                context=message.context,
            )
    return new


def missing(catalog: Catalog) -> list[str]:
    """Return the texts without a translation."""
    return [_key(m) for m in catalog if m.id and not all(forms(m))]


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> tuple[str, ...]:
    """Return the translation of a text, or its singular and plural forms."""
    string = message.string
    return (string,) if isinstance(string, str) else tuple(string or ("",))


def main() -> None:
    """Update and compile all languages."""
    source = template()
    for file in sorted(LOCALES.glob("*.po")):
        catalog = updated(read_catalog(file), source)
        with file.open("wb") as opened:
            write_po(opened, catalog, width=100, omit_header=False, include_lineno=False)
        with file.with_suffix(".mo").open("wb") as opened:
            write_mo(opened, catalog)
        texts = missing(catalog)
        sys.stdout.write(f"{file.name}: {len(catalog)} texts, {len(texts)} not translated\n")
        for text in texts[:20]:
            sys.stdout.write(f"    {text}\n")


if __name__ == "__main__":
    main()
