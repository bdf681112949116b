"""What the data-taking conditions say of each lumisection."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import OMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dqmtui.model.lstable import LSTable

TRACKER_FLAGS = ("bpix_ready", "fpix_ready", "tibtid_ready", "tob_ready", "tecp_ready", "tecm_ready")
"""DCS flags of the pixel and strip tracker, by their OMS names."""

DCS_ONLY_FLAGS = (*TRACKER_FLAGS, "cms_active", "beams_stable")
"""All that must be true for the official DCS-only JSON; checked against 28 runs of 2024E."""

STRIP_FLAGS = TRACKER_FLAGS[2:]

_IN_WORDS = {
    "bpix_ready": ("BPix", "ready"),
    "fpix_ready": ("FPix", "ready"),
    "tibtid_ready": ("TIB/TID", "ready"),
    "tob_ready": ("TOB", "ready"),
    "tecp_ready": ("TEC+", "ready"),
    "tecm_ready": ("TEC-", "ready"),
    "cms_active": ("CMS", "active"),
    "beams_stable": ("beams", "stable"),
}
_READY = "_ready"


def flag_in_words(flag: str, *, known: bool = True) -> str:
    """Say that a flag, by its OMS name, is false, or that it is not `known`."""
    plain = flag.removeprefix(f"{OMS}.")
    if plain in _IN_WORDS:
        what, state = _IN_WORDS[plain]
    elif plain.endswith(_READY):
        what, state = plain.removesuffix(_READY), "ready"
    else:
        return f"not {flag}" if known else f"{flag} not known"
    return f"{what} not {state}" if known else f"{what} unknown if {state}"


class Verdict(IntEnum):
    """What a set of flags says of a lumisection."""

    NOT_LOADED = 0
    NO_ROW = 1
    UNKNOWN = 2
    BAD = 3
    GOOD = 4


def judge(table: LSTable, flags: Sequence[str], source: str = OMS) -> NDArray[np.uint8]:
    """Give the `Verdict` of all flags together per LS, shape (n,).

    One false flag makes it BAD; with none false, a null flag, or a value that is no flag, makes it UNKNOWN.
    """
    rows = table.has_row(source)
    columns = [table.column(source, flag) for flag in flags]
    false = np.any([column.is_false() for column in columns], axis=0)
    unknown = ~np.all([column.is_true() for column in columns], axis=0)
    verdict = np.full(table.ls.size, Verdict.GOOD, dtype=np.uint8)
    verdict[unknown] = Verdict.UNKNOWN
    verdict[false] = Verdict.BAD
    verdict[rows.known & ~rows.is_true()] = Verdict.NO_ROW
    verdict[~rows.known] = Verdict.NOT_LOADED
    return verdict


def flags_mask(table: LSTable, flags: Sequence[str], source: str = OMS) -> LSMask:
    """Give the LS in which every flag is known and true; a null flag is not good."""
    return LSMask.from_numbers(table.ls[judge(table, flags, source) == Verdict.GOOD])


def dcs_only_mask(table: LSTable) -> LSMask:
    """Give the DCS-only mask: all tracker `*_ready` and cms_active and beams_stable."""
    return flags_mask(table, DCS_ONLY_FLAGS)
