"""`dqmtui hist`: the histogram of one lumisection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import one_element, run_entry
from dqmtui.cli.json_text import json_object, plain
from dqmtui.cli.output import put
from dqmtui.cli.pictures import Pictures
from dqmtui.model.keys import HistogramKey
from dqmtui.model.lsmask import LSMask
from dqmtui.render.histogram_view import HistogramOptions, HistogramView

if TYPE_CHECKING:
    from dqmtui.cli.work import Work
    from dqmtui.model.histogram import Histogram
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.runlist import RunEntry

MOST_RANGES = 20


async def show(
    work: Work,
    data: DataLayer,
    *,
    run: int,
    me: str,
    ls: int,
    dataset: str | None,
    log: bool,
    as_json: bool,
) -> None:
    """Print the histogram of exactly this LS, or say that there is none; raises Stop and ServiceError."""
    entry = await run_entry(work, data, run, dataset)
    element = one_element(await data.elements(entry.workspace), me)
    known = (await data.lumisections(entry.key)).ls
    if ls not in known:
        raise Stop(Exit.NOT_FOUND, f"no data for LS {ls} in run {run}; DIALS has LS {ranges(known)}")
    stack = await data.one_histogram(HistogramKey(entry.key, element.me_id), element, ls)
    histogram = stack.histogram(ls)
    if histogram is None:
        raise Stop(
            Exit.NOT_FOUND,
            f"no data for LS {ls} of {element.me} in run {run}; DIALS has that LS, but not of this element",
        )
    if as_json:
        put(json_object(_fields(entry, element, histogram)))
        return
    pictures = Pictures.of(work)
    view = HistogramView(pictures.theme, pictures.charset, pictures.palette)
    picture = view.draw(stack, ls, *pictures.size, HistogramOptions(log=log, whole_run=False))
    pictures.put([f"run {run}  {entry.dataset}", element.me], picture)


def ranges(numbers: Any) -> str:
    """Write LS numbers as ranges: 1-2, 5, 9; of many ranges the first."""
    texts = str(LSMask.from_numbers(numbers)).split(",")
    more = len(texts) - MOST_RANGES
    return ", ".join(texts[:MOST_RANGES]) + (f" and {more} more ranges" if more > 0 else "")


def _fields(entry: RunEntry, element: MonitoringElement, histogram: Histogram) -> dict[str, Any]:
    fields = {
        "run_number": entry.run,
        "dataset": entry.dataset,
        "me": element.me,
        "dim": element.dim,
        "ls": histogram.ls,
        "entries": histogram.entries,
        "sum": plain(histogram.total),
        "x_edges": histogram.x.edges.tolist(),
    }
    if histogram.y is not None:
        fields["y_edges"] = histogram.y.edges.tolist()
    fields["values"] = plain(histogram.values)
    return fields
