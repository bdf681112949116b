"""How a login is arranged in the room there is, and what is said in place of one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dqmtui.render.charset import CHARSETS
from dqmtui.render.qr import qr_lines
from dqmtui.store.themes import available_themes, load_theme
from dqmtui.tui.login.flow import why_of_no_use
from dqmtui.tui.login.view import FRAME, LoginView, Phase, arranged, painted
from dqmtui.tui.look import Look

URL = "https://auth.cern.ch/auth/realms/cern/device?user_code=ABCD-EFGH"
TROUBLE = "The login service fails with status 503. Try again in some minutes, it may be under maintenance."
WAITING = LoginView(Phase.WAITING, URL, "ABCD-EFGH", 599, TROUBLE)
VIEWS = (
    WAITING,
    replace(WAITING, user_code="", trouble=""),
    LoginView(Phase.ASKING),
    LoginView(Phase.LOGGED_IN),
    LoginView(Phase.FAILED, words=TROUBLE),
    LoginView(Phase.NO_USE, words=why_of_no_use("environment DQMTUI_DIALS_TOKEN", "DIALS")),
    LoginView(Phase.NO_USE, words=why_of_no_use("environment DQMTUI_CLIENT_ID", "OMS")),
)


def look(charset: str) -> Look:
    return Look(load_theme(available_themes(None)["dqm-dark"]), CHARSETS[charset])


@pytest.mark.parametrize("charset", ["utf8", "ascii"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.phase.name} {view.user_code}")
def test_every_part_fits_whatever_the_room(view: LoginView, charset: str) -> None:
    code, drawn = qr_lines(URL, charset), look(charset)
    for columns in (60, 70, 78, 79, 80, 100, 116, 120, 160, 250):
        for lines in (16, 17, 19, 20, 22, 23, 24, 25, 40, 41, 45, 70):
            qr = painted(code) if view.url else None
            made = arranged(view, "", qr, (columns, lines), drawn)
            assert made.width <= columns
            assert made.height <= lines
            beside = 0 if made.qr is None else len(code[0]) + 2
            inner = made.width - FRAME
            for text, width in ((made.head, inner), (made.side, inner - beside)):
                assert max((len(line) for line in text.plain.split("\n")), default=0) <= width
                assert charset == "utf8" or text.plain.isascii()
            head = made.head.plain.count("\n") + 1 if made.head else 0
            below = max(made.side.plain.count("\n") + 1, len(code) if made.qr is not None else 0)
            assert head + below + 2 + 2 * made.padding <= made.height
            assert "esc" in made.side.plain
            assert not view.url or view.url in made.head.plain.replace("\n", "")


def test_the_code_stands_large_where_there_is_room_and_not_at_all_where_there_is_none() -> None:
    tall, low = (arranged(WAITING, "", None, (80, lines), look("utf8")).side.plain for lines in (24, 16))
    assert tall.splitlines()[1].strip() == low.splitlines()[0].strip() == "A B C D - E F G H"
    without = arranged(replace(WAITING, user_code=""), "", None, (80, 24), look("utf8"))
    assert "copy the code" not in without.side.plain
    assert "code" not in without.head.plain.splitlines()[0]


def test_the_qr_code_is_black_and_white_in_every_theme() -> None:
    for charset in CHARSETS:
        made = arranged(WAITING, "", painted(qr_lines(URL, charset)), (160, 60), look(charset))
        assert made.qr is not None
        colors = {str(made.qr.style), *(str(span.style) for span in made.qr.spans)}
        assert colors <= {"#ffffff on #000000", "#ffffff on #ffffff"}


def test_what_came_from_the_login_service_can_do_no_harm() -> None:
    evil = LoginView(Phase.WAITING, "https://x/\x1b[2Jµ", "AB\x07CDµ", 1, "down\x1b]0;x\x07")
    for charset in CHARSETS:
        made = arranged(evil, "", None, (80, 24), look(charset))
        text = (made.head.plain + made.side.plain).replace("\n", "")
        assert text.isprintable()
        assert text.isascii() or charset == "utf8"


def test_an_endless_address_or_code_leaves_room_for_the_keys() -> None:
    view = LoginView(Phase.WAITING, f"https://x/{'y' * 5000}", "C" * 64, 1)
    made = arranged(view, "", None, (60, 20), look("utf8"))
    assert made.head.plain.count("\n") + made.side.plain.count("\n") + 4 <= made.height <= 20
    assert "esc cancel" in made.side.plain


@pytest.mark.parametrize(
    ("origin", "what", "remedy"),
    [
        ("environment DQMTUI_DIALS_TOKEN", "a token", "unset DQMTUI_DIALS_TOKEN in your shell"),
        ("environment DQMTUI_CLIENT_ID", "an application", "unset DQMTUI_CLIENT_ID in your shell"),
        ("file /home/me/c.toml: dials_token", "a token", "remove dials_token from /home/me/c.toml"),
        ("file /tokens/c.toml: client_id", "an application", "remove client_id from /tokens/c.toml"),
        ("flag --dials-token", "a token", "leave out --dials-token"),
    ],
)
def test_what_counts_before_a_login_is_named_with_its_remedy(origin: str, what: str, remedy: str) -> None:
    words = why_of_no_use(origin, "DIALS")
    assert f"opens DIALS with {what}" in words
    assert f"({origin})" in words
    assert remedy in words


def test_what_opens_oms_in_place_of_a_login_says_which_setting_to_change() -> None:
    words = why_of_no_use("environment API_CLIENT_ID", "OMS")
    assert "environment API_CLIENT_ID" in words
    assert "set oms_login (DQMTUI_OMS_LOGIN) to device" in words
