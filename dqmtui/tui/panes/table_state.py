"""The line under a table that says what its filter lets through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.tui.panes.status import LineView

if TYPE_CHECKING:
    from collections.abc import Collection

    from dqmtui.model.table_filter import Filtered
    from dqmtui.tui.look import Look


class TableState(LineView):
    """How many rows of how many are shown, and by which filter; not there when there is nothing to say."""

    DEFAULT_CSS = "TableState { display: none; }"

    def show(
        self,
        filtered: Filtered | None,
        what: str,
        look: Look,
        *,
        missing: str = "",
        order: str = "",
        trouble: str = "",
    ) -> None:
        """Say what a filter lets through, and by which column that is not shown the rows are sorted.

        `missing` is what the person looks at and the filter lets not through, `trouble` what of the table did
        not come.
        """
        is_on = filtered is not None and (filtered.is_on or bool(order) or bool(trouble))
        if self.display != is_on:
            self.display = is_on
        if filtered is None or not is_on:
            return
        roles, text = look.theme.roles, look.charset.text
        failed = ((text(f" {trouble} "), roles.bad),) if trouble else ()
        if not filtered.is_on:
            self.show_parts(((text(f" {order}"), roles.label),) if order else (), failed)
            return
        color = roles.bad if filtered.error else roles.note
        order = f", {order}" if order else ""
        expression = "" if filtered.error else f"  {filtered.text}"
        right = ((text(f" {missing} "), roles.bad),) if missing else failed
        self.show_parts(
            ((text(f" {filtered.said(what)}{order}"), color), (text(expression), roles.label)), right
        )


def nothing_fits(what: str, expression: str, look: Look) -> str:
    """Say that a filter lets nothing through, and how to change that."""
    change = look.key("filter.edit")
    return f"No {what} fits the filter {expression}; {change} changes it, :filter lets all through."


def hidden_order(sort: tuple[str, bool] | None, shown: Collection[str]) -> str:
    """Say by which column the rows are sorted where no title can say so, "" where one does."""
    if sort is None or sort[0] in shown:
        return ""
    return f"sorted by {sort[0]}, {'falling' if sort[1] else 'rising'}"
