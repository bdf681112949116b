"""The certification and golden JSON that the embedded DIALS makes from the flags of its ML models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.demo.cms.ranges import to_ranges
from dqmtui.demo.web.dials_filters import whole_number
from dqmtui.demo.web.replies import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dqmtui.demo.cms.world import World


@dataclass(frozen=True, slots=True)
class Asked:
    """Which models, datasets and runs a JSON is asked for."""

    models: tuple[int, ...]
    datasets: tuple[int, ...]
    runs: tuple[int, ...]

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Asked:
        """Read comma lists (query parameters) or lists (a JSON body); RefusedError 400 or, for none, 500."""
        return cls(*(_numbers(given, name) for name in ("model_id__in", "dataset_id__in", "run_number__in")))


def _numbers(given: Mapping[str, Any], name: str) -> tuple[int, ...]:
    value = given.get(name)
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        raise RefusedError(500)
    try:
        return tuple(whole_number(str(one)) for one in value)
    except ValueError as error:
        raise RefusedError(400, [f"{name} must be a list of valid integers"]) from error


def _flags(world: World, workspace: str, asked: Asked) -> list[Mapping[str, Any]]:
    """Give the flags of the asked models, datasets and runs in the order of dataset, run and LS."""
    flags: Iterable[Mapping[str, Any]] = world.ml_flags if workspace == world.default_workspace else ()
    kept = [
        flag
        for flag in flags
        if flag["model_id"] in asked.models
        and flag["dataset_id"] in asked.datasets
        and flag["run_number"] in asked.runs
    ]
    return sorted(kept, key=lambda flag: (flag["dataset_id"], flag["run_number"], flag["ls_number"]))


def certification_json(world: World, workspace: str, asked: Asked) -> dict[str, Any]:
    """All flags: {run: {LS: [{model_id, me_id, filename, me, mse}]}}; a run without flags has none."""
    models: dict[Any, Mapping[str, Any]] = {model["id"]: model for model in world.ml_models}
    runs: dict[str, dict[str, list[dict[str, Any]]]] = {str(run): {} for run in asked.runs}
    for flag in _flags(world, workspace, asked):
        model = models[flag["model_id"]]
        runs[str(flag["run_number"])].setdefault(str(flag["ls_number"]), []).append(
            {
                "model_id": flag["model_id"],
                "me_id": flag["me_id"],
                "filename": model["filename"],
                "me": model["target_me"],
                "mse": flag["mse"],
            }
        )
    return runs


def golden_json(world: World, workspace: str, asked: Asked) -> dict[str, list[list[int]]]:
    """LS without a flag: {run: [[first, last]]}; a run without any good LS is left out."""
    bad: dict[int, list[int]] = {}
    for flag in _flags(world, workspace, asked):
        bad.setdefault(flag["run_number"], []).append(flag["ls_number"])
    golden = {}
    for run in asked.runs:
        known = [world.lumisections(workspace, dataset, run) for dataset in asked.datasets]
        good = np.setdiff1d(np.concatenate(known), np.array(bad.get(run, ()), dtype=np.int64))
        if good.size:
            golden[str(run)] = to_ranges(good)
    return golden
