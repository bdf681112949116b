"""Why lumisections that were asked for take no part in a histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.states import CellState

if TYPE_CHECKING:
    from dqmtui.cli.loading import Chosen
    from dqmtui.model.divisors import Divisors
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.integrate import Integral

_STATES = {
    CellState.ABSENT: "no histogram",
    CellState.NOT_LOADED: "not loaded",
    CellState.OTHER_BINNING: "other axes",
}


def left_out(
    stack: HistogramStack, chosen: Chosen, current: Integral, divisors: Divisors
) -> dict[str, LSMask]:
    """Say why LS that were asked for take no part in an integral: words, and the LS they are about."""
    known = LSMask.from_numbers(chosen.run_ls)
    named = LSMask(chosen.ls.ranges[:-1]) if chosen.ls.is_open else chosen.ls
    found: dict[str, LSMask] = {}
    if unknown := named - known:
        found["without data"] = unknown
    for words, mask in chosen.why_not:
        if there := mask & chosen.ls & known:
            found[words] = there
    rest = (chosen.ls & known) - chosen.without - LSMask.from_numbers(current.ls)
    by_words: dict[str, list[int]] = {}
    for ls in rest:
        words = _STATES.get(stack.state_of(ls)) or divisors_words(divisors, ls) or "bins that are no numbers"
        by_words.setdefault(words, []).append(ls)
    return found | {words: LSMask.from_numbers(numbers) for words, numbers in by_words.items()}


def divisors_words(divisors: Divisors, ls: int) -> str:
    """Say why an LS has no divisor, "" when it has one."""
    return divisors.why(ls) if divisors.factors else ""
