"""The lumisections of `dqmtui plots --each-ls`: of the run, and of the runs that are its references."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.against import other_run, read_ref, said_apart
from dqmtui.cli.report_plots import mean_of, tiles_of
from dqmtui.export.html_tiles import Tiles
from dqmtui.model.integrate import integrate
from dqmtui.model.lsmask import LSMask

if TYPE_CHECKING:
    from dqmtui.cli.against import RefOptions
    from dqmtui.cli.hist_found import Found
    from dqmtui.cli.loading import Selection
    from dqmtui.review.datalayer import DataLayer


def of_the_run(found: Found, selection: Selection) -> Tiles | None:
    """Give the LS that were asked for by number, of those that have a histogram."""
    return tiles_of(found, found.shown(), selection.ls)


async def of_other_runs(
    data: DataLayer, found: Found, selection: Selection, options: RefOptions, norm: str
) -> tuple[tuple[str, Tiles], ...]:
    """Give all LS of each run among the references, with what it is; raises Stop and ServiceError."""
    made = []
    for text in options.refs:
        run = read_ref(text)
        if not isinstance(run, int) or (run == found.entry.run and not options.dataset):
            continue
        other = await other_run(data, found.looked, run, options, selection, norm)
        if other.stack is None:
            continue
        mean = integrate(other.stack, other.good, divisors=other.divisors, run_ls=other.place.table.ls)
        behind = None if mean.masked else mean.scaled_to(1).values
        everything = LSMask.from_numbers(other.stack.ls)
        tiles = Tiles(
            other.stack, other.divisors, everything, behind, "" if behind is None else mean_of(mean)
        )
        made.append((said_apart(f"run {run}", found.entry, other.place.entry), tiles))
    return tuple(made)
