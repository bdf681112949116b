"""A frame is a parquet file that gives back what went in, to the program and to a notebook."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from cmsdials.clients.h1d.models import LumisectionHistogram1D, PaginatedLumisectionHistogram1DList
from cmsdials.clients.h2d.models import LumisectionHistogram2D, PaginatedLumisectionHistogram2DList
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pyarrow import parquet

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import StackRows
from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.store.frame_parquet import frame_bytes, read_about, read_frame
from dqmtui.store.frames import About, Coverage, Frame, FrameError, FrameKey, FramePart
from tests.store.cached import EARLY, KEY, LATE, part, partial, same, whole

if TYPE_CHECKING:
    from dqmtui.store.cache import Cache, ServiceCache

# pandas brings no types
pd = pytest.importorskip("pandas")

SERVICE = "https://dials.example"
ROOT = Path(__file__).parents[2]

INT64 = st.integers(-(2**63), 2**63 - 1)
LS = st.integers(1, 2**31 - 2)


@st.composite
def parts(draw: st.DrawFn, dim: int, numbers: list[int]) -> FramePart:
    shape = tuple(draw(st.lists(st.integers(1, 6), min_size=dim, max_size=dim)))
    bins = st.floats(allow_nan=False, allow_infinity=False, width=32)
    data = draw(
        hnp.arrays(draw(st.sampled_from(["float32", "float64"])), (len(numbers), *shape), elements=bins)
    )
    low, high = sorted(draw(st.lists(st.integers(-1000, 1000), min_size=2, max_size=2, unique=True)))
    y = Axis(shape[0], low / 7, high / 7) if dim > 1 else None
    n = len(numbers)
    entries, file_id = (np.array(draw(st.lists(INT64, min_size=n, max_size=n)), np.int64) for _ in range(2))
    rows = StackRows(np.array(numbers, np.int64), entries, data, Axis(shape[-1], low / 3, high / 3), y)
    return FramePart(rows, file_id)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    numbers = draw(st.lists(LS, unique=True, max_size=12))
    cut = draw(st.integers(0, len(numbers)))
    dim = draw(st.sampled_from([1, 2]))
    pieces = [piece for piece in (numbers[:cut], numbers[cut:]) if piece]
    text = st.text(st.characters(exclude_categories=["Cs"]))
    key = FrameKey(draw(text), draw(text), draw(INT64), draw(LS), draw(text), draw(INT64), dim)
    masks = st.lists(LS, max_size=5).map(LSMask.from_numbers)
    coverage = Coverage(
        read=draw(st.one_of(masks, st.just(LSMask.all()))),
        complete=draw(st.booleans()),
        ls_count=draw(st.integers(0, 3000)),
        fetched_at=EARLY,
        unreadable=draw(masks),
    )
    return Frame(key, coverage, tuple(draw(parts(dim, piece)) for piece in pieces))


@given(frames())
def test_what_is_read_is_what_was_written(frame: Frame) -> None:
    data = frame_bytes(SERVICE, frame)
    about, read = read_frame(data)
    assert same(read, frame)
    assert about == read_about(data) == About.of(SERVICE, frame)


@given(st.data())
def test_a_changed_byte_is_found_or_changes_nothing(data: st.DataObject) -> None:
    frame = whole((1, 2, 3), key=replace(KEY, dim=data.draw(st.sampled_from([1, 2]))))
    written = bytearray(frame_bytes(SERVICE, frame))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))
    try:
        about, read = read_frame(bytes(written))
    except FrameError:
        return
    assert same(read, frame)
    assert about == About.of(SERVICE, frame)


@given(st.data())
def test_a_cut_file_is_found(data: st.DataObject) -> None:
    written = frame_bytes(SERVICE, whole())
    with pytest.raises(FrameError, match="not a whole parquet file"):
        read_frame(written[: data.draw(st.integers(0, len(written) - 1))])


def test_rows_come_back_as_a_stack_takes_them() -> None:
    _, frame = read_frame(frame_bytes(SERVICE, whole((9, 2, 5))))
    (rows,) = frame.parts
    assert rows.rows.ls.tolist() == [2, 5, 9]
    assert rows.rows.data.tolist() == [[ls + bin_ for bin_ in range(5)] for ls in (2, 5, 9)]
    assert rows.rows.entries.tolist() == [20, 50, 90]
    assert rows.file_id.tolist() == [1002, 1005, 1009]
    assert (rows.rows.x, rows.rows.y) == (Axis(5, 0, 10), None)


def test_rows_of_another_binning_keep_theirs() -> None:
    odd = part([3], (7,), high=14)
    frame = replace(whole((1, 2, 4)), parts=(part([1, 2, 4]), odd))
    _, read = read_frame(frame_bytes(SERVICE, frame))
    assert same(read, frame)
    assert {part.rows.x.n: part.rows.ls.tolist() for part in read.parts} == {5: [1, 2, 4], 7: [3]}


def test_a_frame_is_made_of_rows_and_the_files_they_are_from() -> None:
    pieces = [part([4, 1]), part([3], (7,))]
    made = Frame.of(KEY, whole().coverage, [piece.rows for piece in pieces], {1: 1001, 3: 1003, 4: 1004})
    assert same(made, replace(whole(), parts=tuple(pieces)))


def test_a_key_has_the_names_and_numbers_of_the_service() -> None:
    run = RunKey(KEY.workspace, KEY.dataset_id, KEY.run)
    element = MonitoringElement(KEY.me_id, KEY.me, KEY.dim)
    assert FrameKey.of(HistogramKey(run, element.me_id), element, KEY.dataset) == KEY


def test_a_run_without_rows_is_an_answer_too() -> None:
    nothing = Frame(KEY, Coverage(LSMask.all(), complete=True, ls_count=3, fetched_at=EARLY))
    _, read = read_frame(frame_bytes(SERVICE, nothing))
    assert (read.parts, read.coverage) == ((), nothing.coverage)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(whole((1, 2, 2)), id="an LS twice"),
        pytest.param(whole((0, 1)), id="an LS below 1"),
        pytest.param(replace(whole(), parts=(part([1]), part([1], (7,)))), id="an LS in two binnings"),
        pytest.param(replace(whole(), parts=(part([1], (2, 3)),)), id="maps among histograms"),
        pytest.param(replace(whole(), key=replace(KEY, dim=3)), id="three dimensions"),
    ],
)
def test_what_cannot_be_a_frame_is_not_written(frame: Frame, dials: ServiceCache, told: list[str]) -> None:
    with pytest.raises(FrameError):
        frame_bytes(SERVICE, frame)
    assert not dials.keep_histograms(frame)
    assert "not kept in the cache" in told[0]


def rows_1d() -> list[LumisectionHistogram1D]:
    return [
        LumisectionHistogram1D(
            dataset=KEY.dataset,
            me=KEY.me,
            dataset_id=KEY.dataset_id,
            file_id=1000 + ls,
            run_number=KEY.run,
            ls_number=ls,
            me_id=KEY.me_id,
            x_min=0,
            x_max=10,
            x_bin=5,
            entries=10 * ls,
            data=[ls + bin_ for bin_ in range(5)],
        )
        for ls in (1, 2, 5)
    ]


def rows_2d() -> list[LumisectionHistogram2D]:
    return [
        LumisectionHistogram2D(
            **{**row.model_dump(), "x_bin": 3, "data": [[ls, ls + 1, ls + 2], [ls + 3, ls + 4, ls + 5]]},
            y_min=-1,
            y_max=1,
            y_bin=2,
        )
        for row in rows_1d()
        for ls in [row.ls_number]
    ]


def test_a_notebook_reads_what_to_pandas_gives(cache: Cache, dials: ServiceCache) -> None:
    pages: list[tuple[int, Any]] = [
        (1, PaginatedLumisectionHistogram1DList(next=None, previous=None, results=rows_1d())),
        (2, PaginatedLumisectionHistogram2DList(next=None, previous=None, results=rows_2d())),
    ]
    for dim, page in pages:
        dials.keep_histograms(whole(key=replace(KEY, dim=dim)))
        (path,) = cache.directory.rglob("*.parquet")
        found, expected = pd.read_parquet(path), page.to_pandas()
        assert list(found.columns) == list(expected.columns)
        assert (found.dtypes == expected.dtypes).all()
        plain = [[np.array(row.tolist()).tolist() for row in data] for data in found["data"]]
        assert plain == expected["data"].tolist()
        pd.testing.assert_frame_equal(found.drop(columns="data"), expected.drop(columns="data"))
        path.unlink()


@pytest.mark.parametrize("dim", [1, 2])
def test_the_models_of_cmsdials_take_the_rows(cache: Cache, dials: ServiceCache, dim: int) -> None:
    dials.keep_histograms(whole(key=replace(KEY, dim=dim)))
    (path,) = cache.directory.rglob("*.parquet")
    rows = parquet.read_table(path).to_pylist()
    if dim == 1:
        assert [LumisectionHistogram1D(**row) for row in rows] == rows_1d()
    else:
        assert [LumisectionHistogram2D(**row) for row in rows] == rows_2d()


def test_frames_need_no_pandas() -> None:
    probe = """
