"""Which rows of a table a filter expression lets through; unknown is said, and never let through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.mask_syntax import Comparison, MaskExpressionError, Name, names, parse
from dqmtui.model.masks import TRUE, UNKNOWN, combined, compared, flagged, nearest
from dqmtui.model.states import CellState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numpy.typing import NDArray

    from dqmtui.model.lstable import Column


@dataclass(frozen=True, eq=False)
class Filtered:
    """What a filter, the expression `text`, let through of `total` rows: `rows` (n,) in their order.

    Of `unknown` more it cannot be said; `waiting` are the names whose values have not all come. `error` is
    the sentence why the expression means nothing here: then it lets all rows through.
    """

    rows: NDArray[np.intp]
    total: int
    unknown: int = 0
    waiting: tuple[str, ...] = ()
    error: str = ""
    text: str = ""

    @property
    def is_on(self) -> bool:
        """Whether there is a filter."""
        return bool(self.text)

    def said(self, what: str) -> str:
        """Say how many rows there are: `37 of 849 LS, 5 not known`."""
        if self.error:
            return f"{self.error}; all {self.total} {what} are shown"
        unknown = f", {self.unknown} not known" if self.unknown else ""
        coming = f" ({', '.join(self.waiting)} not loaded)" if self.waiting and self.unknown else ""
        return f"{self.rows.size} of {self.total} {what}{unknown}{coming}"


def let_through(text: str, verdict: NDArray[np.uint8], waiting: tuple[str, ...] = ()) -> Filtered:
    """Make what a filter let through of the verdict on each row, shape (n,)."""
    unknown = int(np.count_nonzero(verdict == UNKNOWN))
    return Filtered(np.flatnonzero(verdict == TRUE), verdict.size, unknown, waiting, text=text)


def everything(total: int, text: str = "", error: str = "") -> Filtered:
    """Let all rows through."""
    return Filtered(np.arange(total, dtype=np.intp), total, error=error, text=text)


def unknown_everywhere(text: str, total: int, waiting: tuple[str, ...]) -> Filtered:
    """Let nothing through yet: what is asked for has not come."""
    return Filtered(np.zeros(0, dtype=np.intp), total, total, waiting, text=text)


def filter_rows(
    text: str, n: int, column: Callable[[str], Column | None], offered: Collection[str]
) -> Filtered:
    """Filter n rows by an expression over columns; `column` gives one by its name, None where there is none.

    Flags are columns of true and false. Raises MaskExpressionError for what cannot be read, for unknown names
    with the nearest one of those offered, and for comparisons of values of different kinds.
    """
    expression = parse(text)

    def judged(part: Name | Comparison) -> NDArray[np.uint8]:
        name = part if isinstance(part, Name) else part.name

        def fail(words: str) -> MaskExpressionError:
            return MaskExpressionError(words, text, name.at)

        found = column(name.name)
        if found is None:
            raise MaskExpressionError(
                f"there is no {name}", text, name.at, nearest(name.name, offered)
            ) from None
        return compared(found, part, fail) if isinstance(part, Comparison) else flagged(found, part, fail)

    verdict = combined(expression, n, judged)
    waiting = [
        name.name
        for name in names(expression)
        if (found := column(name.name)) is not None and (found.state == CellState.NOT_LOADED).any()
    ]
    return let_through(text, verdict, tuple(dict.fromkeys(waiting)))
