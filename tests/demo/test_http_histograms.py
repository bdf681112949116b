"""th1 and th2: in the order of their keys, ragged, and only what is served is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dqmtui.demo.web import dials_histograms as http_dials_histograms
from tests.demo.tiny_world import BROKEN_ME, EXPRESS, LS_COUNT, PROMPT, RUNS, SPARSE_ME

if TYPE_CHECKING:
    import pytest

    from tests.demo.serving import Tiny

ONE_RUN = {"dataset_id": EXPRESS, "run_number": RUNS[0]}


def keys(page: dict[str, Any]) -> list[tuple[int, int, int, int]]:
    return [(row["dataset_id"], row["run_number"], row["ls_number"], row["me_id"]) for row in page["results"]]


def drawn(tiny: Tiny, path: str, **parameters: Any) -> tuple[dict[str, Any], int]:
    before = tiny.world.drawn
    page = tiny.dials.get(path, params=parameters).json()
    return page, tiny.world.drawn - before


def test_a_page_of_500_draws_500_histograms(tiny: Tiny) -> None:
    page, count = drawn(tiny, "th1/", **ONE_RUN, me_id=2, page_size=500)
    assert (len(page["results"]), count) == (500, 500)


def test_a_detail_draws_one(tiny: Tiny) -> None:
    row, count = drawn(tiny, f"th1/{EXPRESS}/{RUNS[0]}/10/{SPARSE_ME}/")
    assert (row["ls_number"], row["entries"], count) == (10, 100, 1)


def test_without_dataset_id_rows_come_in_key_order_and_lazily(tiny: Tiny) -> None:
    page, _ = drawn(tiny, "th1/", run_number=RUNS[0], ls_number__lte=10, me__regex="^A/", page_size=500)
    assert keys(page) == [
        (dataset, RUNS[0], ls, me)
        for dataset in (EXPRESS, PROMPT)
        for ls in range(1, 11)
        for me in ((2, SPARSE_ME) if ls == 10 else (2,))
    ]
    page, count = drawn(tiny, "th2/")
    assert keys(page) == [(EXPRESS, RUNS[0], ls, 7) for ls in range(1, 11)]
    assert count == 10


def test_coverage_is_ragged(tiny: Tiny) -> None:
    page = tiny.dials.get("th1/", params={**ONE_RUN, "me_id": SPARSE_ME, "page_size": 500}).json()
    assert [row["ls_number"] for row in page["results"]] == list(range(10, LS_COUNT + 1, 10))


def test_2d_data_is_y_rows_of_x_values(tiny: Tiny) -> None:
    row = tiny.dials.get(f"th2/{EXPRESS}/{RUNS[0]}/1/7/").json()
    assert (row["x_bin"], row["y_bin"]) == (3, 2)
    assert row["data"] == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


def test_bins_are_sent_as_floats(tiny: Tiny) -> None:
    text = tiny.dials.get(f"th1/{EXPRESS}/{RUNS[0]}/1/2/").text
    assert '"data":[0.0,1.0,2.0,3.0]' in text
    assert '"entries":10,' in text


def test_a_nan_bin_turns_the_whole_page_into_a_500(tiny: Tiny) -> None:
    reply = tiny.dials.get("th1/", params={"dataset_id": PROMPT})
    assert reply.status_code == 500
    assert tiny.dials.get("th1/", params={"dataset_id": PROMPT, "me_id": 2}).status_code == 200
    assert tiny.dials.get(f"th1/{PROMPT}/{RUNS[0]}/1/{BROKEN_ME}/").status_code == 500


def test_mes_are_found_by_name_and_regex(tiny: Tiny) -> None:
    by_name = tiny.dials.get("th1/", params={**ONE_RUN, "me": "A/sparse_+1"}).json()
    by_regex = tiny.dials.get("th1/", params={**ONE_RUN, "me__regex": r"_\+1$"}).json()
    assert keys(by_name) == keys(by_regex) == [(EXPRESS, RUNS[0], ls, SPARSE_ME) for ls in range(10, 101, 10)]


def test_th1_has_no_2d_mes_and_th2_no_1d_mes(tiny: Tiny) -> None:
    assert tiny.dials.get("th1/", params={"me_id": 7}).json()["results"] == []
    assert tiny.dials.get("th2/", params={"me_id": 2}).json()["results"] == []


def test_files_select_lumisections(tiny: Tiny) -> None:
    by_id = tiny.dials.get("th1/", params={**ONE_RUN, "me_id": 2, "file_id": EXPRESS * 10 + 1}).json()
    assert [row["ls_number"] for row in by_id["results"]] == list(range(601, 611))
    by_name = tiny.dials.get("th1/", params={"me_id": 2, "logical_file_name": "/store/22/1.root"}).json()
    assert keys(by_name)[0] == (PROMPT, RUNS[0], 601, 2)
    by_regex = tiny.dials.get("th1/", params={"me_id": 2, "logical_file_name__regex": "^/store/11/1"}).json()
    assert by_regex["results"] == by_id["results"]
    assert tiny.dials.get("th1/", params={"file_id": 5}).json()["results"] == []


def test_entries_gte_selects_rows(tiny: Tiny) -> None:
    page = tiny.dials.get("th1/", params={**ONE_RUN, "entries__gte": 11985}).json()
    assert keys(page) == [
        (EXPRESS, RUNS[0], 1199, 2),
        (EXPRESS, RUNS[0], 1200, 2),
        (EXPRESS, RUNS[0], 1200, 5),
    ]


def test_without_bins_nothing_is_drawn(tiny: Tiny) -> None:
    page, count = drawn(tiny, "th1/", **ONE_RUN, fields="ls_number,me_id", page_size=20)
    assert page["results"][0] == {"ls_number": 1, "me_id": 2}
    assert count == 0


def test_pages_go_on_over_blocks_runs_and_datasets(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_dials_histograms, "BLOCK_ROWS", 7)
    seen: list[tuple[int, int, int, int]] = []
    page = tiny.dials.get("th1/", params={"me__regex": "^A/", "page_size": 500}).json()
    while page["next"]:
        seen += keys(page)
        page = tiny.dials.get(page["next"]).json()
    seen += keys(page)
    assert seen == sorted(set(seen))
    assert len(seen) == 4 * (LS_COUNT + LS_COUNT // 10)


def test_a_search_that_takes_too_long_is_given_up(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_dials_histograms, "WORKER_TIMEOUT_S", -1.0)
    assert tiny.dials.get("th1/", params={"entries__gte": 10**9}).status_code == 504
