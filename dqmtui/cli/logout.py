"""`dqmtui logout`: the stored login goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.json_text import json_object
from dqmtui.cli.output import put
from dqmtui.cli.talk import tell
from dqmtui.review.login import log_out
from dqmtui.review.login_choice import counts_before_login, token_file
from dqmtui.services.login_kinds import DIALS_LOGIN, OMS_LOGIN
from dqmtui.store.token_file import LoginFileError

if TYPE_CHECKING:
    from dqmtui.cli.work import Work


def show(work: Work, *, of_oms: bool, as_json: bool) -> None:
    """Remove the stored login and say so; raises Stop when it cannot be removed."""
    login = OMS_LOGIN if of_oms else DIALS_LOGIN
    path = token_file(work.settings, login=login).path
    try:
        removed = log_out(work.settings, login)
    except LoginFileError as error:
        raise Stop(Exit.UNEXPECTED, str(error)) from error
    if as_json:
        put(json_object({"removed": removed, "file": str(path)}))
    else:
        tell(f"you are logged out; {path} is removed" if removed else f"there was no login in {path}")
    first = counts_before_login(work.settings, login)
    if first is not None:
        tell(f"{first} is still there, and still opens {login.service}")
