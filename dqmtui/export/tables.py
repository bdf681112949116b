"""Tables as bytes: CSV whose numbers read back the same, and parquet that keeps what the table is of."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


_FORMULA = frozenset("=+-@\t\r")
"""Begins what a spreadsheet computes."""


def frame_of_columns(columns: Mapping[str, Any], about: Mapping[str, Any]) -> pd.DataFrame:
    """Make a frame of columns of equal length; `about` stands in its `attrs`, which parquet files keep."""
    import pandas as pd  # noqa: PLC0415 - costs 300 ms, so only who wants a table pays

    frame = pd.DataFrame(dict(columns))
    frame.attrs.update(about)
    return frame


def frame_of_rows(rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Make a frame of rows that all have the same names."""
    import pandas as pd  # noqa: PLC0415 - costs 300 ms, so only who wants a table pays

    frame = pd.DataFrame([dict(row) for row in rows])
    frame.attrs.update(about or {})
    return frame


def csv_text(frame: pd.DataFrame) -> str:
    """Write a frame without its index as CSV, what is missing as nothing, and texts as `no_formula` does."""
    import pandas as pd  # noqa: PLC0415 - whoever has a frame has it

    shown = frame.rename(columns=lambda name: no_formula(str(name)))
    for name, column in shown.items():
        if pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column):
            items = [no_formula(item) if isinstance(item, str) else item for item in column]
            shown[name] = pd.Series(items, index=column.index, dtype=column.dtype)
    text: str = shown.to_csv(index=False)
    return text


def no_formula(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    return f"'{text}" if text[:1] in _FORMULA else text


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """Write a frame without its index as parquet."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, engine="pyarrow", index=False)
    return buffer.getvalue()
