"""`dqmtui lumis`: the lumisections of a run."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.cli.cut import end_partial, said_if_cut, unless_oms_fails
from dqmtui.cli.find import run_entry, together
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.oms_names import LUMISECTION_ATTRIBUTES
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.conditions import STRIP_FLAGS, TRACKER_FLAGS, Verdict, judge
from dqmtui.model.lstable import OMS, LSTable
from dqmtui.model.run_registry import CAUSE, RR, column_of, registry_source, subsystems_of
from dqmtui.model.states import SourceState
from dqmtui.model.table_columns import head_unit, plain_unit
from dqmtui.review.oms_source import oms_source
from dqmtui.review.registry import ranges_of, registry_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from dqmtui.cli.work import Work
    from dqmtui.model.keys import RunKey
    from dqmtui.model.run_registry import RegistryRange
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.errors import ServiceError
    from dqmtui.services.oms_records import OmsColumns, RateRows
    from dqmtui.services.records import LumisectionRows

ABSENT, NOT_LOADED = "-", "not loaded"
OMS_IN_WORDS, RATE_IN_WORDS = "what OMS has of the lumisections", "the trigger rate"
_VERDICTS = {
    Verdict.NOT_LOADED: NOT_LOADED,
    Verdict.NO_ROW: ABSENT,
    Verdict.UNKNOWN: "unknown",
    Verdict.BAD: "bad",
    Verdict.GOOD: "good",
}


async def show(
    work: Work, data: DataLayer, *, run: int, dataset: str | None, with_registry: bool, as_json: bool
) -> None:
    """Print the union of the LS that DIALS, OMS and the trigger rate know; raises Stop and ServiceError.

    The Run Registry adds its columns to these LS `with_registry`. Where OMS fails, what came is printed
    before that is raised.
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
    if not data.has_oms:
        tell("OMS is switched off: what it would say is null")
    elif lumis.rates is not None and lumis.rates.name is None:
        tell(f"run {run} has no path {data.rate_path}")
    if as_json:
        rows = lumis.rows()
        for row in rows if ranges else ():
            row.update((f"rr.{name}", _said(registry, name, row["ls"])) for name in said)
        put(json_rows(rows))
    else:
        columns = [
            Column(name, [_status(registry, column_of(name), ls) for ls in lumis.ls], least=4)
            for name in subsystems_of(ranges, entry.workspace)
        ]
        work.put_table(aligned([*lumis.columns(), *columns], work.table_width))
    end_partial([*lumis.failed.values()], f"{' and '.join(lumis.failed)} did not come")


def _said(table: LSTable, column: str, ls: int) -> object:
    row = table.row(ls)
    return None if row is None else table.column(RR, column).item(row)


def _status(table: LSTable, column: str, ls: int) -> str:
    """Write a status of the Run Registry, with its cause where there is one."""
    status, cause = (_said(table, name, ls) for name in (column, f"{column}{CAUSE}"))
    return f"{_text(status)}{f' ({cause})' if cause else ''}"


