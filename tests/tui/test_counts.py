from __future__ import annotations

import pytest

from dqmtui.tui.counts import LASTS_S, TOGETHER_S, Count


def typed(digits: str, pause: float = 0.1) -> Count:
    count = Count()
    for place, digit in enumerate(digits):
        count = count.typed(int(digit), place * pause, "plot")
    return count


@pytest.mark.parametrize(
    ("digits", "times"),
    [
        ("", None),
        ("1", None),
        ("4", None),
        ("5", 5),
        ("9", 9),
        ("25", 25),
        ("03", 3),
        ("0", None),
        ("100", 100),
        ("1234567", 34567),
    ],
)
def test_a_lone_1_to_4_is_a_pane_and_everything_longer_a_number(digits: str, times: int | None) -> None:
    assert typed(digits).times(1.0) == times


def test_only_a_number_is_shown() -> None:
    assert [str(typed(digits)) for digits in ("", "2", "25", "7", "0")] == ["", "", "25", "7", "0"]


def test_digits_far_apart_are_panes_one_after_the_other() -> None:
    assert typed("12", pause=TOGETHER_S * 1.1).digits == "2"


def test_a_number_that_no_step_follows_is_forgotten() -> None:
    count = typed("25")
    assert count.times(0.1 + LASTS_S) == 25
    assert count.times(0.2 + LASTS_S) is None


def test_the_pane_in_which_the_typing_began_is_kept() -> None:
    count = Count().typed(2, 0.0, "plot").typed(5, 0.1, "lumisections")
    assert count.origin == "plot"
