"""Names and other people's words as Discord shows them: inert.

A name may hold any character of its corpus, so it may spell markdown, a mention or a link. Inside
code Discord acts on none of them; all that is left to guard is the code's own end.
"""

_LOOKALIKE = "\N{MODIFIER LETTER GRAVE ACCENT}"
MESSAGE_LIMIT = 2000
"""Characters in one message, as Discord counts them."""


def name_list(names: list[str]) -> str:
    """Return a code block with one name a line."""
    lines = "\n".join(names).replace("``", "`\u200b`")
    return f"```\n{lines}\n```"


def quoted(text: str) -> str:
    """Return `text` as inline code, cut to a length that a sentence can carry."""
    short = text if len(text) <= 200 else f"{text[:199]}…"
    return f"`{' '.join(short.replace('`', _LOOKALIKE).splitlines()) or ' '}`"
