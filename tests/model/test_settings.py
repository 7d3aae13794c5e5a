"""Settings come from the recipe, the file and the options; each invalid one is named."""

import tomllib
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest

from model.recipes import RECIPES, Recipe, Settings, SettingsError, read_config, resolve

ROOT = Path(__file__).parents[2]
RENAMED = [
    ("embedding", "embedding_size"),
    ("hidden", "hidden_size"),
    ("dropout_input", "embedding_dropout"),
    ("dropout_recurrent", "recurrent_dropout"),
    ("fitted_to", "tuned_for_characters"),
    ("steps", "max_steps"),
    ("batch", "batch_size"),
    ("window", "bptt_length"),
    ("rate", "learning_rate"),
    ("warm_up", "warmup_steps"),
    ("average", "ema_decay"),
    ("clip", "grad_clip"),
    ("measure_every", "eval_interval"),
    ("held_out", "held_out_fraction"),
]


def refusal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_config(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path}: ")


def test_default_recipe_is_fast() -> None:
    assert resolve({}) == (Settings(), RECIPES["fast"])


def test_a_value_overrides_the_recipe() -> None:
    _, recipe = resolve({"recipe": "seed", "hidden_size": 100})
    assert recipe == replace(RECIPES["seed"], hidden_size=100)


def test_other_sections_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[names]\nstyle = "elves"\n')
    assert read_config(path) == {}
    path.write_text('[names]\nstyle = "elves"\n[model]\nlearning_rate = 1\n')
    assert read_config(path) == {"learning_rate": 1}


def test_default_file_is_config_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_config(None) == {}
    (tmp_path / "config.toml").write_text("[model]\nseed = 5\n")
    assert read_config(None) == {"seed": 5}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hiden = 3", "[model] hiden: Unknown setting. Choose from base, batch_size, "),
        ('hidden_size = "64"', "[model] hidden_size = '64': Input should be a valid integer"),
        ("hidden_size = 64.5", "[model] hidden_size = 64.5: Input should be a valid integer"),
        ("hidden_size = true", "[model] hidden_size = True: Input should be a valid integer"),
        ("hidden_size = 0", "[model] hidden_size = 0: Input should be greater than or equal to 1"),
        ("dropout = 1.0", "[model] dropout = 1.0: Input should be less than 1"),
        ("learning_rate = nan", "[model] learning_rate = nan: Input should be a finite number"),
        ('cell = "tanh"', "[model] cell = 'tanh': Input should be 'rnn', 'gru' or 'lstm'"),
        ('recipe = "best-ever"', "[model] recipe = 'best-ever': Unknown recipe. Choose from "),
        ("threads = 0", "[model] threads = 0: Input should be greater than or equal to 1"),
    ],
)
def test_invalid_setting_is_named(tmp_path: Path, line: str, reason: str) -> None:
    assert refusal(tmp_path, f"[model]\n{line}\n").startswith(reason)


@pytest.mark.parametrize(("old", "new"), RENAMED)
def test_old_key_is_refused(tmp_path: Path, old: str, new: str) -> None:
    assert refusal(tmp_path, f"[model]\n{old} = 1\n") == f"[model] {old}: renamed to {new}"


def test_invalid_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "[model\n").startswith("Not a TOML file: ")
    assert refusal(tmp_path, "model = 3\n").startswith("model isn't a section. ")
    with pytest.raises(SettingsError, match=r"nowhere\.toml: No such file or directory\. Name a"):
        read_config(tmp_path / "nowhere.toml")


def test_config_toml_has_every_default() -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8").split("\n[model]")[1].split("\n[")[0]
    commented = [line.removeprefix("# ") for line in text.splitlines() if " = " in line]
    section = tomllib.loads("\n".join(commented))
    shared = ("held_out_fraction", "split", "seed")  # the same in every recipe
    assert list(section) == [
        *(f.name for f in fields(Settings)),
        *(f.name for f in fields(Recipe) if f.name in shared),
        *(f.name for f in fields(Recipe) if f.name not in shared),
    ]
    assert section == asdict(Settings()) | asdict(RECIPES["fast"])
    assert all("#" in line.removeprefix("# ") for line in text.splitlines() if " = " in line)


def test_config_toml_changes_no_recipe() -> None:
    section = read_config(ROOT / "config.toml")
    for name, recipe in RECIPES.items():
        assert resolve(section | {"recipe": name})[1] == recipe


def test_a_size_starts_from_scratch() -> None:
    assert resolve({"hidden_size": 64})[1].base == "none"
    assert resolve({"cell": "gru"})[1].base == "none"
    assert resolve({"hidden_size": 256, "base": "auto"})[1].base == "auto"
    assert resolve({"dropout": 0.3})[1].base == "auto"
