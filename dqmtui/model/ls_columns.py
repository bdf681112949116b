"""Every column of the LS table: one typed object each, with a getter from the joined table.

A new column is one more entry of `LS_COLUMNS`. Its values come from a source of the table: what is no
service's is one of the sources that `dqmtui.review.table_views.own_sources` adds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.conditions import DCS_ONLY_FLAGS, STRIP_FLAGS, TRACKER_FLAGS, Verdict, judge
from dqmtui.model.lstable import DIALS, OMS, RATE, Column, LSTable, Source, Values, source_name
from dqmtui.model.masks import ALIASES
from dqmtui.model.states import CellState, SourceState
from dqmtui.model.table_columns import TypedColumn, by_id, fixed, general, short_unit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MODELS, ML_FLAGS = "models", "ml_flags"
"""The source of what anomaly models say, and its column: how many of them flag an LS."""

SCORES = "scores"
"""The source of the scores of the element on screen."""

Read = Callable[[LSTable], Column]


@dataclass(frozen=True, slots=True)
class LSColumn(TypedColumn):
    """A column of the LS table: one of a source, `given` as their two names, or else computed."""

    given: tuple[str, str] = ("", "")
    compute: Read | None = None

    def read(self, table: LSTable) -> Column:
        """Give the values on the rows of a table."""
        return table.column(*self.given) if self.compute is None else self.compute(table)

    def unit_in(self, table: LSTable) -> str:
        """Give its own unit, else the one that came with the values, which are not joined for that."""
        source, name = self.given
        values = table.source(source).columns.get(name)
        return self.unit or short_unit(None if values is None else values.unit)


def from_flags(*flags: str, source: str = OMS) -> Read:
    """Read what flags say together: a `Verdict` in every row, a value where it is good or bad."""

    def read(table: LSTable) -> Column:
        verdict = judge(table, flags, source)
        state = np.full(verdict.size, CellState.ABSENT, dtype=np.uint8)
        state[(verdict == Verdict.GOOD) | (verdict == Verdict.BAD)] = CellState.VALUE
        state[verdict == Verdict.NOT_LOADED] = CellState.NOT_LOADED
        return Column(flags[0], verdict, state)

    return read


def _elements(table: LSTable) -> Column:
    """Add the numbers of one- and two-dimensional elements."""
    one, two = table.column(DIALS, "th1_count"), table.column(DIALS, "th2_count")
    known = one.known & two.known
    values = np.zeros(known.size, dtype=np.int64)
    values[known] = one.values[known].astype(np.int64) + two.values[known].astype(np.int64)
    missing = np.minimum(one.state, two.state)
    return Column("elements", values, np.where(known, CellState.VALUE, missing).astype(np.uint8))


def _livetime(table: LSTable) -> Column:
    """Divide recorded by delivered luminosity, in percent, where something was delivered."""
    recorded = table.column(OMS, ALIASES["lumi"])
    delivered = table.column(OMS, ALIASES["delivered"])
    part, whole = recorded.floats(), delivered.floats()
    known = (whole > 0) & ~np.isnan(part) & (recorded.unit == delivered.unit)
    percent = np.full(known.size, np.nan)
    percent[known] = 100 * part[known] / whole[known]
    missing = np.where(recorded.known, delivered.state, recorded.state)
    missing = np.where(missing == CellState.VALUE, CellState.ABSENT, missing)
    return Column("live", percent, np.where(known, CellState.VALUE, missing).astype(np.uint8), "%")


def _number(id_: str, title: str, width: int, digits: int, what: str, name: str = "") -> LSColumn:
    """Make a column of numbers of OMS."""
    return LSColumn(id_, title, width, what, write=fixed(digits), given=(OMS, name or id_))


def _time(id_: str, title: str, what: str) -> LSColumn:
    """Make a column of times of OMS, written without their date."""
    date = len("2024-06-08T")
    return LSColumn(id_, title, len("14:22:33Z"), what, right=False, skip=date, given=(OMS, id_))


def _text(id_: str, title: str, width: int, what: str, name: str = "") -> LSColumn:
    """Make a column of texts of OMS."""
    return LSColumn(id_, title, width, what, right=False, given=(OMS, name or id_))


def _flag(id_: str, title: str, what: str, *flags: str) -> LSColumn:
    """Make a column of a flag of OMS, or of several that must all be true."""
    return LSColumn(id_, title, max(2, len(title)), what, flag=True, compute=from_flags(*(flags or (id_,))))


_DETECTORS = {
    "bpix": "barrel pixel",
    "fpix": "forward pixel",
    "tibtid": "strip inner barrel and discs",
    "tob": "strip outer barrel",
    "tecp": "strip endcap +",
    "tecm": "strip endcap -",
    "ebp": "ECAL barrel +",
    "ebm": "ECAL barrel -",
    "eep": "ECAL endcap +",
    "eem": "ECAL endcap -",
    "esp": "ECAL preshower +",
    "esm": "ECAL preshower -",
    "hbhea": "HCAL barrel and endcap a",
    "hbheb": "HCAL barrel and endcap b",
    "hbhec": "HCAL barrel and endcap c",
    "hf": "HCAL forward",
    "ho": "HCAL outer",
    "dtp": "DT +",
    "dtm": "DT -",
    "dt0": "DT 0",
    "cscp": "CSC +",
    "cscm": "CSC -",
    "rpc": "RPC",
    "gem": "GEM",
    "gemp": "GEM +",
    "gemm": "GEM -",
    "castor": "CASTOR",
    "zdc": "ZDC",
}
_READY = "_ready"

LS_COLUMNS: tuple[LSColumn, ...] = (
    LSColumn("elements", "ME", 3, "monitoring elements that DIALS has", compute=_elements),
    LSColumn("th1_count", "1D", 3, "1D elements that DIALS has", given=(DIALS, "th1_count")),
    LSColumn("th2_count", "2D", 3, "2D elements that DIALS has", given=(DIALS, "th2_count")),
    LSColumn("rate", "rate", 7, "trigger rate", unit="Hz", write=fixed(2), given=(RATE, "rate_hz")),
    _number("pileup", "PU", 4, 1, "mean pileup: interactions per crossing"),
    _number("delivered", "deliv", 9, 3, "luminosity delivered in the LS", ALIASES["delivered"]),
    _number("lumi", "rec", 7, 3, "luminosity recorded in the LS", ALIASES["lumi"]),
    LSColumn(
        "live", "live", 5, "recorded of delivered luminosity", unit="%", write=fixed(1), compute=_livetime
    ),
    _flag("beams", "bm", "stable beams and CMS active", "beams_stable", "cms_active"),
    _flag("pixel", "px", "pixel ready: BPix and FPix", *TRACKER_FLAGS[:2]),
    _flag("strips", "st", "strips ready: TIB/TID, TOB, TEC+, TEC-", *STRIP_FLAGS),
    _flag("tracker", "trk", "tracker ready: pixel and strips", *TRACKER_FLAGS),
    _flag("dcs", "dcs", "good for the DCS-only JSON", *DCS_ONLY_FLAGS),
    LSColumn(
        *("score", "score", 6, "score of the element on screen (s)"),
        write=fixed(1),
        given=(SCORES, "score"),
    ),
    LSColumn(
        ML_FLAGS,
        "ML",
        3,
        "anomaly models that flag the LS",
        given=(MODELS, ML_FLAGS),
    ),
    LSColumn("fill", "fill", 5, "LHC fill", given=(OMS, ALIASES["fill"])),
    _text("prescale", "prescale", 10, "prescale column", ALIASES["prescale"]),
    LSColumn("prescale_index", "psi", 3, "prescale index", given=(OMS, "prescale_index")),
    _flag("beams_stable", "stbl", "stable beams"),
    _flag("beam1_present", "b1", "beam 1 present"),
    _flag("beam2_present", "b2", "beam 2 present"),
    _flag("beam1_stable", "b1s", "beam 1 stable"),
    _flag("beam2_stable", "b2s", "beam 2 stable"),
    _flag("cms_active", "act", "CMS active"),
    _flag("physics_flag", "phys", "physics declared"),
    *(_flag(name + _READY, name, f"{what} ready") for name, what in _DETECTORS.items()),
    _flag("rp_sect_45_ready", "rp45", "roman pots, sector 45, ready"),
    _flag("rp_sect_56_ready", "rp56", "roman pots, sector 56, ready"),
    _flag("rp_time_ready", "rpt", "roman pots, timing, ready"),
    _number("delivered_lumi", "fill dl", 9, 3, "luminosity delivered in the fill so far"),
    _number("recorded_lumi", "fill rc", 9, 3, "luminosity recorded in the fill so far"),
    _number("init_lumi", "L begin", 9, 3, "instantaneous luminosity when the LS began"),
    _number("end_lumi", "L end", 9, 3, "instantaneous luminosity when the LS ended"),
    _time("start_time", "start", "when the LS began, UTC"),
    _time("end_time", "end", "when the LS ended, UTC"),
)
"""All columns that are known by name, in the order in which they are offered."""

USUAL_LS_COLUMNS = (
    *("elements", "rate", "pileup", "delivered", "beams", "pixel", "strips", "fill", "prescale"),
)
"""What stands in the table as long as nobody has chosen."""

COMPUTED = ("elements", "live")
"""Ids of columns that are made of others, and are no flags."""

BY_ID = by_id(LS_COLUMNS)
_COVERED = frozenset(
    {*BY_ID, *ALIASES.values(), "rate_hz", "lumisection_number", "run_number"},
)
_NARROWEST, _WIDEST = 4, 20


def ls_columns_of(table: LSTable) -> Mapping[str, LSColumn]:
    """Give all columns that a table can show, by id: those known by name, then what else has come."""
    found = dict(BY_ID)
    for source, known in table.sources.items():
        for name in known.columns:
            if name not in _COVERED and name not in found:
                found[name] = _other(table, source, name)
    return found


def with_computed(table: LSTable, names: Collection[str]) -> LSTable:
    """Give the table with those columns as a source that no service has but that are named."""
    made = {
        column.id: column.read(table) for column in LS_COLUMNS if column.id in COMPUTED and column.id in names
    }
    if not made:
        return table
    columns = {name: Values(one.values, one.known, one.unit) for name, one in made.items()}
    return table.with_source("computed", Source(table.ls, columns, SourceState.LOADED))


def _other(table: LSTable, source: str, name: str) -> LSColumn:
    """Make a column of what nobody has described."""
    given = table.source(source).columns[name].values
    what = f"{name} of {source_name(source)}"
    if given.dtype == np.bool_:
        return LSColumn(
            name, name[:_NARROWEST], _NARROWEST, what, flag=True, compute=from_flags(name, source=source)
        )
    width = min(max(len(name), _NARROWEST), _WIDEST)
    is_number = given.dtype != object
    return LSColumn(name, name, width, what, right=is_number, write=general, given=(source, name))
