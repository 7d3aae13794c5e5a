"""docs/architecture.md: it has every folder of the bot, and every file beside them."""

from .processes import REPOSITORY

PAGE = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_page_has_every_folder_and_file() -> None:
    bot = REPOSITORY / "bot"
    files = {f"`{file.name}`" for file in bot.glob("*.py") if file.name != "__init__.py"}
    folders = {f"`bot/{file.parent.name}/`" for file in bot.glob("*/__init__.py")}
    assert [name for name in sorted(files | folders) if name not in PAGE] == []
