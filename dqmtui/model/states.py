"""The three states of a value, and what is known of where it comes from."""

from __future__ import annotations

from enum import Enum, IntEnum


class CellState(IntEnum):
    """A value is there, is known to be absent, or has not been loaded; the three are never confused."""

    NOT_LOADED = 0
    ABSENT = 1
    VALUE = 2
    OTHER_BINNING = 3
    """A histogram is there, but its axes differ from those of the other LS: it cannot stand beside them."""


class SourceState(Enum):
    """How far a source of columns has come."""

    NOT_LOADED = "not loaded"
    LOADING = "loading"
    PARTIAL = "partial"
    LOADED = "loaded"
    FAILED = "failed"
    OFF = "off"
