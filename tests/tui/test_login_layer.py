"""The login layer: what it shows, when it opens, and which keys it leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.model.lstable import DIALS
from dqmtui.model.states import SourceState
from dqmtui.review.facts import LoginWanted
from dqmtui.review.review import Target
from dqmtui.services.login_kinds import DIALS_LOGIN, OMS_LOGIN
from dqmtui.store.settings import load_settings
from dqmtui.tui.login.view import Phase
from dqmtui.tui.panes.runs import RunsPane
from dqmtui.tui.widgets.picker import Picker
from tests.tui.driving import has_keys, on_screen, review_of, screen_of, settled, typed, until
from tests.tui.signing_in import ENDED, OMS_ENDED, agree, in_phase, layer_of, logged_in, opened, person

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.demo.process import DemoServices
    from dqmtui.services.errors import ServiceName

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"


@pytest.mark.parametrize(
    ("size", "charset", "drawn"),
    [
        ((60, 16), "utf8", False),
        ((80, 24), "utf8", True),
        ((80, 24), "ascii", False),
        ((160, 45), "utf8", True),
        ((160, 45), "ascii", True),
    ],
)
async def test_address_code_time_and_keys_are_on_screen_and_the_qr_code_where_it_has_room(
    demo: DemoServices,
    tmp_path: Path,
    size: tuple[int, int],
    charset: str,
    drawn: bool,  # noqa: FBT001 - the value expected
) -> None:
    async with opened(person(demo, tmp_path), size=size, charset=charset) as pilot:
        layer = await in_phase(pilot, Phase.WAITING)
        assert has_keys(pilot, layer)
        await until(pilot, lambda: layer.view.seconds_left is not None, "the time")
        await pilot.pause()
        text = on_screen(pilot)
        joined = "".join(line.strip("│| ") for line in text.splitlines())
        assert layer.view.url in joined
        assert " ".join(layer.view.user_code) in text
        assert " left" in text
        assert all(words in text for words in ("copy the address", "copy the code", "esc cancel"))
        assert (("█████████" if charset == "utf8" else "##########") in text) == drawn
        assert charset == "utf8" or text.isascii()
        region = layer.region
        assert (region.x >= 0, region.y >= 0) == (True, True)
        assert (region.right <= size[0], region.bottom <= size[1]) == (True, True)


async def test_the_layer_follows_the_size_of_the_terminal(demo: DemoServices, tmp_path: Path) -> None:
    async with opened(person(demo, tmp_path), size=(60, 16)) as pilot:
        layer = await in_phase(pilot, Phase.WAITING)
        code = layer.view.user_code
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: "█████████" in on_screen(pilot), "the QR code")
        assert " ".join(code) in on_screen(pilot)
        await pilot.resize_terminal(60, 16)
        await until(pilot, lambda: "█████████" not in on_screen(pilot), "the small layer")
        assert " ".join(code) in on_screen(pilot)


async def test_a_cancelled_login_does_not_come_back_by_itself(
    demo: DemoServices, tmp_path: Path, openings: list[ServiceName]
) -> None:
    async with opened(person(demo, tmp_path)) as pilot:
        screen = screen_of(pilot)
        layer = await in_phase(pilot, Phase.WAITING)
        await pilot.press("escape")
        await pilot.pause()
        assert not layer.is_open
        await until(
            pilot,
            lambda: not any(one.group == "login" and one.is_running for one in pilot.app.workers),
            "the end of the login",
        )
        assert ":login opens the login" in on_screen(pilot)
        assert has_keys(pilot, screen.query_one(RunsPane))
        screen.take(LoginWanted(ENDED))
        await pilot.pause()
        assert not layer.is_open
        await pilot.press("colon", *"login", "enter")
        first = (await in_phase(pilot, Phase.WAITING)).view.user_code
        await pilot.press("escape")
        await pilot.press("ctrl+r")
        assert (await in_phase(pilot, Phase.WAITING)).view.user_code != first
        assert len(openings) == 3


@pytest.mark.parametrize("opener", ["slash", "colon", "question_mark", "ctrl+p"])
async def test_the_layer_waits_for_what_the_person_is_typing_into(
    demo: DemoServices, tmp_path: Path, opener: str
) -> None:
    environ = person(demo, tmp_path)
    await logged_in(load_settings({}, environ))
    async with opened(environ) as pilot:
        await settled(pilot)
        screen, layer = screen_of(pilot), layer_of(pilot)
        await pilot.press(opener)
        await until(pilot, lambda: screen.is_covered, "what lies over the panes")
        screen.take(LoginWanted(ENDED))
        await pilot.press("p", "x")
        await pilot.pause()
        assert not layer.is_open
        await pilot.press("escape")
        await in_phase(pilot, Phase.WAITING)
        assert has_keys(pilot, layer)
        await pilot.press("escape")
        assert has_keys(pilot, screen.query_one(RunsPane))


async def test_what_was_typed_stays_in_the_finder_while_the_login_waits(
    demo: DemoServices, tmp_path: Path
) -> None:
    environ = person(demo, tmp_path)
    await logged_in(load_settings({}, environ))
    async with opened(environ, Target(run=381208)) as pilot:
        await settled(pilot)
        await pilot.press("slash", "equals_sign", *"charge")
        screen_of(pilot).take(LoginWanted(ENDED))
        await pilot.press("underscore", "P", "X", "L", "enter")
        await in_phase(pilot, Phase.WAITING)
        element = review_of(pilot).state.element
        assert element is not None
        assert element.me == CHARGE


async def test_who_opens_the_login_that_waits_gets_it_once(
    demo: DemoServices, tmp_path: Path, openings: list[ServiceName]
) -> None:
    environ = person(demo, tmp_path)
    await logged_in(load_settings({}, environ))
    async with opened(environ) as pilot:
        await settled(pilot)
        await pilot.press("colon")
        screen_of(pilot).take(LoginWanted(ENDED))
        await pilot.press(*"login", "enter")
        await in_phase(pilot, Phase.WAITING)
        await pilot.press("escape")
        await pilot.pause()
        assert not layer_of(pilot).is_open
        assert len(openings) == 1


async def test_a_click_beside_the_layer_leaves_it_open(demo: DemoServices, tmp_path: Path) -> None:
    async with opened(person(demo, tmp_path)) as pilot:
        layer = await in_phase(pilot, Phase.WAITING)
        await pilot.click(offset=(3, 40))
        await pilot.pause()
        assert layer.is_open
        assert has_keys(pilot, layer)


async def test_the_choice_of_a_dataset_waits_until_the_login_is_over(
    demo: DemoServices, tmp_path: Path
) -> None:
    environ = person(demo, tmp_path)
    await logged_in(load_settings({}, environ))
    async with opened(environ) as pilot:
        await settled(pilot)
        review, picker = review_of(pilot), screen_of(pilot).query_one(Picker)
        screen_of(pilot).action_login()
        layer = await in_phase(pilot, Phase.WAITING)
        review.go_to_run(381065)
        await settled(pilot)
        assert not picker.is_open
        assert has_keys(pilot, layer)
        await pilot.press("escape")
        await until(pilot, lambda: picker.is_open, "the choice")
        assert has_keys(pilot, picker)


async def test_the_login_is_reached_by_the_palette(demo: DemoServices, tmp_path: Path) -> None:
    environ = person(demo, tmp_path)
    await logged_in(load_settings({}, environ))
    async with opened(environ) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: screen_of(pilot).query_one(Picker).is_open, "the palette")
        await pilot.press(*"log", "space", "i", "n")
        await until(pilot, lambda: "Log in to DIALS" in on_screen(pilot), "the action")
        await pilot.press("enter")
        await in_phase(pilot, Phase.WAITING)


async def test_address_and_code_are_copied(
    demo: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(person(demo, tmp_path)) as pilot:
        layer = await in_phase(pilot, Phase.WAITING)
        copied: list[str] = []
        monkeypatch.setattr(pilot.app._driver, "write", copied.append)
        for key, text in (("u", layer.view.url), ("c", layer.view.user_code)):
            await pilot.press(key)
            assert pilot.app.clipboard == text
        assert "The code has been sent" in on_screen(pilot)
        assert len([sequence for sequence in copied if "]52;" in sequence]) == 2


async def test_loads_go_on_behind_the_layer(demo: DemoServices, tmp_path: Path) -> None:
    environ = person(demo, tmp_path)
    await logged_in(load_settings({}, environ))
    async with opened(environ) as pilot:
        await settled(pilot)
        review = review_of(pilot)
        screen_of(pilot).action_login()
        await in_phase(pilot, Phase.WAITING)
        review.open_run(review.run_list.entries[0])
        await settled(pilot)
        assert layer_of(pilot).is_open
        assert review.table is not None
        assert review.table.source(DIALS).state is SourceState.LOADED
        await pilot.press("q")
        assert not layer_of(pilot).is_open


async def test_a_login_that_ends_soon_after_it_has_helped_is_asked_for_again(
    demo: DemoServices, tmp_path: Path
) -> None:
    async with opened(person(demo, tmp_path)) as pilot:
        screen, layer = screen_of(pilot), layer_of(pilot)
        await agree((await in_phase(pilot, Phase.WAITING)).view.url)
        await until(pilot, lambda: not layer.is_open, "the end of the login")
        await settled(pilot)
        assert screen.services["DIALS"].latency_ms is not None
        screen.take(LoginWanted(ENDED))
        await in_phase(pilot, Phase.WAITING)
        assert not any("has not helped" in said.notice.text for said in screen.messages)


async def test_the_layer_says_what_one_logs_in_to_and_asks_for_each_service_by_itself(
    demo: DemoServices, tmp_path: Path, openings: list[ServiceName]
) -> None:
    environ = person(demo, tmp_path)
    for login in (DIALS_LOGIN, OMS_LOGIN):
        await logged_in(load_settings({}, environ), login)
    async with opened(environ) as pilot:
        await settled(pilot)
        screen, layer = screen_of(pilot), layer_of(pilot)
        screen.take(LoginWanted(ENDED))
        await in_phase(pilot, Phase.WAITING)
        assert "Log in to DIALS" in on_screen(pilot)
        screen.take(LoginWanted(OMS_ENDED))
        await pilot.pause()
        assert layer.service == "DIALS"
        # the one for OMS waited for its turn, and is no less wanted because that for DIALS was declined
        await pilot.press("escape")
        await until(pilot, lambda: layer.is_open and layer.service == "OMS", "the other login")
        await in_phase(pilot, Phase.WAITING)
        assert "Log in to OMS" in on_screen(pilot)
        await pilot.press("escape")
        assert ":login.oms opens the login" in on_screen(pilot)
        screen.take(LoginWanted(OMS_ENDED))
        await pilot.pause()
        assert "You are not logged in to OMS. :login.oms opens the login." in on_screen(pilot)
        assert not layer.is_open
        assert openings == ["DIALS", "OMS"]


@pytest.mark.parametrize(("name", "service"), [("login", "DIALS"), ("login.oms", "OMS")])
async def test_each_login_has_its_name_at_the_prompt(
    demo: DemoServices, tmp_path: Path, name: str, service: ServiceName
) -> None:
    environ = person(demo, tmp_path)
    await logged_in(load_settings({}, environ))
    async with opened(environ) as pilot:
        await settled(pilot)
        await typed(pilot, "colon", f" {name}")
        await pilot.press("enter")
        layer = await in_phase(pilot, Phase.WAITING)
        assert layer.service == service
