"""Settings: option before environment before file before default; broken ones are errors."""

import os
import tomllib
from pathlib import Path

import pytest

from sf_mlx import Cache
from sf_mlx.errors import UsageError
from sf_mlx.prompts import DEFAULT_QUESTION
from sf_mlx.settings import SETTINGS, Settings, read_settings

SAMPLES = {
    "model": ("demo", "llava-7b", "llava-7b"),
    "preset": ("light", "fast", "fast"),
    "kv_bits": (8, "4", 4),
    "language": ("de", "fr", "fr"),
    "cache": ("/tmp/one", "/tmp/other", Path("/tmp/other")),
    "cache_size": ("2GB", "500 MB", 500_000_000),
    "history": (False, "yes", True),
}


@pytest.fixture
def config(own_places, monkeypatch):
    """Write config.toml."""
    for each in SETTINGS:
        monkeypatch.delenv(each.variable, raising=False)

    def write(text: str | bytes) -> Path:
        path = own_places / "config.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_nothing_is_set(config):
    settings = read_settings()
    assert settings == Settings() and settings.sources == {}
    assert settings.model is None and settings.history and settings.cache_size == 4 * 10**9
    assert settings.question == DEFAULT_QUESTION


def test_every_setting_has_a_sample_here():
    assert [each.name for each in SETTINGS] == list(SAMPLES)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda each: each.name)
def test_the_environment_goes_before_the_file(config, monkeypatch, setting):
    written, given, expected = SAMPLES[setting.name]
    text = str(written).lower() if isinstance(written, bool | int) else f'"{written}"'
    path = config(f"{setting.name} = {text}\n")
    found = read_settings()
    assert found.sources == {setting.name: str(path)}
    assert getattr(found, setting.name) == setting.read(written)
    monkeypatch.setenv(setting.variable, "")
    assert read_settings() == found, "an empty variable says nothing"
    monkeypatch.setenv(setting.variable, given)
    found = read_settings()
    assert found.sources == {setting.name: setting.variable}
    assert getattr(found, setting.name) == expected != setting.read(written)


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("1000", 1000), ("1.5 GB", 1_500_000_000), ("2g", 2 * 10**9), ("7kB", 7000)],
)
def test_sizes(config, monkeypatch, text, size):
    monkeypatch.setenv("SF_MLX_CACHE_SIZE", text)
    assert read_settings().cache_size == size == Cache("/nowhere").size


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("modle = 'demo'", "no setting 'modle'"),
        ("[model]\nname = 'demo'", "model ="),
        ("model = ''", "is no name"),
        ('model = "a\\u001b[2Jb"', "is no name"),
        ("model = 7", "is no name"),
        ("preset = 'best'", "default, fast, light, detail"),
        ("preset = ['fast']", "default, fast, light, detail"),
        ("kv_bits = 5", "4, 8"),
        ("kv_bits = true", "4, 8"),
        ("kv_bits = 8.0", "4, 8"),
        ("language = 'xx'", "en, de"),
        ("language = {}", "en, de"),
        ("cache = 'relative'", "does not begin with / or ~"),
        ("cache = 1", "is no name"),
        ("cache_size = -1", "is no size"),
        ("cache_size = 1.5", "is no size"),
        ("cache_size = 'much'", "is no size"),
        ("cache_size = '9999999999999999999999GB'", "is no size"),
        ("cache_size = true", "is no size"),
        ("history = 'perhaps'", "neither true nor false"),
        ("history = 1", "neither true nor false"),
        ("model = ", "is no TOML"),
        ("model = 'a'\nmodel = 'b'", "is no TOML"),
        ("x = " + "9" * 5000, "is no TOML"),
        ("x = " + "[" * 100_000, "nested too deeply"),
        (b"model = '\xff'", "not valid UTF-8"),
        (b"\0" * 100, "is no TOML"),
        (b"#" * (2 << 20), "larger than"),
    ],
)
def test_a_broken_file_is_an_error_that_names_it(config, text, words):
    path = config(text)
    with pytest.raises(UsageError) as raised:
        read_settings()
    message = str(raised.value)
    assert words in message and path.name in message and len(message) <= 400
    assert message.isprintable()


@pytest.mark.parametrize("name", ["preset", "kv_bits", "language", "cache_size", "history"])
def test_a_broken_variable_is_an_error_that_names_it(config, monkeypatch, name):
    variable = next(each.variable for each in SETTINGS if each.name == name)
    monkeypatch.setenv(variable, "nonsense")
    with pytest.raises(UsageError, match=f"{variable}: {name} = nonsense"):
        read_settings()


def test_what_is_no_file_is_not_read(config):
    path = config("")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(UsageError, match="no regular file"):
        read_settings()
    path.unlink()
    path.mkdir()
    with pytest.raises(UsageError, match=r"no regular file|cannot be read"):
        read_settings()


def test_home_is_understood(config, monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    config("cache = '~/films'")
    assert read_settings().cache == Path("/home/somebody/films") == Cache().folder


def test_config_prints_what_holds_and_where_from(sf, config, monkeypatch):
    path = config('preset = "light"\ncache_size = "2GB"\n')
    monkeypatch.setenv("SF_MLX_LANGUAGE", "de")
    ran = sf("config")
    assert ran.code == 0 and ran.err == ""
    assert tomllib.loads(ran.out)["preset"] == "light"
    lines = {line.split(" ")[0]: line for line in ran.out.splitlines() if line[0] != "#"}
    assert "config.toml" in lines["preset"] and "SF_MLX_LANGUAGE" in lines["language"]
    assert "default" in lines["history"]
    assert str(path) in ran.out.splitlines()[0]
    assert sf("config", "path").out == f"{path}\n"


def test_what_config_prints_can_be_its_file(sf, config):
    config("model = 'C:\\\\\"quoted\" Ü 😀'\ncache = '/films/😀 \\'\nkv_bits = 4\nhistory = false")
    before = read_settings()
    assert before.model == 'C:\\\\"quoted" Ü 😀'
    config(sf("config").out)
    after = read_settings()
    assert all(getattr(after, each.name) == getattr(before, each.name) for each in SETTINGS)


def test_config_says_what_is_wrong(sf, config):
    config("modle = 1")
    ran = sf("config")
    assert ran.code == UsageError.exit_code and ran.out == ""
    assert ran.err.startswith("sf-mlx: ") and "'modle'" in ran.err
    assert sf("config", "path").code == 0, "to find what to mend"
