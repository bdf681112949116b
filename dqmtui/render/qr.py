"""QR codes in characters, for a link that a telephone shall open."""

from __future__ import annotations

import segno

QUIET_ZONE = 2
"""Empty modules around the code; the standard asks for four, readers are content with two."""

_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def qr_lines(text: str, charset: str) -> list[str]:
    """Return the lines of a QR code, all of the same width, for light characters on a dark ground.

    What is light in the code is drawn: half blocks in utf8, two `#` a module in ascii. On a light ground the
    lines are to be drawn in reverse. Raises ValueError for a text that fits into no code.
    """
    code = segno.make_qr(text, error="l")
    light = [[not module for module in row] for row in code.matrix_iter(border=QUIET_ZONE)]
    if charset == "ascii":
        return ["".join("##" if module else "  " for module in row) for row in light]
    if len(light) % 2:
        light.append([True] * len(light[0]))
    return [
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(light[::2], light[1::2], strict=True)
    ]
