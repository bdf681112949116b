"""Tables of the embedded DIALS with one row per dataset, file, run, lumisection or ML entry."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dqmtui.demo.cms.world import World
    from dqmtui.demo.web.dials_filters import Filters
    from dqmtui.demo.web.dials_paging import Key

Row = dict[str, Any]

DATASET_FIELDS = (
    "dataset_id",
    "dataset",
    "era",
    "data_tier",
    "primary_ds_name",
    "processed_ds_name",
    "processing_version",
    "last_modification_date",
)
FILE_FIELDS = (
    "dataset_id",
    "dataset",
    "file_id",
    "file_size",
    "creation_date",
    "last_modification_date",
    "logical_file_name",
    "status",
    "err_trace",
)
_REGISTRY_FIELDS: Mapping[str, Any] = {
    "ready": True,
    "builtin_threshold": False,
    "description": "",
    "flagging_key": None,
    "tags": [],
    "isvc_service_name": None,
    "isvc_yaml": None,
    "created_by": "dqmtui",
    "modified_by": "dqmtui",
    "created_at": "2024-05-11T00:00:00Z",
    "modified_at": "2024-05-11T00:00:00Z",
}
ML_FLAG_KEY = ("model_id", "dataset_id", "run_number", "ls_number", "me_id")


class KeyedTable:
    """A table small enough to hold all its keys; `row` makes one row, KeyError for an unknown key."""

    def __init__(self, key_length: int, keys: Iterable[Key], row: Callable[[Key], Row]) -> None:
        self.key_length = key_length
        self._keys = sorted(keys)
        self._row = row

    def keys(self, after: Key | None, *, backwards: bool) -> Iterator[Key]:
        """Keys beyond `after`, forwards or backwards."""
        if backwards:
            return reversed(self._keys if after is None else self._keys[: bisect_left(self._keys, after)])
        return iter(self._keys if after is None else self._keys[bisect_right(self._keys, after) :])

    def rows(self, keys: Sequence[Key]) -> list[Row]:
        """Rows of these keys, in their order."""
        return [self._row(key) for key in keys]

    def count(self) -> int:
        """Count the rows."""
        return len(self._keys)


def _from_rows(key_fields: Sequence[str], rows: Iterable[Row], filters: Filters) -> KeyedTable:
    kept = {tuple(row[name] for name in key_fields): row for row in rows if filters.accept_row(row)}
    return KeyedTable(len(key_fields), kept, kept.__getitem__)


def dataset_table(world: World, _workspace: str, filters: Filters) -> KeyedTable:
    """dataset-index: the same in every workspace."""
    rows = ({name: getattr(dataset, name) for name in DATASET_FIELDS} for dataset in world.datasets)
    return _from_rows(("dataset_id",), rows, filters)


def file_table(world: World, workspace: str, filters: Filters) -> KeyedTable:
    """file-index."""
    rows = ({name: getattr(file, name) for name in FILE_FIELDS} for file in world.files(workspace))
    return _from_rows(("dataset_id", "file_id"), rows, filters)


def run_table(world: World, workspace: str, filters: Filters) -> KeyedTable:
    """run: one row per dataset and run; `ls_completeness` is null for a run that OMS does not know."""
    names = dataset_names(world)

    def row(key: Key) -> Row:
        dataset_id, run = key
        ls_count = len(world.lumisections(workspace, dataset_id, run))
        if not ls_count:
            raise KeyError(key)
        known = world.runs.get(run)
        expected = len(known.lumisections["lumisection_number"]) if known else 0
        return {
            "dataset_id": dataset_id,
            "dataset": names[dataset_id],
            "run_number": run,
            "ls_count": ls_count,
            "ls_completeness": ls_count / expected if expected else None,
        }

    keys = [key[:2] for key in walk_runs(world, workspace, filters, None, backwards=False)]
    return KeyedTable(2, keys, row)


def ml_model_table(world: World, workspace: str, filters: Filters) -> KeyedTable:
    """ml-models-index: the models watch the default workspace, the others have none."""
    rows = world.ml_models if workspace == world.default_workspace else ()
    return _from_rows(("id",), map(_whole_model, rows), filters)


def _whole_model(model: Mapping[str, Any]) -> Row:
    """Give a model all fields that either version of the backend sends."""
    signature = model.get("input_signature", {})
    if isinstance(signature, dict):
        shapes = [[-1 if size is None else size for size in shape] for shape in signature.values()]
        signature = [_tensor(model["target_me"], shape) for shape in shapes]
    return {
        **_REGISTRY_FIELDS,
        "output_signature": [_tensor("reconstruction_error", [-1])],
        "metric_key": "reconstruction_error",
        **model,
        "input_signature": signature,
    }


def _tensor(name: str, shape: list[int]) -> Row:
    return {"name": name, "type": "tensor", "tensor-spec": {"dtype": "float32", "shape": shape}}


def ml_flag_table(world: World, workspace: str, filters: Filters) -> KeyedTable:
    """ml-bad-lumisection: its filters also know the names of the dataset and of the ME."""
    flags = world.ml_flags if workspace == world.default_workspace else ()
    datasets = dataset_names(world)
    elements = {element.me_id: element.me for element in world.elements(workspace)}
    kept = {
        tuple(flag[name] for name in ML_FLAG_KEY): dict(flag)
        for flag in map(dict[str, Any], flags)
        if filters.accept_row(
            {**flag, "dataset": datasets.get(flag["dataset_id"], ""), "me": elements.get(flag["me_id"], "")}
        )
    }
    return KeyedTable(len(ML_FLAG_KEY), kept, kept.__getitem__)


def dataset_names(world: World) -> Mapping[int, str]:
    """Names of the datasets by id."""
    return {dataset.dataset_id: dataset.dataset for dataset in world.datasets}


def walk_runs(
    world: World, workspace: str, filters: Filters, after: Key | None, *, backwards: bool
) -> Iterator[tuple[int, int, Key | None]]:
    """Walk (dataset_id, run) in key order from the one that `after` is in, without what the filters refuse.

    The third item is what remains of `after` inside its own run, and None in every run that is taken whole.
    """
    names = dataset_names(world)
    for dataset_id in sorted(names, reverse=backwards):
        if not (filters.accept("dataset_id", dataset_id) and filters.accept("dataset", names[dataset_id])):
            continue
        for run in sorted(world.dataset_runs(workspace, dataset_id), reverse=backwards):
            if not filters.accept("run_number", run):
                continue
            here = (dataset_id, run)
            if after is not None and here == after[:2]:
                yield dataset_id, run, after[2:]
            elif after is None or (here > after[:2]) is not backwards:
                yield dataset_id, run, None


class LumisectionTable:
    """lumisection: one row per dataset, run and LS, made run by run."""

    key_length = 3

    def __init__(self, world: World, workspace: str, filters: Filters) -> None:
        self._world = world
        self._workspace = workspace
        self._filters = filters

    def keys(self, after: Key | None, *, backwards: bool) -> Iterator[Key]:
        """Keys beyond `after`, forwards or backwards."""
        runs = walk_runs(self._world, self._workspace, self._filters, after, backwards=backwards)
        for dataset_id, run, rest in runs:
            ls = self._filters.accepted(
                "ls_number", self._world.lumisections(self._workspace, dataset_id, run)
            )
            if rest:
                ls = ls[ls < rest[0]] if backwards else ls[ls > rest[0]]
            for number in (ls[::-1] if backwards else ls).tolist():
                yield dataset_id, run, number

    def rows(self, keys: Sequence[Key]) -> list[Row]:
        """Rows of these keys; KeyError for one that does not exist."""
        names = dataset_names(self._world)
        rows: list[Row] = []
        counts: dict[Key, dict[int, tuple[int, int]]] = {}
        for key in keys:
            dataset_id, run, ls_number = key
            if (dataset_id, run) not in counts:
                counts[dataset_id, run] = self._counts(dataset_id, run)
            th1_count, th2_count = counts[dataset_id, run][ls_number]
            rows.append(
                {
                    "dataset_id": dataset_id,
                    "dataset": names[dataset_id],
                    "run_number": run,
                    "ls_number": ls_number,
                    "th1_count": th1_count,
                    "th2_count": th2_count,
                }
            )
        return rows

    def count(self) -> int:
        """Count the rows."""
        runs = walk_runs(self._world, self._workspace, self._filters, None, backwards=False)
        return sum(
            len(self._filters.accepted("ls_number", self._world.lumisections(self._workspace, *key[:2])))
            for key in runs
        )

    def _counts(self, dataset_id: int, run: int) -> dict[int, tuple[int, int]]:
        ls = self._world.lumisections(self._workspace, dataset_id, run)
        th1, th2 = self._world.me_counts(self._workspace, dataset_id, run)
        columns = np.stack([ls, th1, th2]).tolist()
        return {number: (one, two) for number, one, two in zip(*columns, strict=True)}
