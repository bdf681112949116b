"""The endpoints of DIALS: rows, details, counts, MEs, workspaces, certification files and ML flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.demo.tiny_world import EXPRESS, LS_COUNT, NAMES, PROMPT, RUNS

if TYPE_CHECKING:
    from tests.demo.serving import Tiny

RUN = f"{EXPRESS}/{RUNS[0]}"


KEY = "dataset_id dataset"
HISTOGRAM = "dataset_id dataset me file_id run_number ls_number me_id x_min x_max x_bin"
DATASET_REST = "era data_tier primary_ds_name processed_ds_name processing_version last_modification_date"
FILE_REST = "file_id file_size creation_date last_modification_date logical_file_name status err_trace"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("dataset-index/", f"{KEY} {DATASET_REST}"),
        ("file-index/", f"{KEY} {FILE_REST}"),
        ("run/", f"{KEY} run_number ls_count ls_completeness"),
        ("lumisection/", f"{KEY} run_number ls_number th1_count th2_count"),
        ("th1/", f"{HISTOGRAM} entries data"),
        ("th2/", f"{HISTOGRAM} y_min y_max y_bin entries data"),
    ],
)
def test_rows_have_the_fields_of_the_service(tiny: Tiny, path: str, fields: str) -> None:
    assert list(tiny.dials.get(path).json()["results"][0]) == fields.split()


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("dataset-index/99/", "DatasetIndex"),
        (f"file-index/{EXPRESS}/99/", "FileIndex"),
        (f"run/{EXPRESS}/1/", "Run"),
        (f"run/99/{RUNS[0]}/", "Run"),
        (f"lumisection/{RUN}/{LS_COUNT + 1}/", "Lumisection"),
        ("lumisection/99/1/1/", "Lumisection"),
        ("mes/99/", "MEs"),
        (f"th1/{RUN}/11/5/", "TH1"),
        (f"th1/{RUN}/10/7/", "TH1"),
        (f"th2/{RUN}/10/2/", "TH2"),
        ("th2/99/1/1/7/", "TH2"),
        ("ml-models-index/99/", "MLModelsIndex"),
        (f"ml-bad-lumisection/4/{RUN}/4/", "MLBadLumisection"),
    ],
)
def test_a_missing_detail_is_404_with_a_reason(tiny: Tiny, path: str, model: str) -> None:
    reply = tiny.dials.get(path)
    assert (reply.status_code, reply.json()) == (404, {"detail": f"No {model} matches the given query."})


@pytest.mark.parametrize("path", ["dataset-index/x/", "mes/x/", "ml-models-index/x/"])
def test_a_detail_that_is_no_number_is_404(tiny: Tiny, path: str) -> None:
    reply = tiny.dials.get(path)
    assert (reply.status_code, reply.json()) == (404, {"detail": "Not found."})


@pytest.mark.parametrize(
    ("listing", "detail"),
    [
        ("dataset-index/", f"dataset-index/{EXPRESS}/"),
        ("file-index/", f"file-index/{EXPRESS}/110/"),
        ("run/", f"run/{RUN}/"),
        ("lumisection/", f"lumisection/{RUN}/1/"),
        ("ml-models-index/", "ml-models-index/4/"),
        ("ml-bad-lumisection/", f"ml-bad-lumisection/4/{RUN}/2/2/"),
        ("ml-bad-lumisection/", f"ml-bad-lumisection/4/{RUN}/2/"),
    ],
)
def test_a_detail_is_the_row_of_the_list(tiny: Tiny, listing: str, detail: str) -> None:
    assert tiny.dials.get(detail).json() == tiny.dials.get(listing).json()["results"][0]


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("run/count/", 4),
        (f"run/count/?dataset_id={EXPRESS}", 2),
        ("file-index/count/?status=FINISHED", 2),
        ("lumisection/count/", 4 * LS_COUNT),
        (f"lumisection/count/?run_number={RUNS[0]}&ls_number__lte=10&dataset__regex=Express", 10),
    ],
)
def test_counts(tiny: Tiny, path: str, count: int) -> None:
    assert tiny.dials.get(path).json() == {"count": count}


def test_there_is_no_count_of_histograms(tiny: Tiny) -> None:
    assert tiny.dials.get("th1/count/").status_code == 404


def test_counts_of_mes_in_each_lumisection(tiny: Tiny) -> None:
    page = tiny.dials.get("lumisection/", params={"ls_number__gte": 9, "page_size": 2}).json()
    assert [(row["th1_count"], row["th2_count"]) for row in page["results"]] == [(1, 1), (2, 1)]


def test_ls_completeness_is_null_for_a_run_that_oms_does_not_know(tiny: Tiny) -> None:
    known = tiny.world.runs
    tiny.world.runs = {}
    try:
        assert tiny.dials.get(f"run/{RUN}/").json()["ls_completeness"] is None
    finally:
        tiny.world.runs = known


def test_mes_is_a_plain_list_with_counts(tiny: Tiny) -> None:
    mes = tiny.dials.get("mes/").json()
    assert mes[0] == {"me_id": 2, "me": "A/full", "count": 4 * LS_COUNT, "dim": 1}
    assert [me["me_id"] for me in mes] == [2, 5, 7, 9]
    assert tiny.dials.get("mes/7/").json() == mes[2]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("dim=2", [7]),
        ("me=A/full", [2]),
        ("me__regex=^A/", [2, 5]),
        (r"me__regex=_\%2B1$", [5]),
        ("me=a/full", []),
    ],
)
def test_mes_filters(tiny: Tiny, query: str, found: list[int]) -> None:
    assert [me["me_id"] for me in tiny.dials.get(f"mes/?{query}").json()] == found


def test_mes_of_a_run_are_those_of_its_lowest_lumisection_without_counts(tiny: Tiny) -> None:
    assert tiny.dials.get(f"mes/{RUN}/").json() == [
        {"me_id": 2, "me": "A/full", "dim": 1},
        {"me_id": 7, "me": "B/map", "dim": 2},
    ]


def test_mes_of_an_unknown_run_is_500(tiny: Tiny) -> None:
    assert tiny.dials.get(f"mes/{EXPRESS}/1/").status_code == 500


def test_workspaces_in_both_spellings(tiny: Tiny) -> None:
    for path in ("workspaces/", "auth/workspaces/"):
        assert tiny.dials.get(path).json() == {"workspaces": ["ecal", "tracker"]}
    for path in ("workspaces/my-default/", "auth/user-default-workspace/"):
        assert tiny.dials.get(path).json() == {"workspace": "tracker"}


def test_caf_gives_the_newest_certification_file(tiny: Tiny) -> None:
    reply = tiny.dials.get("caf/?class_name=Collisions24&kind=golden").json()
    assert reply["content"] == {str(RUNS[0]): [[1, 3]]}


def test_caf_is_404_for_an_unknown_class_and_500_for_an_unknown_kind(tiny: Tiny) -> None:
    assert tiny.dials.get("caf/?class_name=Collisions99&kind=dcs").status_code == 404
    assert tiny.dials.get("caf/?class_name=Collisions24&kind=silver").status_code == 500
    assert tiny.dials.get("caf/?kind=golden").status_code == 500


def test_reference_runs_are_a_plain_list(tiny: Tiny) -> None:
    assert tiny.anyone.get("/certhelper/refruns.json").json() == tiny.world.reference_runs()


ASKED = {"model_id__in": [4], "dataset_id__in": [EXPRESS], "run_number__in": [RUNS[0], RUNS[1]]}


def test_certification_json_lists_the_flags_of_each_lumisection(tiny: Tiny) -> None:
    reply = tiny.dials.post("ml-bad-lumisection/cert-json/", json=ASKED).json()
    flag = {"model_id": 4, "me_id": 2, "filename": "m.onnx", "me": "A/full", "mse": 0.5}
    assert reply == {str(RUNS[0]): {"2": [flag], "3": [flag], "7": [flag]}, str(RUNS[1]): {}}


def test_golden_json_is_what_no_model_flagged(tiny: Tiny) -> None:
    reply = tiny.dials.post("ml-bad-lumisection/golden-json/", json=ASKED).json()
    assert reply == {str(RUNS[0]): [[1, 1], [4, 6], [8, LS_COUNT]], str(RUNS[1]): [[1, LS_COUNT]]}


def test_golden_json_leaves_out_unknown_runs(tiny: Tiny) -> None:
    reply = tiny.dials.post("ml-bad-lumisection/golden-json/", json={**ASKED, "run_number__in": [1]})
    assert reply.json() == {}


@pytest.mark.parametrize("name", ["cert-json", "golden-json"])
def test_ml_json_is_also_read_with_get_as_the_older_backend_does(tiny: Tiny, name: str) -> None:
    lists = {key: ",".join(map(str, value)) for key, value in ASKED.items()}
    path = f"ml-bad-lumisection/{name}/"
    assert tiny.dials.get(path, params=lists).json() == tiny.dials.post(path, json=ASKED).json()


def test_ml_json_refuses_what_it_cannot_read(tiny: Tiny) -> None:
    path = "ml-bad-lumisection/cert-json/"
    assert tiny.dials.post(path, content=b"{").status_code == 400
    assert tiny.dials.post(path, json={**ASKED, "model_id__in": ["x"]}).status_code == 400
    assert tiny.dials.post(path, json={"model_id__in": [4]}).status_code == 500
    assert tiny.dials.post(path, json=[]).status_code == 500
    assert tiny.anyone.post(f"/api/v1/{path}", json=ASKED).status_code == 403


def test_the_proxy_passes_everything_on_and_gives_what_oms_gives(tiny: Tiny) -> None:
    query = (
        f"filter[run_number][EQ]={RUNS[0]}&filter%5Brun_number%5D%5BGE%5D=1&fields=run_number&page[limit]=1"
    )
    proxied = tiny.dials.get(f"oms-proxy/?endpoint=lumisections&{query}")
    assert proxied.json() == tiny.oms.get(f"lumisections?{query}").json()
    assert proxied.json()["meta"]["totalResourceCount"] == 11


@pytest.mark.parametrize(
    "query", ["endpoint=nothing", "endpoint=runs&filter[nothing]=1", "endpoint=runs/1", ""]
)
def test_any_oms_error_becomes_500_in_the_proxy(tiny: Tiny, query: str) -> None:
    reply = tiny.dials.get(f"oms-proxy/?{query}")
    assert (reply.status_code, reply.headers["content-type"]) == (500, "text/html; charset=utf-8")


def test_datasets_are_named_in_every_row(tiny: Tiny) -> None:
    page = tiny.dials.get("th2/", params={"dataset_id": PROMPT}).json()
    assert {row["dataset"] for row in page["results"]} == {NAMES[PROMPT]}
