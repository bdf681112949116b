"""The settings: a typed flag counts before the environment, then the configuration file, then the default.

Every value remembers where it came from. What is wrong in a file, a variable or a flag is a SettingsError
that says how to mend it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from dqmtui.store import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ENVIRONMENT_PREFIX = "DQMTUI_"
CONFIG_VARIABLE = "DQMTUI_CONFIG"
DEFAULT = "default"
SECRETS = frozenset({"dials_token", "client_secret"})

# Names that other programs use, per setting; the first that is set counts.
_FALLBACKS = {
    "ca_bundle": ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"),
    "client_id": ("API_CLIENT_ID",),
    "client_secret": ("API_CLIENT_SECRET",),
}
# Variables with the prefix that are no settings.
_OTHER_VARIABLES = frozenset({CONFIG_VARIABLE, "DQMTUI_DEMO_FAULTS", "DQMTUI_TEST_DATA"})
# of a size in MB: nobody has a million TB
_MOST_DIGITS = 12
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


class SettingsError(Exception):
    """A setting that cannot be used.

    ``source`` names the file, variable or flag, ``key`` the setting, ``nearest`` the valid key that an
    unknown one may have meant.
    """

    def __init__(
        self, message: str, *, source: str, key: str | None = None, nearest: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.key = key
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings with their defaults; ``load_settings`` makes one.

    ``config_dir`` is where the configuration file is or would be, with themes, layouts and keymap beside it.
    ``notes`` are sentences for the person about what was found but not used, or is not safe.
    """

    dials_url: str = "https://cmsdials-api.web.cern.ch/"
    oms_url: str = "https://cmsoms.cern.ch/agg/api/v1"
    oms_route: Literal["proxy", "direct", "off"] = "proxy"
    oms_login: Literal["auto", "application", "device", "kerberos"] = "auto"
    auth_url: str = "https://auth.cern.ch/auth/"
    certhelper_url: str = "https://certhelper.web.cern.ch/certify/allRunsRefRuns/"
    rr_url: str = "https://cmsrunregistry.web.cern.ch/api"
    dials_token: str | None = field(default=None, repr=False)
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    oms_client_file: Path | None = None
    workspace: str | None = None
    dataset: str | None = None
    ca_bundle: Path | None = None
    insecure: bool = False
    cache_dir: Path = field(default_factory=paths.cache_dir)
    cache_size_mb: int = 2000
    state_dir: Path = field(default_factory=paths.state_dir)
    author: str | None = None
    theme: str = "dqm-dark"
    charset: Literal["auto", "utf8", "ascii"] = "auto"
    wire: Literal["on", "off"] = "on"
    mouse: Literal["on", "off"] = "on"
    keymap: Path | None = None
    screenshot_dir: Path | None = None
    rate_path: str = "HLT_ZeroBias"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    demo_oms_data: Path | None = None
    demo_oms_rates: Path | None = None
    config_dir: Path = field(default_factory=paths.config_dir)
    notes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)

    def origin(self, name: str) -> str:
        """Return where a value came from: default, environment NAME, file PATH: KEY, or flag --NAME."""
        if name not in _PARSERS:
            message = f"there is no setting {name}"
            raise KeyError(message)
        return self.origins.get(name, DEFAULT)

    def shown(self, name: str) -> str:
        """Return a value as text for the person, never a secret."""
        self.origin(name)
        value = getattr(self, name)
        if value is None:
            return ""
        if name in SECRETS:
            return "(hidden)"
        return str(value).lower() if isinstance(value, bool) else str(value)


def setting_names() -> tuple[str, ...]:
    """Return the names of all settings, in the order they are shown."""
    return tuple(_PARSERS)


