"""QR codes in characters, read back into modules."""

from __future__ import annotations

import segno

from dqmtui.render.qr import QUIET_ZONE, qr_lines

URL = "https://auth.cern.ch/auth/realms/cern/device?user_code=ABCD-EFGH"


def expected() -> list[list[bool]]:
    code = segno.make_qr(URL, error="l")
    return [[not module for module in row] for row in code.matrix_iter(border=QUIET_ZONE)]


def test_half_blocks_hold_every_module() -> None:
    lines = qr_lines(URL, "utf8")
    upper = [[char in "▀█" for char in line] for line in lines]
    lower = [[char in "▄█" for char in line] for line in lines]
    rows = [row for pair in zip(upper, lower, strict=True) for row in pair]
    assert rows[: len(expected())] == expected()
    assert {len(line) for line in lines} == {len(expected())}


def test_ascii_holds_every_module_twice() -> None:
    lines = qr_lines(URL, "ascii")
    assert all(line.isascii() for line in lines)
    assert [[char == "#" for char in line[::2]] for line in lines] == expected()
    assert all(line[::2] == line[1::2] for line in lines)


def test_the_code_of_a_login_fits_into_a_small_terminal() -> None:
    lines = qr_lines(URL, "utf8")
    assert len(lines) <= 19
    assert len(lines[0]) <= 80
