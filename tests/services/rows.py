"""Good replies of DIALS and OMS, made to order."""

from __future__ import annotations

from typing import Any

DATASET = "/ZeroBias/Run2024E-PromptReco-v1/DQMIO"
DATASET_ID = 14711840
RUN = 381065


def page(results: list[Any], following: str | None = None) -> dict[str, Any]:
    """One page of DIALS; `following` is the token of the next one."""
    url = (
        None
        if following is None
        else f"https://elsewhere.example/api/v1/x/?next_token={following}&page_size=500"
    )
    return {"next": url, "previous": None, "results": results}


def dataset(dataset_id: int = DATASET_ID) -> dict[str, Any]:
    return {
        "dataset_id": dataset_id,
        "dataset": DATASET,
        "era": "Run2024E",
        "data_tier": "DQMIO",
        "primary_ds_name": "ZeroBias",
        "processed_ds_name": "Run2024E-PromptReco-v1",
        "processing_version": 1,
        "last_modification_date": "2024-06-03T09:12:44.518300Z",
    }


def file(file_id: int = 1) -> dict[str, Any]:
    return {
        "dataset_id": DATASET_ID,
        "dataset": DATASET,
        "file_id": file_id,
        "file_size": 38035167,
        "creation_date": "2024-05-22T10:00:51Z",
        "last_modification_date": "2024-05-22T13:00:51Z",
        "logical_file_name": "/store/data/x.root",
        "status": "FINISHED",
        "err_trace": None,
    }


def run(number: int = RUN, dataset_id: int = DATASET_ID) -> dict[str, Any]:
    return {"dataset_id": dataset_id, "dataset": DATASET, "run_number": number, "ls_count": 819}


def lumisection(ls: int) -> dict[str, Any]:
    return {
        "dataset_id": DATASET_ID,
        "dataset": DATASET,
        "run_number": RUN,
        "ls_number": ls,
        "th1_count": 100 + ls,
        "th2_count": 10,
    }


def me(me_id: int = 3, dim: int = 1) -> dict[str, Any]:
    return {"me_id": me_id, "me": "PixelPhase1/Tracks/charge_PXDisk_+1", "count": 21584, "dim": dim}


def th1(ls: int, n_bins: int = 4, **changes: Any) -> dict[str, Any]:
    row = {
        "dataset_id": DATASET_ID,
        "dataset": DATASET,
        "me": "PixelPhase1/Tracks/charge_PXDisk_+1",
        "file_id": 49186000,
        "run_number": RUN,
        "ls_number": ls,
        "me_id": 3,
        "x_min": 0.0,
        "x_max": 4.0,
        "x_bin": float(n_bins),
        "entries": 1000 + ls,
        "data": [float(ls + bin_) for bin_ in range(n_bins)],
    }
    return row | changes


def th2(ls: int, nx: int = 3, ny: int = 2, **changes: Any) -> dict[str, Any]:
    data = [[float(100 * ls + 10 * y + x) for x in range(nx)] for y in range(ny)]
    row = th1(ls, nx, y_min=-1.0, y_max=1.0, y_bin=ny, data=data)
    return row | changes


def record(
    kind: str, name: str, units: dict[str, str | None] | None = None, **attributes: Any
) -> dict[str, Any]:
    """One record of OMS."""
    made: dict[str, Any] = {"id": name, "type": kind, "attributes": attributes}
    if units is not None:
        made["meta"] = {"row": {attribute: {"units": unit} for attribute, unit in units.items()}}
    return made


def records(data: Any, total: int | None = None) -> dict[str, Any]:
    """One reply of OMS."""
    links = {"first": "https://https://oms/x", "last": "https://https://oms/x", "next": None, "prev": None}
    count = len(data) if total is None else total
    return {"data": data, "links": links, "meta": {"totalResourceCount": count}}


def oms_run(number: int = RUN) -> dict[str, Any]:
    return record(
        "runs",
        str(number),
        {"delivered_lumi": "pb^{-1}", "init_lumi": "10^{34}cm^{-2}s^{-1}", "duration": None},
        run_number=number,
        fill_number=9662,
        era="2024E",
        sequence="GLOBAL-RUN",
        start_time="2024-05-20T05:51:08Z",
        end_time=None,
        duration=19791,
        last_lumisection_number=849,
        stable_beam=True,
        energy=6800,
        components=["DAQ", "PIXEL"],
        delivered_lumi=379.57,
        recorded_lumi=None,
        l1_rate=86338.18,
        hlt_physics_counter=7224070.0,
        initial_prescale_index=7,
        something_new={"a": [1]},
    )


def oms_fill(number: int = 9662) -> dict[str, Any]:
    return record(
        "fills",
        str(number),
        {"crossing_angle": "{\\mu}rad"},
        fill_number=number,
        stable_beams=True,
        start_time="2024-05-20T05:11:08Z",
        bunches_colliding=None,
        crossing_angle=160.0,
        injection_scheme="25ns_2352b",
    )


def oms_lumisection(ls: int, **changes: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "run_number": RUN,
        "lumisection_number": ls,
        "delivered_lumi_per_lumisection": 0.25,
        "pileup": None,
        "bpix_ready": True,
        "prescale_name": "2p0E34+ZeroBias",
    }
    units = {"delivered_lumi_per_lumisection": "pb^{-1}", "pileup": None}
    return record("lumisections", f"{RUN}_{ls}", units, **(attributes | changes))


def rate(ls: int, **changes: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "run_number": RUN,
        "path_name": "HLT_ZeroBias_v11",
        "first_lumisection_number": ls,
        "last_lumisection_number": ls,
        "rate": 51.0 + ls,
        "counter": 1189 + ls,
    }
    return record("hltpathrates", f"{RUN}_{ls}", **(attributes | changes))
