"""Lists such as an admin brings: sound ones in several scripts, and those brought by mistake.

Each function of the first kind gives `count` distinct lines, always the same; each of the second
kind gives the bytes of a file.
"""

from collections.abc import Sequence
from random import Random

from .generated import distinct, words


def _made(count: int, *parts: Sequence[str]) -> list[str]:
    """Lines of one of each of `parts`, side by side."""
    return distinct(lambda random: "".join(map(random.choice, parts)), count)


def creatures(count: int = 200) -> list[str]:
    """Pocket monsters, by their sound."""
    heads = "Bulb Char Squir Cater Weed Pidg Rat Spear Ek Pik Sand Nido Clef Vul Jiggl Zub Odd Par"
    middles = "a e i o u asa mele tle erp la eo ta ow ach shr or ix y at is"
    tails = "saur don zard tle pie dle to rat row bok chu shrew ran fairy pix puff bat dish sect"
    return _made(count, words(heads), words(middles), words(tails))


def towns(count: int = 20_000) -> list[str]:
    """Towns of an England that never was."""
    before = ["", "", "", "", "Great ", "Little ", "Upper ", "Lower ", "North ", "Saint "]
    first = (
        "Ash Black Brad Chip Cold Dun East Fair Green Hal Hart Kirk Lang Mar Nor Oak Rad Red Sher"
    )
    second = "a b bur ches en er ing k le ley m ning ring s sel ter ton wel wich wor"
    last = "borough bourne bridge bury by combe dale field ford ham hurst ley mouth ton ville wick"
    after = ["", "", "", "", "", "-on-Sea", " Green", "-le-Moor", " St Mary"]
    return _made(count, before, words(first), words(second), words(last), after)


def cyrillic(count: int = 300) -> list[str]:
    """Given names with their patronymics."""
    given = "Алексей Артём Борис Василий Глеб Дмитрий Даниил Елисей Илья Лев Матвей Пётр Савва Юрий"
    root = "Андре Васильев Григорьев Евгень Ильич Любомир Никола Петр Савель Семён Тимофе Фёдор"
    return _made(count, [f"{name} " for name in words(given)], words(root), ["ев", "ин", "ский"])


def arabic(count: int = 300) -> list[str]:
    """Given names and families, some with their vowels written."""
    given = "أحمد آمنة بِلال حَسَن خالد رنا زينب سعيد شيماء طارق عبدالله فاطمة كريم ليلى محمّد نور يوسف"
    family = "البغدادي التونسي الحداد الخطيب الدمشقي الزهراني السعدي الشامي العطار القاضي النجار"
    return _made(count, [f"{name} " for name in words(given)], ["", "ابن ", "أبو "], words(family))


def japanese(count: int = 300) -> list[str]:
    """Families in two ideographs, given names in these or in either kana."""
    family, given = "山田川木村松井藤高小大中西東北原野島石", "一二三健美花子太郎真由翔陽菜海"
    kana = ["さくら", "ひなた", "ゆうき", "アキラ", "ハルカ", "レイ", "ジュン", "みどり"]
    return _made(count, family, family, ["", " "], [*given, *kana], ["", *"子太郎美"])


def devanagari(count: int = 300) -> list[str]:
    """Given names whose vowels are marks and whose consonants join."""
    first = "अ आ प्र रा वि श्री सु दे कृ ल क्ष शा ज्यो गो मी न"
    middle = "ना जे ष्णु क्ष्मी नि मि र्मा ती तिका विं रे दि ली"
    return _made(count, words(first), words(middle), ["", "त", "श", "न्द्र", "का", "या", " देव"])


def emoji(count: int = 200) -> list[str]:
    """Two to four pictures, some of several characters: families, skins, flags, keys."""
    pictures = words("🐙 🌊 🔥 🎲 👩‍🚀 👨‍👩‍👧 🧑🏽‍🍳 👍🏿 🏳️‍🌈 🏴‍☠️ 🇯🇵 🇧🇷 ❤️ 3️⃣")

    def one(random: Random) -> str:
        return "".join(random.choices(pictures, k=random.randint(2, 4)))

    return distinct(one, count)


def table() -> bytes:
    """A spreadsheet saved as CSV, with a heading and some cells in quotation marks."""
    rows = [f'{name},"{i % 7}, all told",plant' for i, name in enumerate(creatures())]
    return "\r\n".join(["name,number,kind", *rows]).encode()


def utf16() -> bytes:
    """What an old editor calls Unicode."""
    return "\r\n".join(creatures()).encode("utf-16")


def repeated() -> bytes:
    """One name, over and over."""
    return b"Pikachu\n" * 5000


def huge(size: int = 50 * 2**20) -> bytes:
    """Fifty megabytes: somebody's novels, a paragraph a line."""
    paragraph = " ".join(towns(60))
    lines = size // len(paragraph.encode()) + 1
    return "\n".join(f"{i} {paragraph}" for i in range(lines)).encode()[:size]
