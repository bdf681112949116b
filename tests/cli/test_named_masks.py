"""Masks by name in the expressions of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit
from dqmtui.model.lsmask import LSMask

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
HIST = ("hist", "--run", "381065", "--dataset", "ZeroBias", "--me", CHARGE, "--json")


def used(cli: Callable[..., Ended], *more: str) -> LSMask:
    return LSMask.from_numbers(cli(*HIST, *more).json()["ls_used"])


def test_N6_golden_is_the_newest_golden_json_per_ls(cli: Callable[..., Ended]) -> None:
    caf = cli("mask", "--caf", "golden", "--class", "Collisions24", "--run", "381065").json()
    golden = LSMask.from_json(caf["381065"])
    every = used(cli)
    assert used(cli, "--good", "golden") == golden & every
    assert used(cli, "--good", "not golden") == every - golden


def test_N6_what_models_flag_is_taken_out_by_name(cli: Callable[..., Ended]) -> None:
    flags = cli("flags", "--run", "381065", "--dataset", "ZeroBias", "--json").json()
    flagged = LSMask.from_numbers(flag["ls"] for flag in flags)
    every = used(cli)
    assert flagged
    assert used(cli, "--good", "not ml") == every - flagged


def test_a_dataset_without_certification_is_refused_with_a_way_out(cli: Callable[..., Ended]) -> None:
    line = ("hist", "--run", "381208", "--me", CHARGE, "--good", "golden", "--json")
    done = cli(*line)
    assert done.code == Exit.NOT_FOUND
    assert "No certification JSON is published for /Cosmics/" in done.err
    assert "--mask FILE" in done.err
