"""Settings come from the recipe, the file and the options, and each bad one is named."""

import tomllib
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest

from model.recipes import RECIPES, Recipe
from model.settings import Settings, SettingsError, read_section, resolve

ROOT = Path(__file__).parents[2]


def refusal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_section(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path}: ")


def test_without_settings_the_recipe_is_fast() -> None:
    assert resolve({}) == (Settings(), RECIPES["fast"])


def test_a_single_value_overrides_the_recipe() -> None:
    _, recipe = resolve({"recipe": "seed", "hidden": 100})
    assert recipe == replace(RECIPES["seed"], hidden=100)


def test_a_file_may_stand_beside_other_sections_and_without_ours(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[names]\nstyle = "elves"\n')
    assert read_section(path) == {}
    path.write_text('[names]\nstyle = "elves"\n[model]\nrate = 1\n')
    assert read_section(path) == {"rate": 1}


def test_without_a_file_named_config_toml_is_read_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_section(None) == {}
    (tmp_path / "config.toml").write_text("[model]\nseed = 5\n")
    assert read_section(None) == {"seed": 5}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hiden = 3", "[model] hiden: no such setting; there are average, batch, beta2, cell, "),
        ('hidden = "64"', "[model] hidden = '64': input should be a valid integer"),
        ("hidden = 64.5", "[model] hidden = 64.5: input should be a valid integer"),
        ("hidden = true", "[model] hidden = True: input should be a valid integer"),
        ("hidden = 0", "[model] hidden = 0: input should be greater than or equal to 1"),
        ("dropout = 1.0", "[model] dropout = 1.0: input should be less than 1"),
        ("rate = nan", "[model] rate = nan: input should be a finite number"),
        ('cell = "tanh"', "[model] cell = 'tanh': input should be 'rnn', 'gru' or 'lstm'"),
        ('recipe = "best-ever"', "[model] recipe = 'best-ever': no such recipe; there are "),
        ("threads = 0", "[model] threads = 0: input should be greater than or equal to 1"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(tmp_path: Path, line: str, reason: str) -> None:
    assert refusal(tmp_path, f"[model]\n{line}\n").startswith(reason)


def test_a_file_that_is_no_toml_or_no_section_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path, "[model\n").startswith("is not TOML: ")
    assert refusal(tmp_path, "model = 3\n").startswith("model is not a section; ")
    with pytest.raises(SettingsError, match=r"nowhere\.toml: No such file or directory; name a"):
        read_section(tmp_path / "nowhere.toml")


def test_config_toml_tells_every_setting_with_its_default() -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8").split("\n[model]")[1].split("\n[")[0]
    commented = [line.removeprefix("# ") for line in text.splitlines() if " = " in line]
    section = tomllib.loads("\n".join(commented))
    shared = ("held_out", "split", "seed")  # the same in every recipe
    assert list(section) == [
        *(f.name for f in fields(Settings)),
        *(f.name for f in fields(Recipe) if f.name in shared),
        *(f.name for f in fields(Recipe) if f.name not in shared),
    ]
    assert section == asdict(Settings()) | asdict(RECIPES["fast"])
    assert all("#" in line.removeprefix("# ") for line in text.splitlines() if " = " in line)


def test_an_untouched_config_toml_leaves_every_recipe_as_it_is() -> None:
    section = read_section(ROOT / "config.toml")
    for name, recipe in RECIPES.items():
        assert resolve(section | {"recipe": name})[1] == recipe
