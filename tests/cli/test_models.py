"""`dqmtui models`, `dqmtui flags` and `dqmtui files`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from dqmtui.cli.exits import Exit
from tests.cli.between import InBetween

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended
    from tests.services.web import Web


@pytest.fixture
def flagged(dials: httpx.Client) -> dict[str, Any]:
    """A flag that the embedded DIALS has."""
    flag: dict[str, Any] = dials.get("ml-bad-lumisection/", params={"page_size": 500}).json()["results"][0]
    return flag


def place(flag: dict[str, Any], dials: httpx.Client) -> tuple[str, ...]:
    row = dials.get(f"dataset-index/{flag['dataset_id']}/").json()
    return ("--run", str(flag["run_number"]), "--dataset", row["dataset"])


def test_models_are_those_of_the_workspace(cli: Callable[..., Ended], dials: httpx.Client) -> None:
    rows = cli("models", "--json").json()
    sent = dials.get("ml-models-index/", params={"page_size": 500}).json()["results"]
    assert [(row["model_id"], row["active"]) for row in rows] == [
        (model["model_id"], model["active"]) for model in sent
    ]
    head, *lines = cli("models").out.splitlines()
    assert head.split()[:3] == ["model", "active", "threshold"]
    assert len(lines) == len(rows)


def test_flags_are_those_of_the_run_with_model_and_element(
    cli: Callable[..., Ended], dials: httpx.Client, flagged: dict[str, Any]
) -> None:
    rows = cli("flags", *place(flagged, dials), "--json").json()
    params = {"dataset_id": flagged["dataset_id"], "run_number": flagged["run_number"], "page_size": 500}
    sent = dials.get("ml-bad-lumisection/", params=params).json()["results"]
    assert sorted((row["ls"], row["model_id"], row["metric"]) for row in rows) == sorted(
        (flag["ls_number"], flag["model_id"], flag["mse"]) for flag in sent
    )
    assert all(row["model"] and row["me"] for row in rows)


def test_the_flags_of_some_models_by_number_or_part_of_the_name(
    cli: Callable[..., Ended], dials: httpx.Client, flagged: dict[str, Any]
) -> None:
    at = place(flagged, dials)
    everything = cli("flags", *at, "--json").json()
    wanted = [row for row in everything if row["model_id"] == flagged["model_id"]]
    assert cli("flags", *at, "--model", str(flagged["model_id"]), "--json").json() == wanted
    assert cli("flags", *at, "--model", wanted[0]["model"].upper(), "--json").json() == wanted


def test_the_table_has_a_line_per_model_with_ranges_of_ls(
    cli: Callable[..., Ended], dials: httpx.Client, flagged: dict[str, Any]
) -> None:
    head, *lines = cli("flags", *place(flagged, dials)).out.splitlines()
    assert head.split()[:3] == ["model", "LS", "worst"]
    rows = cli("flags", *place(flagged, dials), "--json").json()
    assert [int(line.split()[0]) for line in lines] == sorted({row["model_id"] for row in rows})


def test_a_run_that_no_model_calls_bad_is_an_answer(cli: Callable[..., Ended]) -> None:
    done = cli("flags", "--run", "381067", "--dataset", "ZeroBias", "--json")
    assert done.json() == []
    assert "No model calls an LS of run 381067 bad" in done.err


@pytest.mark.parametrize("form", ["cert-json", "golden-json"])
def test_flags_in_the_forms_of_dials_are_what_dials_itself_gives(
    cli: Callable[..., Ended], dials: httpx.Client, flagged: dict[str, Any], form: str
) -> None:
    sent = dials.get("ml-bad-lumisection/", params={"dataset_id": flagged["dataset_id"], "page_size": 500})
    runs = sorted({flag["run_number"] for flag in sent.json()["results"]})[:2]
    assert len(runs) == 2
    models = dials.get("ml-models-index/", params={"page_size": 500}).json()["results"]
    asked = {
        "model_id__in": ",".join(str(model["model_id"]) for model in models),
        "dataset_id__in": str(flagged["dataset_id"]),
        "run_number__in": ",".join(map(str, runs)),
    }
    theirs = dials.get(f"ml-bad-lumisection/{form}/", params=asked).json()
    _, _, *dataset = place(flagged, dials)
    line = [part for run in runs for part in ("--run", str(run))]
    ours = cli("flags", *line, *dataset, "--format", form).json()
    assert ours == theirs
    assert list(ours) == list(map(str, runs))


def test_golden_json_goes_into_a_file_and_is_read_back(
    cli: Callable[..., Ended], dials: httpx.Client, flagged: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "golden.json"
    at = place(flagged, dials)
    assert cli("flags", *at, "--format", "golden-json", "--output", str(file)).code == Exit.OK
    merged = cli("golden", "merge", str(file))
    assert merged.json() == orjson.loads(file.read_text())
    refused = cli("flags", *at, "--format", "golden-json", "--output", str(file))
    assert (refused.code, refused.out) == (Exit.UNEXPECTED, "")
    assert "--force replaces it" in refused.err


def test_several_runs_stand_in_one_table(
    cli: Callable[..., Ended], dials: httpx.Client, flagged: dict[str, Any]
) -> None:
    at = place(flagged, dials)
    both = cli("flags", *at, "--run", "381067", "--json").json()
    assert both == cli("flags", *at, "--json").json()
    assert {row["run_number"] for row in both} == {flagged["run_number"]}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--format cert-json --json", "is JSON anyway"),
        ("--output x.json", "goes with --format cert-json or golden-json"),
    ],
)
def test_forms_that_contradict_each_other(cli: Callable[..., Ended], line: str, says: str) -> None:
    done = cli("flags", "--run", "381065", *line.split())
    assert done.code == Exit.USAGE
    assert says in done.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("flags --run 381065 --dataset ZeroBias --model nonsense", "no model 'nonsense'; there are:\n  17  "),
        ("flags --run 999999", "DIALS has no run 999999"),
        ("models --workspace jetmet", "Workspace jetmet has no anomaly models."),
        ("files --run 999999", "DIALS has no file of run 999999 in workspace tracker"),
        ("files --run 381065 --dataset nope", "datasets with 'nope' in their name"),
    ],
)
def test_nothing_found(cli: Callable[..., Ended], line: str, says: str) -> None:
    done = cli(*line.split(), "--json")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert says in done.err


def test_flags_and_models_in_the_words_of_the_newer_backend(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices, dials: httpx.Client, flagged: dict[str, Any]
) -> None:
    def edit(reply: Any) -> Any:
        for row in reply["results"]:
            for name in ("mse", "me_id", "file_id", "filename", "target_me"):
                row.pop(name, None)
            if "ls_number" in row:
                row["metric_value"] = 0.5
            else:
                del row["model_id"]
        return reply

    at = place(flagged, dials)
    web.handler = InBetween(demo, lambda request: "/ml-" in request.url.path, edit=edit)
    rows = on_web("flags", *at, "--json").json()
    assert {row["metric"] for row in rows} == {0.5}
    assert {row["me_id"] for row in rows} == {None}
    assert all(row["model"].startswith("autoencoder") for row in rows)


def test_files_tell_why_a_run_is_missing(cli: Callable[..., Ended], dials: httpx.Client) -> None:
    sent = dials.get("file-index/", params={"status": "ROOTFILE_ERROR"}).json()["results"][0]
    run = str(int("".join(sent["logical_file_name"].split("/")[-5:-2])))
    done = cli("files", "--run", run, "--json")
    (mine,) = [row for row in done.json() if row["file_id"] == sent["file_id"]]
    assert {name: mine[name] for name in ("status", "err_trace", "file_size", "dataset")} == {
        name: sent[name] for name in ("status", "err_trace", "file_size", "dataset")
    }
    assert f"run {run} is in DIALS" in done.err or f"DIALS has no run {run}" in done.err


def test_the_table_of_files_shows_status_and_trouble(cli: Callable[..., Ended]) -> None:
    head, *lines = cli("files", "--run", "382230").out.splitlines()
    assert head.split()[:2] == ["status", "MB"]
    broken = [line for line in lines if line.startswith("PARSING_ERROR")]
    assert broken
    assert all("ValueError: cannot reshape array" in line for line in broken)


def test_of_a_trace_the_table_shows_the_last_line(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    def edit(reply: Any) -> Any:
        for row in reply["results"]:
            row["err_trace"] = "Traceback:\n  in f\n\x1b[31mKeyError: 5\n"
        return reply

    web.handler = InBetween(demo, lambda request: "/file-index/" in request.url.path, edit=edit)
    done = on_web("files", "--run", "381065", "--dataset", "ZeroBias")
    assert r"\x1b[31mKeyError: 5" in done.out
    assert "Traceback" not in done.out
    assert "\x1b" not in done.out
    rows = on_web("files", "--run", "381065", "--dataset", "ZeroBias", "--json").json()
    assert r"Traceback:\n  in f" in rows[0]["err_trace"]
