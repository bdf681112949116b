"""Logging in on the embedded login service, at the start and in the middle of a load."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import numpy as np

from dqmtui.model.lstable import DIALS, OMS
from dqmtui.model.states import SourceState
from dqmtui.review.histograms import LoadState
from dqmtui.review.login_choice import token_file
from dqmtui.review.review import Target
from dqmtui.review.session import connected
from dqmtui.services.login_kinds import DIALS_LOGIN, OMS_LOGIN
from dqmtui.store.settings import load_settings
from dqmtui.tui.login.view import Phase
from dqmtui.tui.panes.runs import RunsPane
from tests.tui.driving import (
    has_keys,
    on_screen,
    pages_held_back,
    review_of,
    screen_of,
    screen_text,
    settled,
    typed,
    until,
)
from tests.tui.signing_in import (
    agree,
    had_its_login,
    in_phase,
    layer_of,
    logged_in,
    opened,
    person,
    stored,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from dqmtui.demo.process import DemoServices
    from dqmtui.services.errors import ServiceName

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=381208, me=CHARGE)


async def test_who_is_not_logged_in_agrees_once_and_then_the_runs_appear(
    agreeing: DemoServices, tmp_path: Path, openings: list[ServiceName]
) -> None:
    async with opened(person(agreeing, tmp_path)) as pilot:
        await until(pilot, lambda: had_its_login(pilot, openings), "the end of the login")
        await settled(pilot)
        runs = pilot.app.screen.query_one(RunsPane)
        assert "381151" in screen_text(runs.table)
        assert has_keys(pilot, runs)
        assert openings == ["DIALS"]
    assert token_file(load_settings({}, person(agreeing, tmp_path))).read() is not None


async def test_a_login_that_ends_in_the_middle_of_a_load_is_renewed_and_every_value_comes(
    agreeing: DemoServices, tmp_path: Path, openings: list[ServiceName], monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = person(agreeing, tmp_path)
    kept = token_file(load_settings({}, environ))
    await logged_in(load_settings({}, environ))
    may_go_on = pages_held_back(monkeypatch)
    async with opened(environ, AT) as pilot:
        review = review_of(pilot)
        await until(pilot, lambda: review.load is not None and not review.is_busy, "the load")
        # nothing is asked for while the pages are held back: the token runs out, and then the login ends, too
        await until(pilot, lambda: stored(kept).access.expires_at < time.time(), "the end of the token")
        async with httpx.AsyncClient() as client:
            url = f"{agreeing.auth_url}realms/cern/protocol/openid-connect/revoke"
            (await client.post(url, data={"token": stored(kept).refresh_token})).raise_for_status()
        place = review.state
        may_go_on.set()
        await until(pilot, lambda: had_its_login(pilot, openings), "the end of the login")
        await settled(pilot)
        assert len(openings) == 1
        assert review.state == place
        load = review.load
        assert load is not None
        assert load.stack is not None
        assert load.state is LoadState.COMPLETE
        assert load.progress[0] == load.progress[1] == len(load.stack.ls)
        loaded = load.stack
    async with connected(load_settings({}, {**agreeing.environment(), "DQMTUI_CACHE_SIZE_MB": "0"})) as data:
        whole = data.histograms(load.key, load.element, int(loaded.ls[0]))
        await whole.wait()
    assert whole.stack is not None
    assert np.array_equal(loaded.ls, whole.stack.ls)
    assert np.array_equal(loaded.data, whole.stack.data)


async def test_who_agrees_in_the_browser_goes_on_and_no_token_is_ever_shown(
    demo: DemoServices, tmp_path: Path
) -> None:
    environ = person(demo, tmp_path)
    seen: list[str] = []
    async with opened(environ, AT) as pilot:
        layer = await in_phase(pilot, Phase.WAITING)
        seen.append(on_screen(pilot))
        await agree(layer.view.url)
        await until(pilot, lambda: not layer.is_open, "the end of the login")
        await settled(pilot)
        assert review_of(pilot).state.run is not None
        await typed(pilot, "E")
        assert "You are logged in to DIALS" in on_screen(pilot)
        seen += [on_screen(pilot), pilot.app.export_screenshot()]
    login = stored(token_file(load_settings({}, environ)))
    for secret in (login.access.value, login.refresh_token):
        assert not any(secret in text for text in (*seen, repr(layer.view)))


async def test_logging_out_removes_the_login_and_says_how_to_come_back(
    demo: DemoServices, tmp_path: Path
) -> None:
    environ = person(demo, tmp_path)
    await logged_in(load_settings({}, environ))
    async with opened(environ) as pilot:
        await settled(pilot)
        screen = screen_of(pilot)
        await pilot.press("colon", *"logout", "enter")
        await until(
            pilot, lambda: "You are logged out of DIALS" in screen.on_line.text, "the end of the login"
        )
        assert ":login opens the login" in screen.on_line.text
        assert "381151" in screen_text(screen.query_one(RunsPane).table)
        # the session that runs has no token any more, and says so without a layer over what one looks at
        review_of(pilot).change_workspace("csc")
        await until(
            pilot, lambda: "You are not logged in to DIALS" in screen.on_line.text, "the next request"
        )
        assert not layer_of(pilot).is_open
        screen.notice("")
        await pilot.press("colon", *"logout", "enter")
        await until(
            pilot, lambda: "There was no stored login to DIALS" in screen.on_line.text, "the second answer"
        )
        assert token_file(load_settings({}, environ)).read() is None


async def test_who_asks_oms_directly_logs_in_to_it_and_the_lumisections_get_their_conditions(
    agreeing: DemoServices, tmp_path: Path, openings: list[ServiceName]
) -> None:
    environ = person(agreeing, tmp_path, DQMTUI_OMS_ROUTE="direct")
    await logged_in(load_settings({}, environ))
    async with opened(environ, AT) as pilot:
        review = review_of(pilot)
        await until(pilot, lambda: had_its_login(pilot, openings), "the end of the login")
        await settled(pilot)
        assert openings == ["OMS"]
        table = review.table
        assert table is not None
        assert table.source(OMS).state is SourceState.LOADED
        assert token_file(load_settings({}, environ), login=OMS_LOGIN).read() is not None
        assert any("You are logged in to OMS" in said.notice.text for said in screen_of(pilot).messages)


async def test_who_lacks_both_logins_is_asked_for_one_after_the_other(
    agreeing: DemoServices, tmp_path: Path, openings: list[ServiceName]
) -> None:
    environ = person(agreeing, tmp_path, DQMTUI_OMS_ROUTE="direct")
    async with opened(environ, AT) as pilot:
        review = review_of(pilot)
        await until(pilot, lambda: len(openings) == 2 and had_its_login(pilot, openings), "both logins")
        await settled(pilot)
        assert sorted(openings) == ["DIALS", "OMS"]
        assert review.table is not None
        assert {review.table.source(name).state for name in (DIALS, OMS)} == {SourceState.LOADED}


async def test_logging_out_of_oms_leaves_the_login_to_dials(demo: DemoServices, tmp_path: Path) -> None:
    environ = person(demo, tmp_path, DQMTUI_OMS_ROUTE="direct")
    settings = load_settings({}, environ)
    for login in (DIALS_LOGIN, OMS_LOGIN):
        await logged_in(settings, login)
    async with opened(environ, AT) as pilot:
        await settled(pilot)
        screen = screen_of(pilot)
        await pilot.press("colon", *"logout", "full_stop", *"oms", "enter")
        await until(pilot, lambda: "logged out of OMS" in screen.on_line.text, "the end of the login")
        assert ":login.oms opens the login" in screen.on_line.text
        assert token_file(settings, login=OMS_LOGIN).read() is None
        assert token_file(settings).read() is not None
        review_of(pilot).go_to_run(379356)
        wanted = "You are not logged in to OMS. :login.oms opens the login."
        await until(
            pilot, lambda: any(said.notice.text == wanted for said in screen.messages), "the next request"
        )
        await settled(pilot)
        assert "OMS ✗ not logged in" in on_screen(pilot)
        assert review_of(pilot).state.run is not None
        assert not layer_of(pilot).is_open
