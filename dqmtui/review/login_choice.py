"""Which login the settings choose, and where that of a person is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dqmtui.services.keycloak import Application
from dqmtui.services.login_kinds import DIALS_LOGIN, OMS_LOGIN
from dqmtui.store.login_files import CLIENT_FILE
from dqmtui.store.token_file import TokenFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.services.login_kinds import LoginKind
    from dqmtui.store.settings import Settings

_OF_OTHER_PROGRAMS = "environment API_CLIENT_ID"


def token_file(
    settings: Settings, notify: Callable[[str], None] = lambda _: None, login: LoginKind = DIALS_LOGIN
) -> TokenFile:
    """Return the file with a login at the login service of the settings."""
    name = "" if login == DIALS_LOGIN else login.service
    return TokenFile(settings.state_dir, settings.auth_url, notify, name, login.command)


def application_of(settings: Settings) -> Application | None:
    """Return the application that the settings name, None when they name none or half of one."""
    if settings.client_id and settings.client_secret:
        return Application(settings.client_id, settings.client_secret)
    return None


def counts_before_login(settings: Settings, login: LoginKind = DIALS_LOGIN) -> str | None:
    """Return the origin of what a session uses instead of a stored login, None when it uses that.

    For OMS this may look for a clientid.json in the working directory.
    """
    if login == OMS_LOGIN:
        return _counts_before_oms_login(settings)
    if settings.dials_token:
        return settings.origin("dials_token")
    if application_of(settings) is not None and settings.origin("client_id") != _OF_OTHER_PROGRAMS:
        return settings.origin("client_id")
    return None


def _counts_before_oms_login(settings: Settings) -> str | None:
    match settings.oms_login:
        case "device":
            return None
        case "application" | "kerberos":
            return settings.origin("oms_login")
    if settings.oms_client_file is not None:
        return settings.origin("oms_client_file")
    if application_of(settings) is not None:
        return settings.origin("client_id")
    return f"file {CLIENT_FILE}" if Path(CLIENT_FILE).exists() else None
