"""Tables in files: written, read back, and read by others than us."""

from __future__ import annotations

import importlib
import io
import json
from typing import Any

import numpy as np
from cmsdials.clients.h1d.models import LumisectionHistogram1D
from cmsdials.clients.h2d.models import LumisectionHistogram2D

from dqmtui.export.histogram_data import (
    about_histogram,
    dials_rows,
    histogram_columns,
    histogram_fields,
)
from dqmtui.export.json_text import json_object
from dqmtui.export.run_table import run_frame
from dqmtui.export.tables import csv_text, frame_of_columns, frame_of_rows, parquet_bytes
from dqmtui.export.trend_data import about_trend, trend_rows
from dqmtui.model.lsmask import LSMask
from dqmtui.review.runlist import RunEntry
from tests.export.shown import MAP, OTHER, counts, histogram, stack_of, trend
from tests.export.test_run_report import CARD

pd: Any = importlib.import_module("pandas")


def test_histograms_are_rows_that_cmsdials_knows() -> None:
    for stack, model in (
        (stack_of(counts(3, 20)), LumisectionHistogram1D),
        (stack_of(counts(3, 4, 5), MAP), LumisectionHistogram2D),
    ):
        rows = dials_rows("/A/B/DQMIO", stack, LSMask(((2, 3),)), {1: 7, 2: 8, 3: 9})
        frame = pd.read_parquet(io.BytesIO(parquet_bytes(frame_of_rows(rows))))
        assert list(frame.columns) == list(model.model_fields)
        for row in frame.to_dict("records"):
            data = np.array([list(part) if np.ndim(part) else part for part in row["data"]])
            read = model(**{**row, "data": data.tolist()})
            np.testing.assert_array_equal(read.data, stack.data[read.ls_number - 1])
            assert (read.x_min, read.x_max, read.x_bin) == (0.0, 10.0, stack.data.shape[-1])
            assert read.file_id == 6 + read.ls_number


def test_bins_are_read_back_from_csv_and_parquet_with_what_they_are_of() -> None:
    shown = histogram(stack_of(counts(3, 20)), stack_of(counts(9, 20), run=OTHER))
    frame = frame_of_columns(histogram_columns(shown), about_histogram(shown))
    by_text = pd.read_csv(io.StringIO(csv_text(frame)))
    by_parquet = pd.read_parquet(io.BytesIO(parquet_bytes(frame)))
    pd.testing.assert_frame_equal(by_text, by_parquet)
    np.testing.assert_array_equal(by_parquet["counts"], shown.current.counts)
    assert by_parquet.attrs["references"] == ["run 379765, 9 LS"]
    assert by_parquet.attrs["normalisation"] == "counts"


def test_a_histogram_is_json_with_its_references() -> None:
    shown = histogram(stack_of(counts(3, 20)), stack_of(counts(9, 20), run=OTHER))
    read = json.loads(json_object(histogram_fields(shown)))
    assert read["values"] == shown.current.counts.tolist()
    assert read["ls_used"] == [1, 2, 3]
    (reference,) = read["references"]
    np.testing.assert_allclose(np.array(read["values"]) / reference["values"], reference["ratio"])


def test_a_reference_that_does_not_fit_has_a_reason_and_no_numbers() -> None:
    shown = histogram(stack_of(counts(3, 20)), stack_of(counts(9, 7), run=OTHER))
    (reference,) = histogram_fields(shown)["references"]
    assert "cannot be brought to the same bins" in reference["refused"]
    assert "values" not in reference
    assert np.isnan(histogram_columns(shown)["ratio"]).all()


def test_T2_a_trend_has_a_row_for_every_ls_and_nothing_where_there_is_no_value() -> None:
    shown = trend([1.0, np.nan, 3.0], band=True)
    frame = frame_of_rows(trend_rows(shown), about_trend(shown))
    read = pd.read_csv(io.StringIO(csv_text(frame)))
    assert read["ls"].tolist() == [1, 2, 3]
    assert read["mean"].isna().tolist() == [False, True, False]
    assert read["run_number"].unique().tolist() == [380238]
    assert pd.read_parquet(io.BytesIO(parquet_bytes(frame))).attrs["band"][:2] == [2.0, 0.5]


def test_runs_have_what_oms_says_and_nothing_where_it_says_nothing() -> None:
    entries = [
        RunEntry("tracker", "/A/B/DQMIO", 7, 380238, 40, CARD),
        RunEntry("tracker", "/A/B/DQMIO", 7, 1, 2),
    ]
    frame = run_frame(entries)
    assert "9579," in csv_text(frame)
    read = pd.read_parquet(io.BytesIO(parquet_bytes(frame)))
    assert read["run_number"].tolist() == [380238, 1]
    assert read["recorded_lumi_unit"].fillna("").tolist() == ["pb^{-1}", ""]
    assert read["components_out"].fillna("").tolist() == ["CTPPS_TOT", ""]
    assert read["fill_number"].isna().tolist() == [False, True]


def test_no_text_in_csv_is_a_formula_and_numbers_stay_as_they_are() -> None:
    rows = [
        {"=name": "=HYPERLINK(0)", "value": -1.5, "count": 2, "mixed": None},
        {"=name": "+A", "value": float("nan"), "count": -3, "mixed": -4},
    ]
    text = csv_text(frame_of_rows(rows).convert_dtypes())
    assert text.splitlines() == ["'=name,value,count,mixed", "'=HYPERLINK(0),-1.5,2,", "'+A,,-3,-4"]
    assert csv_text(frame_of_rows([{"text": None, "list": [-1, 2]}])).splitlines()[1] == ',"[-1, 2]"'
