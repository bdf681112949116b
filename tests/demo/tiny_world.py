"""A world small enough to know by heart, for promises that need an odd one or a count of what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.records import Dataset, Element, FileRow, RateColumns, RunRecord
from dqmtui.demo.cms.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.demo.cms.records import Attributes

EXPRESS, PROMPT = 11, 22
RUNS = (381065, 381067)
LS_COUNT = 1200
BROKEN_ME = 9
SPARSE_ME = 5
NAMES = {EXPRESS: "/Express/Run2024E-v1/DQMIO", PROMPT: "/Prompt+X/Run2024E-v1/DQMIO"}


def _run(number: int) -> RunRecord:
    ls: list[object] = [*range(1, 9), *range(12, 15)]
    return RunRecord(
        run_number=number,
        attributes={
            "run_number": number,
            "sequence": "GLOBAL-RUN",
            "end_time": None if number == RUNS[1] else "2024-05-20T10:00:00Z",
            "start_time": "2024-05-20T02:00:00Z",
            "components": ["PIXEL", "TRACKER"],
            "last_lumisection_number": 14,
            "stable_beam": True,
            "energy": 6800.0,
            "recorded_lumi": number - 381000.5,
            "duration": 326,
        },
        units={"recorded_lumi": "pb^{-1}"} if number == RUNS[0] else {"recorded_lumi": "{\\mu}b^{-1}"},
        lumisections={
            "run_number": [number] * len(ls),
            "lumisection_number": ls,
            "pileup": [None if n == 3 else 50.0 + int(str(n)) for n in ls],
            "beams_stable": [n != 1 for n in ls],
            "prescale_name": [None if n == 14 else "2p0E34+HLTPhysics" for n in ls],
            "start_time": [f"2024-05-20T02:00:{n:02}Z" for n in ls],
            "cms_active": [True] * len(ls),
        },
        lumisection_units={},
        hlt={
            "HLT_ZeroBias_v11": RateColumns((2, 3, 5), (10.0, 0.0, None), (233, 0, None)),
            "HLT_Physics_v12": RateColumns((2, 3), (1.0, 2.0), (23, 47)),
        },
        datasets={"ZeroBias": RateColumns((2, 3), (1.5, 2.5), (35, 58))},
        l1=[
            {
                "run_number": number,
                "first_lumisection_number": n,
                "last_lumisection_number": n,
                "start_time": "2024-05-20T02:00:00Z",
                "percentage_physics_triggers_lost": 2.0 * n,
                "l1a_total": {"counter": 100 * n, "rate": 4.3 * n},
            }
            for n in (1, 2, 3)
        ],
        deadtime={"run_number": number, "overall_total_deadtime": {"counter": 7, "percent": 3.5}},
        prescale_changes=[{"run_number": number, "lumisection_number": 1, "new_prescale_index": 7}],
    )


class TinyWorld(World):
    """Two workspaces, two datasets, two runs of 1200 LS, five MEs: ones that are full, sparse, 2D and NaN."""

    def __init__(self) -> None:
        self.workspaces = ("ecal", "tracker")
        self.default_workspace = "tracker"
        self.datasets = tuple(
            Dataset(
                number, name, "Run2024E", "DQMIO", name.split("/")[1], "v1", 1, "2024-06-01T00:00:00Z", "x"
            )
            for number, name in NAMES.items()
        )
        self.runs = {number: _run(number) for number in RUNS}
        self.fills = ({"fill_number": 9662, "energy": 6800.0, "beta_star": 30.0, "injection_scheme": None},)
        self.eras = ({"name": "2024E", "start_fill": 9600, "end_fill": None},)
        self.drawn = 0

    @property
    def ml_models(self) -> tuple[Attributes, ...]:
        return ({"id": 4, "model_id": 4, "filename": "m.onnx", "target_me": "A/full", "active": True},)

    @property
    def ml_flags(self) -> tuple[Attributes, ...]:
        return tuple(
            {
                "model_id": 4,
                "dataset_id": EXPRESS,
                "file_id": 1,
                "run_number": RUNS[0],
                "ls_number": ls,
                "me_id": 2,
                "mse": 0.5,
                "metric_value": 0.5,
            }
            for ls in (2, 3, 7)
        )

    def elements(self, _workspace: str) -> tuple[Element, ...]:
        return (
            Element(2, "A/full", 1, "", 4, 0.0, 4.0),
            Element(SPARSE_ME, "A/sparse_+1", 1, "", 2, -1.0, 1.0),
            Element(7, "B/map", 2, "", 3, 0.0, 3.0, 2, 0.0, 2.0),
            Element(BROKEN_ME, "C/broken", 1, "", 2, 0.0, 1.0),
        )

    def dataset_runs(self, _workspace: str, dataset_id: int) -> tuple[int, ...]:
        return RUNS if dataset_id in NAMES else ()

    def lumisections(self, workspace: str, dataset_id: int, run: int) -> NDArray[np.int64]:
        known = run in self.dataset_runs(workspace, dataset_id)
        return np.arange(1, LS_COUNT + 1 if known else 1, dtype=np.int64)

    def coverage(self, workspace: str, dataset_id: int, run: int, me_id: int) -> NDArray[np.int64]:
        ls = self.lumisections(workspace, dataset_id, run)
        if me_id == BROKEN_ME:
            return ls[:1] if dataset_id == PROMPT else ls[:0]
        return ls[9::10] if me_id == SPARSE_ME else ls

    def me_counts(
        self, workspace: str, dataset_id: int, run: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        ls = self.lumisections(workspace, dataset_id, run)
        return 1 + (ls % 10 == 0).astype(np.int64), np.ones_like(ls)

    def row_count(self, workspace: str, me_id: int) -> int:
        return sum(len(self.coverage(workspace, d, r, me_id)) for d in NAMES for r in RUNS)

    def histograms(
        self, workspace: str, dataset_id: int, run: int, me_id: int, ls: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        if not np.isin(ls, self.coverage(workspace, dataset_id, run, me_id)).all():
            raise KeyError(me_id)
        self.drawn += len(ls)
        shape = (len(ls), 2, 3) if me_id == 7 else (len(ls), 4)
        data = np.arange(int(np.prod(shape)), dtype=float).reshape(shape)
        return ls * 10, np.full(shape, np.nan) if me_id == BROKEN_ME else data

    def files(self, _workspace: str) -> tuple[FileRow, ...]:
        return tuple(
            FileRow(
                dataset_id=dataset_id,
                dataset=NAMES[dataset_id],
                file_id=self.file_id(dataset_id, RUNS[0], half * 600 + 1),
                file_size=1000 * (half + 1),
                creation_date="2024-06-01T00:00:00Z",
                last_modification_date="2024-06-01T00:00:00Z",
                logical_file_name=f"/store/{dataset_id}/{half}.root",
                status="FINISHED" if half else "PARSING_ERROR",
                err_trace=None if half else "Traceback",
            )
            for dataset_id in NAMES
            for half in (0, 1)
        )

    def file_id(self, dataset_id: int, _run: int, ls: int) -> int:
        return dataset_id * 10 + (ls > 600)

    def certification(self, class_name: str, kind: str) -> Attributes:
        if class_name != "Collisions24":
            raise KeyError(class_name)
        return {"name": f"{kind}.json", "content": {str(RUNS[0]): [[1, 3]]}}

    def reference_runs(self) -> list[Attributes]:
        return [{"run_number": RUNS[1], "reference_run_number": RUNS[0]}]
