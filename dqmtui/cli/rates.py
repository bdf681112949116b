"""`dqmtui rates`: the rate of a trigger path or primary dataset, or the totals of the level-1 trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dqmtui.cli.cut import said_if_cut
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.json_text import json_rows, plain_column
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.rate_name import RateName
from dqmtui.model.text import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmtui.cli.work import Work
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.oms_records import L1Rates


async def show(
    work: Work,
    data: DataLayer,
    *,
    run: int,
    path: str | None,
    rate_dataset: str | None,
    l1: bool,
    paths: str | None,
    as_json: bool,
) -> None:
    """Print the rate in every LS that has a row, null where it is; raises Stop and ServiceError."""
    asked = {"--path": path, "--rate-dataset": rate_dataset, "--l1": l1 or None, "--paths": paths}
    given = [name for name, value in asked.items() if value is not None]
    if len(given) > 1:
        raise Stop(Exit.USAGE, f"{' and '.join(given)} ask for two different things; give one of them.")
    if l1:
        await _show_l1(work, data, run, as_json=as_json)
        return
    if paths is not None:
        await _show_paths(data, run, paths, as_json=as_json)
        return
    if rate_dataset is None:
        rates = await said_if_cut(data.rates(run, path))
        wanted = data.rate_path if path is None and data.rate.is_dataset else f"path {path or data.rate_path}"
    else:
        rates = await said_if_cut(data.dataset_rates(run, rate_dataset))
        wanted = f"dataset {rate_dataset}"
    if not rates.ls.size:
        if run not in await data.run_cards([run]):
            raise Stop(Exit.NOT_FOUND, f"OMS has no run {run}")
        typed = rate_dataset or path or data.rate.name
        near = await _near(data, run, typed)
        hint = "; the nearest are:" if near else f"; `dqmtui rates --run {run} --paths HLT_` lists its paths"
        raise Stop(Exit.NOT_FOUND, f"OMS has no rate of the {wanted} in run {run}{hint}", near)
    tell(f"{rates.name} in run {run}, {rates.ls.size} LS")
    numbers = rates.ls.tolist()
    values = rates.rate_hz.tolist()
    if as_json:
        put(json_rows({"ls": ls, "rate_hz": rate} for ls, rate in zip(numbers, values, strict=True)))
        return
    columns = [
        Column("LS", [str(ls) for ls in numbers], right=True),
        Column("rate/Hz", [_cell(rate) for rate in values], right=True),
    ]
    work.put_table(aligned(columns, work.table_width))


async def _near(data: DataLayer, run: int, name: str) -> list[str]:
    """Give options with the names of paths and datasets that a name may have meant."""
    found = (await data.rate_names(run)).find(name)
    return [
        f"--rate-dataset {rate.name}" if rate.is_dataset else f"--path {rate.name}"
        for rate in ([found] if isinstance(found, RateName) else found)
    ]


async def _show_l1(work: Work, data: DataLayer, run: int, *, as_json: bool) -> None:
    """Print counter and rate of every total per LS; raises Stop when OMS has none."""
    rates = await said_if_cut(data.l1_rates(run))
    if not rates.ls.size:
        raise Stop(Exit.NOT_FOUND, f"OMS has no level-1 rates of run {run}")
    tell(f"level-1 totals in run {run}, {rates.ls.size} LS")
    if as_json:
        put(json_rows(_l1_rows(rates)))
        return
    numbers = rates.ls.tolist()
    columns = [Column("LS", [str(ls) for ls in numbers], right=True)]
    for name, values in rates.rate.items():
        units = {unit or "Hz" for unit in rates.units[name]}
        common = units.pop() if len(units) == 1 else None
        cells = [
            _cell(rate) + ("" if common or rate != rate else f" {unit or 'Hz'}")  # noqa: PLR0124 - NaN
            for rate, unit in zip(values.tolist(), rates.units[name], strict=True)
        ]
        columns.append(Column(f"{name}/{common}" if common else name, cells, right=True))
    work.put_table(aligned(columns, work.table_width))


def _l1_rows(rates: L1Rates) -> Iterator[dict[str, Any]]:
    """Give a row per LS: for each total its counter, its rate and the unit that came with that."""
    columns = {
        name: (plain_column(rates.counter[name]), rates.rate[name].tolist(), rates.units[name])
        for name in rates.rate
    }
    for row, ls in enumerate(rates.ls.tolist()):
        totals = {
            name: {"counter": counter[row], "rate": rate[row], "unit": unit[row]}
            for name, (counter, rate, unit) in columns.items()
        }
        yield {"ls": ls, **totals}


async def _show_paths(data: DataLayer, run: int, prefix: str, *, as_json: bool) -> None:
    """Print the names of the HLT paths of a run that begin so; raises Stop when there are none."""
    names = await said_if_cut(data.hlt_paths(run, prefix))
    if not names:
        which = f"that begins with {prefix!r} " if prefix else ""
        raise Stop(Exit.NOT_FOUND, f"OMS has no path {which}in run {run}")
    if as_json:
        put(json_rows({"path_name": name} for name in names))
    else:
        put("".join(f"{harmless(name)}\n" for name in names))


def _cell(rate: float) -> str:
    return "unknown" if rate != rate else f"{rate:.2f}"  # noqa: PLR0124 - true for NaN alone
