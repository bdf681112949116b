"""The synthetic world behind the embedded services: runs, datasets, monitoring elements and histograms."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms import certification as certify
from dqmtui.demo.cms.catalogue import DEFAULT_WORKSPACE, STREAMS, WORKSPACES, dataset_of
from dqmtui.demo.cms.detector import draw
from dqmtui.demo.cms.elements import elements
from dqmtui.demo.cms.files import LS_PER_FILE, file_number, file_row
from dqmtui.demo.cms.models import MODELS
from dqmtui.demo.cms.ranges import LsArray, parse_ranges
from dqmtui.demo.cms.recorded import RecordingError, recorded_source
from dqmtui.demo.cms.rows import dials_lumisections, me_lumisections, trigger_of
from dqmtui.demo.cms.seeds import RowStreams
from dqmtui.demo.cms.source import synthetic_source
from dqmtui.demo.cms.state import LsState, ls_state
from dqmtui.demo.cms.truth import load_truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from dqmtui.demo.cms.records import Attributes, Dataset, Element, FileRow, RunRecord
    from dqmtui.demo.cms.source import RunSource
    from dqmtui.demo.cms.truth import Anomaly

_NO_LS = np.empty(0, np.int64)


class World:
    """All that the embedded DIALS, OMS and certification services serve; read-only, lazy, cached per run.

    Unknown workspaces raise KeyError everywhere; unknown datasets, runs and MEs give empty results, except
    in `histograms`, `file_id` and `certification`, which raise KeyError for what does not exist.
    """

    workspaces: tuple[str, ...] = WORKSPACES
    default_workspace: str = DEFAULT_WORKSPACE

    def __init__(self, source: RunSource, anomalies: Sequence[Anomaly]) -> None:
        self._source = source
        self._anomalies = tuple(anomalies)
        self.runs: Mapping[int, RunRecord] = source.runs
        placed = {
            dataset_of(key, place.era): key for place in source.placements.values() for key in place.streams
        }
        self.datasets: tuple[Dataset, ...] = tuple(sorted(placed, key=lambda dataset: dataset.dataset_id))
        self._streams = {dataset.dataset_id: key for dataset, key in placed.items()}
        self._dataset_index = {dataset.dataset_id: i for i, dataset in enumerate(self.datasets)}
        self._run_index = {run: i for i, run in enumerate(source.runs)}
        self._elements = {
            workspace: {element.me_id: element for element in elements(workspace)} for workspace in WORKSPACES
        }
        self._lumisections: dict[tuple[int, int], LsArray] = {}
        self._states: dict[tuple[int, int], LsState] = {}
        self._files: dict[str, tuple[FileRow, ...]] = {}
        self._row_counts: dict[tuple[str, str], int] = {}

    def now(self) -> World:
        """Give the world of this moment: this one, which stays as it is."""
        return self

    @cached_property
    def fills(self) -> tuple[Attributes, ...]:
        """OMS rows of the fills, sorted by fill number."""
        return self._source.fills()

    @cached_property
    def eras(self) -> tuple[Attributes, ...]:
        """OMS rows of the eras."""
        return self._source.eras()

    @cached_property
    def ml_models(self) -> tuple[Attributes, ...]:
        """Rows of the default workspace's ml-models-index, with the fields of both backend versions."""
        by_name = {element.me: element for element in self.elements(DEFAULT_WORKSPACE)}
        return tuple(model.attributes(by_name[model.target_me]) for model in MODELS)

    @cached_property
    def ml_flags(self) -> tuple[Attributes, ...]:
        """Rows of the default workspace's ml-bad-lumisection, with the fields of both backend versions.

        The models were run over the runs that something is wrong with.
        """
        return tuple(self._flags())

    def elements(self, workspace: str) -> tuple[Element, ...]:
        """List the monitoring elements of a workspace, sorted by me_id."""
        return tuple(self._elements[workspace].values())

    def dataset_runs(self, workspace: str, dataset_id: int) -> tuple[int, ...]:
        """Numbers of the runs with rows in a dataset, sorted."""
        return tuple(run for run in self._source.placements if self._placed(workspace, dataset_id, run))

    def lumisections(self, workspace: str, dataset_id: int, run: int) -> LsArray:
        """LS numbers with DIALS rows, sorted; empty when there are none."""
        return self._dials_ls(dataset_id, run) if self._placed(workspace, dataset_id, run) else _NO_LS

    def coverage(self, workspace: str, dataset_id: int, run: int, me_id: int) -> LsArray:
        """LS numbers in which this ME has a row, sorted: a subset of `lumisections`."""
        ls = self.lumisections(workspace, dataset_id, run)
        element = self._elements[workspace].get(me_id)
        return _NO_LS if element is None else me_lumisections(element, ls)

    def me_counts(
        self, workspace: str, dataset_id: int, run: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count the 1D and the 2D rows in each LS, aligned with `lumisections`: th1_count and th2_count."""
        ls = self.lumisections(workspace, dataset_id, run)
        counts = {dim: np.zeros(ls.size, np.int64) for dim in (1, 2)}
        for element in self._elements[workspace].values():
            counts[element.dim][np.searchsorted(ls, me_lumisections(element, ls))] += 1
        return counts[1], counts[2]

    def row_count(self, workspace: str, me_id: int) -> int:
        """Count the rows of one ME over all datasets and runs, as the mes/ list does."""
        element = self._elements[workspace].get(me_id)
        if element is None:
            return 0
        key = (workspace, element.kind)  # MEs of one kind are in the same lumisections
        if key not in self._row_counts:
            self._row_counts[key] = sum(
                self.coverage(workspace, dataset.dataset_id, run, me_id).size
                for dataset in self.datasets
                for run in self.dataset_runs(workspace, dataset.dataset_id)
            )
        return self._row_counts[key]

    def trigger_path(self, dataset_id: int, run: int) -> str | None:
        """Versioned name of the trigger path whose events fill a dataset's histograms of a run."""
        return trigger_of(STREAMS[self._streams[dataset_id]], self.runs[run].hlt)

    def histograms(
        self, workspace: str, dataset_id: int, run: int, me_id: int, ls: LsArray
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Entries (n,) and bins (n, nx) or (n, ny, nx) for n LS numbers of the coverage, in the order asked.

        The rows are the same whichever others are asked for. Raises KeyError when an LS has no row.
        """
        known = self.coverage(workspace, dataset_id, run, me_id)
        if not np.isin(ls, known).all():
            raise KeyError((workspace, dataset_id, run, me_id))
        element = self._elements[workspace][me_id]
        state = self._state(dataset_id, run).at(ls)
        anomalies = [one for one in self._anomalies if one.concerns(workspace, run, element.me)]
        return draw(element, state, anomalies, RowStreams(workspace, dataset_id, run, me_id))

    def files(self, workspace: str) -> tuple[FileRow, ...]:
        """Rows of the file index, sorted by dataset_id and file_id."""
        if workspace not in self._elements:
            raise KeyError(workspace)
        if workspace not in self._files:
            rows = (
                row
                for dataset in self.datasets
                if workspace in STREAMS[self._streams[dataset.dataset_id]].workspaces
                for row in self._dataset_files(dataset)
            )
            self._files[workspace] = tuple(sorted(rows, key=lambda row: (row.dataset_id, row.file_id)))
        return self._files[workspace]

    def file_id(self, dataset_id: int, run: int, ls: int) -> int:
        """Id of the file that holds one LS; the same in every workspace. Raises KeyError for no file."""
        if not self._in_dataset(dataset_id, run) or ls not in self._dials_ls(dataset_id, run):
            raise KeyError((dataset_id, run, ls))
        return file_number(self._dataset_index[dataset_id], self._run_index[run], ls)

    def certification(self, class_name: str, kind: str) -> Attributes:
        """Body of the `caf/` reply: name, url, last_modified, size, content {run: [[first, last]]}.

        Raises KeyError for a class or kind (golden, muon, dcs) that has no file.
        """
        source = self._source
        return certify.certification(source.runs, source.placements, self._anomalies, class_name, kind)

    def reference_runs(self) -> list[Attributes]:
        """Rows of the CertHelper list of reference runs."""
        return certify.reference_runs(self._source.runs, self._source.placements)

    def _in_dataset(self, dataset_id: int, run: int) -> bool:
        place = self._source.placements.get(run)
        key = self._streams.get(dataset_id)
        return (
            place is not None and key in place.streams and dataset_of(key, place.era).dataset_id == dataset_id
        )

    def _placed(self, workspace: str, dataset_id: int, run: int) -> bool:
        if workspace not in self._elements:
            raise KeyError(workspace)
        return (
            self._in_dataset(dataset_id, run) and workspace in STREAMS[self._streams[dataset_id]].workspaces
        )

    def _dials_ls(self, dataset_id: int, run: int) -> LsArray:
        key = (dataset_id, run)
        if key not in self._lumisections:
            place = self._source.placements[run]
            stream = STREAMS[self._streams[dataset_id]]
            ls = dials_lumisections(self.runs[run], stream, extra=place.extra, missing=place.missing)
            ls.flags.writeable = False
            self._lumisections[key] = ls
        return self._lumisections[key]

    def _state(self, dataset_id: int, run: int) -> LsState:
        key = (dataset_id, run)
        if key not in self._states:
            record = self.runs[run]
            path = self.trigger_path(dataset_id, run)
            trigger = None if path is None else record.hlt[path]
            self._states[key] = ls_state(record, trigger, self._dials_ls(dataset_id, run))
        return self._states[key]

    def _dataset_files(self, dataset: Dataset) -> Iterator[FileRow]:
        index = self._dataset_index[dataset.dataset_id]
        for run, place in self._source.placements.items():
            if self._in_dataset(dataset.dataset_id, run):
                ls = self._dials_ls(dataset.dataset_id, run)
                breaks = np.flatnonzero(np.diff((ls - 1) // LS_PER_FILE)) + 1
                parts = [("FINISHED", part) for part in np.split(ls, breaks) if part.size]
            elif place.streams or dataset_of("zerobias", place.era) != dataset:
                continue
            else:
                parts = []  # a run that is in no dataset, because none of its files could be read
            if not place.streams or self._streams[dataset.dataset_id] == place.streams[0]:
                parts += [(status, parse_ranges(where)) for status, where in place.broken_files]
            for status, ls in parts:
                number = file_number(index, self._run_index[run], int(ls[0]))
                yield file_row(dataset, number, run, place.start, ls, status)

    def _flags(self) -> Iterator[Attributes]:
        by_name = {element.me: element for element in self.elements(DEFAULT_WORKSPACE)}
        watched = sorted({one.run for one in self._anomalies if one.workspace == DEFAULT_WORKSPACE})
        for model in MODELS:
            element = by_name[model.target_me]
            if not model.active:
                continue
            for dataset in self.datasets:
                for run in watched:
                    ls = self.coverage(DEFAULT_WORKSPACE, dataset.dataset_id, run, element.me_id)
                    here = [
                        one for one in self._anomalies if one.concerns(DEFAULT_WORKSPACE, run, element.me)
                    ]
                    flagged, errors = model.flagged(run, ls, here)
                    for number, error in zip(flagged.tolist(), errors, strict=True):
                        yield {
                            "model_id": model.model_id,
                            "dataset_id": dataset.dataset_id,
                            "file_id": self.file_id(dataset.dataset_id, run, number),
                            "run_number": run,
                            "ls_number": number,
                            "me_id": element.me_id,
                            "mse": error,
                            "metric_value": error,
                        }


def build_world(oms_data: Path | None = None, oms_rates: Path | None = None) -> World:
    """Build the world: all synthetic, or around recorded OMS columns when files of them are given.

    Raises RecordingError, a ValueError that names the file and what is wrong with it.
    """
    if oms_data is None:
        if oms_rates is not None:
            raise RecordingError(oms_rates, "recorded rates need recorded lumisections with them")
        return World(synthetic_source(), load_truth())
    return World(recorded_source(oms_data, oms_rates), load_truth())
