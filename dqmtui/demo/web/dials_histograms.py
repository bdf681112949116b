"""The th1 and th2 tables of the embedded DIALS: histograms drawn when they are served, and only those."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.web.dials_rows import Row, dataset_names, walk_runs
from dqmtui.demo.web.replies import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dqmtui.demo.cms.world import World
    from dqmtui.demo.web.dials_filters import Filters
    from dqmtui.demo.web.dials_paging import Key

BLOCK_ROWS = 2048
"""About as many keys are looked up at a time, in whole LS."""
WORKER_TIMEOUT_S = 30.0
"""The backend gives up on a request after this time: a filter on entries can ask for every histogram."""


class HistogramTable:
    """th1 (dim 1) or th2 (dim 2) of one workspace: one row per dataset, run, LS and ME.

    `fields` are the fields that will be sent (None: all); bins are only drawn when they are among them.
    """

    key_length = 4

    def __init__(
        self,
        world: World,
        workspace: str,
        filters: Filters,
        *,
        dim: int,
        fields: frozenset[str] | None = None,
    ) -> None:
        self._world = world
        self._workspace = workspace
        self._filters = filters
        self._draw = fields is None or not fields.isdisjoint(("entries", "data"))
        self._all = {element.me_id: element for element in world.elements(workspace) if element.dim == dim}
        self._wanted = [
            me_id
            for me_id, element in self._all.items()
            if filters.accept("me_id", me_id) and filters.accept("me", element.me)
        ]
        self._files = self._wanted_files()
        self._deadline = time.monotonic() + WORKER_TIMEOUT_S

    def keys(self, after: Key | None, *, backwards: bool) -> Iterator[Key]:
        """Keys beyond `after`, forwards or backwards, looked up block by block of LS."""
        runs = walk_runs(self._world, self._workspace, self._filters, after, backwards=backwards)
        for dataset_id, run, rest in runs:
            for ls, me_id in self._blocks(dataset_id, run, rest, backwards=backwards):
                for pair in zip(ls.tolist(), me_id.tolist(), strict=True):
                    yield dataset_id, run, *pair

    def rows(self, keys: Sequence[Key]) -> list[Row]:
        """Rows of these keys in their order, the LS of one ME drawn together; KeyError for an unknown key."""
        names = dataset_names(self._world)
        rows: list[Row] = [{} for _ in keys]
        places: dict[tuple[int, int, int], list[int]] = {}
        for place, (dataset_id, run, _, me_id) in enumerate(keys):
            places.setdefault((dataset_id, run, me_id), []).append(place)
        for (dataset_id, run, me_id), here in places.items():
            element = self._all[me_id]
            axis: Row = {"x_min": element.x_min, "x_max": element.x_max, "x_bin": element.nx}
            if element.dim == 2:  # noqa: PLR2004 - the number of dimensions
                axis |= {"y_min": element.y_min, "y_max": element.y_max, "y_bin": element.ny}
            numbers = [keys[place][2] for place in here]
            drawn = self._drawn(dataset_id, run, me_id, numbers)
            for place, number, values in zip(here, numbers, drawn, strict=True):
                rows[place] = {
                    "dataset_id": dataset_id,
                    "dataset": names[dataset_id],
                    "me": element.me,
                    "file_id": self._world.file_id(dataset_id, run, number),
                    "run_number": run,
                    "ls_number": number,
                    "me_id": me_id,
                    **axis,
                    **values,
                }
        return rows

    def _drawn(self, dataset_id: int, run: int, me_id: int, numbers: list[int]) -> list[Row]:
        if not self._draw:
            return [{} for _ in numbers]
        entries, data = self._world.histograms(
            self._workspace, dataset_id, run, me_id, np.array(numbers, dtype=np.int64)
        )
        if not np.isfinite(data).all():
            # The backend's JSON writer refuses NaN and infinity, and the page with them.
            raise RefusedError(500)
        return [{"entries": count, "data": bins} for count, bins in zip(entries.tolist(), data, strict=True)]

    def _blocks(
        self, dataset_id: int, run: int, rest: Key | None, *, backwards: bool
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """LS numbers and me_ids of the run's rows, in key order or backwards."""
        coverage = {
            me_id: self._world.coverage(self._workspace, dataset_id, run, me_id) for me_id in self._wanted
        }
        coverage = {me_id: ls for me_id, ls in coverage.items() if len(ls)}
        if not coverage:
            return
        ls = self._run_lumisections(dataset_id, run)
        if rest:
            ls = ls[ls <= rest[0]] if backwards else ls[ls >= rest[0]]
        if backwards:
            ls = ls[::-1]
        size = max(1, BLOCK_ROWS // len(coverage))
        for start in range(0, len(ls), size):
            if time.monotonic() > self._deadline:
                raise RefusedError(504)
            found = self._pairs(coverage, np.sort(ls[start : start + size]))
            if "entries" in self._filters:
                found = self._with_entries(dataset_id, run, *found)
            yield _beyond(*found, rest, backwards=backwards)

    def _run_lumisections(self, dataset_id: int, run: int) -> NDArray[np.int64]:
        ls = self._filters.accepted("ls_number", self._world.lumisections(self._workspace, dataset_id, run))
        if self._files is None:
            return ls
        numbers: list[int] = ls.tolist()
        kept = [n for n in numbers if self._world.file_id(dataset_id, run, n) in self._files]
        return np.array(kept, dtype=np.int64)

    @staticmethod
    def _pairs(
        coverage: dict[int, NDArray[np.int64]], block: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All (LS, me_id) with a row in a sorted block of LS, sorted."""
        found = {me_id: np.intersect1d(ls, block, assume_unique=True) for me_id, ls in coverage.items()}
        ls = np.concatenate(list(found.values()))
        me_id = np.repeat(np.fromiter(found, dtype=np.int64), [len(numbers) for numbers in found.values()])
        order = np.lexsort((me_id, ls))
        return ls[order], me_id[order]

    def _with_entries(
        self, dataset_id: int, run: int, ls: NDArray[np.int64], me_id: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Keep the rows whose entries pass, which takes drawing them."""
        keep = np.zeros(len(ls), dtype=bool)
        for one in np.unique(me_id).tolist():
            places = np.flatnonzero(me_id == one)
            entries, _ = self._world.histograms(self._workspace, dataset_id, run, one, ls[places])
            keep[places] = np.isin(entries, self._filters.accepted("entries", entries))
        return ls[keep], me_id[keep]

    def _wanted_files(self) -> frozenset[int] | None:
        """Ids of the files that the filters on files let through; None when there is no such filter."""
        if "file_id" not in self._filters and "logical_file_name" not in self._filters:
            return None
        return frozenset(
            file.file_id
            for file in self._world.files(self._workspace)
            if self._filters.accept("file_id", file.file_id)
            and self._filters.accept("logical_file_name", file.logical_file_name)
        )


def _beyond(
    ls: NDArray[np.int64], me_id: NDArray[np.int64], rest: Key | None, *, backwards: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut sorted pairs at the place (LS, me_id) and turn them round when reading backwards."""
    if rest:
        if backwards:
            keep = (ls < rest[0]) | ((ls == rest[0]) & (me_id < rest[1]))
        else:
            keep = (ls > rest[0]) | ((ls == rest[0]) & (me_id > rest[1]))
        ls, me_id = ls[keep], me_id[keep]
    return (ls[::-1], me_id[::-1]) if backwards else (ls, me_id)
