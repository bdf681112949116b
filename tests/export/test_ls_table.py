"""LS tables as CSV and parquet, read by pandas."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from dqmtui.export.ls_table import ls_table_csv, ls_table_parquet
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState

KEY = RunKey("tracker", 7, 380238)


def a_table() -> LSTable:
    """LS 1, 2, 5, 9: one is absent in OMS, and the rate has come for a part."""
    oms = Source(
        np.array([1, 2, 5]),
        {
            "pileup": Values.of([51.25, None, 0.1 + 0.2]),
            "beams_stable": Values.of([True, False, None]),
            "prescale_name": Values.of(["2p0E34+ZeroBias", None, "=1+1"]),
            "recorded_lumi_per_lumisection": Values.of([0.25, 0.5, None], "pb^{-1}"),
        },
        SourceState.LOADED,
    )
    dials = Source(np.array([1, 2, 9]), {"th1_count": Values.of([3, 4, 5])}, SourceState.LOADED)
    rate = Source(np.array([1]), {"rate_hz": Values.of([12.5], "Hz")}, SourceState.PARTIAL)
    return LSTable(KEY).with_source(DIALS, dials).with_source(OMS, oms).with_source(RATE, rate)


def test_csv_is_read_by_pandas_with_every_number_as_it_was() -> None:
    frame = pd.read_csv(io.StringIO(ls_table_csv(a_table(), {"good": LSMask.parse("2-5")})))
    assert list(frame.columns[:2]) == ["run_number", "ls_number"]
    assert frame["ls_number"].tolist() == [1, 2, 5, 9]
    assert frame["run_number"].tolist() == [380238] * 4
    assert frame["pileup"].dropna().tolist() == [51.25, 0.1 + 0.2]
    assert frame["good"].tolist() == [False, True, True, False]
    assert frame["prescale_name"].dropna().tolist() == ["2p0E34+ZeroBias", "'=1+1"]


def test_J2_absent_and_not_loaded_are_told_apart() -> None:
    frame = parquet.read_table(io.BytesIO(ls_table_parquet(a_table()))).to_pydict()
    assert frame["in_oms"] == [True, True, True, False]
    assert frame["pileup"] == [51.25, None, 0.1 + 0.2, None]
    assert frame["in_rate"] == [True, None, None, None]
    assert frame["rate_hz"] == [12.5, None, None, None]


def test_parquet_has_types_and_units() -> None:
    data = ls_table_parquet(a_table(), {"good": LSMask.parse("2-5")})
    frame = pd.read_parquet(io.BytesIO(data))
    assert frame["ls_number"].dtype == np.int64
    assert frame["good"].tolist() == [False, True, True, False]
    assert frame["beams_stable"].tolist()[:2] == [True, False]
    schema = parquet.read_schema(io.BytesIO(data))
    assert schema.field("rate_hz").metadata == {b"unit": b"Hz"}
    assert schema.field("recorded_lumi_per_lumisection").metadata == {b"unit": b"pb^{-1}"}
    assert schema.field("pileup").metadata is None


def test_names_that_two_sources_share_are_those_of_their_sources() -> None:
    twice = Source(np.array([1]), {"pileup": Values.of([9.0])}, SourceState.LOADED)
    frame = pd.read_parquet(io.BytesIO(ls_table_parquet(a_table().with_source("mine", twice))))
    assert frame["oms.pileup"].tolist()[0] == 51.25
    assert frame["mine.pileup"].tolist()[0] == 9.0
    assert "pileup" not in frame


def test_a_table_of_nothing_has_its_columns() -> None:
    empty = LSTable(KEY)
    assert ls_table_csv(empty) == "run_number,ls_number\n"
    assert parquet.read_table(io.BytesIO(ls_table_parquet(empty))).column_names == ["run_number", "ls_number"]


values = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5) | st.floats()


@given(st.lists(values, min_size=1, max_size=6))
def test_any_mix_of_values_can_be_written(items: list[object]) -> None:
    source = Source(np.arange(1, len(items) + 1), {"x": Values.of(items)}, SourceState.LOADED)
    table = LSTable(KEY).with_source(OMS, source)
    assert ls_table_csv(table).startswith("run_number,ls_number,in_oms,x\n")
    assert parquet.read_table(io.BytesIO(ls_table_parquet(table))).num_rows == len(items)
