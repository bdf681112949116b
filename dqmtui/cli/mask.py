"""`dqmtui mask`: good lumisections as a certification JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import datasets_of, together, workspace_of
from dqmtui.cli.output import put
from dqmtui.cli.talk import tell
from dqmtui.model.certification import write_certification
from dqmtui.model.conditions import dcs_only_mask
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import OMS, LSTable
from dqmtui.review.oms_source import oms_source
from dqmtui.services.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.cli.work import Work
    from dqmtui.review.datalayer import DataLayer

AT_A_TIME = 2
"""Runs whose conditions are read side by side: OMS is asked for no more."""


async def show(
    work: Work,
    data: DataLayer,
    *,
    runs: Sequence[int],
    all_runs: bool,
    dataset: str | None,
    dcs: bool,
    caf: str | None,
    class_name: str | None,
    as_json: bool,  # noqa: ARG001 - a mask is JSON either way
) -> None:
    """Print a golden-style object of the runs that have good LS; raises Stop and ServiceError."""
    if dcs == (caf is not None):
        raise Stop(Exit.USAGE, "Which mask? Give --dcs, or --caf golden, --caf muon or --caf dcs.")
    if caf is not None:
        if all_runs or dataset:
            raise Stop(Exit.USAGE, "--caf has all runs of its class; choose some with --run N.")
        await _show_certification(work, data, runs, caf, class_name)
        return
    if class_name:
        raise Stop(Exit.USAGE, "--class names a certification JSON, so it goes with --caf.")
    if bool(runs) == all_runs:
        raise Stop(Exit.USAGE, "Which runs? Give --run N, as often as you like, or --all-runs.")
    wanted = sorted({*runs} if runs else await _runs_of_dials(work, data, dataset))
    masks, unknown = await _dcs_masks(data, wanted)
    if unknown:
        names = ", ".join(str(run) for run in unknown)
        if runs:
            raise Stop(Exit.NOT_FOUND, f"OMS has no lumisections of run {names}")
        tell(f"OMS has no lumisections of run {names}; left out")
    put(write_certification(masks))


async def _show_certification(
    work: Work, data: DataLayer, runs: Sequence[int], kind: str, class_name: str | None
) -> None:
    """Print the newest certification JSON of a kind, of some runs or of all in it."""
    if not class_name:
        raise Stop(Exit.USAGE, "Which data-taking period? Give --class NAME, such as --class Collisions24.")
    try:
        newest = await data.certification(await workspace_of(work, data), class_name, kind)
    except NotFound as error:
        words = (
            f"DIALS has no {kind} certification of {class_name!r}; a class is beam and year, as Collisions24."
        )
        raise Stop(Exit.NOT_FOUND, words, [error.message]) from error
    when = f", of {newest.last_modified:%Y-%m-%d %H:%M} UTC" if newest.last_modified else ""
    tell(f"{newest.name}{when}")
    wanted = [run for run in newest.ranges if not runs or run in runs]
    missing = ", ".join(str(run) for run in sorted(set(runs) - set(wanted)))
    if missing:
        raise Stop(Exit.NOT_FOUND, f"{newest.name} does not have run {missing}")
    put(write_certification({run: LSMask.of(*map(list, newest.ranges[run])) for run in wanted}))


async def _runs_of_dials(work: Work, data: DataLayer, dataset: str | None) -> set[int]:
    workspace = await workspace_of(work, data)
    found: set[int] = set()

    async def read(dataset_id: int) -> None:
        found.update(row.run_number for row in await data.runs(workspace, dataset_id))

    datasets = await datasets_of(data, workspace, dataset or work.settings.dataset or "")
    await together(*(read(one.dataset_id) for one in datasets))
    return found


async def _dcs_masks(data: DataLayer, runs: Sequence[int]) -> tuple[dict[int, LSMask], list[int]]:
    """Give the DCS-only masks of runs, and the runs of which OMS has no lumisections."""
    masks: dict[int, LSMask] = {}
    unknown: list[int] = []
    waiting = list(reversed(runs))

    async def read() -> None:
        while waiting:
            run = waiting.pop()
            conditions = await data.conditions(run)
            key = RunKey("", 0, run)
            if conditions.n_rows:
                masks[run] = dcs_only_mask(LSTable(key).with_source(OMS, oms_source(conditions)))
            else:
                unknown.append(run)
            # hundreds of runs would not fit into memory
            data.forget(key)

    await together(*(read() for _ in range(AT_A_TIME)))
    return masks, sorted(unknown)
