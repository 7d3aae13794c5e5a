"""Lines of the kinds that are made sooner than written: the same seed, the same lines.

Each public function gives `count` distinct lines of one kind. Molecules are SMILES (Weininger 1988,
"SMILES, a chemical language and information system"), melodies ABC notation (standard 2.1).
"""

from collections.abc import Callable
from random import Random


def words(text: str) -> list[str]:
    """What spaces part in `text`."""
    return text.split()


# Every group begins at the atom by which it is bound, so any of them fits any place of a frame.
_CARBON = words("C CC C(C)C CCO CC#N C(F)(F)F C(=O)C CC(=O)O c1ccccc1 C1CC1 C=C C/C=C/C C#C")
_ANY = [*_CARBON, *words("O OC N N(C)C F Cl Br C#N S(=O)(=O)N [N+](=O)[O-] [2H]")]
_FRAMES = words(
    """c1ccc({any})cc1{any} c1cc({any})cc({any})c1 c1ccnc({any})c1 C1CC({any})CCN1{carbon}
    c1cc({any})oc1 O=C({carbon})N{carbon} O=C(O{carbon}){carbon} N#Cc1ccc({any})cc1 N#C{carbon}
    c1csc({any})n1 C[C@H]({any}){carbon} N[C@@H]({carbon})C(=O)O C/C=C\\{carbon} CN1CCN({carbon})CC1
    [Na+].[O-]C(=O){carbon}"""
)


def molecules(count: int = 200) -> list[str]:
    """Small molecules: rings, branches, charges, double and triple bonds, both hands."""

    def one(random: Random) -> str:
        frame = random.choice(_FRAMES)
        for slot, groups in (("{any}", _ANY), ("{carbon}", _CARBON)):
            while slot in frame:
                # A ring that is bound takes another number than the ring that it is bound to.
                frame = frame.replace(slot, random.choice(groups).replace("1", "2"), 1)
        return frame

    return distinct(one, count)


_FIGURES = words("G2 A2 B2 d2 e2 GA Bd dB ed AG E2 D2 B,2 ^F2 (3Bcd c'2 z2 {g}e2 [GB]2")
_CHORDS = ['"G"', '"C"', '"D7"', '"Em"']


def melodies(count: int = 120) -> list[str]:
    """Strains of two bars of 4/4 in eighths, some with chords, repeats and endings."""

    def bar(random: Random) -> str:
        return random.choice(["", "", *_CHORDS]) + " ".join(random.choices(_FIGURES, k=4))

    def one(random: Random) -> str:
        opening, ending = random.choice([("|: ", " :|"), ("", " |]"), ("|: ", " |1 G8 :|2 G8 |]")])
        return f"{opening}{' | '.join(bar(random) for _ in range(2))}{ending}"

    return distinct(one, count)


_ONSETS = words("B Bj D Fj Fl Fr Gl Gr H K Kn Kv L M N S Sk Sl Sn St Str T Tr V Ø Å Ä")
_NUCLEI = words("a å ä e i o ö ø u y æ")
_CODAS = words("ck ll lm lt nd ng nn rd rk rn ss st tt")
_ENDS = ["", "", "a", "e", "by", "en", "holm", "sund", "vik", " 2", "-mini"]


def furniture(count: int = 200) -> list[str]:
    """Names for shelves and stools that sound as if they came from the north."""

    def one(random: Random) -> str:
        return "".join(map(random.choice, (_ONSETS, _NUCLEI, _CODAS, _ENDS)))

    return distinct(one, count)


_MANNERS = words("Ashen Burning Crowned Drowned Forgotten Gilded Hollow Moonlit Thrice-Born")
_BEINGS = words("Archer Bear Dragon Golem Knight Oracle Serpent Thief Titan Warden Witch Wolf")
_PLACES = ["Ash", "the Deep", "Emberfall", "the Last Tide", "Nine Gates", "Thorn", "Winter's End"]
_HEROES = words("Aldra Brunn Grimtooth Ka'ru Mirel Ozzik Sefira T'laan Vex Yorgun")


def cards(count: int = 200) -> list[str]:
    """Cards of a game of heroes and beasts, with their rank or cost where they have one."""

    def one(random: Random) -> str:
        manner, being, place = map(random.choice, (_MANNERS, _BEINGS, _PLACES))
        hero = random.choice(_HEROES)
        name = random.choice(
            [f"{manner} {being}", f"{being} of {place}", f"{hero}, {manner} {being}"]
        )
        return name + random.choice(["", "", f" +{random.randint(1, 9)}", f" ({being[0]}/2)"])

    return distinct(one, count)


def chants(count: int = 40, shortest: int = 1000, longest: int = 2000) -> list[str]:
    """Lines of `shortest` to `longest` characters, each a word over and over."""

    def one(random: Random) -> str:
        word = random.choice(["la ", "lo ", "na ", "no "])
        return (word * longest)[: random.randint(shortest, longest)].strip()

    return distinct(one, count)


def distinct(one: Callable[[Random], str], count: int) -> list[str]:
    """The first `count` different lines of one made after the other, always the same."""
    random = Random(1)
    lines: dict[str, None] = {}
    while len(lines) < count:
        lines[one(random)] = None
    return list(lines)
