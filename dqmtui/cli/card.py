"""`dqmtui run`: the whole card of a run."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from dqmtui.cli.cut import unless_oms_fails
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import together
from dqmtui.cli.json_text import json_object
from dqmtui.cli.oms_text import ABSENT, cell, duration, moment, recorded_share
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.table_columns import plain_unit
from dqmtui.model.text import harmless
from dqmtui.services.errors import BadReply, ServiceDown
from dqmtui.services.oms_grammar import OmsQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmtui.cli.work import Work
    from dqmtui.review.clients import Clients
    from dqmtui.services.errors import ServiceError
    from dqmtui.services.oms import OmsClient
    from dqmtui.services.oms_records import Deadtime, OmsRecord, PrescaleChange

# What an attribute is measured in where OMS names no unit, which is seldom.
_UNITS = {
    "b_field": "T",
    "energy": "GeV",
    "l1_rate": "Hz",
    "hlt_physics_rate": "Hz",
    "beamactive_total_deadtime": "%",
}
_NAMES_WIDTH = 20
_DEADTIMES = ("beamactive", "overall")


@dataclass(slots=True)
class Card:
    """What OMS says of a run: its record, that of its fill, its deadtimes and its prescale changes.

    `deadtimes` and `changes` are None where they did not come; `failed` says what did not, and why.
    """

    run: OmsRecord
    fill: OmsRecord | None = None
    deadtimes: Mapping[str, Deadtime] | None = None
    changes: Sequence[PrescaleChange] | None = None
    failed: dict[str, ServiceError] = field(default_factory=dict)

    @classmethod
    async def load(cls, oms: OmsClient, number: int) -> Card:
        """Ask for all of it side by side; what fails besides the run's own record is missing.

        Raises Stop for a run that OMS does not know, and ServiceError.
        """
        try:
            runs = (await oms.query(OmsQuery("runs").where("run_number", "EQ", number))).records
        except (ServiceDown, BadReply):
            tell(f"OMS alone has the card; `dqmtui runs --run {number} --oms-route off` shows what DIALS has")
            raise
        if not runs:
            raise Stop(Exit.NOT_FOUND, f"OMS has no run {number}")
        card = cls(runs[0])

        async def ask_fill() -> None:
            fill = card.run.attributes.get("fill_number")
            if isinstance(fill, int):
                asked = oms.query(OmsQuery("fills").where("fill_number", "EQ", fill))
                found = await unless_oms_fails(asked, partial(lost, "its fill"))
                card.fill = found.records[0] if found is not None and found.records else None

        async def ask_deadtimes() -> None:
            card.deadtimes = await unless_oms_fails(oms.deadtimes(number), partial(lost, "its deadtimes"))

        async def ask_changes() -> None:
            asked = oms.prescale_changes(number)
            card.changes = await unless_oms_fails(asked, partial(lost, "its prescale changes"))

        def lost(what: str, why: ServiceError) -> None:
            card.failed[what] = why

        await together(ask_fill(), ask_deadtimes(), ask_changes())
        return card

    def fields(self) -> dict[str, Any]:
        """Give everything as it came, by the names of OMS."""
        return {
            "run": _record_fields(self.run),
            "fill": None if self.fill is None else _record_fields(self.fill),
            "deadtimes": None
            if self.deadtimes is None
            else {name: asdict(one) for name, one in self.deadtimes.items()},
            "prescale_changes": None if self.changes is None else [asdict(change) for change in self.changes],
        }


async def show(work: Work, clients: Clients, *, run: int, as_json: bool) -> None:
    """Print the card of a run; raises Stop when OMS does not know it, and ServiceError.

    What came of it is printed before that is raised.
    """
    card = await Card.load(clients.need_oms(), run)
    if as_json:
        put(json_object(card.fields()))
    else:
        _put_lines(card, run, work.table_width)
    if card.failed:
        tell(f"partial: of run {run} did not come: {', '.join(card.failed)}; ask again later")
        raise next(iter(card.failed.values()))


def _put_lines(card: Card, run: int, width: int | None) -> None:
    lines = _pairs(f"run {run}", _run_pairs(card.run), width)
    if card.fill is not None:
        lines += _pairs(
            f"fill {cell(card.fill.attributes.get('fill_number'))}", _fill_pairs(card.fill), width
        )
    for title, made in (
        ("deadtimes", None if card.deadtimes is None else _deadtime_lines(card.deadtimes, width)),
        ("prescale changes", None if card.changes is None else _change_lines(card.changes, width)),
    ):
        lines += [title, "  did not come"] if made is None else made
    put("".join(f"{line}\n" for line in lines))


def _record_fields(record: OmsRecord) -> dict[str, Any]:
    return {**record.attributes, "units": record.units}


def _with_unit(record: OmsRecord, name: str) -> str:
    return cell(record.attributes.get(name), plain_unit(record.units.get(name)) or _UNITS.get(name))


def _run_pairs(run: OmsRecord) -> list[tuple[str, str]]:
    of = run.attributes
    stable = {"true": "stable", "false": "not stable"}.get(cell(of.get("stable_beam")), "unknown if stable")
    share = recorded_share(of, run.units)
    recorded = _with_unit(run, "recorded_lumi") + ("" if share is None else f" ({share:.1%} of delivered)")
    components = of.get("components")
    number = len(components) if isinstance(components, list) else 0
    return [
        ("fill", cell(of.get("fill_number"))),
        ("era", cell(of.get("era"))),
        ("sequence", cell(of.get("sequence"))),
        ("start (UTC)", moment(of.get("start_time"))),
        ("end (UTC)", moment(of.get("end_time")) if of.get("end_time") else "still being taken"),
        ("duration", duration(of.get("duration"))),
        ("last LS", cell(of.get("last_lumisection_number"))),
        ("beams", f"{cell(of.get('fill_type_runtime')).lower()}, {stable}, {_with_unit(run, 'energy')}"),
        ("B field", _with_unit(run, "b_field")),
        ("delivered lumi", _with_unit(run, "delivered_lumi")),
        ("recorded lumi", recorded),
        ("lumi, begin and end", f"{_with_unit(run, 'init_lumi')}, {_with_unit(run, 'end_lumi')}"),
        ("L1 rate", _with_unit(run, "l1_rate")),
        ("HLT physics rate", _with_unit(run, "hlt_physics_rate")),
        ("deadtime in beam", _with_unit(run, "beamactive_total_deadtime")),
        ("L1 key", cell(of.get("l1_key"))),
        ("L1 menu", cell(of.get("l1_menu"))),
        ("HLT key", cell(of.get("hlt_key"))),
        ("L1 and HLT mode", cell(of.get("l1_hlt_mode"))),
        ("CMSSW", cell(of.get("cmssw_version"))),
        (f"components ({number})", cell(components)),
        ("components out", cell(of.get("components_out"))),
    ]


def _fill_pairs(fill: OmsRecord) -> list[tuple[str, str]]:
    of = fill.attributes
    return [
        (
            "stable beams (UTC)",
            f"{moment(of.get('start_stable_beam'))} to {moment(of.get('end_stable_beam'))}",
        ),
        ("bunches colliding", cell(of.get("bunches_colliding"))),
        ("injection scheme", cell(of.get("injection_scheme"))),
        ("beta*", _with_unit(fill, "beta_star")),
        ("crossing angle", _with_unit(fill, "crossing_angle")),
        ("peak lumi", _with_unit(fill, "peak_lumi")),
        ("peak pileup", _with_unit(fill, "peak_pileup")),
        ("delivered lumi", _with_unit(fill, "delivered_lumi")),
        ("recorded lumi", _with_unit(fill, "recorded_lumi")),
        ("runs", f"{cell(of.get('first_run_number'))} to {cell(of.get('last_run_number'))}"),
    ]


def _pairs(title: str, pairs: Sequence[tuple[str, str]], width: int | None) -> list[str]:
    """Write names and values under a title; a value with no room goes on below."""
    lines = [title]
    for name, value in pairs:
        head = f"  {name.ljust(_NAMES_WIDTH)}  "
        room = max(20, width - len(head)) if width else 10**6
        parts = textwrap.wrap(harmless(value), room, break_on_hyphens=False) or [ABSENT]
        lines += [head + parts[0], *(" " * len(head) + part for part in parts[1:])]
    return lines


def _deadtime_lines(deadtimes: Mapping[str, Deadtime], width: int | None) -> list[str]:
    """Write the shares of deadtime, those with beam beside those of the whole run."""
    kinds = dict.fromkeys(
        name.removeprefix(f"{when}_")
        for name in deadtimes
        for when in _DEADTIMES
        if name.startswith(f"{when}_")
    )
    if not kinds:
        return ["deadtimes", "  OMS has none of this run"]

    def shares(when: str) -> list[str]:
        of = [deadtimes.get(f"{when}_{kind}") for kind in kinds]
        return [ABSENT if one is None or one.percent is None else f"{one.percent:.2f} %" for one in of]

    columns = [
        Column("kind", [kind.removesuffix("_deadtime").replace("_", " ") for kind in kinds]),
        Column("with beam", shares("beamactive"), right=True),
        Column("whole run", shares("overall"), right=True),
    ]
    return _table("deadtimes", columns, width)


def _change_lines(changes: Sequence[PrescaleChange], width: int | None) -> list[str]:
    if not changes:
        return ["prescale changes", "  OMS has none of this run"]
    columns = [
        Column("from LS", [str(change.lumisection_number) for change in changes], right=True),
        Column("column", [cell(change.new_prescale_index) for change in changes], right=True),
        Column("prescale", [cell(change.new_prescale_name) for change in changes], least=12),
        Column("column before", [cell(change.old_prescale_index) for change in changes], right=True),
    ]
    return _table("prescale changes", columns, width)


def _table(title: str, columns: Sequence[Column], width: int | None) -> list[str]:
    """Write a table under a title."""
    return [title, *(f"  {line}" for line in aligned(columns, width and width - 2).lines)]
