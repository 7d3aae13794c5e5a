"""List notes: what an uploaded list looks like, how it is read, and why it can't be used."""

from collections.abc import Sequence

from ...i18n import format_number, join_list, marked, ngettext
from ...i18n import gettext as _
from ...store import CorpusSummary, LayoutChoice
from ..markdown import escape_markdown

LINES = "lines"
"""The layout of one name a line."""

_FEW_NAMES = 100
_MAX_COLUMNS = 6  # named in a note
_NOT_TEXT = {
    "spreadsheet": marked("This is a spreadsheet. Save it as text, one name a line."),
    "document": marked(
        "This is a document of a word processor. Save it as plain text, one name a line."
    ),
    "presentation": marked("This is a presentation. Save its names as text, one name a line."),
    "pdf": marked("This is a PDF. Copy the names into a text file, one name a line."),
    "picture": marked("This is a picture. Attach a text file with one name a line."),
    "archive": marked("This is a compressed file. Unpack it and attach the text file inside."),
    "web page": marked("This is a web page. Copy the names into a text file, one name a line."),
    "other": marked("This isn't a text file. Attach a text file with one name a line."),
}
_UNREADABLE = {
    "encoding": marked("I can't read the letters in this file. Save it as UTF-8 text."),
    "layout": marked("The list can't be read like that. Attach it again."),
}
_SEPARATORS = {
    ",": marked("commas"),
    ";": marked("semicolons"),
    "|": marked("vertical bars"),
    "\t": marked("tabs"),
    " ": marked("spaces"),
}
_LEARNING = {
    "json": marked("This looks like JSON. I take the names out of it."),
    "code": marked("This looks like a list from a program. I take the names out of it."),
}
_AS_IT_IS = {
    "json": marked("This looks like JSON. Choose below what to learn from."),
    "code": marked("This looks like a list from a program. Choose below what to learn from."),
    "separated": marked("This looks like several names in a line. You can split them below."),
}


def describe_reading(summary: CorpusSummary, accents: Sequence[str]) -> list[str]:
    """Return a line of Markdown for each thing to know about how the list was read.

    `accents` are the lines to look at if the encoding was guessed, as Markdown.
    """
    notes = [_describe_layout(summary)]
    if summary.encoding_name and accents:
        text = _("Read as {encoding}. Check the letters: {examples}")
        examples = " · ".join(accents)
        notes.append(text.format(encoding=summary.encoding_name, examples=examples))
    elif summary.encoding_name:
        notes.append(_("Read as {encoding}.").format(encoding=summary.encoding_name))
    if summary.invisible:
        text = ngettext(
            "Removed {count} invisible character.",
            "Removed {count} invisible characters.",
            summary.invisible,
        )
        notes.append(text.format(count=format_number(summary.invisible)))
    notes.append(_describe_clutter(summary))
    if summary.samples < _FEW_NAMES:
        text = ngettext(
            "The list has only {count} name. Add more if you can: {best} or more is best.",
            "The list has only {count} names. Add more if you can: {best} or more is best.",
            summary.samples,
        )
        notes.append(text.format(count=summary.samples, best=_FEW_NAMES))
    return [note for note in notes if note]


def describe_refusal(reason: Sequence[object]) -> str | None:
    """Return why a list can't be used, from `InvalidCorpusError.reason`; None if it is unknown."""
    match tuple(reason):
        case ("not text", str(kind)) if kind in _NOT_TEXT:
            return _(_NOT_TEXT[kind])
        case (("encoding" | "layout") as kind, *_rest):
            return _(_UNREADABLE[kind])
        case ("empty", int(least)):
            text = _("The list is empty. It needs at least {least} names, one a line.")
            return text.format(least=least)
        case ("too few", int(count), int(least)):
            text = ngettext(
                "The list has only {count} different name. Add some until there are {least}.",
                "The list has only {count} different names. Add some until there are {least}.",
                count,
            )
            return text.format(count=count, least=least)
        case ("too long", 0, int(limit)):
            text = _("One of the names has more than {limit} characters. Shorten or remove it.")
            return text.format(limit=format_number(limit))
        case ("too long", int(line), int(limit)):
            text = _("Line {line} has more than {limit} characters. Shorten or remove it.")
            return text.format(line=format_number(line), limit=format_number(limit))
        case ("too many characters", int(count), int(limit)):
            text = _(
                "The list has {count} different characters. At most {limit} are possible. "
                "Use a list in one script."
            )
            return text.format(count=format_number(count), limit=format_number(limit))
    return None