class Lumis:
    """What the sources say of a run, a row per LS; `conditions` and `rates` are None when they did not come.

    `cut` names those of the two, oms and rate, of which OMS has sent a part, or nothing: an LS that they lack
    is not known to be absent. `failed` says in words what did not come, and why.
    """

    def __init__(
        self,
        key: RunKey,
        dials: LumisectionRows,
        conditions: OmsColumns | None,
        rates: RateRows | None,
        cut: Collection[str] = (),
        failed: Mapping[str, ServiceError] = MappingProxyType({}),
    ) -> None:
        self.key = key
        self.failed = failed
        self._none = {name: NOT_LOADED if name in cut else ABSENT for name in ("oms", "rate")}
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
        """Ask all sources side by side; raises when DIALS fails.

        Where OMS leaves records out, that is said, and stands in the table; so does what does not come.
        """
        dials: list[LumisectionRows] = []
        conditions: list[OmsColumns | None] = []
        rates: list[RateRows | None] = []
        failed: dict[str, ServiceError] = {}

        async def ask_dials() -> None:
            dials.append(await data.lumisections(key))

        cut: dict[str, str] = {}

        async def ask_oms() -> None:
            asked = said_if_cut(data.conditions(key.run), lambda why: cut.update(oms=why))
            conditions.append(await unless_oms_fails(asked, partial(lost, "oms", OMS_IN_WORDS)))

        async def ask_rates() -> None:
            asked = said_if_cut(data.rates(key.run), lambda why: cut.update(rate=why))
            rates.append(await unless_oms_fails(asked, partial(lost, "rate", RATE_IN_WORDS)))

        def lost(name: str, words: str, why: ServiceError) -> None:
            cut[name], failed[words] = why.message, why

        if not data.has_oms:
            await ask_dials()
            return cls(key, dials[0], None, None)
        await together(ask_dials(), ask_oms(), ask_rates())
        return cls(key, dials[0], conditions[0], rates[0], cut, failed)

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
                    "in_oms": self._in_oms(at),
                    "th1_count": th1,
                    "th2_count": th2,
                    "rate_hz": self._rate.get(ls),
                    **attributes,
                }
            )
        return rows

    def _in_oms(self, at: int | None) -> bool | None:
        if self.conditions is None or (at is None and self._none["oms"] == NOT_LOADED):
            return None
        return at is not None

    def columns(self) -> list[Column]:
        """Give the columns of the table for people, those of OMS only when it has answered."""
        counts = [self._counts.get(ls, (None, None)) for ls in self.ls]
        columns = [
            Column("LS", [str(ls) for ls in self.ls], right=True),
            Column("DIALS", [_yes(ls in self._counts) for ls in self.ls]),
            Column("1D", [_text(th1) for th1, _ in counts], right=True),
            Column("2D", [_text(th2) for _, th2 in counts], right=True),
        ]
        if self.conditions is not None:
            return columns + self._oms_columns(self.conditions)
        return columns if self.rates is None else [*columns, self._rate_column()]

    def _oms_columns(self, conditions: OmsColumns) -> list[Column]:
        state = SourceState.PARTIAL if self._none["oms"] == NOT_LOADED else SourceState.LOADED
        table = LSTable(self.key).with_source(OMS, replace(oms_source(conditions), state=state))
        prescales = conditions.columns.get("prescale_name", [None] * conditions.n_rows)
        return [
            Column("OMS", self._cells(lambda _: _yes(there=True))),
            self._rate_column(),
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
        missing = Verdict.NOT_LOADED if self._none["oms"] == NOT_LOADED else Verdict.NO_ROW
        return [_VERDICTS[Verdict(verdicts.get(ls, missing))] for ls in self.ls]

    def _rate_column(self) -> Column:
        return Column("rate/Hz", list(map(self._rate_cell, self.ls)), right=True)

    def _rate_cell(self, ls: int) -> str:
        if ls not in self._rate:
            return self._none["rate"]
        rate = self._rate[ls]
        return ABSENT if np.isnan(rate) else f"{rate:.1f}"

    def _numbers(self, conditions: OmsColumns, title: str, name: str) -> Column:
        """Write numbers under their unit; where it changes from LS to LS it stands with each of them."""
        common = conditions.units.get(name)
        values = conditions.columns.get(name, [None] * conditions.n_rows)

        def cell(row: int) -> str:
            value = values[row]
            if not isinstance(value, int | float):
                return ABSENT
            unit = "" if common else plain_unit(conditions.unit(name, row))
            return f"{value:.4g} {unit}" if unit else f"{value:.4g}"

        unit = head_unit(common)
        return Column(f"{title}/{unit}" if unit else title, self._cells(cell), right=True)

    def _cells(self, of_row: Callable[[int], str]) -> list[str]:
        """Write a cell per LS from the row that OMS has of it."""
        none = self._none["oms"]
        return [of_row(self._oms_row[ls]) if ls in self._oms_row else none for ls in self.ls]


def _yes(there: bool) -> str:  # noqa: FBT001 - the value itself is what is written
    return "yes" if there else ABSENT


def _text(value: object) -> str:
    return ABSENT if value is None else str(value)
