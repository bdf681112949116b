"""Frames and a cache for the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import StackRows
from dqmtui.model.lsmask import LSMask
from dqmtui.store.frames import Coverage, Frame, FrameKey, FramePart

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

URL = "https://cmsdials-api.web.cern.ch/"
ME = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
KEY = FrameKey("tracker", "/ZeroBias/Run2024E-PromptReco-v1/DQMIO", 12, 381065, ME, 7, 1)
EARLY = datetime(2024, 6, 1, 10, 30, tzinfo=UTC)
LATE = EARLY + timedelta(minutes=5)


def part(ls: Iterable[int], shape: tuple[int, ...] = (5,), *, high: float = 10) -> FramePart:
    """Rows with bins that tell them apart."""
    numbers = np.array(list(ls), dtype=np.int64)
    bins = np.arange(int(np.prod(shape)), dtype=np.float32).reshape(shape)
    data = bins + numbers.reshape(-1, *(1 for _ in shape)).astype(np.float32)
    y = Axis(shape[0], -1, 1) if len(shape) > 1 else None
    rows = StackRows(numbers, numbers * 10, data, Axis(shape[-1], 0, high), y)
    return FramePart(rows, numbers + 1000)


def whole(ls: Iterable[int] = (1, 2, 5), *, key: FrameKey = KEY, at: datetime = EARLY) -> Frame:
    """A frame of a run of which everything was read."""
    rows = part(ls, (5,) if key.dim == 1 else (2, 3))
    return Frame(
        key, Coverage(LSMask.all(), complete=True, ls_count=rows.rows.ls.size, fetched_at=at), (rows,)
    )


def partial(ls: Iterable[int], *, at: datetime = EARLY, key: FrameKey = KEY) -> Frame:
    """A frame of a run of which not everything was read."""
    rows = part(ls)
    read = LSMask.from_numbers(rows.rows.ls)
    return Frame(key, Coverage(read, complete=False, ls_count=100, fetched_at=at), (rows,))


def of_element(number: int) -> FrameKey:
    """One key of many."""
    return replace(KEY, me=f"{ME}_{number}", me_id=number)


def files_of(directory: Path, suffix: str = ".parquet") -> list[Path]:
    """The files in their places, not those aside."""
    return sorted(path for path in directory.rglob(f"*{suffix}") if "aside" not in path.parts)


def same(one: Frame, other: Frame) -> bool:
    """Whether two frames hold the same rows, in whichever order."""
    return (one.key, one.coverage) == (other.key, other.coverage) and _rows(one) == _rows(other)


def _rows(frame: Frame) -> dict[int, tuple[object, ...]]:
    return {
        ls: (str(part.rows.x), str(part.rows.y), entries, file_id, bins)
        for part in frame.parts
        for ls, entries, file_id, bins in zip(
            part.rows.ls.tolist(),
            part.rows.entries.tolist(),
            part.file_id.tolist(),
            part.rows.data.tolist(),
            strict=True,
        )
    }