def load_settings(
    flags: Mapping[str, object], environ: Mapping[str, str], config_file: Path | None = None
) -> Settings:
    """Return the settings from flags, environment, configuration file and defaults; raise SettingsError.

    A flag whose value is None and an empty variable count as not given. The file is ``config_file``, else the
    one DQMTUI_CONFIG names, else the person's own, which may be missing.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    notes: list[str] = []
    for source in (
        _from_fallbacks(environ),
        _from_file(config_file, environ, notes),
        _from_environment(environ, notes),
        _from_flags(flags),
    ):
        for name, value, origin in source:
            values[name], origins[name] = value, origin
    _pair_credentials(values, origins, notes)
    # Every value has passed the parser of its name, which gives the type of the field.
    beside = config_dir_of(config_file, environ)
    return replace(Settings(config_dir=beside, notes=tuple(notes), origins=origins), **values)


def config_dir_of(config_file: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the directory of the configuration file that `load_settings` reads, from the root of the files.

    The file need not exist. Raises SettingsError where its name begins with ~ and an unknown person.
    """
    named = _named_file(config_file, environ)
    return paths.config_dir() if named is None else named.parent.absolute()


_Found = tuple[str, object, str]
"""Name, value and origin of one setting."""


def _from_fallbacks(environ: Mapping[str, str]) -> list[_Found]:
    """Return what the variables of other programs say."""
    found = []
    for name, variables in _FALLBACKS.items():
        variable = next((variable for variable in variables if environ.get(variable)), None)
        if variable is not None:
            source = f"environment {variable}"
            found.append((name, _parsed(name, environ[variable], variable, source, Path()), source))
    return found


def _pair_credentials(values: dict[str, Any], origins: dict[str, str], notes: list[str]) -> None:
    """Mix no half of another program's credentials with ours, and note a half that is of no use."""
    pair = ("client_id", "client_secret")
    theirs = {name for name in pair if origins.get(name) == f"environment {_FALLBACKS[name][0]}"}
    if len(theirs) == 1:
        (name,) = theirs
        del values[name], origins[name]
    given = {name for name in pair if name in values}
    if len(given) == 1:
        (name,) = given
        (missing,) = {*pair} - given
        notes.append(f"{name} ({origins[name]}) is not used: it takes {missing} as well.")


