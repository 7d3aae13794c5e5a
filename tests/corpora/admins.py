"""Lists that an admin might upload: valid ones in several scripts, and mistakes.

A function for a valid list returns `count` distinct lines, always the same. One for a mistake
returns the bytes of a file.
"""

from collections.abc import Sequence
from random import Random

from .generated import distinct, words


def _combine(count: int, *parts: Sequence[str]) -> list[str]:
    """Join a random choice from each of `parts`."""
    return distinct(lambda random: "".join(map(random.choice, parts)), count)


def creatures(count: int = 200) -> list[str]:
    """Names that sound like pocket monsters."""
    heads = "Bulb Char Squir Cater Weed Pidg Rat Spear Ek Pik Sand Nido Clef Vul Jiggl Zub Odd Par"
    middles = "a e i o u asa mele tle erp la eo ta ow ach shr or ix y at is"
    tails = "saur don zard tle pie dle to rat row bok chu shrew ran fairy pix puff bat dish sect"
    return _combine(count, words(heads), words(middles), words(tails))


def towns(count: int = 20_000) -> list[str]:
    """Invented English towns."""
    before = ["", "", "", "", "Great ", "Little ", "Upper ", "Lower ", "North ", "Saint "]
    first = (
        "Ash Black Brad Chip Cold Dun East Fair Green Hal Hart Kirk Lang Mar Nor Oak Rad Red Sher"
    )
    second = "a b bur ches en er ing k le ley m ning ring s sel ter ton wel wich wor"
    last = "borough bourne bridge bury by combe dale field ford ham hurst ley mouth ton ville wick"
    after = ["", "", "", "", "", "-on-Sea", " Green", "-le-Moor", " St Mary"]
    return _combine(count, before, words(first), words(second), words(last), after)


def cyrillic(count: int = 300) -> list[str]:
    """Russian first names with patronymics."""
    given = "Алексей Артём Борис Василий Глеб Дмитрий Даниил Елисей Илья Лев Матвей Пётр Савва Юрий"
    root = "Андре Васильев Григорьев Евгень Ильич Любомир Никола Петр Савель Семён Тимофе Фёдор"
    return _combine(count, [f"{name} " for name in words(given)], words(root), ["ев", "ин", "ский"])


def arabic(count: int = 300) -> list[str]:
    """Arabic first names and surnames, some with written vowels."""
    given = "أحمد آمنة بِلال حَسَن خالد رنا زينب سعيد شيماء طارق عبدالله فاطمة كريم ليلى محمّد نور يوسف"
    family = "البغدادي التونسي الحداد الخطيب الدمشقي الزهراني السعدي الشامي العطار القاضي النجار"
    return _combine(
        count, [f"{name} " for name in words(given)], ["", "ابن ", "أبو "], words(family)
    )


def japanese(count: int = 300) -> list[str]:
    """Japanese surnames in kanji, first names in kanji or kana."""
    family, given = "山田川木村松井藤高小大中西東北原野島石", "一二三健美花子太郎真由翔陽菜海"
    kana = ["さくら", "ひなた", "ゆうき", "アキラ", "ハルカ", "レイ", "ジュン", "みどり"]
    return _combine(count, family, family, ["", " "], [*given, *kana], ["", *"子太郎美"])


def devanagari(count: int = 300) -> list[str]:
    """Hindi first names, with vowel signs and conjuncts."""
    first = "अ आ प्र रा वि श्री सु दे कृ ल क्ष शा ज्यो गो मी न"
    middle = "ना जे ष्णु क्ष्मी नि मि र्मा ती तिका विं रे दि ली"
    return _combine(count, words(first), words(middle), ["", "त", "श", "न्द्र", "का", "या", " देव"])


def emoji(count: int = 200) -> list[str]:
    """Two to four emoji, some of several code points: families, skin tones, flags, keycaps."""
    symbols = words("🐙 🌊 🔥 🎲 👩‍🚀 👨‍👩‍👧 🧑🏽‍🍳 👍🏿 🏳️‍🌈 🏴‍☠️ 🇯🇵 🇧🇷 ❤️ 3️⃣")

    def line(random: Random) -> str:
        return "".join(random.choices(symbols, k=random.randint(2, 4)))

    return distinct(line, count)


def random_letters(count: int) -> list[str]:
    """Lines without any pattern."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return distinct(lambda random: "".join(random.choices(letters, k=random.randint(4, 10))), count)


def table() -> bytes:
    """A CSV file with a heading and some quoted cells."""
    rows = [f'{name},"{i % 7}, all told",plant' for i, name in enumerate(creatures())]
    return "\r\n".join(["name,number,kind", *rows]).encode()


def utf16() -> bytes:
    """A UTF-16 file."""
    return "\r\n".join(creatures()).encode("utf-16")


def repeated() -> bytes:
    """The same name on every line."""
    return b"Pikachu\n" * 5000


def huge(size: int = 50 * 2**20) -> bytes:
    """Fifty megabytes of long lines."""
    paragraph = " ".join(towns(60))
    lines = size // len(paragraph.encode()) + 1
    return "\n".join(f"{i} {paragraph}" for i in range(lines)).encode()[:size]
