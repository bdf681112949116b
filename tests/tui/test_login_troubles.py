"""Logins that come to nothing, and what cannot be logged in to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.review.login_choice import token_file
from dqmtui.store.settings import load_settings
from dqmtui.tui.login.view import Phase
from tests.services.realm import SECRETS, Realm, refusal
from tests.tui.driving import on_screen, screen_of, settled, until
from tests.tui.signing_in import in_phase, layer_of, logged_in, opened, person

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.demo.process import DemoServices
    from tests.services.web import Web


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ({"DQMTUI_DIALS_TOKEN": "long-expired"}, "unset DQMTUI_DIALS_TOKEN"),
        ({"DQMTUI_CLIENT_ID": "app", "DQMTUI_CLIENT_SECRET": "s3cret"}, "unset DQMTUI_CLIENT_ID"),
    ],
)
async def test_where_a_login_would_not_be_used_the_layer_says_what_to_unset(
    demo: DemoServices, web: Web, tmp_path: Path, given: dict[str, str], remedy: str
) -> None:
    realm = Realm(web)
    environ = person(demo, tmp_path, DQMTUI_AUTH_URL=f"{web.url}/auth/", **given)
    async with opened(environ, size=(80, 24)) as pilot:
        await in_phase(pilot, Phase.NO_USE)
        words = " ".join(line.strip("│ ") for line in on_screen(pilot).splitlines())
        assert remedy in words
        assert "s3cret" not in words
        assert "long-expired" not in words
        assert not realm.asked["device"]
        await pilot.press("escape")
        assert not layer_of(pilot).is_open


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (refusal("access_denied"), "refused in the browser"),
        (refusal("expired_token"), "Nobody agreed in time"),
        (refusal("invalid_grant"), "no longer knows this code"),
    ],
)
async def test_after_a_refusal_one_key_starts_anew(
    demo: DemoServices, web: Web, tmp_path: Path, answer: object, says: str
) -> None:
    realm = Realm(web)
    realm.device["interval"] = 0
    realm.answers["device_code"] = [answer]
    environ = person(demo, tmp_path, DQMTUI_AUTH_URL=f"{web.url}/auth/")
    async with opened(environ) as pilot:
        await in_phase(pilot, Phase.FAILED)
        text = on_screen(pilot)
        assert says in text
        assert "n start anew" in text
        assert realm.device["user_code"] not in text
        await pilot.press("n")
        # DIALS does not know the tokens of this realm: the layer must not come again and again for it
        screen = screen_of(pilot)
        await until(pilot, lambda: "has not helped" in screen.on_line.text, "the word that it has not helped")
        assert not layer_of(pilot).is_open
        assert realm.asked["device"] == 2
        assert not any(secret in on_screen(pilot) for secret in SECRETS)


async def test_trouble_of_the_login_service_is_said_and_the_code_stays(
    demo: DemoServices, web: Web, tmp_path: Path
) -> None:
    realm = Realm(web)
    realm.device["interval"] = 0
    realm.answers["device_code"] = [({"error": "down"}, 503)] * 50
    environ = person(demo, tmp_path, DQMTUI_AUTH_URL=f"{web.url}/auth/")
    async with opened(environ, size=(60, 16)) as pilot:
        layer = await in_phase(pilot, Phase.WAITING)
        await until(pilot, lambda: layer.view.trouble != "", "the trouble")
        await pilot.pause()
        text = on_screen(pilot)
        assert layer.view.trouble.split()[0] in text
        assert " ".join(realm.device["user_code"]) in text
        assert "esc cancel" in text


async def test_a_login_service_that_is_away_is_a_sentence(demo: DemoServices, tmp_path: Path) -> None:
    environ = person(demo, tmp_path, DQMTUI_AUTH_URL="http://127.0.0.1:9/auth/")
    async with opened(environ, size=(80, 24)) as pilot:
        await in_phase(pilot, Phase.FAILED)
        assert "cannot be reached" in on_screen(pilot)


async def test_a_login_service_that_fails_is_asked_again_by_a_key(
    demo: DemoServices, web: Web, tmp_path: Path
) -> None:
    realm = Realm(web)
    realm.answers["device"] = [refusal("invalid_client", status=401)]
    environ = person(demo, tmp_path, DQMTUI_AUTH_URL=f"{web.url}/auth/")
    async with opened(environ, size=(80, 24)) as pilot:
        await in_phase(pilot, Phase.FAILED)
        assert "n start anew" in on_screen(pilot)
        await pilot.press("n")
        assert (await in_phase(pilot, Phase.WAITING)).view.user_code == realm.device["user_code"]


async def test_where_a_login_cannot_be_stored_nobody_is_asked_to_agree(
    demo: DemoServices, web: Web, tmp_path: Path
) -> None:
    realm = Realm(web)
    (tmp_path / "logins").write_text("in the way")
    environ = person(demo, tmp_path, DQMTUI_AUTH_URL=f"{web.url}/auth/")
    async with opened(environ) as pilot:
        screen_of(pilot).action_login()
        layer = await in_phase(pilot, Phase.FAILED)
        assert "DQMTUI_STATE_DIR" in layer.view.words
        assert not realm.asked


async def test_what_is_wrong_with_a_login_file_is_said(demo: DemoServices, tmp_path: Path) -> None:
    environ = person(demo, tmp_path)
    settings = load_settings({}, environ)
    await logged_in(settings)
    token_file(settings).path.chmod(0o644)
    async with opened(environ) as pilot:
        await settled(pilot)
        assert any("Others could read your login" in said.notice.text for said in screen_of(pilot).messages)


async def test_a_session_without_connection_has_nobody_to_log_in(demo: DemoServices, tmp_path: Path) -> None:
    async with opened(person(demo, tmp_path)) as pilot:
        screen = screen_of(pilot)
        await in_phase(pilot, Phase.WAITING)
        await pilot.press("escape")
        screen.settings = None
        for action in ("login", "logout", "login.oms", "logout.oms"):
            screen.notice("")
            await screen.run_action(f"act('{action}')")
            assert "no connection yet" in screen.on_line.text
        assert not layer_of(pilot).is_open
