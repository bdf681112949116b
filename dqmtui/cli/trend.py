"""`dqmtui trend`: statistics of a monitoring element along a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import one_element, run_entry
from dqmtui.cli.hist import ranges
from dqmtui.cli.json_text import json_rows, plain_column
from dqmtui.cli.output import put
from dqmtui.cli.pictures import Pictures
from dqmtui.cli.talk import tell
from dqmtui.model.keys import HistogramKey
from dqmtui.model.states import SourceState
from dqmtui.model.trend import STATISTICS_1D, STATISTICS_2D, trend
from dqmtui.render.trend_view import TrendOptions, TrendView
from dqmtui.review.histograms import LoadState

if TYPE_CHECKING:
    from dqmtui.cli.work import Work
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.lstable import LSTable
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.runlist import RunEntry

_COUNTS = frozenset({"max", "entries", "sum", "empty_bins"})


async def show(
    work: Work,
    data: DataLayer,
    *,
    run: int,
    me: str,
    dataset: str | None,
    statistic: str | None,
    as_json: bool,
) -> None:
    """Print the trend of a whole run, never of a part of it; raises Stop and ServiceError."""
    entry = await run_entry(work, data, run, dataset)
    element = one_element(await data.elements(entry.workspace), me)
    chosen = _statistic(element, statistic)
    stack = await whole_stack(data, entry, element)
    if not stack.rows_loaded:
        raise Stop(Exit.NOT_FOUND, f"run {run} has no histograms of {element.me} in {entry.dataset}")
    if stack.other_binnings:
        others = ranges(sorted(stack.other_binnings))
        tell(f"LS {others} have other axes than the rest of the run and are left out")
    if as_json:
        put(json_rows(_rows(stack)))
        return
    table = await data.load_table(entry.key, _say_what_failed)
    pictures = Pictures.of(work)
    view = TrendView(pictures.theme, pictures.charset, pictures.palette)
    picture = view.draw(table, stack, *pictures.size, TrendOptions(statistic=chosen))
    pictures.put([f"run {run}  {entry.dataset}", f"{chosen} of {element.me}"], picture)


async def whole_stack(data: DataLayer, entry: RunEntry, element: MonitoringElement) -> HistogramStack:
    """Load all histograms of an element in a run; raises ServiceError when any of them did not come."""
    load = data.histograms(HistogramKey(entry.key, element.me_id), element, 1)
    await load.wait()
    stack = load.stack
    if load.state is LoadState.COMPLETE and stack is not None:
        return stack
    loaded, expected = load.progress
    tell(f"{loaded} of {expected} LS of {element.me} came")
    if load.error is None:
        raise Stop(Exit.SERVICE, f"The histograms of run {entry.run} did not come: {load.state.value}.")
    raise load.error


def _statistic(element: MonitoringElement, wanted: str | None) -> str:
    offered = STATISTICS_1D if element.dim == 1 else STATISTICS_2D
    if wanted is None:
        return offered[0]
    if wanted not in offered:
        raise Stop(Exit.USAGE, f"{element.me} is {element.dim}D and has no {wanted!r}, but:", offered)
    return wanted


def _rows(stack: HistogramStack) -> list[dict[str, Any]]:
    found = trend(stack)
    columns: dict[str, list[Any]] = {"ls": found.ls.tolist()}
    for name, values in found.values.items():
        columns[name] = plain_column(values) if name in _COUNTS else values.tolist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _say_what_failed(table: LSTable, source: str) -> None:
    known = table.source(source)
    if known.state is SourceState.FAILED:
        tell(f"{source.upper()} is missing in the strip: {known.note}")