def _from_file(named: Path | None, environ: Mapping[str, str], notes: list[str]) -> list[_Found]:
    explicit = _named_file(named, environ)
    path = paths.config_file() if explicit is None else explicit
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if explicit is None:
            return []
        message = f"The configuration file {path} does not exist. Create it, or name another one."
        raise SettingsError(message, source=f"file {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        message = f"The configuration file {path} cannot be read: {error}."
        raise SettingsError(message, source=f"file {path}") from error
    found = []
    for name, value in _toml(text, path).items():
        source = f"file {path}"
        _known(name, name, setting_names(), source)
        found.append((name, _parsed(name, value, name, source, path.parent), f"{source}: {name}"))
        if name in SECRETS and path.stat().st_mode & 0o077:
            notes.append(f"{path} holds {name} and others can read it. Run `chmod 600 {path}`.")
    return found


def _named_file(named: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the configuration file that is named; None where none is."""
    explicit = named if named is not None else environ.get(CONFIG_VARIABLE) or None
    try:
        return None if explicit is None else Path(explicit).expanduser()
    except RuntimeError as error:
        message = (
            f"The configuration file {explicit} cannot be found: nobody of that name has a home directory."
        )
        raise SettingsError(message, source=f"file {explicit}") from error


def _toml(text: str, path: Path) -> dict[str, object]:
    import tomllib  # noqa: PLC0415 - costs 13 ms, and most people have no configuration file

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"The configuration file {path} is not TOML: {error}."
        raise SettingsError(message, source=f"file {path}") from error


def _from_environment(environ: Mapping[str, str], notes: list[str]) -> list[_Found]:
    names = {f"{ENVIRONMENT_PREFIX}{name.upper()}": name for name in setting_names()}
    found = []
    for variable, text in environ.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable in _OTHER_VARIABLES or not text:
            continue
        if variable not in names:
            # Not an error: the variable may belong to another version or to a script of the person's own.
            meant = _nearest(variable, names)
            notes.append(f"{variable} is no setting and is not used.{_did_you_mean(meant)}")
            continue
        source = f"environment {variable}"
        name = names[variable]
        found.append((name, _parsed(name, text, variable, source, Path()), source))
    return found


def _from_flags(flags: Mapping[str, object]) -> list[_Found]:
    found = []
    for name, value in flags.items():
        if value is None:
            continue
        shown = f"--{name.replace('_', '-')}"
        source = f"flag {shown}"
        _known(name, shown, setting_names(), source)
        found.append((name, _parsed(name, value, shown, source, Path()), source))
    return found


def _known(name: str, shown: str, names: Iterable[str], source: str) -> None:
    if name in _PARSERS:
        return
    nearest = _nearest(name, names)
    message = f"{shown} ({source}) is no setting.{_did_you_mean(nearest)}"
    raise SettingsError(message, source=source, key=name, nearest=nearest)


def _nearest(name: str, names: Iterable[str]) -> str | None:
    import difflib  # noqa: PLC0415 - only a mistake needs it

    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)), None)


def _did_you_mean(nearest: str | None) -> str:
    return f" Did you mean {nearest}?" if nearest else " `dqmtui config show` lists all settings."


def _parsed(name: str, value: object, shown: str, source: str, base: Path) -> object:
    """Return a value in its type; relative paths of a file start at the file's directory."""
    try:
        parsed = _PARSERS[name](value)
    except ValueError as error:
        message = f"{shown} ({source}) {error}."
        raise SettingsError(message, source=source, key=name) from None
    return base / parsed if isinstance(parsed, Path) else parsed


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        message = "must be a text"
        raise ValueError(message)
    return value.strip()


def _unspaced(what: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        text = _text(value)
        if not (text.isascii() and text.isprintable()) or " " in text:
            # The value may be a secret even when it is wrong, so the message does not quote it.
            message = f"must be {what}: printable characters without spaces"
            raise ValueError(message)
        return text

    return parse


def _url(value: object) -> str:
    text = _text(value)
    message = "must be a URL such as https://host/path"
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(message) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not text.isprintable() or " " in text:
        raise ValueError(message)
    if parts.username is not None or parts.query or parts.fragment:
        message = "must be a URL without user name, query and fragment"
        raise ValueError(message)
    return text


def _path(value: object) -> Path:
    path = value if isinstance(value, Path) else Path(_text(value))
    try:
        return path.expanduser()
    except RuntimeError as error:
        message = "must be a path in a home directory that exists"
        raise ValueError(message) from error


def _megabytes(value: object) -> int:
    message = "must be a whole number of MB, 0 for none"
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise ValueError(message)
    return int(text)


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE:
        return value.strip().lower() in _TRUE
    message = "must be true or false"
    raise ValueError(message)


def _choice(*choices: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        text = value.strip().lower() if isinstance(value, str) else value
        if text not in choices:
            message = f"must be one of {', '.join(choices)}"
            raise ValueError(message)
        return str(text)

    return parse


_PARSERS: dict[str, Callable[[object], object]] = {
    "dials_url": _url,
    "oms_url": _url,
    "oms_route": _choice("proxy", "direct", "off"),
    "oms_login": _choice("auto", "application", "device", "kerberos"),
    "auth_url": _url,
    "certhelper_url": _url,
    "rr_url": _url,
    "dials_token": _unspaced("a token"),
    "client_id": _unspaced("the id of an application"),
    "client_secret": _unspaced("the secret of an application"),
    "oms_client_file": _path,
    "workspace": _text,
    "dataset": _text,
    "ca_bundle": _path,
    "insecure": _switch,
    "cache_dir": _path,
    "cache_size_mb": _megabytes,
    "state_dir": _path,
    "author": _text,
    "theme": _text,
    "charset": _choice("auto", "utf8", "ascii"),
    "wire": _choice("on", "off"),
    "mouse": _choice("on", "off"),
    "keymap": _path,
    "screenshot_dir": _path,
    "rate_path": _text,
    "log_level": _choice("debug", "info", "warning", "error"),
    "demo_oms_data": _path,
    "demo_oms_rates": _path,
}
