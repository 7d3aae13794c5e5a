"""List text: decode the bytes of a list, and remove its invisible characters.

Nothing is decompressed, and every step takes time that is linear in the number of bytes.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8+cp1252": "UTF-8 and Windows-1252 mixed",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "cp1257": "Windows-1257",
    "cp874": "Windows-874",
    "iso8859_2": "ISO 8859-2",
    "koi8_r": "KOI8-R",
    "cp866": "DOS code page 866",
    "mac_roman": "Mac Roman",
    "cp850": "DOS code page 850",
    "cp932": "Shift JIS",
    "euc_jp": "EUC-JP",
    "cp949": "EUC-KR",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "latin_1": "Latin-1",
}
"""The encodings that a list can be read in, and their names for people."""

_GUESSED = [name for name in ENCODINGS if not name.startswith("utf") and name != "latin_1"]
_GUESS_BYTES = 16_384  # of lines that are not ASCII
_TIE = 0.05  # of charset-normalizer's measure of mess: encodings closer than this are tried by hand
_MAX_ALTERNATIVES = 4
_MIN_NUL_SHARE = 0.02  # UTF-16 has one in each line end, stray ones are rarer

_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # begins like UTF-16's, so it precedes that
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_MAGIC = {
    b"%PDF-": "pdf",
    b"{\\rtf": "document",
    b"\x89PNG\r\n": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF87a": "picture",
    b"GIF89a": "picture",
    b"\x1f\x8b": "archive",
    b"BZh9": "archive",
    b"\xfd7zXZ\x00": "archive",
    b"\x28\xb5\x2f\xfd": "archive",
    b"7z\xbc\xaf'\x1c": "archive",
    b"Rar!\x1a\x07": "archive",
    b"ID3\x03": "other",
    b"OggS\x00": "other",
    b"fLaC\x00": "other",
    b"SQLite format 3\x00": "other",
    b"\x7fELF": "other",
}
_ZIP_MEMBERS = (
    (b"xl/", "spreadsheet"),
    (b"opendocument.spreadsheet", "spreadsheet"),
    (b"word/", "document"),
    (b"opendocument.text", "document"),
    (b"epub+zip", "document"),
    (b"ppt/", "presentation"),
    (b"opendocument.presentation", "presentation"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the files of Office before 2007
_OLE_STREAMS = (("Workbook", "spreadsheet"), ("Book", "spreadsheet"), ("WordDocument", "document"))
_HTML = re.compile(
    r"\s{0,200}(<\?xml[^>]{0,200}>\s{0,200})?(<!--.{0,500}?-->\s{0,200})?"
    r"<(!doctype html|html|head|body|meta|table|thead|tbody|div|ul|ol|svg)\b",
    re.I | re.S,
)

_LINE_ENDS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb]"
)  # neither ZWJ and ZWNJ nor variation selectors: emoji and several scripts need those
_SPACES = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f]")


class NotTextError(Exception):
    """A file is not a text file; `kind` is what it is: spreadsheet, document, picture, ..."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class DecodedText:
    """The text of a list; its lines end with \\n."""

    text: str
    encoding: str
    """A key of `ENCODINGS`."""
    alternatives: tuple[str, ...] = ()
    """Other encodings that it could be, if this one is a guess."""
    examples: tuple[str, ...] = ()
    """Lines that are not ASCII, to look at, if the encoding is not plain UTF-8."""
    invisible: int = 0
    """Invisible characters that were removed."""
    spaces: int = 0
    """No-break and other unusual spaces that are now ordinary ones; tabs are still there."""


def decode_text(content: bytes, encoding: str = "") -> DecodedText:
    """Decode a list in `encoding`, or in the one that it seems to have.

    Raises `NotTextError`, and `UnicodeError` if it can't be read in `encoding` or in any.
    """
    if kind := _file_kind(content):
        raise NotTextError(kind)
    alternatives: tuple[str, ...] = ()
    found, bom = _unicode_encoding(content)
    if not found:
        found, alternatives = _guess_encoding(content)
    if encoding and encoding != found:
        alternatives = tuple(each for each in (found, *alternatives) if each != encoding)
        found = encoding
    text = _decode(content[len(bom) :], found)
    if _HTML.match(text):
        raise NotTextError("web page")
    text = _LINE_ENDS.sub("\n", text)
    text, invisible = _INVISIBLE.subn("", text)
    text, spaces = _SPACES.subn(_fold_space, text)
    spaces -= text.count("\t")
    examples = () if found == "utf-8" else tuple(_lines_with_accents(text))
    return DecodedText(text, found, alternatives, examples, invisible, spaces)


def remove_invisible(text: str) -> str:
    """Return `text` without the characters that `decode_text` removes."""
    return _INVISIBLE.sub("", text)


def _fold_space(match: re.Match[str]) -> str:
    return "\t" if match[0] == "\t" else " "


def _file_kind(content: bytes) -> str | None:
    """Return what a file that is not text is by its first bytes, None for any other."""
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return next((kind for part, kind in _ZIP_MEMBERS if part in content), "archive")
    if content.startswith(_OLE):
        streams = ((name.encode("utf-16-le"), kind) for name, kind in _OLE_STREAMS)
        return next((kind for name, kind in streams if name in content), "document")
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "picture"
    if content[4:8] == b"ftyp":
        return "other"
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)


