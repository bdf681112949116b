"""LS tables as CSV and parquet: a row for each LS, with the columns by the names that their services use.

First come `run_number` and `ls_number`, as in the frames of cmsdials. For each source there is a column
`in_SOURCE`: true where it has a row for the LS, false where it has none, and empty where that has not been
loaded, so that an empty cell beside it is told apart: absent, or not loaded.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.export.tables import no_formula

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from dqmtui.model.lsmask import LSMask
    from dqmtui.model.lstable import Column, LSTable

_TEXT = "O"


def ls_table_csv(
    table: LSTable, masks: Mapping[str, LSMask] | None = None, rows: NDArray[np.intp] | None = None
) -> str:
    """Write the table as CSV, and whether each LS is in each of some masks; numbers read back the same.

    `rows` are those that are wanted, in their order, by default all.
    """
    columns = _columns(table, masks or {}, rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([no_formula(name) for name, _, _ in columns])
    writer.writerows(zip(*([_cell(item) for item in items] for _, items, _ in columns), strict=True))
    return out.getvalue()


def ls_table_parquet(
    table: LSTable, masks: Mapping[str, LSMask] | None = None, rows: NDArray[np.intp] | None = None
) -> bytes:
    """Write the table as parquet, with the unit of each column that has one in its field's metadata."""
    import pyarrow as pa  # noqa: PLC0415 - costs 100 ms or more, so only who writes a table pays
    from pyarrow import parquet  # noqa: PLC0415 - as above

    fields, arrays = [], []
    for name, items, unit in _columns(table, masks or {}, rows):
        array = pa.array(items, **({"type": pa.null()} if all(item is None for item in items) else {}))
        metadata = {b"unit": unit.encode()} if unit else None
        fields.append(pa.field(name, array.type, metadata=metadata))
        arrays.append(array)
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _columns(
    table: LSTable, masks: Mapping[str, LSMask], rows: NDArray[np.intp] | None = None
) -> list[tuple[str, list[Any], str | None]]:
    """Give name, items and unit of each column; a name that two sources have gets that of its source."""
    n = table.ls.size
    found: list[tuple[str, list[Any], str | None]] = [
        ("run_number", [table.key.run] * n, None),
        ("ls_number", table.ls.tolist(), None),
    ]
    names = [name for source in table.sources.values() for name in source.columns]
    for source, known in table.sources.items():
        found.append((f"in_{source}", _items(table.has_row(source)), None))
        for name in known.columns:
            column = table.column(source, name)
            is_shared = names.count(name) > 1 or name in {"run_number", "ls_number"}
            found.append((f"{source}.{name}" if is_shared else name, _items(column), column.unit))
    found += [(name, mask.selects(table.ls).tolist(), None) for name, mask in masks.items()]
    if rows is None:
        return found
    wanted = rows.tolist()
    return [(name, [items[row] for row in wanted], unit) for name, items, unit in found]


def _items(column: Column) -> list[Any]:
    """Give the values as Python objects, None where there is none; of a mix of kinds, texts."""
    values = [
        value if known else None for value, known in zip(column.values.tolist(), column.known, strict=True)
    ]
    if column.values.dtype.kind != _TEXT:
        return values
    kinds = {type(value) for value in values if value is not None}
    return (
        values
        if len(kinds) <= 1 and kinds <= {str, bool, int, float}
        else [None if value is None else str(value) for value in values]
    )


def _cell(item: object) -> str:
    """Write a value; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    if item is None or (isinstance(item, float) and np.isnan(item)):
        return ""
    if isinstance(item, str):
        return no_formula(item)
    return repr(item)
