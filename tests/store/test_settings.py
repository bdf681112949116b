"""Where settings come from, which of them wins, and what is said about a mistake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.services import dials, oms
from dqmtui.store import paths
from dqmtui.store.log_file import LEVELS
from dqmtui.store.settings import Settings, SettingsError, load_settings, setting_names

if TYPE_CHECKING:
    from collections.abc import Callable

    WriteConfig = Callable[..., Path]

SECRET = "eyJhbGciOiJSUzI1NiJ9.c2VjcmV0LXBheWxvYWQ.c2VjcmV0"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory without any file, so that the person's own does not count."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def write_config(tmp_path: Path) -> WriteConfig:
    def write(text: str, mode: int = 0o600) -> Path:
        file = tmp_path / "config.toml"
        file.write_text(text)
        file.chmod(mode)
        return file

    return write


def test_defaults_are_the_production_services() -> None:
    settings = load_settings({}, {})
    assert settings.dials_url == dials.PRODUCTION_URL
    assert settings.oms_url == oms.PRODUCTION_URL
    assert settings.auth_url == "https://auth.cern.ch/auth/"
    assert (settings.oms_route, settings.charset, settings.rate_path) == ("proxy", "auto", "HLT_ZeroBias")
    assert (settings.insecure, settings.dials_token, settings.ca_bundle) == (False, None, None)
    assert {settings.origin(name) for name in setting_names()} == {"default"}


def test_default_directories_are_those_of_the_platform(own_home: Path) -> None:
    settings = load_settings({}, {})
    assert (settings.cache_dir, settings.state_dir) == (paths.cache_dir(), paths.state_dir())
    for place in (settings.cache_dir, settings.state_dir, paths.config_file()):
        assert place.is_relative_to(own_home)


def test_a_flag_counts_before_the_environment_before_the_file_before_the_default(
    write_config: WriteConfig,
) -> None:
    file = write_config('workspace = "csc"\ntheme = "filed"\ncharset = "ascii"\n')
    environ = {"DQMTUI_WORKSPACE": "muon", "DQMTUI_THEME": "surrounding"}
    settings = load_settings({"workspace": "tracker", "dataset": None}, environ, file)
    found = {name: (getattr(settings, name), settings.origin(name)) for name in setting_names()}
    assert found["workspace"] == ("tracker", "flag --workspace")
    assert found["theme"] == ("surrounding", "environment DQMTUI_THEME")
    assert found["charset"] == ("ascii", f"file {file}: charset")
    assert found["dataset"] == (None, "default")


@pytest.mark.parametrize("name", setting_names())
def test_every_setting_can_come_from_everywhere(name: str, write_config: WriteConfig) -> None:
    words = {
        "dials_url": "https://a.example/",
        "oms_url": "https://b.example/agg",
        "auth_url": "https://c.example/auth/",
        "certhelper_url": "https://d.example/runs/",
        "rr_url": "https://e.example/api",
        "oms_route": "direct",
        "oms_login": "kerberos",
        "charset": "utf8",
        "wire": "off",
        "mouse": "off",
        "insecure": "true",
        "ca_bundle": "/a/b.pem",
        "cache_dir": "/c",
        "cache_size_mb": "500",
        "state_dir": "/d",
        "demo_oms_data": "/e",
        "demo_oms_rates": "/f",
        "log_level": "warning",
        "oms_client_file": "/g",
        "keymap": "/h",
        "screenshot_dir": "/i",
    }
    word = words.get(name, "some-text")
    value = getattr(load_settings({name: word}, {}), name)
    assert str(value).lower() == word
    assert getattr(load_settings({}, {f"DQMTUI_{name.upper()}": word}), name) == value
    toml = word if word == "true" else f'"{word}"'
    assert getattr(load_settings({}, {}, write_config(f"{name} = {toml}\n")), name) == value


def test_flags_may_have_their_types() -> None:
    settings = load_settings({"insecure": True, "cache_dir": Path("/c")}, {})
    assert (settings.insecure, settings.cache_dir) == (True, Path("/c"))


@pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), ("off", False), ("0", False)])
def test_switches_have_the_usual_words(text: str, value: bool) -> None:  # noqa: FBT001 - the value expected
    assert load_settings({}, {"DQMTUI_INSECURE": text}).insecure is value


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load_settings({}, {"DQMTUI_WORKSPACE": "", "DQMTUI_CONFIG": ""}).origin("workspace") == "default"


def test_the_file_named_by_the_environment_is_read(write_config: WriteConfig) -> None:
    file = write_config('workspace = "csc"')
    assert load_settings({}, {"DQMTUI_CONFIG": str(file)}).workspace == "csc"


def test_the_persons_own_file_is_read(own_home: Path) -> None:
    paths.config_file().parent.mkdir(parents=True)
    paths.config_file().write_text('workspace = "csc"')
    settings = load_settings({}, {})
    assert settings.workspace == "csc"
    assert str(own_home) in settings.origin("workspace")


def test_paths_start_at_the_file_that_names_them(write_config: WriteConfig, own_home: Path) -> None:
    file = write_config('cache_dir = "cache"\nstate_dir = "~/state"\n')
    settings = load_settings({}, {}, file)
    assert settings.cache_dir == file.parent / "cache"
    assert settings.state_dir == own_home / "state"


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_ca_bundle_of_other_programs_is_a_fallback(name: str, write_config: WriteConfig) -> None:
    environ = {name: "/theirs.pem"}
    settings = load_settings({}, environ)
    assert (settings.ca_bundle, settings.origin("ca_bundle")) == (Path("/theirs.pem"), f"environment {name}")
    assert load_settings({}, environ, write_config('ca_bundle = "/ours.pem"')).ca_bundle == Path("/ours.pem")
    assert load_settings({}, environ | {"DQMTUI_CA_BUNDLE": "/o.pem"}).ca_bundle == Path("/o.pem")


OURS = {"DQMTUI_CLIENT_ID": "ours", "DQMTUI_CLIENT_SECRET": SECRET}
THEIRS = {"API_CLIENT_ID": "theirs", "API_CLIENT_SECRET": "their-secret"}


@pytest.mark.parametrize(
    ("environ", "client_id", "origin"),
    [
        ({**OURS, **THEIRS}, "ours", "environment DQMTUI_CLIENT_ID"),
        (THEIRS, "theirs", "environment API_CLIENT_ID"),
        ({"API_CLIENT_ID": "half"}, None, "default"),
        ({**THEIRS, "DQMTUI_CLIENT_ID": "ours"}, "ours", "environment DQMTUI_CLIENT_ID"),
    ],
)
def test_an_application_named_for_other_programs_is_a_fallback(
    environ: dict[str, str], client_id: str | None, origin: str
) -> None:
    settings = load_settings({}, environ)
    assert (settings.client_id, settings.origin("client_id")) == (client_id, origin)


def test_half_of_an_application_is_not_completed_by_another_one() -> None:
    settings = load_settings({}, {**THEIRS, "DQMTUI_CLIENT_ID": "ours"})
    assert settings.client_secret is None
    (note,) = settings.notes
    assert "it takes client_secret as well" in note


def test_the_secret_of_an_application_is_never_shown() -> None:
    settings = load_settings({}, OURS)
    assert settings.client_secret == SECRET
    assert settings.shown("client_secret") == "(hidden)"
    assert SECRET not in repr(settings)
    with pytest.raises(SettingsError) as caught:
        load_settings({"client_secret": f"{SECRET} x"}, {})
    assert SECRET not in str(caught.value)


def test_an_unknown_key_names_file_key_and_the_nearest_valid_key(write_config: WriteConfig) -> None:
    file = write_config('dial_url = "https://h/"')
    with pytest.raises(SettingsError, match="Did you mean dials_url") as caught:
        load_settings({}, {}, file)
    assert (caught.value.source, caught.value.key, caught.value.nearest) == (
        f"file {file}",
        "dial_url",
        "dials_url",
    )
    assert str(file) in caught.value.message


def test_a_key_that_is_near_to_none_points_to_the_list(write_config: WriteConfig) -> None:
    with pytest.raises(SettingsError, match="config show") as caught:
        load_settings({}, {}, write_config("zzz = 1"))
    assert caught.value.nearest is None


def test_an_unknown_flag_is_an_error() -> None:
    with pytest.raises(SettingsError, match="--work-space") as caught:
        load_settings({"work_space": "x"}, {})
    assert caught.value.nearest == "workspace"


def test_an_unknown_variable_is_noted_with_the_nearest_one() -> None:
    settings = load_settings({}, {"DQMTUI_DIAL_URL": "x", "DQMTUI_TEST_DATA": "x", "PATH": "x"})
    (note,) = settings.notes
    assert "DQMTUI_DIAL_URL" in note
    assert "Did you mean DQMTUI_DIALS_URL?" in note


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("dials_url", "ftp://h/", "must be a URL"),
        ("dials_url", "no url", "must be a URL"),
        ("dials_url", "https://", "must be a URL"),
        ("dials_url", "https://[::1", "must be a URL"),
        ("dials_url", "https://h/\x1b", "must be a URL"),
        ("oms_url", "https://me:pass@h/", "without user name"),
        ("oms_url", "https://h/?token=x", "without user name, query"),
        ("oms_route", "tunnel", "must be one of proxy, direct, off"),
        ("oms_login", "ticket", "must be one of auto, application, device, kerberos"),
        ("charset", 8, "must be one of auto, utf8, ascii"),
        ("insecure", "maybe", "must be true or false"),
        ("insecure", 1, "must be true or false"),
        ("workspace", 5, "must be a text"),
        ("workspace", " ", "must be a text"),
        ("cache_dir", ["x"], "must be a text"),
        ("cache_size_mb", "-1", "must be a whole number of MB"),
        ("cache_size_mb", 1.5, "must be a whole number of MB"),
        ("cache_size_mb", True, "must be a whole number of MB"),
        ("cache_dir", "~nobody-has-this-name/x", "home directory"),
        ("dials_token", "two words", "must be a token"),
    ],
)
def test_a_bad_value_says_where_it_stands_and_what_would_do(name: str, value: Any, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        load_settings({name: value}, {})
    assert caught.value.key == name
    assert f"flag --{name.replace('_', '-')}" in caught.value.message


def test_a_bad_value_in_the_environment_or_the_file_names_its_place(write_config: WriteConfig) -> None:
    with pytest.raises(SettingsError, match="environment DQMTUI_OMS_ROUTE"):
        load_settings({}, {"DQMTUI_OMS_ROUTE": "x"})
    file = write_config("insecure = 1")
    with pytest.raises(SettingsError, match=f"insecure .file {file}."):
        load_settings({}, {}, file)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings({}, {"DQMTUI_CONFIG": str(tmp_path / "none.toml")})
    with pytest.raises(SettingsError, match="~nobody-of-that-name/x cannot be found: nobody of that name"):
        load_settings({}, {"DQMTUI_CONFIG": "~nobody-of-that-name/x"})
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings({}, {}, tmp_path)


def test_a_file_that_is_not_toml_says_where(write_config: WriteConfig) -> None:
    with pytest.raises(SettingsError, match="line 2"):
        load_settings({}, {}, write_config('theme = "a"\nworkspace = \n'))
    file = write_config("")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings({}, {}, file)


def test_the_token_is_never_shown(write_config: WriteConfig) -> None:
    settings = load_settings({}, {"DQMTUI_DIALS_TOKEN": SECRET})
    assert settings.dials_token == SECRET
    assert settings.shown("dials_token") == "(hidden)"
    for text in (repr(settings), str(settings), f"{settings}", settings.origin("dials_token")):
        assert SECRET not in text
    with pytest.raises(SettingsError) as caught:
        load_settings({"dials_token": f"{SECRET} x"}, {})
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None or caught.value.__suppress_context__
    with pytest.raises(SettingsError) as broken:
        load_settings({}, {}, write_config(f'dials_token = "{SECRET}'))
    assert SECRET not in str(broken.value)


@pytest.mark.parametrize(("mode", "noted"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_token_in_a_file_that_others_can_read_is_noted(
    write_config: WriteConfig,
    mode: int,
    noted: bool,  # noqa: FBT001 - the value expected
) -> None:
    file = write_config(f'dials_token = "{SECRET}"', mode)
    notes = load_settings({}, {}, file).notes
    assert any(f"chmod 600 {file}" in note for note in notes) == noted
    assert SECRET not in str(notes)


def test_values_are_shown_as_they_are_typed() -> None:
    settings = load_settings({"insecure": True, "cache_dir": "/c"}, {})
    assert [settings.shown(name) for name in ("insecure", "cache_dir", "workspace")] == ["true", "/c", ""]


def test_a_setting_that_does_not_exist_has_no_origin() -> None:
    with pytest.raises(KeyError):
        Settings().origin("no_such")


@pytest.mark.parametrize("level", LEVELS)
def test_the_levels_of_the_log_are_those_that_may_be_set(level: str) -> None:
    assert load_settings({"log_level": level}, {}).log_level == level
