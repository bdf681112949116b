"""`dqmtui rates`: the rate of a trigger path or primary dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell

if TYPE_CHECKING:
    from dqmtui.cli.work import Work
    from dqmtui.review.datalayer import DataLayer


async def show(
    work: Work, data: DataLayer, *, run: int, path: str | None, rate_dataset: str | None, as_json: bool
) -> None:
    """Print the rate in every LS that has a row, null where it is; raises Stop and ServiceError."""
    if path is not None and rate_dataset is not None:
        raise Stop(Exit.USAGE, "--path and --rate-dataset ask for two different rates; give one of them.")
    if rate_dataset is None:
        rates = await data.rates(run, path)
        wanted = f"path {path or data.rate_path}"
    else:
        rates = await data.dataset_rates(run, rate_dataset)
        wanted = f"dataset {rate_dataset}"
    if not rates.ls.size:
        if run not in await data.run_cards([run]):
            raise Stop(Exit.NOT_FOUND, f"OMS has no run {run}")
        raise Stop(Exit.NOT_FOUND, f"OMS has no rate of the {wanted} in run {run}")
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


def _cell(rate: float) -> str:
    return "unknown" if rate != rate else f"{rate:.2f}"  # noqa: PLR0124 - true for NaN alone