import sys
from dqmtui.store.frame_parquet import frame_bytes, read_frame
assert not {"pyarrow", "pandas"} & set(sys.modules)
from tests.store.cached import whole
assert read_frame(frame_bytes("https://dials.example", whole()))[1].present
assert "pyarrow" in sys.modules and "pandas" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", probe], check=True, cwd=ROOT, timeout=60)


def test_while_a_run_grows_only_rows_are_settled() -> None:
    frame = whole((1, 2, 5))
    assert frame.settled(3) == LSMask.all()
    assert frame.settled(4) == LSMask.of([1, 2], 5)


def may_replace(new: Frame, old: Frame) -> bool:
    return About.of(SERVICE, new).may_replace(About.of(SERVICE, old))


def test_a_complete_frame_gives_way_to_none_that_is_less_complete() -> None:
    assert not may_replace(partial([1, 2]), whole((1, 2, 5)))
    assert not may_replace(partial([1, 2, 5]), whole((1, 2, 5)))
    assert not may_replace(partial([1, 2, 6, 7, 8]), whole((1, 2, 5)))
    assert not may_replace(whole((1, 2), at=EARLY), whole((1, 2, 5), at=LATE))


def test_a_frame_gives_way_to_a_more_complete_one() -> None:
    assert may_replace(whole((1, 2)), partial([1, 2, 5]))
    assert may_replace(partial([1, 2, 5]), partial([1, 2]))
    assert may_replace(partial([1, 2, 5, 6], at=LATE), whole((1, 2, 5)))
    assert may_replace(whole((1, 2), at=LATE), whole((1, 2, 5), at=EARLY))
    assert not may_replace(partial([1, 2]), partial([1, 2, 5]))
