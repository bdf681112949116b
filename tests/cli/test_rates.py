"""`dqmtui rates`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended


def test_an_absent_row_is_no_row_and_a_rate_of_zero_is_zero(cli: Callable[..., Ended]) -> None:
    rates = {row["ls"]: row["rate_hz"] for row in cli("rates", "--run", "379011", "--json").json()}
    assert not {8, 41, 74, 371} & set(rates)
    assert max(rates) == 397
    assert [rates[ls] for ls in range(392, 398)] == [0.0] * 6


def test_the_rate_is_a_count_divided_by_the_length_of_an_ls(cli: Callable[..., Ended]) -> None:
    for row in cli("rates", "--run", "381065", "--json").json():
        counts = row["rate_hz"] * 23.31040958
        assert counts == pytest.approx(round(counts), abs=1e-4)


@pytest.mark.parametrize(
    "line", ["--path HLT_ZeroBias", "--path HLT_ZeroBias_v10", "--rate-dataset ZeroBias"]
)
def test_by_path_with_or_without_version_or_by_dataset(cli: Callable[..., Ended], line: str) -> None:
    done = cli("rates", "--run", "379011", *line.split(), "--json")
    assert len(done.json()) == 385
    assert "in run 379011, 385 LS" in done.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--run 381208", "no rate of the path HLT_ZeroBias in run 381208"),
        ("--run 381065 --path HLT_Nonsense", "no rate of the path HLT_Nonsense in run 381065"),
        ("--run 381065 --rate-dataset Nonsense", "no rate of the dataset Nonsense in run 381065"),
        ("--run 999999", "OMS has no run 999999"),
        ("--run 381065 --oms-route off", "OMS is switched off"),
    ],
)
def test_nothing_found(cli: Callable[..., Ended], line: str, says: str) -> None:
    done = cli("rates", *line.split(), "--json")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert says in done.err


def test_the_table_has_a_line_per_ls(cli: Callable[..., Ended]) -> None:
    head, *lines = cli("rates", "--run", "379011").out.splitlines()
    assert head.split() == ["LS", "rate/Hz"]
    assert len(lines) == 385