def layout_label(layout: LayoutChoice) -> str:
    """Return what a layout takes as names, as plain text."""
    kind, __, rest = layout.id.partition(":")
    if kind == "column" and layout.label:
        return _("Column: {heading}").format(heading=layout.label)
    if kind == "column":
        return _("Column {number}").format(number=_column_index(layout) + 1)
    if kind == "split":
        separator = _(_SEPARATORS[rest]) if rest in _SEPARATORS else rest
        return _("Split at {separator}").format(separator=separator)
    if kind == "item":
        return _("Texts: {key}").format(key=layout.label) if layout.label else _("Texts in it")
    return _("One name a line, as it is")


def _describe_layout(summary: CorpusSummary) -> str:
    used = next((each for each in summary.layouts if each.id == summary.layout), None)
    is_chosen = used is not None and used.id != LINES
    if summary.kind == "table":
        return _describe_table(summary, used if is_chosen else None)
    if used is not None and is_chosen and summary.kind == "separated":
        text = _("This looks like several names in a line. I split them at {separator}.")
        separator = used.id.partition(":")[2]
        name = _(_SEPARATORS[separator]) if separator in _SEPARATORS else separator
        return text.format(separator=name)
    texts = _LEARNING if is_chosen else _AS_IT_IS
    return _(texts[summary.kind]) if summary.kind in texts else ""


def _describe_table(summary: CorpusSummary, used: LayoutChoice | None) -> str:
    count = len(summary.columns)
    names = [
        escape_markdown(label) if label else str(number)
        for number, label in enumerate(summary.columns[:_MAX_COLUMNS], 1)
    ]
    if count > _MAX_COLUMNS:
        names.append("…")
    columns = ngettext("{count} column: {names}.", "{count} columns: {names}.", count)
    columns = columns.format(count=count, names=join_list(names))
    if used is None:
        return f"{columns} {_('Learn the lines as they are? You can choose a column below.')}"
    name = escape_markdown(used.label) if used.label else names_of_column(used)
    return f"{columns} {_('Learn from *{column}*?').format(column=name)}"


def names_of_column(layout: LayoutChoice) -> str:
    """Return a phrase for a column without a heading."""
    return _("column {number}").format(number=_column_index(layout) + 1)


def _column_index(layout: LayoutChoice) -> int:
    index = layout.id.rpartition(":")[2]
    return int(index) if index.isdecimal() else 0


def _describe_clutter(summary: CorpusSummary) -> str:
    things = [text for kind, count in summary.clutter.items() if (text := _clutter(kind, count))]
    if not things:
        return ""
    if summary.is_tidied:
        return _("Removed: {things}.").format(things=join_list(things))
    return _("Also in the list: {things}. **Tidy up** removes that.").format(
        things=join_list(things)
    )


def _clutter(kind: str, count: int) -> str:
    """Return what tidying removes, as a phrase; "" if it is unknown."""
    number = format_number(count)
    whole_list = {
        "tags": _("HTML tags"),
        "commas": _("commas at the ends of lines"),
        "numbers": _("numbers before the names"),
        "bullets": _("bullets"),
        "quotes": _("quotation marks"),
        "counts": _("numbers after the names"),
    }
    if kind in whole_list:
        return whole_list[kind]
    match kind:
        case "comments":
            text = ngettext("{count} comment", "{count} comments", count)
        case "headings":
            text = ngettext("{count} heading", "{count} headings", count)
        case "addresses":
            text = ngettext(
                "{count} web or e-mail address", "{count} web or e-mail addresses", count
            )
        case "entities":
            text = ngettext("{count} line with HTML codes", "{count} lines with HTML codes", count)
        case "cases":
            text = ngettext(
                "{count} name that is there in other letter case",
                "{count} names that are there in other letter case",
                count,
            )
        case _unknown:
            return ""
    return text.format(count=number)
