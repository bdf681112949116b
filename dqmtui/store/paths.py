"""Where files of the program live on this machine, when the person does not say otherwise."""

from __future__ import annotations

from pathlib import Path

_NAME = "dqmtui"


def config_dir() -> Path:
    """Return the directory of the configuration file that is read when none is named."""
    from platformdirs import user_config_dir  # noqa: PLC0415 - only who asks for a default pays for the import

    return Path(user_config_dir(_NAME))


def config_file() -> Path:
    """Return the configuration file that is read when none is named."""
    return config_dir() / "config.toml"


def cache_dir() -> Path:
    """Return the directory of what can be fetched again."""
    from platformdirs import user_cache_dir  # noqa: PLC0415 - only who asks for a default pays for the import

    return Path(user_cache_dir(_NAME))


def state_dir() -> Path:
    """Return the directory of what cannot be fetched again: notes, journals, tokens."""
    from platformdirs import user_state_dir  # noqa: PLC0415 - only who asks for a default pays for the import

    return Path(user_state_dir(_NAME))
