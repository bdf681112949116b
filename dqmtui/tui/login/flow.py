"""The steps of a login, as the layer shows them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from dqmtui.review.login import log_in
from dqmtui.review.login_choice import counts_before_login
from dqmtui.services.device_login import Asked, Expired, LoggedIn, Refused, Waiting
from dqmtui.services.errors import ServiceError
from dqmtui.services.login_kinds import login_kind
from dqmtui.store.token_file import LoginFileError
from dqmtui.tui.login.view import LoginView, Phase

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from dqmtui.services.device_login import LoginState
    from dqmtui.services.errors import ServiceName
    from dqmtui.store.settings import Settings


async def login_views(
    settings: Settings, service: ServiceName, notify: Callable[[str], None]
) -> AsyncGenerator[LoginView, None]:
    """Log in to a service and yield what to show of it, at last one of LOGGED_IN, FAILED and NO_USE.

    Nothing is asked where a stored login would not be used. `notify` gets sentences about files of logins.
    """
    login = login_kind(service)
    origin = await asyncio.to_thread(counts_before_login, settings, login)
    if origin is not None:
        yield LoginView(Phase.NO_USE, words=why_of_no_use(origin, service))
        return
    view = LoginView(Phase.ASKING)
    yield view
    try:
        async with aclosing(log_in(settings, notify, login)) as states:
            async for state in states:
                view = _after(view, state)
                yield view
    except ServiceError as error:
        yield LoginView(Phase.FAILED, words=error.message)
    except LoginFileError as error:
        yield LoginView(Phase.FAILED, words=str(error))


def _after(view: LoginView, state: LoginState) -> LoginView:
    match state:
        case Asked():
            return replace(view, phase=Phase.WAITING, url=state.url, user_code=state.user_code)
        case Waiting():
            return replace(view, seconds_left=state.seconds_left, trouble=state.trouble)
        case LoggedIn():
            return LoginView(Phase.LOGGED_IN)
        case Refused():
            return LoginView(Phase.FAILED, words=state.reason)
        case Expired():
            return LoginView(Phase.FAILED, words="Nobody agreed in time.")


def why_of_no_use(origin: str, service: ServiceName) -> str:
    """Say what is used in place of a stored login and how to end that; `origin` as the settings name it."""
    kind, _, name = origin.partition(" ")
    if service == "OMS":
        return (
            f"dqmtui opens OMS in another way ({origin}); a login would not be used. To log in as a person, "
            "set oms_login (DQMTUI_OMS_LOGIN) to device and start dqmtui again."
        )
    match kind:
        case "environment":
            remedy = f"unset {name} in your shell"
        case "flag":
            remedy = f"leave out {name}"
        case _:
            path, _, key = name.rpartition(": ")
            remedy = f"remove {key} from {path}"
    what = "a token that was given to it" if "token" in name.rpartition(": ")[2].lower() else "an application"
    return (
        f"dqmtui opens {service} with {what} ({origin}); a login would not be used. "
        f"To log in as a person, {remedy} and start dqmtui again."
    )
