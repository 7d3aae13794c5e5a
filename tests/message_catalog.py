"""List every text that the project shows to people: `python -m tests.message_catalog [FOLDER ...]`.

The texts come from the source, by the calls that raise, send or log them; in an f-string `{…}`
stands for a value. Read the list from top to bottom, aloud.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_FOLDERS = ("bot", "export", "model")

_TEMPLATE_CALLS = {"_", "marked", "ngettext", "Phrase", "RequestError"}
"""Calls whose strings are templates, with `{}` or `{name}` for a value."""

_SHOWING_CALLS = {
    *_TEMPLATE_CALLS,
    *("Answer", "Button", "Choice", "Embed", "File", "Label", "Modal", "SelectOption", "Section"),
    *("TextDisplay", "TextInput", "Select", "ChannelSelect", "add_argument", "add_field"),
    *("add_parser", "ArgumentParser", "describe", "flag", "group", "names_answer", "print"),
    *("reply", "send", "send_answer", "send_ephemeral", "send_message", "set_footer", "write"),
    *("edit_message", "hybrid_command", "button_row", "debug", "info", "warning", "error"),
    *("exception", "critical"),
}
"""Calls whose string arguments are shown, besides those that make an exception."""

_HIDDEN_ARGUMENTS = {
    *("name", "custom_id", "value", "template", "aliases", "converter", "dest", "choices"),
    *("key", "mode", "encoding", "errors", "action", "type", "metavar", "extra", "url"),
}
"""Keyword arguments that are not shown."""


@dataclass(frozen=True)
class Text:
    """A text, where it is in the source, and the call that shows it."""

    file: Path
    line: int
    call: str
    text: str


def texts(folder: Path) -> Iterator[Text]:
    """Yield the texts of all modules below `folder`, in the order of the source."""
    for file in sorted(folder.rglob("*.py")):
        found = _texts_of(file.relative_to(_ROOT), ast.parse(file.read_text(encoding="utf-8")))
        yield from sorted(set(found), key=lambda text: (text.line, text.text))


def _texts_of(file: Path, module: ast.Module) -> Iterator[Text]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            call = _name_of(node.func)
            if call in _SHOWING_CALLS or call.endswith(("Error", "Refused", "Failed")):
                shown = [k.value for k in node.keywords if k.arg not in _HIDDEN_ARGUMENTS]
                for argument in (*node.args, *shown):
                    yield from _sentences(file, call, argument)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if any("command" in ast.unparse(decorator) for decorator in node.decorator_list):
                yield Text(file, node.lineno, "command", ast.get_docstring(node) or "")
            for child in ast.walk(node):
                if isinstance(child, ast.Return | ast.Yield) and child.value is not None:
                    yield from _sentences(file, node.name, child.value, whole=True)
        elif isinstance(node, ast.Assign) and node in module.body:
            yield from _sentences(file, "constant", node.value, whole=True)


def _sentences(file: Path, call: str, node: ast.expr, *, whole: bool = False) -> Iterator[Text]:
    """Yield the texts in an expression; with `whole`, only those that look like sentences."""
    text = _rendered(node)
    if text is not None:
        if call in _TEMPLATE_CALLS:
            text = re.sub(r"\{\w*\}", "{…}", text)
        if text.strip(" {…}·:,.") and (not whole or _is_sentence(text)):
            yield Text(file, node.lineno, call, text)
        return
    if isinstance(node, ast.Call):  # its own call decides
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _sentences(file, call, child, whole=whole)


def _rendered(node: ast.expr) -> str | None:
    """Return a string literal, or an f-string with `{…}` for its values; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = (
            str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values
        )
        return "".join(parts)
    return None


def _is_sentence(text: str) -> bool:
    return text.count(" ") > 1 and any(map(str.isalpha, text)) and text[:1].isprintable()


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def main(folders: list[str]) -> None:
    """Print the texts of the folders, by file."""
    for folder in folders or _FOLDERS:
        previous = None
        for text in texts(_ROOT / folder):
            if text.file != previous:
                previous = text.file
                sys.stdout.write(f"\n{text.file}\n")
            shown = text.text.replace("\n", "\n          ")
            sys.stdout.write(f"  {text.line:>4}  {text.call}: {shown}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
