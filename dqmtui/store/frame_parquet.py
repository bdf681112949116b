"""Frames as parquet files, with the columns that `to_pandas` of `cmsdials` gives a notebook.

Arrow is imported when a frame is first read or written, and pandas never: this can run in a thread while the
program starts. Columns are made from buffers, because `pyarrow.array` imports pandas where it can.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import StackRows
from dqmtui.model.lsmask import LSMask
from dqmtui.store.frames import About, Coverage, Frame, FrameError, FrameKey, FramePart

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

FORMAT = 1
ABOUT = b"dqmtui"
"""The key of our own record in the metadata of the parquet schema."""

MOST_BINS = 2**31 - 1
"""Bins in one file: lists in Arrow count with 32 bits."""

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
    columns = _columns(frame)
    record = {**_record(about), "rows": len(columns["ls_number"])}
    record["digest"] = _digest(record, columns)
    n = record["rows"]
    arrays = []
    for name, kind in _types(frame.key.dim):
        if name in _TEXTS:
            text = getattr(frame.key, name).encode()
            offsets = np.arange(n + 1, dtype=np.int32) * len(text)
            arrays.append(
                pa.Array.from_buffers(kind, n, [None, pa.py_buffer(offsets), pa.py_buffer(text * n)])
            )
        elif name == "data":
            arrays.append(_nested(columns, frame.key.dim))
        else:
            arrays.append(pa.Array.from_buffers(kind, n, [None, pa.py_buffer(columns[name])]))
    schema = pa.schema(_types(frame.key.dim), metadata={ABOUT: orjson.dumps(record)})
    sink = pa.BufferOutputStream()
    table = pa.Table.from_arrays(arrays, schema=schema)
    parquet.write_table(table, sink, compression="zstd", write_page_checksum=True)
    data: bytes = sink.getvalue().to_pybytes()
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
        table = file.read(use_threads=False)
        types = [(name, str(kind)) for name, kind in zip(table.schema.names, table.schema.types, strict=True)]
    except (pa.ArrowException, OSError, MemoryError, UnicodeDecodeError) as error:
        raise FrameError("has contents that cannot be read") from error
    if types != [(name, str(kind)) for name, kind in _types(key.dim)]:
        raise FrameError("does not have the columns of histograms")
    columns = _read_columns(table, key)
    if record.get("digest") != _digest(record, columns):
        raise FrameError("does not have the contents that were written")
    frame = Frame(key, about.coverage, _parts(columns, key.dim))
    if frame.present != about.present:
        raise FrameError("does not have the lumisections that it should")
    return about, frame


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


def _columns(frame: Frame) -> dict[str, NDArray[Any]]:
    """Give the numbers of all rows by LS: a column each, and `data` with the bins of all in a row."""
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
    if len(rows) == 1:
        part = rows[0]
        in_order = part.data if bool((order[1:] > order[:-1]).all()) else part.data[order]
        columns["data"] = np.ascontiguousarray(in_order, dtype=np.float64).ravel()
    else:
        bins = [histogram for part in rows for histogram in part.data.reshape(part.ls.size, -1)]
        columns["data"] = _joined((bins[at] for at in order.tolist()), np.float64)
    return columns


def _joined(arrays: Iterable[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    parts = [np.asarray(array, dtype=dtype) for array in arrays]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=dtype)


def _nested(columns: dict[str, NDArray[Any]], dim: int) -> Any:
    """Make the column of lists, or of lists of lists, from the bins of all rows."""
    import pyarrow as pa  # noqa: PLC0415 - costs 100 ms or more, so only who reads or writes a frame pays

    data = columns["data"]
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
    columns["data"] = _flattened(table.column("data"), columns, key.dim)
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


def _parts(columns: dict[str, NDArray[Any]], dim: int) -> tuple[FramePart, ...]:
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
        data = columns["data"]
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


def _digest(record: dict[str, Any], columns: dict[str, NDArray[Any]]) -> str:
    """Sum up all that a frame says: its record, and every number of its rows."""
    said = {name: value for name, value in record.items() if name != "digest"}
    digest = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
    for name in sorted(columns):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(columns[name]).data)
    return f"sha256:{digest.hexdigest()}"
