"""Values of OMS as texts for people, with the units that came with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.services.oms_records import OmsValue

ABSENT = "-"


def cell(value: OmsValue, unit: str | None = None) -> str:
    """Write a value, with its unit when one is given; null and what is absent become "-"."""
    match value:
        case None:
            return ABSENT
        case bool():
            return str(value).lower()
        case float():
            text = f"{value:.6g}"
        case list():
            text = " ".join(cell(item) for item in value) or ABSENT
        case dict():
            text = ", ".join(f"{name} {cell(item)}" for name, item in value.items())
        case _:
            text = str(value)
    return f"{text} {unit}" if unit else text


def moment(value: OmsValue) -> str:
    """Write a time of OMS, which is in UTC, without its T and Z."""
    return value.replace("T", " ").removesuffix("Z") if isinstance(value, str) else ABSENT


def duration(value: OmsValue) -> str:
    """Write a number of seconds as hours, minutes and seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ABSENT
    seconds = round(value)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def recorded_share(attributes: Mapping[str, OmsValue], units: Mapping[str, str]) -> float | None:
    """Give the share of the delivered luminosity that was recorded, None where it cannot be told."""
    delivered, recorded = attributes.get("delivered_lumi"), attributes.get("recorded_lumi")
    if not isinstance(delivered, int | float) or not isinstance(recorded, int | float) or delivered <= 0:
        return None
    return recorded / delivered if units.get("delivered_lumi") == units.get("recorded_lumi") else None
