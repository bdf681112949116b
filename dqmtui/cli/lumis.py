"""`dqmtui lumis`: the lumisections of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.cli.find import run_entry, together
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.oms_names import LUMISECTION_ATTRIBUTES
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.conditions import STRIP_FLAGS, TRACKER_FLAGS, Verdict, judge
from dqmtui.model.lstable import OMS, LSTable
from dqmtui.model.run_registry import CAUSE, RR, column_of, registry_source, subsystems_of
from dqmtui.review.oms_source import oms_source
from dqmtui.review.registry import ranges_of, registry_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmtui.cli.work import Work
    from dqmtui.model.keys import RunKey
    from dqmtui.model.run_registry import RegistryRange
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.oms_records import OmsColumns, RateRows
    from dqmtui.services.records import LumisectionRows

ABSENT = "-"
_VERDICTS = {
    Verdict.NOT_LOADED: "not loaded",
    Verdict.NO_ROW: ABSENT,
    Verdict.UNKNOWN: "unknown",
    Verdict.BAD: "bad",
    Verdict.GOOD: "good",
}


async def show(
    work: Work, data: DataLayer, *, run: int, dataset: str | None, with_registry: bool, as_json: bool
) -> None:
    """Print the union of the LS that DIALS, OMS and the trigger rate know; raises Stop and ServiceError.

    The Run Registry adds its columns to these LS `with_registry`.
    """
    entry = await run_entry(work, data, run, dataset)
    ranges: list[RegistryRange] = []
    if with_registry:
        name, ranges = await ranges_of(registry_of(work.settings), run, entry.dataset)
        tell(
            f"run {run} in {name} of the Run Registry"
            if ranges
            else f"the Run Registry has no {run} in {name}"
        )
    lumis = await Lumis.load(data, entry.key)
    said = registry_source(ranges).columns if ranges else {}
    registry = LSTable(entry.key).with_source(RR, registry_source(ranges))
    if lumis.conditions is None:
        tell("OMS is switched off: what it would say is null")
    elif lumis.rates is not None and lumis.rates.name is None:
        tell(f"run {run} has no path {data.rate_path}")
    if as_json:
        rows = lumis.rows()
        for row in rows if ranges else ():
            row.update((f"rr.{name}", _said(registry, name, row["ls"])) for name in said)
        put(json_rows(rows))
        return
    columns = [
        Column(name, [_status(registry, column_of(name), ls) for ls in lumis.ls], least=4)
        for name in subsystems_of(ranges, entry.workspace)
    ]
    work.put_table(aligned([*lumis.columns(), *columns], work.table_width))


def _said(table: LSTable, column: str, ls: int) -> object:
    row = table.row(ls)
    return None if row is None else table.column(RR, column).item(row)


def _status(table: LSTable, column: str, ls: int) -> str:
    """Write a status of the Run Registry, with its cause where there is one."""
    status, cause = (_said(table, name, ls) for name in (column, f"{column}{CAUSE}"))
    return f"{_text(status)}{f' ({cause})' if cause else ''}"


class Lumis:
    """What the sources say of a run, a row per LS; `conditions` and `rates` are None when OMS is off."""

    def __init__(
        self, key: RunKey, dials: LumisectionRows, conditions: OmsColumns | None, rates: RateRows | None
    ) -> None:
        self.key = key
        self.conditions = conditions
        self.rates = rates
        counts = zip(dials.th1_count.tolist(), dials.th2_count.tolist(), strict=True)
        self._counts = dict(zip(dials.ls.tolist(), counts, strict=True))
        self._rate: dict[int, float] = {}
        if rates is not None:
            self._rate = dict(zip(rates.ls.tolist(), rates.rate_hz.tolist(), strict=True))
        numbers = conditions.columns.get("lumisection_number", []) if conditions is not None else []
        # of an LS that OMS has twice, the later record counts
        self._oms_row = {int(ls): row for row, ls in enumerate(numbers) if isinstance(ls, int | float)}
        self.ls = sorted({*self._counts, *self._rate, *self._oms_row})

    @classmethod
    async def load(cls, data: DataLayer, key: RunKey) -> Lumis:
        """Ask all sources side by side; raises when one of them fails, so that no table is half a table."""
        dials: list[LumisectionRows] = []
        conditions: list[OmsColumns] = []
        rates: list[RateRows] = []

        async def ask_dials() -> None:
            dials.append(await data.lumisections(key))

        async def ask_oms() -> None:
            conditions.append(await data.conditions(key.run))

        async def ask_rates() -> None:
            rates.append(await data.rates(key.run))

        if not data.has_oms:
            await ask_dials()
            return cls(key, dials[0], None, None)
        await together(ask_dials(), ask_oms(), ask_rates())
        return cls(key, dials[0], conditions[0], rates[0])

    def rows(self) -> list[dict[str, Any]]:
        """Give a row per LS: what DIALS has, the trigger rate, then OMS's attributes by their OMS names."""
        given = {} if self.conditions is None else self.conditions.columns
        names = dict.fromkeys([*LUMISECTION_ATTRIBUTES, *given])
        rows = []
        for ls in self.ls:
            th1, th2 = self._counts.get(ls, (None, None))
            at = self._oms_row.get(ls)
            attributes = {
                name: given[name][at] if at is not None and name in given else None for name in names
            }
            rows.append(
                {
                    "ls": ls,
                    "in_dials": ls in self._counts,
                    "in_oms": None if self.conditions is None else at is not None,
                    "th1_count": th1,
                    "th2_count": th2,
                    "rate_hz": self._rate.get(ls),
                    **attributes,
                }
            )
        return rows

    def columns(self) -> list[Column]:
        """Give the columns of the table for people, those of OMS only when it was asked."""
        counts = [self._counts.get(ls, (None, None)) for ls in self.ls]
        columns = [
            Column("LS", [str(ls) for ls in self.ls], right=True),
            Column("DIALS", [_yes(ls in self._counts) for ls in self.ls]),
            Column("1D", [_text(th1) for th1, _ in counts], right=True),
            Column("2D", [_text(th2) for _, th2 in counts], right=True),
        ]
        return columns if self.conditions is None else columns + self._oms_columns(self.conditions)

    def _oms_columns(self, conditions: OmsColumns) -> list[Column]:
        rates = [self._rate.get(ls, float("nan")) for ls in self.ls]
        table = LSTable(self.key).with_source(OMS, oms_source(conditions))
        prescales = conditions.columns.get("prescale_name", [None] * conditions.n_rows)
        return [
            Column("OMS", [_yes(ls in self._oms_row) for ls in self.ls]),
            Column("rate/Hz", [ABSENT if np.isnan(rate) else f"{rate:.1f}" for rate in rates], right=True),
            Column("beams", self._verdicts(table, ["beams_stable"])),
            Column("CMS", self._verdicts(table, ["cms_active"])),
            Column("pixel", self._verdicts(table, TRACKER_FLAGS[:2])),
            Column("strips", self._verdicts(table, STRIP_FLAGS)),
            self._numbers(conditions, "recorded", "recorded_lumi_per_lumisection"),
            self._numbers(conditions, "pileup", "pileup"),
            Column("prescale", self._cells(lambda row: _text(prescales[row])), least=8),
        ]

    def _verdicts(self, table: LSTable, flags: Sequence[str]) -> list[str]:
        verdicts = dict(zip(table.ls.tolist(), judge(table, flags).tolist(), strict=True))
        return [_VERDICTS[Verdict(verdicts.get(ls, Verdict.NO_ROW))] for ls in self.ls]

    def _numbers(self, conditions: OmsColumns, title: str, name: str) -> Column:
        """Write numbers under their unit; where it changes from LS to LS it stands with each of them."""
        common = conditions.units.get(name)
        values = conditions.columns.get(name, [None] * conditions.n_rows)

        def cell(row: int) -> str:
            value = values[row]
            if not isinstance(value, int | float):
                return ABSENT
            unit = None if common else conditions.unit(name, row)
            return f"{value:.4g} {unit}" if unit else f"{value:.4g}"

        return Column(f"{title}/{common}" if common else title, self._cells(cell), right=True)

    def _cells(self, of_row: Callable[[int], str]) -> list[str]:
        """Write a cell per LS from the row that OMS has of it."""
        return [of_row(self._oms_row[ls]) if ls in self._oms_row else ABSENT for ls in self.ls]


def _yes(there: bool) -> str:  # noqa: FBT001 - the value itself is what is written
    return "yes" if there else ABSENT


def _text(value: object) -> str:
    return ABSENT if value is None else str(value)