def _unicode_encoding(content: bytes) -> tuple[str, bytes]:
    """Return the Unicode encoding of `content`, or "", and its byte order mark."""
    for bom, encoding in _BOMS.items():
        if content.startswith(bom):
            return encoding if _is_valid(content[len(bom) :], encoding) else "", bom
    nuls = content.count(0)
    if nuls >= _MIN_NUL_SHARE * len(content) > 0:
        ends = {"utf-16-le": b"\n\0", "utf-16-be": b"\0\n"}
        odd = sum(1 for byte in content[1:8192:2] if not byte)
        even = sum(1 for byte in content[:8192:2] if not byte)
        encoding = "utf-16-le" if odd >= even else "utf-16-be"
        if max(odd, even) < 4 * min(odd, even) or not _is_valid(content, encoding):
            raise NotTextError("other")
        if ends[encoding] not in content and ends[encoding].replace(b"\n", b"\r") not in content:
            raise NotTextError("other")
        return encoding, b""
    return "utf-8" if _is_valid(content, "utf-8") else "", b""


def _is_valid(content: bytes, encoding: str) -> bool:
    try:
        _decode(content, encoding)
    except UnicodeError:
        return False
    return True


def _decode(content: bytes, encoding: str) -> str:
    if encoding == "utf-8+cp1252":
        return content.decode("utf-8", "namesmith-cp1252")
    if encoding not in ENCODINGS:
        raise UnicodeError(f"unknown encoding {encoding!r}")
    return content.decode(encoding)


def _read_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", "replace"), error.end


codecs.register_error("namesmith-cp1252", _read_as_cp1252)


def _guess_encoding(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the encoding of text that is not Unicode, and others that it could have."""
    control = sum(content.count(byte) for byte in (*range(9), *range(14, 32), 127))
    if control > _MIN_NUL_SHARE * len(content):
        raise NotTextError("other")
    lenient = content.decode("utf-8", "replace")
    wrong = lenient.count("\ufffd")
    if len(re.findall("[^\0-\x7f\ufffd]", lenient)) >= 3 * wrong:
        return "utf-8+cp1252", ()
    from charset_normalizer import from_bytes  # takes a while, and few lists need it

    sample = _bytes_to_guess(content)
    matches = from_bytes(sample, cp_isolation=_GUESSED, threshold=0.5, enable_fallback=False)
    ranked = [(match.chaos, each) for match in matches for each in _names_of(match.encoding, match)]
    found = [each for _, each in ranked if _is_valid(content, each)]
    if not found:
        if len(sample) and sum(byte > 127 for byte in sample) > len(sample) / 2:
            raise UnicodeError("unknown encoding")
        return ("cp1252" if _is_valid(content, "cp1252") else "latin_1"), ()
    best = min(chaos for chaos, each in ranked if each in found)
    tied = [each for chaos, each in ranked if each in found and chaos <= best + _TIE]
    first = _choose_tied(sample, tied)
    others = _distinct(sample, first, found)
    return first, tuple(others[:_MAX_ALTERNATIVES])


def _names_of(encoding: str, match: object) -> list[str]:
    same = getattr(match, "could_be_from_charset", [])
    return [each for each in dict.fromkeys([encoding, *same]) if each in _GUESSED]


def _bytes_to_guess(content: bytes) -> bytes:
    """Return lines that are not ASCII, from the whole of the list."""
    lines = [line for line in re.split(rb"[\r\n]+", content) if not line.isascii()]
    step = 1 + sum(map(len, lines)) // _GUESS_BYTES
    return b"\n".join(lines[::step])[:_GUESS_BYTES]


def _choose_tied(sample: bytes, tied: list[str]) -> str:
    """Return the likeliest of encodings in which `sample` looks equally well."""
    if "cp1252" not in tied:
        return tied[0]
    text = sample.decode("cp1252", "replace")
    if "cp1250" in tied and re.search("[šžŠŽ]", text) and not re.search("[œŒåÅ]", text):
        return "cp1250"
    if "cp1254" in tied and re.search("[ðþÐÞ]", text) and not re.search("[æáóÆÁÓ]", text):
        return "cp1254"
    return "cp1252"


def _distinct(sample: bytes, first: str, encodings: list[str]) -> list[str]:
    """Return the `encodings` in which `sample` reads differently from `first` and each other."""
    texts = {sample.decode(first, "replace"): first}
    for each in encodings:
        texts.setdefault(sample.decode(each, "replace"), each)
    return list(texts.values())[1:]


def _lines_with_accents(text: str, count: int = 6, max_length: int = 40) -> Iterator[str]:
    """Yield up to `count` lines that are not ASCII, each with other such characters if possible."""
    seen: set[str] = set()
    start = 0
    while count and (match := re.compile("[^\0-\x7f]").search(text, start)):
        begin = text.rfind("\n", max(0, match.start() - 2000), match.start()) + 1
        end = text.find("\n", match.start(), match.start() + 2000)
        end = len(text) if end < 0 else end
        line = text[begin:end].strip()
        start = end + 1
        if new := {c for c in line if not c.isascii()} - seen:
            seen |= new
            count -= 1
            yield line[:max_length]
