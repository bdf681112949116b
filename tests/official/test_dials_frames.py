"""Frames: the parquet files of our cache are what `to_pandas()` of cmsdials gives, column by column."""

from __future__ import annotations

import importlib
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.model.keys import HistogramKey, RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.review.histograms import rows_of
from dqmtui.store.frame_parquet import frame_bytes
from dqmtui.store.frames import Coverage, Frame, FrameKey
from tests.official.clients import HUGE_HOLE, SHORT, WORKSPACE, Ours, Place, everything

pd: Any = importlib.import_module("pandas")

if TYPE_CHECKING:
    from dqmtui.services.records import Dataset

ONE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
TWO = "PixelPhase1/Tracks/clusterposition_zphi_ontrack"


async def dataset_of(ours: Ours, place: Place) -> Dataset:
    dataset_id = await ours.dataset_id(place)
    (found,) = [row for row in await ours.dials.datasets(WORKSPACE) if row.dataset_id == dataset_id]
    return found


async def our_frame(ours: Ours, place: Place, name: str) -> Any:
    """Read a run with our client, write it as the cache does, and read that as a notebook does."""
    (element,) = await ours.dials.mes(WORKSPACE, name=name)
    dataset = await dataset_of(ours, place)
    pages = [
        page
        async for page in ours.dials.histogram_pages(WORKSPACE, dataset.dataset_id, place.run, element)
        if page.ls.size
    ]
    run = RunKey(WORKSPACE, dataset.dataset_id, place.run)
    key = FrameKey.of(HistogramKey(run, element.me_id), element, dataset.dataset)
    files = {
        ls: file for page in pages for ls, file in zip(page.ls.tolist(), page.file_id.tolist(), strict=True)
    }
    coverage = Coverage(LSMask.all(), complete=True, ls_count=len(files), fetched_at=datetime.now(UTC))
    rows = [rows for page in pages if (rows := rows_of(page)) is not None]
    return pd.read_parquet(io.BytesIO(frame_bytes("demo", Frame.of(key, coverage, rows, files))))


async def their_frame(ours: Ours, theirs: Any, place: Place, name: str) -> Any:
    client = theirs.h1d if name == ONE else theirs.h2d
    dataset_id = await ours.dataset_id(place)
    return everything(client, dataset_id=dataset_id, run_number=place.run, me=name).to_pandas()


@pytest.mark.parametrize(("place", "name"), [(HUGE_HOLE, ONE), (SHORT, ONE), (SHORT, TWO)])
async def test_frames_of_histograms_have_their_columns_types_and_values(
    ours: Ours, theirs: Any, place: Place, name: str
) -> None:
    mine = await our_frame(ours, place, name)
    other = await their_frame(ours, theirs, place, name)
    assert list(mine.columns) == list(other.columns)
    assert len(mine) == len(other) > 0
    for column in mine.columns:
        if column == "data":
            for one, two in zip(mine[column], other[column], strict=True):
                np.testing.assert_array_equal(np.stack(list(one)) if name == TWO else one, np.array(two))
        else:
            assert mine[column].dtype == other[column].dtype, column
            pd.testing.assert_series_equal(mine[column], other[column])


async def test_the_arithmetic_of_notebooks_gives_the_same_on_both(ours: Ours, theirs: Any) -> None:
    mine = await our_frame(ours, SHORT, ONE)
    other = await their_frame(ours, theirs, SHORT, ONE)
    means = [
        [
            np.average(np.arange(int(row.x_bin)), weights=row.data)
            for row in frame.itertuples()
            if sum(row.data)
        ]
        for frame in (mine, other)
    ]
    assert means[0] == means[1] != []


@pytest.mark.parametrize(
    ("records", "lists", "kinds"),
    [
        ("runs", "run", {"ls_count": "int64", "run_number": "int64", "ls_completeness": "float64"}),
        ("files", "file_index", {"file_size": "int64", "status": "str"}),
    ],
)
async def test_frames_of_our_records_have_their_types(
    ours: Ours, theirs: Any, records: str, lists: str, kinds: dict[str, str]
) -> None:
    dataset_id = await ours.dataset_id(SHORT)
    rows = await getattr(ours.dials, records)(WORKSPACE, dataset_id=dataset_id)
    mine = pd.DataFrame([{name: getattr(row, name) for name in row.__slots__} for row in rows])
    other = everything(getattr(theirs, lists), dataset_id=dataset_id).to_pandas()
    assert set(mine.columns) == set(other.columns)
    for name in mine.columns:
        # whose class stands for UTC makes no difference
        assert str(mine[name].dtype) == str(other[name].dtype), name
    assert {name: str(mine[name].dtype) for name in kinds} == kinds


async def test_lumisections_have_their_types(ours: Ours, theirs: Any) -> None:
    dataset_id = await ours.dataset_id(HUGE_HOLE)
    mine = await ours.dials.lumisections(WORKSPACE, dataset_id, HUGE_HOLE.run)
    other = everything(theirs.lumi, dataset_id=dataset_id, run_number=HUGE_HOLE.run).to_pandas()
    for name, column in (
        ("ls_number", mine.ls),
        ("th1_count", mine.th1_count),
        ("th2_count", mine.th2_count),
    ):
        assert column.dtype == other[name].dtype
        np.testing.assert_array_equal(column, other[name])
