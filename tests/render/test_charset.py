from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from dqmtui.render.charset import ASCII, UTF8, Charset, detect


def characters(charset: Charset) -> str:
    """Every character of a set."""
    values = [getattr(charset, field.name) for field in fields(charset) if field.name != "name"]
    arrays = ["".join(map(chr, value)) for value in values if isinstance(value, np.ndarray)]
    return "".join([*arrays, *(value for value in values if isinstance(value, str))])


def test_the_ascii_set_has_no_byte_over_127() -> None:
    assert characters(ASCII).isascii()


def test_bars_have_as_many_parts_upwards_as_downwards(charset: Charset) -> None:
    assert charset.bars.size == charset.bars_down.size
    assert charset.bars[0] == charset.bars_down[0] == ord(" ")
    assert charset.bars[-1] == charset.bars_down[-1]


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"LANG": "en_US.UTF-8"}, "utf8"),
        ({"LANG": "de_CH.utf8"}, "utf8"),
        ({"LANG": "C"}, "ascii"),
        ({"LANG": "en_US.ISO-8859-1"}, "ascii"),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, "ascii"),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, "utf8"),
    ],
)
def test_the_character_set_follows_the_locale(environ: dict[str, str], name: str) -> None:
    assert detect(environ=environ).name == name
    assert detect("auto", environ).name == name


def test_a_setting_wins_over_the_locale() -> None:
    assert detect("ascii", {"LANG": "en_US.UTF-8"}) is ASCII
    assert detect("utf8", {"LANG": "C"}) is UTF8


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="latin1"):
        detect("latin1", {})


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colours_no_half_blocks_are_used(environ: dict[str, str]) -> None:
    found = detect("utf8", environ)
    assert (found.half, found.color) == (None, False)


def test_an_empty_NO_COLOR_counts_as_unset() -> None:
    assert detect("utf8", {"NO_COLOR": ""}).color


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("PXDisk_+1", "PXDisk_+1"),
        ("η and Φ", "eta and Phi"),
        ("φ(p_T) → 5 µm", "phi(p_T) -> 5 um"),
        ("Zürich", "Zurich"),
        ("漢字", "??"),
        ("a\x1b[31mb", "a?[31mb"),
    ],
)
def test_text_is_spelled_in_ascii(text: str, plain: str) -> None:
    assert ASCII.text(text) == plain


def test_text_in_utf8_keeps_what_is_one_cell_wide() -> None:
    assert UTF8.text("η漢\x1b") == "η??"


@pytest.mark.parametrize(
    ("text", "raised", "plain"),
    [
        ("10^34 cm^-2 s^-1", "10³⁴ cm⁻²s⁻¹", "10^34 cm-2s-1"),
        ("347 of 380 pb^-1", "347 of 380 pb⁻¹", "347 of 380 pb-1"),
        (
            *("1.3e34 to 2.0e34 cm^-2 s^-1, 94% shared", "1.3e34 to 2.0e34 cm⁻²s⁻¹, 94% shared"),
            "1.3e34 to 2.0e34 cm-2s-1, 94% shared",
        ),
        ("Hz", "Hz", "Hz"),
        ("2 ^ 3, ^w, a^b", "2 ^ 3, ^w, a^b", "2 ^ 3, ^w, a^b"),
    ],
)
def test_powers_of_units_are_raised_and_stay_readable_in_ascii(text: str, raised: str, plain: str) -> None:
    assert UTF8.unit(text) == raised
    assert ASCII.unit(text) == plain
