"""What a line at the prompt can become, and going back to lines of before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.model.actions import BY_ID, Action
from dqmtui.tui.completing import complete, fitting
from dqmtui.tui.history import MOST_LINES, History

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Some:
    """Three layouts, two runs, and four names for expressions."""

    actions: Mapping[str, Action] = BY_ID

    def values(self, action: Action) -> Sequence[str]:
        known = {"layout": ("tracker", "pixel", "Pixel-all"), "good": ("nice", "not rate > 0")}
        return known.get(action.id, ())

    def words(self, action: Action) -> Sequence[str]:
        return ("rate", "ratio", "pileup", "and") if action.takes == "EXPRESSION" else ()

    def runs(self) -> Iterable[int]:
        return (381065, 381115, 379011, 381065)


def texts(line: str) -> tuple[str, ...]:
    return complete(line, Some()).texts


def test_names_of_actions_are_completed_also_from_their_middle() -> None:
    assert texts("ls.ne") == ("ls.next",)
    assert texts("normalise") == ("plot.normalise",)
    assert texts("LS.NEX") == ("ls.next",)
    assert set(texts("")) == {f"{action.id} " if action.takes else action.id for action in BY_ID.values()}


def test_names_that_begin_so_come_first_and_alone_say_how_to_go_on() -> None:
    found = complete("tre", Some())
    assert found.texts[0].startswith("trend.")
    assert found.texts[-1] == "focus.trend"
    assert found.common == "trend."


def test_behind_an_action_that_takes_something_stands_a_space() -> None:
    assert texts("layo") == ("layout ",)
    assert texts("plot.x") == ()


def test_what_an_action_takes_is_completed() -> None:
    assert texts("layout ") == ("tracker", "pixel", "Pixel-all")
    found = complete("layout pi", Some())
    assert found.texts == ("pixel", "Pixel-all")
    assert found.with_text("pixel") == "layout pixel"
    assert complete("  layout   tr", Some()).with_text("tracker") == "  layout   tracker"


@pytest.mark.parametrize(
    ("line", "start", "found"),
    [
        ("filter ", "", ("rate", "ratio", "pileup", "and")),
        ("filter ra", "", ("rate", "ratio")),
        ("filter pileup > 30 an", "pileup > 30 ", ("and",)),
        ("filter not (RAT", "not (", ("rate", "ratio")),
        ("filter rate", "", ()),
        ("filter rate > 3", "", ()),
        ("filter rate ", "", ()),
        ("good ", "", ("nice", "not rate > 0", "rate", "ratio", "pileup", "and")),
        ("good n", "", ("nice", "not rate > 0")),
        ("good not ra", "", ("not rate > 0",)),
        ("good nice and pi", "nice and ", ("pileup",)),
    ],
)
def test_of_an_expression_the_last_word_is_completed(line: str, start: str, found: tuple[str, ...]) -> None:
    completion = complete(line, Some())
    assert completion.texts == found
    if found:
        assert line[: completion.start].partition(" ")[2] == start


@pytest.mark.parametrize("line", ["layout tracker", "plot.x 0 4", "pane.zoom x", "no.such x", "7 x"])
def test_what_is_whole_or_nothing_has_no_completion(line: str) -> None:
    assert texts(line) == ()


def test_a_number_is_completed_to_the_runs_that_begin_so() -> None:
    assert texts("381") == ("381065", "381115")
    assert complete("381", Some()).common == "381"
    assert complete("3811", Some()).common == "381115"


def test_names_fit_by_their_beginning_or_any_part() -> None:
    assert fitting("b", ["ab", "B", "c", "bc"]) == ("B", "bc", "ab")


def test_history_goes_back_through_lines_with_the_same_beginning() -> None:
    history = History(["plot.x 0 4", "120", "plot.y 0 9", "layout a"])
    assert history.older("pl") == "plot.y 0 9"
    assert history.older("plot.y 0 9") == "plot.x 0 4"
    assert history.older("plot.x 0 4") == "plot.x 0 4"
    assert history.newer("plot.x 0 4") == "plot.y 0 9"
    assert history.newer("plot.y 0 9") == "pl"
    assert history.newer("pl") == "pl"


def test_history_begins_anew_where_the_line_was_changed() -> None:
    history = History(["120", "layout a"])
    assert history.older("") == "layout a"
    assert history.older("1") == "120"
    assert history.newer("something else") == "something else"


def test_history_has_every_line_once_and_not_too_many() -> None:
    history = History(str(number) for number in range(2 * MOST_LINES))
    history.add("7")
    history.add(str(2 * MOST_LINES - 1))
    assert len(history) == MOST_LINES
    assert history.lines[-2:] == ("7", str(2 * MOST_LINES - 1))


def test_lines_of_another_time_are_older_than_those_of_this() -> None:
    history = History(["now"])
    history.put_before(["then", "now", "before"])
    assert history.lines == ("then", "before", "now")
