"""Frames as parquet files, with the columns that `to_pandas` of `cmsdials` gives a notebook.

Arrow is imported when a frame is first read or written, and pandas never: this can run in a thread while the
program starts. Columns are made from buffers, because `pyarrow.array` imports pandas where it can.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import StackRows
from dqmtui.model.lsmask import LSMask
from dqmtui.store.frame_digest import Said, digest_of
from dqmtui.store.frames import About, Coverage, Frame, FrameError, FrameKey, FramePart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

FORMAT = 1
ABOUT = b"dqmtui"
"""The key of our own record in the metadata of the parquet schema."""

MOST_BINS = 2**31 - 1
"""Bins in one file: lists in Arrow count with 32 bits."""

GROUP_BINS = 300_000
"""Bins in one row group: so many are unpacked at a time, because the bins of a run of maps take 200 MB."""

_TEXTS = ("dataset", "me")
_NUMBERS = ("dataset_id", "file_id", "run_number", "ls_number", "me_id")
_X = ("x_min", "x_max", "x_bin")
_Y = ("y_min", "y_max", "y_bin")
_DIMENSIONS = (1, 2)


def import_arrow() -> None:
    """Import what frames need, so that it is there before the first of them: 100 ms or more, in a thread."""
    from pyarrow import parquet  # noqa: F401, PLC0415 - the import is all that is wanted


def frame_bytes(service: str, frame: Frame) -> bytes:
    """Write a frame as a parquet file; raises FrameError for rows that cannot be one."""
    import pyarrow as pa  # noqa: PLC0415 - costs 100 ms or more, so only who reads or writes a frame pays
    from pyarrow import parquet  # noqa: PLC0415 - as above

    about = About.of(service, frame)
    columns, order = _columns(frame)
    n = columns["ls_number"].size
    record = {**_record(about), "rows": n}
    record["digest"] = digest_of(record, columns, (bins for _, bins in _groups(frame, order)))
    types = _types(frame.key.dim)
    schema = pa.schema(types, metadata={ABOUT: orjson.dumps(record)})
    sink = pa.BufferOutputStream()
    with parquet.ParquetWriter(sink, schema, compression="zstd", write_page_checksum=True) as writer:
        for rows, bins in _groups(frame, order):
            some = {name: column[rows] for name, column in columns.items()}
            arrays = []
            for name, kind in types:
                if name in _TEXTS:
                    text = getattr(frame.key, name).encode()
                    offsets = np.arange(some["ls_number"].size + 1, dtype=np.int32) * len(text)
                    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text * (offsets.size - 1))]
                    arrays.append(pa.Array.from_buffers(kind, offsets.size - 1, buffers))
                elif name == "data":
                    arrays.append(_nested(some, bins, frame.key.dim))
                else:
                    column = some[name]
                    arrays.append(pa.Array.from_buffers(kind, column.size, [None, pa.py_buffer(column)]))
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    data: bytes = sink.getvalue().to_pybytes()
    del sink
    pa.default_memory_pool().release_unused()
    return data


def read_about(data: bytes) -> About:
    """Read what a file says of itself, which costs little; raises FrameError."""
    return _about(_opened(data)[1])


def read_frame(data: bytes) -> tuple[About, Frame]:
    """Read a frame and check all of it; raises FrameError that says what is wrong with the bytes."""
    import pyarrow as pa  # noqa: PLC0415 - costs 100 ms or more, so only who reads or writes a frame pays

    file, record = _opened(data)
    about = _about(record)
    key = about.key
    if file.metadata.num_rows != record.get("rows"):
        raise FrameError("does not have the rows that it should")
    try:
        # the columns are small: threads would cost more than they gain
        table = file.read(columns=[name for name, _ in _types(key.dim)[:-1]], use_threads=False)
        schema = file.schema_arrow
        types = [(name, str(kind)) for name, kind in zip(schema.names, schema.types, strict=True)]
    except (pa.ArrowException, OSError, MemoryError, UnicodeDecodeError) as error:
        raise FrameError("has contents that cannot be read") from error
    if types != [(name, str(kind)) for name, kind in _types(key.dim)]:
        raise FrameError("does not have the columns of histograms")
    columns = _read_columns(table, key)
    said = Said(record, columns)
    bins = _read_bins(file, columns, key.dim, said)
    if record.get("digest") != said.digest():
        raise FrameError("does not have the contents that were written")
    frame = Frame(key, about.coverage, _parts(columns, bins, key.dim))
    if frame.present != about.present:
        raise FrameError("does not have the lumisections that it should")
    pa.default_memory_pool().release_unused()
    return about, frame


def _read_bins(file: Any, columns: dict[str, NDArray[Any]], dim: int, said: Said) -> NDArray[np.floating]:
    """Read the bins of all rows in a row, in float32 where that changes none of them; raises FrameError."""
    import pyarrow as pa  # noqa: PLC0415 - costs 100 ms or more, so only who reads or writes a frame pays

    sizes = columns["x_bin"] * columns["y_bin"] if dim > 1 else columns["x_bin"]
    total = float(sizes.sum())
    if not 0 <= total <= MOST_BINS or not (sizes >= 0).all():
        raise FrameError("has histograms whose axes cannot be")
    bins: NDArray[np.floating] = np.zeros(0, dtype=np.float32)
    n_bins = n_rows = 0
    for group in range(file.num_row_groups):
        try:
            table = file.read_row_group(group, columns=["data"], use_threads=False)
        except (pa.ArrowException, OSError, MemoryError) as error:
            raise FrameError("has contents that cannot be read") from error
        rows = slice(n_rows, n_rows + table.num_rows)
        some = _flattened(table.column("data"), {name: column[rows] for name, column in columns.items()}, dim)
        said.add(some)
        if not bins.size:
            # the first group is there, so that no number in a file alone takes memory
            bins = np.zeros(int(total), dtype=np.float32)
        # float32 has no room for what is very large: that is infinite there
        with np.errstate(over="ignore"):
            is_narrow = bins.dtype == np.float32 and np.array_equal(some.astype(np.float32), some)
        if not is_narrow:
            bins = bins.astype(np.float64, copy=False)
        bins[n_bins : n_bins + some.size] = some
        n_bins, n_rows = n_bins + some.size, n_rows + table.num_rows
    return bins


def _types(dim: int) -> list[tuple[str, Any]]:
    """List the columns with their Arrow types, as `to_pandas().to_parquet()` would write them."""
    import pyarrow as pa  # noqa: PLC0415 - costs 100 ms or more, so only who reads or writes a frame pays

    data = pa.float64()
    for _ in range(dim):
        data = pa.list_(pa.field("element", data))
    axes = _X if dim == 1 else (*_X, *_Y)
    return [
        *((name, pa.string()) for name in _TEXTS),
        *((name, pa.int64()) for name in _NUMBERS),
        *((name, pa.float64()) for name in axes),
        ("entries", pa.int64()),
        ("data", data),
    ]


def _columns(frame: Frame) -> tuple[dict[str, NDArray[Any]], NDArray[np.intp]]:
    """Give the numbers of all rows by LS, a column each, but for their bins; and the order of the rows."""
    key = frame.key
    if key.dim not in _DIMENSIONS or any((part.rows.y is None) != (key.dim == 1) for part in frame.parts):
        raise FrameError(f"has rows that are not of {key.dim} dimensions")
    rows = [part.rows for part in frame.parts]
    if sum(part.data.size for part in rows) > MOST_BINS:
        raise FrameError(f"has more than {MOST_BINS} bins")
    ls = _joined((part.ls for part in rows), np.int64)
    order = np.argsort(ls, kind="stable")
    columns: dict[str, NDArray[Any]] = {
        "dataset_id": np.full(ls.size, key.dataset_id, dtype=np.int64),
        "file_id": _joined((part.file_id for part in frame.parts), np.int64)[order],
        "run_number": np.full(ls.size, key.run, dtype=np.int64),
        "ls_number": ls[order],
        "me_id": np.full(ls.size, key.me_id, dtype=np.int64),
    }
    for names, axes in ((_X, [part.x for part in rows]), (_Y, [part.y for part in rows])):
        if names is _X or key.dim > 1:
            numbers = [
                np.tile([axis.low, axis.high, axis.n], (part.ls.size, 1))
                for axis, part in zip(axes, rows, strict=True)
                if axis is not None
            ]
            table = np.concatenate(numbers) if numbers else np.zeros((0, 3))
            for at, name in enumerate(names):
                columns[name] = np.ascontiguousarray(table[order, at], dtype=np.float64)
    columns["entries"] = _joined((part.entries for part in rows), np.int64)[order]
    return columns, order


def _groups(frame: Frame, order: NDArray[np.intp]) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Give the bins of some rows after the other, all in a row, in float64; at least one group."""
    rows = [part.rows for part in frame.parts]
    bins = [histogram for part in rows for histogram in part.data]
    step = max(1, GROUP_BINS * len(bins) // max(1, sum(part.data.size for part in rows)))
    for start in range(0, max(len(bins), 1), step):
        some = order[start : start + step].tolist()
        yield slice(start, start + step), _joined((bins[at].ravel() for at in some), np.float64)


def _joined(arrays: Iterable[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    parts = [np.asarray(array, dtype=dtype) for array in arrays]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=dtype)


def _nested(columns: dict[str, NDArray[Any]], data: NDArray[np.float64], dim: int) -> Any:
    """Make the column of lists, or of lists of lists, from the bins of all rows."""
    import pyarrow as pa  # noqa: PLC0415 - costs 100 ms or more, so only who reads or writes a frame pays

    array = pa.Array.from_buffers(pa.float64(), data.size, [None, pa.py_buffer(data)])
    nx = columns["x_bin"].astype(np.int64)
    sizes = [nx] if dim == 1 else [np.repeat(nx, columns["y_bin"].astype(np.int64)), columns["y_bin"]]
    for lengths in sizes:
        offsets = np.zeros(lengths.size + 1, dtype=np.int32)
        offsets[1:] = np.cumsum(lengths)
        kind = pa.list_(pa.field("element", array.type))
        array = pa.Array.from_buffers(kind, lengths.size, [None, pa.py_buffer(offsets)], children=[array])
    return array


def _record(about: About) -> dict[str, Any]:
    """Write our record for the metadata, readable by a person."""
    key, coverage = about.key, about.coverage
    return {
        "format": FORMAT,
        "service": about.service,
        "workspace": key.workspace,
        "dataset": key.dataset,
        "dataset_id": key.dataset_id,
        "run": key.run,
        "me": key.me,
        "me_id": key.me_id,
        "dim": key.dim,
        "complete": coverage.complete,
        "ls_count": coverage.ls_count,
        "fetched_at": coverage.fetched_at.astimezone(UTC).isoformat(),
        "read": coverage.read.to_json(),
        "unreadable": coverage.unreadable.to_json(),
        "present": about.present.to_json(),
    }


def _about(record: dict[str, Any]) -> About:
    try:
        key = FrameKey(
            workspace=_typed(record, "workspace", str),
            dataset=_typed(record, "dataset", str),
            dataset_id=_typed(record, "dataset_id", int),
            run=_typed(record, "run", int),
            me=_typed(record, "me", str),
            me_id=_typed(record, "me_id", int),
            dim=_typed(record, "dim", int),
        )
        coverage = Coverage(
            read=LSMask.from_json(record["read"]),
            complete=_typed(record, "complete", bool),
            ls_count=_typed(record, "ls_count", int),
            fetched_at=datetime.fromisoformat(record["fetched_at"]).astimezone(UTC),
            unreadable=LSMask.from_json(record["unreadable"]),
        )
        about = About(_typed(record, "service", str), key, coverage, LSMask.from_json(record["present"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise FrameError("has a record about itself that makes no sense") from error
    if key.dim not in _DIMENSIONS or about.present.is_open:
        raise FrameError("has a record about itself that makes no sense")
    return about


def _typed(record: dict[str, Any], name: str, kind: type) -> Any:
    value = record[name]
    if type(value) is not kind:
        raise TypeError(name)
    return value


def _opened(data: bytes) -> tuple[Any, dict[str, Any]]:
    """Open a parquet file in memory, and read our record in it."""
    import pyarrow as pa  # noqa: PLC0415 - costs 100 ms or more, so only who reads or writes a frame pays
    from pyarrow import parquet  # noqa: PLC0415 - as above

    try:
        file = parquet.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        metadata = file.schema_arrow.metadata or {}
    except (pa.ArrowException, OSError, MemoryError, UnicodeDecodeError) as error:
        raise FrameError("is not a whole parquet file") from error
    try:
        record = orjson.loads(metadata[ABOUT])
    except (KeyError, orjson.JSONDecodeError) as error:
        raise FrameError("is a parquet file from elsewhere") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise FrameError("is a parquet file of another version")
    return file, record


def _read_columns(table: Any, key: FrameKey) -> dict[str, NDArray[Any]]:
    for name in _TEXTS:
        if not set(table.column(name).to_pylist()) <= {getattr(key, name)}:
            raise FrameError(f"has rows of another {name}")
    columns: dict[str, NDArray[Any]] = {}
    for name, kind in _types(key.dim):
        if name not in _TEXTS and name != "data":
            columns[name] = _numbers(table.column(name), str(kind))
    for name, value in (("dataset_id", key.dataset_id), ("run_number", key.run), ("me_id", key.me_id)):
        if (columns[name] != value).any():
            raise FrameError(f"has rows of another {name}")
    return columns


def _flattened(column: Any, columns: dict[str, NDArray[Any]], dim: int) -> NDArray[Any]:
    """Give the bins of all rows in a row; raises FrameError for lists that do not fit the axes."""
    data = _one_chunk(column)
    lengths = []
    for _ in range(dim):
        if data.null_count:
            raise FrameError("lacks values")
        offsets = _numbers(data.offsets, "int32")
        lengths.append(np.diff(offsets))
        first, last = offsets[[0, -1]].tolist() if offsets.size else (0, 0)
        data = data.values.slice(first, last - first)
    expected = [columns["x_bin"]]
    if dim > 1:
        expected = [columns["y_bin"], np.repeat(columns["x_bin"], lengths[0])]
    if not all(np.array_equal(*pair) for pair in zip(lengths, expected, strict=True)):
        raise FrameError("has histograms whose bins do not fit their axes")
    return _numbers(data, "double")


_DTYPES = {"int64": np.int64, "double": np.float64, "int32": np.int32}


def _numbers(column: Any, kind: str) -> NDArray[Any]:
    array = _one_chunk(column)
    if array.null_count:
        raise FrameError("lacks values")
    if not len(array):
        return np.zeros(0, dtype=_DTYPES[kind])
    dtype = np.dtype(_DTYPES[kind])
    return np.frombuffer(array.buffers()[1], dtype, count=len(array), offset=array.offset * dtype.itemsize)


def _one_chunk(column: Any) -> Any:
    if not hasattr(column, "num_chunks"):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _parts(columns: dict[str, NDArray[Any]], bins: NDArray[np.floating], dim: int) -> tuple[FramePart, ...]:
    """Take the rows apart by binning; raises FrameError for axes that cannot be."""
    n = columns["ls_number"].size
    if not n:
        return ()
    axes = np.stack([columns[name] for name in (_X if dim == 1 else (*_X, *_Y))], axis=1)
    ends = np.cumsum(columns["x_bin"] * (columns["y_bin"] if dim > 1 else 1)).astype(np.int64)
    binnings, which = np.unique(axes, axis=0, return_inverse=True)
    # NumPy 2.0 gives another shape here than all others
    which = which.reshape(-1)
    parts = []
    for number, binning in enumerate(binnings.tolist()):
        at = np.flatnonzero(which == number)
        try:
            x, y = _axis(binning[:3]), _axis(binning[3:]) if dim > 1 else None
        except (ValueError, OverflowError) as error:
            raise FrameError("has histograms whose axes cannot be") from error
        data = bins
        if at.size < n:
            data = np.concatenate(
                [data[ends[row] - x.n * (y.n if y else 1) : ends[row]] for row in at.tolist()]
            )
        data = data.reshape(at.size, x.n) if y is None else data.reshape(at.size, y.n, x.n)
        rows = StackRows(columns["ls_number"][at], columns["entries"][at], data, x, y)
        parts.append(FramePart(rows, columns["file_id"][at]))
    return tuple(parts)


def _axis(numbers: Sequence[float]) -> Axis:
    low, high, n = numbers
    return Axis(int(n), low, high)
