"""Generated lists of several kinds of text, always the same.

Each public function returns `count` distinct lines of one kind. Molecules are SMILES (Weininger
1988, "SMILES, a chemical language and information system"), melodies ABC notation (standard 2.1).
"""

from collections.abc import Callable
from random import Random


def words(text: str) -> list[str]:
    """Split `text` at spaces."""
    return text.split()


# Every group starts with the atom that binds it, so any group fits any slot of a frame.
_CARBON = words("C CC C(C)C CCO CC#N C(F)(F)F C(=O)C CC(=O)O c1ccccc1 C1CC1 C=C C/C=C/C C#C")
_ANY = [*_CARBON, *words("O OC N N(C)C F Cl Br C#N S(=O)(=O)N [N+](=O)[O-] [2H]")]
_FRAMES = words(
    """c1ccc({any})cc1{any} c1cc({any})cc({any})c1 c1ccnc({any})c1 C1CC({any})CCN1{carbon}
    c1cc({any})oc1 O=C({carbon})N{carbon} O=C(O{carbon}){carbon} N#Cc1ccc({any})cc1 N#C{carbon}
    c1csc({any})n1 C[C@H]({any}){carbon} N[C@@H]({carbon})C(=O)O C/C=C\\{carbon} CN1CCN({carbon})CC1
    [Na+].[O-]C(=O){carbon}"""
)


def molecules(count: int = 200) -> list[str]:
    """Small molecules with rings, branches, charges, multiple bonds and chirality."""

    def line(random: Random) -> str:
        frame = random.choice(_FRAMES)
        for slot, groups in (("{any}", _ANY), ("{carbon}", _CARBON)):
            while slot in frame:
                # The ring of a group needs another number than the ring of the frame.
                frame = frame.replace(slot, random.choice(groups).replace("1", "2"), 1)
        return frame

    return distinct(line, count)


_FIGURES = words("G2 A2 B2 d2 e2 GA Bd dB ed AG E2 D2 B,2 ^F2 (3Bcd c'2 z2 {g}e2 [GB]2")
_CHORDS = ['"G"', '"C"', '"D7"', '"Em"']


def melodies(count: int = 120) -> list[str]:
    """Melodies of two bars of 4/4 in eighths, some with chords, repeats and endings."""

    def bar(random: Random) -> str:
        return random.choice(["", "", *_CHORDS]) + " ".join(random.choices(_FIGURES, k=4))

    def line(random: Random) -> str:
        opening, ending = random.choice([("|: ", " :|"), ("", " |]"), ("|: ", " |1 G8 :|2 G8 |]")])
        return f"{opening}{' | '.join(bar(random) for _ in range(2))}{ending}"

    return distinct(line, count)


_ONSETS = words("B Bj D Fj Fl Fr Gl Gr H K Kn Kv L M N S Sk Sl Sn St Str T Tr V Ø Å Ä")
_NUCLEI = words("a å ä e i o ö ø u y æ")
_CODAS = words("ck ll lm lt nd ng nn rd rk rn ss st tt")
_ENDS = ["", "", "a", "e", "by", "en", "holm", "sund", "vik", " 2", "-mini"]


def furniture(count: int = 200) -> list[str]:
    """Names of furniture that sound Scandinavian."""

    def line(random: Random) -> str:
        return "".join(map(random.choice, (_ONSETS, _NUCLEI, _CODAS, _ENDS)))

    return distinct(line, count)


_MANNERS = words("Ashen Burning Crowned Drowned Forgotten Gilded Hollow Moonlit Thrice-Born")
_BEINGS = words("Archer Bear Dragon Golem Knight Oracle Serpent Thief Titan Warden Witch Wolf")
_REALMS = ["Ash", "the Deep", "Emberfall", "the Last Tide", "Nine Gates", "Thorn", "Winter's End"]
_HEROES = words("Aldra Brunn Grimtooth Ka'ru Mirel Ozzik Sefira T'laan Vex Yorgun")


def cards(count: int = 200) -> list[str]:
    """Names of trading cards, some with a rank or a cost."""

    def line(random: Random) -> str:
        manner, being, realm = map(random.choice, (_MANNERS, _BEINGS, _REALMS))
        hero = random.choice(_HEROES)
        name = random.choice(
            [f"{manner} {being}", f"{being} of {realm}", f"{hero}, {manner} {being}"]
        )
        return name + random.choice(["", "", f" +{random.randint(1, 9)}", f" ({being[0]}/2)"])

    return distinct(line, count)


def chants(count: int = 40, shortest: int = 1000, longest: int = 2000) -> list[str]:
    """Lines of `shortest` to `longest` characters, each a repeated word."""

    def line(random: Random) -> str:
        word = random.choice(["la ", "lo ", "na ", "no "])
        return (word * longest)[: random.randint(shortest, longest)].strip()

    return distinct(line, count)


def distinct(make_line: Callable[[Random], str], count: int) -> list[str]:
    """Call `make_line` until there are `count` different lines. The seed is fixed."""
    random = Random(1)
    lines: dict[str, None] = {}
    while len(lines) < count:
        lines[make_line(random)] = None
    return list(lines)
