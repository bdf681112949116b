"""Divisors of recorded runs: what really lacks there, and where."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.model.divisors import Divisors
from dqmtui.model.lsmask import LSMask
from dqmtui.model.masks import select
from dqmtui.model.normalise import Normalisation
from tests.model.stacks import numbers, source_of, table_of

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.model.lstable import LSTable

PATH = "HLT_ZeroBias"


def recorded(shared_data: Path, run: int) -> LSTable:
    def columns(name: str) -> dict[str, Any]:
        with gzip.open(shared_data / name) as file:
            content: dict[str, Any] = json.load(file)["runs"][str(run)]
        return content

    oms = columns("oms_lumisections_2024E_subset.json.gz")["columns"]
    paths = columns("hlt_rates_2024E_subset.json.gz")["paths"]
    rate = next((of for name, of in paths.items() if name.startswith(PATH)), None)
    ls = [] if rate is None else rate["first_lumisection_number"]
    units = {"recorded_lumi_per_lumisection": "pb^{-1}"}
    return table_of(
        source_of(oms["lumisection_number"], oms, units),
        source_of(ls, {"rate_hz": [] if rate is None else rate["rate"]}),
    )


def without(table: LSTable, kind: Normalisation) -> dict[str, LSMask]:
    words = Divisors.of_table(kind, table, PATH).reasons_in_words(table.ls)
    return {
        why: LSMask.from_numbers([ls for ls, one in zip(table.ls.tolist(), words, strict=True) if one == why])
        for why in set(words)
    }


def test_N2_luminosity_that_is_null_in_stable_beams_masks_those_ls(shared_data: Path) -> None:
    table = recorded(shared_data, 381113)
    stable = select("beams_stable", table).good
    unknown = without(table, Normalisation.PER_LUMINOSITY)["recorded luminosity unknown"]
    assert unknown & stable == LSMask.parse("213-219")
    assert without(table, Normalisation.PER_PILEUP_EVENT)["pileup unknown"] & stable == LSMask.parse(
        "213-219"
    )
    assert select("pileup > 0", table).unknown & stable == LSMask.parse("213-219")


def test_N2_a_rate_row_that_is_missing_amid_the_run_is_no_rate_of_zero(shared_data: Path) -> None:
    found = without(recorded(shared_data, 381115), Normalisation.PER_HZ)
    assert 408 in found["no HLT_ZeroBias rate row"]
    assert 407 in found[""]


def test_N2_cosmics_without_the_path_have_no_divisor_at_all(shared_data: Path) -> None:
    table = recorded(shared_data, 381208)
    assert set(without(table, Normalisation.PER_EVENT)) == {"no HLT_ZeroBias rate row"}


@pytest.mark.parametrize("run", [381065, 381115])
def test_N2_a_rate_times_the_length_of_an_ls_is_a_whole_number_of_events(shared_data: Path, run: int) -> None:
    divisors = Divisors.of_table(Normalisation.PER_EVENT, recorded(shared_data, run), PATH)
    events = divisors.over(numbers(*range(10, 300))).values
    events = events[~np.isnan(events)]
    assert events.size > 200
    np.testing.assert_allclose(events, np.round(events), atol=0.01)
