"""`dqmtui golden merge` and `compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.notes_desk import ended_well, put_out
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.export.fetch import fetcher
from dqmtui.export.golden import read_golden
from dqmtui.model.certification import write_certification
from dqmtui.model.golden import combine, compare
from dqmtui.services.transport_options import TransportOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmtui.cli.work import Work
    from dqmtui.model.certification import Certification
    from dqmtui.model.golden import Difference
    from dqmtui.model.lsmask import LSMask


def merge(
    work: Work,
    *,
    places: Sequence[str],
    how: str,
    output: Path | None,
    force: bool,
    as_json: bool,  # noqa: ARG001 - a mask is JSON either way
) -> None:
    """Print certifications put together; raises Stop."""
    with ended_well():
        certifications = [read_certification_of(work, place) for place in places]
        put_out(write_certification(combine(certifications, how)), output, force=force)


def compare_two(work: Work, *, first: str, second: str, runs: Sequence[int], as_json: bool) -> None:
    """Print in which LS two certifications differ, run by run; raises Stop."""
    with ended_well():
        found = compare(read_certification_of(work, first), read_certification_of(work, second))
    found = [one for one in found if not runs or one.run in runs]
    different = [one for one in found if not one.is_same]
    if as_json:
        put(json_rows(map(_fields, different)))
    elif different:
        columns = [
            Column("run", [str(one.run) for one in different], right=True),
            Column("LS in both", [_count(one.both) for one in different], right=True),
            Column("in the first alone", [str(one.first_only) for one in different], least=18),
            Column("in the second alone", [str(one.second_only) for one in different], least=19),
        ]
        work.put_table(aligned(columns, work.table_width))
    tell(f"{len(found)} runs compared, {len(different)} are different")


def read_certification_of(work: Work, place: str) -> Certification:
    """Read a certification JSON, of a file or an address; raises Stop and ExportError."""
    return read_golden(existing(place), fetch_of(work))


def fetch_of(work: Work) -> Callable[[str], bytes]:
    """Give what gets files of addresses, trusting whom the settings trust."""
    settings = work.settings
    return fetcher(TransportOptions(ca_bundle=settings.ca_bundle, insecure=settings.insecure))


def existing(place: str) -> str:
    """Give the place of a file that is there, or an address; raises Stop."""
    try:
        is_there = place.startswith(("http://", "https://")) or Path(place).expanduser().exists()
    except RuntimeError:
        # of a person whom this machine does not know
        is_there = False
    if not is_there:
        raise Stop(Exit.NOT_FOUND, f"There is no file {place}.")
    return place


def _count(mask: LSMask) -> str:
    return "no end" if mask.is_open else str(len(mask))


def _fields(one: Difference) -> dict[str, object]:
    return {
        "run_number": one.run,
        "both": one.both.to_json(),
        "first_only": one.first_only.to_json(),
        "second_only": one.second_only.to_json(),
    }
