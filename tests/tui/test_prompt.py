from __future__ import annotations

import pytest

from dqmtui.tui.prompt import Do, GoToLS, GoToRun, PromptError, read_command


def test_small_numbers_are_lumisections_and_large_ones_runs() -> None:
    assert read_command("120") == GoToLS(120)
    assert read_command(" 16766 ") == GoToLS(16766)
    assert read_command("381115") == GoToRun(381115)


def test_anything_else_is_the_name_of_an_action() -> None:
    assert read_command("pane.zoom") == Do("pane.zoom")


def test_nothing_may_stand_behind_an_action_that_takes_nothing() -> None:
    with pytest.raises(PromptError, match=r"pane\.zoom takes nothing"):
        read_command("pane.zoom 3")


@pytest.mark.parametrize("text", ["pane.zom", "-3", "1.5", "", "٣", "9" * 10, "9" * 5000])
def test_what_names_nothing_is_said_with_what_is_near(text: str) -> None:
    with pytest.raises(PromptError, match="neither an LS, a run nor an action"):
        read_command(text)


def test_a_misspelt_action_names_the_nearest() -> None:
    with pytest.raises(PromptError, match=r"did you mean pane\.zoom\?"):
        read_command("pane.zom")


def test_an_error_repeats_no_more_than_fits_a_line() -> None:
    with pytest.raises(PromptError) as caught:
        read_command("9" * 5000)
    assert len(str(caught.value)) < 120
