"""Bytes become text in any usual encoding, without invisible characters."""

import time
import zipfile
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.list_text import ENCODINGS, NotTextError, decode_text

CORPORA = Path(__file__).parents[2] / "model/corpora"
PLAIN = st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=9), min_size=8)

ENCODED = [
    ("french", "cp1252"),
    ("spanish-towns", "cp1252"),
    ("portuguese", "cp1252"),
    ("nordic", "cp1252"),
    ("french-towns", "mac_roman"),
    ("german-towns", "cp850"),
    ("polish", "cp1250"),
    ("turkish", "cp1254"),
    ("russian-cyrillic", "cp1251"),
    ("russian-cyrillic", "koi8_r"),
    ("greek-script", "cp1253"),
    ("hebrew-script", "cp1255"),
    ("arabic-script", "cp1256"),
    ("korean-script", "cp949"),
    ("chinese-script", "gb18030"),
]


def corpus(name: str) -> str:
    return (CORPORA / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "encoding"), ENCODED)
@pytest.mark.parametrize("length", [600, 100_000])
def test_legacy_encodings(name: str, encoding: str, length: int) -> None:
    content = corpus(name)[:length].encode(encoding, "ignore")
    decoded = decode_text(content)
    assert decoded.encoding == encoding
    assert decoded.text == content.decode(encoding)
    assert decoded.examples
    assert encoding not in decoded.alternatives


@given(
    PLAIN, st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]), st.sampled_from(["\n", "\r\n", "\r"])
)
def test_byte_order_marks(lines: list[str], encoding: str, end: str) -> None:
    assert decode_text(end.join(lines).encode(encoding)).text == "\n".join(lines)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("path", sorted(CORPORA.glob("*.txt")), ids=lambda path: path.stem)
def test_utf16_without_a_mark(path: Path, encoding: str) -> None:
    text = path.read_text(encoding="utf-8")
    decoded = decode_text(text.encode(encoding))
    assert (decoded.text, decoded.encoding) == (text, encoding)


def test_unknown_encoding_is_refused() -> None:
    random = Random(1)
    content = bytes(random.randrange(128, 256) for _ in range(20_000))
    with pytest.raises(UnicodeError):
        decode_text(content)


def test_mixed_encodings() -> None:
    content = "Zoë\nJosé\nAnaïs\nÅsa\n".encode() + "Müller\n".encode("cp1252")
    decoded = decode_text(content)
    assert decoded.text == "Zoë\nJosé\nAnaïs\nÅsa\nMüller\n"
    assert decoded.encoding == "utf-8+cp1252"


def test_invisible_characters() -> None:
    decoded = decode_text("\ufeffAn\u200bna\u00a0Lee\u200f\nBe\u00adn\u2060\x07\n".encode())
    assert decoded.text == "Anna Lee\nBen\n"
    assert (decoded.invisible, decoded.spaces) == (5, 1)


@pytest.mark.parametrize("text", ["👩‍🚀", "نمی‌خواهم", "क्‍ष", "❤️", "葛󠄀"])
def test_joiners_and_variation_selectors_stay(text: str) -> None:
    assert decode_text(text.encode()).text == text


@given(st.binary(max_size=300), st.sampled_from(["", *ENCODINGS, "nonsense"]))
def test_any_bytes(content: bytes, encoding: str) -> None:
    """They are text, or refused; text is stable."""
    try:
        text = decode_text(content, encoding).text
    except (NotTextError, UnicodeError):
        return
    text = text.encode("utf-8", "replace").decode()
    assert "\r" not in text


def test_zip_is_never_opened() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", bytes(50_000_000))
    before = time.process_time()
    with pytest.raises(NotTextError) as caught:
        decode_text(file.getvalue())
    assert caught.value.kind == "spreadsheet"
    assert time.process_time() - before < 0.1


@pytest.mark.parametrize(
    "line", ["MZ", "PK", "BM", "{", "<", "<3", "<i>Ann</i>", "GIF", "%PD", "ID3"]
)
def test_names_like_magic_bytes(line: str) -> None:
    assert decode_text(f"{line}\nAnna\nBen\n".encode()).text == f"{line}\nAnna\nBen\n"
