"""Layout files: the shipped ones, the person's own, and DQMExplore's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dqmtui.demo.cms.elements import elements
from dqmtui.model.keys import MonitoringElement
from dqmtui.model.normalise import Normalisation
from dqmtui.store.layout_files import (
    SHIPPED,
    SHIPPED_DIR,
    LayoutError,
    available_layouts,
    load_dqmexplore,
    load_fig_config,
    load_layout,
)

if TYPE_CHECKING:
    from pathlib import Path

OWN = 'title = "Mine"\n[[plots]]\nme = "*/charge_PXLayer_1"\n'
TRACKER = [MonitoringElement(one.me_id, one.me, one.dim) for one in elements("tracker")]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_layout_shows_elements_of_the_tracker_workspace(name: str) -> None:
    layout = load_layout(available_layouts()[name])
    found = layout.resolve(TRACKER)
    assert found.notes == ()
    assert len({one.element for one in found.found}) == len(layout.plots)


def test_all_shipped_files_are_offered_in_the_order_of_a_walk() -> None:
    assert tuple(available_layouts()) == SHIPPED
    assert {path.stem for path in SHIPPED_DIR.iterdir()} == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_N3_shipped_layouts_normalise_no_ratio_and_fit_statistics_to_the_dimension(name: str) -> None:
    for one in load_layout(available_layouts()[name]).resolve(TRACKER).found:
        options = one.plot.options
        if one.element.is_ratio_by_name:
            assert options.normalisation is Normalisation.COUNTS
        assert (options.statistic in {"occupancy", "empty_bins"}) == (one.element.dim == 2)


def test_recorded_names_of_the_tracker_workspace_are_all_found(shared_data: Path) -> None:
    rows = json.loads((shared_data / "tracker_mes.json").read_text())
    recorded = [MonitoringElement(row["me_id"], row["me"], row["dim"]) for row in rows]
    for path in available_layouts().values():
        assert load_layout(path).resolve(recorded).notes == ()


def test_a_layout_of_the_persons_own_stands_behind_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(OWN)
    (tmp_path / "notes.txt").write_text("no layout")
    found = available_layouts(tmp_path)
    assert tuple(found) == (*SHIPPED, "mine")
    layout = load_layout(found["mine"])
    assert (layout.name, layout.title, layout.grid) == ("mine", "Mine", 1)


def test_a_layout_of_the_persons_own_replaces_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "tib.toml").write_text(OWN)
    found = available_layouts(tmp_path)
    assert tuple(found) == SHIPPED
    assert found["tib"] == tmp_path / "tib.toml"


def test_a_directory_that_is_not_there_has_no_layouts(tmp_path: Path) -> None:
    assert tuple(available_layouts(tmp_path / "none")) == SHIPPED


@pytest.mark.parametrize(
    ("text", "key", "nearest", "words"),
    [
        (OWN.replace("title", "titel"), "titel", "title", "unknown key; did you mean title?"),
        (OWN + "logy = true", "plots[1].logy", "log_y", "unknown key; did you mean log_y?"),
        ("title = ", None, None, "is not TOML: "),
        ("x = " + "[" * 5000, None, None, "is not TOML: "),
    ],
)
def test_an_error_names_file_key_and_the_nearest_valid_key(
    tmp_path: Path, text: str, key: str | None, nearest: str | None, words: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(LayoutError) as caught:
        load_layout(path)
    assert (caught.value.file, caught.value.key, caught.value.nearest) == (path, key, nearest)
    assert str(caught.value).startswith(f"{path}: {key}: {words}" if key else f"{path}: {words}")


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="cannot be read: No such file"):
        load_layout(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(LayoutError, match="is not a text"):
        load_layout(tmp_path / "bytes.toml")


def test_dqmexplore_configurations_are_read_as_they_are(tmp_path: Path) -> None:
    plots, figure = tmp_path / "plots_config.json", tmp_path / "fig_config.json"
    plots.write_text(json.dumps({TRACKER[1].me: {"norm": "trig", "colour": 1}, TRACKER[0].me: None}))
    figure.write_text(json.dumps({"figure_title": "Charge", "width": 800, "dpi": 96}))
    found = load_dqmexplore(plots, figure)
    assert (found.title, found.grid) == ("Charge", 2)
    assert [one.element for one in found.resolve(TRACKER).found] == [TRACKER[1], TRACKER[0]]
    assert found.plots[0].options.normalisation is Normalisation.PER_HZ
    assert found.plots[0].extra == {"colour": 1}
    assert found.notes == (
        f"{TRACKER[1].me}: colour is not used",
        "fig_config.json: dpi is not used",
    )
    assert found.extra == {"figure_title": "Charge", "width": 800, "dpi": 96}
    assert load_dqmexplore(plots).title == "plots_config"
    assert load_fig_config(figure).width == 800.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"A": {}, "A": {}}', "A: stands twice"),
        ("{", "is not JSON: "),
        ("[" * 100000, "is not JSON: "),
        ('{"A": {"xlim": [1, 0]}}', "A.xlim: 1 is not below 0"),
    ],
)
def test_a_bad_plots_config_names_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "plots.json"
    path.write_text(text)
    with pytest.raises(LayoutError) as caught:
        load_dqmexplore(path)
    assert str(caught.value).startswith(f"{path}: {words}")


def test_a_bad_fig_config_names_its_own_file(tmp_path: Path) -> None:
    plots, figure = tmp_path / "plots.json", tmp_path / "fig.json"
    plots.write_text('{"A": {}}')
    figure.write_text('{"width": "wide"}')
    with pytest.raises(LayoutError) as caught:
        load_dqmexplore(plots, figure)
    assert (caught.value.file, caught.value.key) == (figure, "width")


def test_a_directory_that_cannot_be_reached_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "layouts").symlink_to("x" * 300)
    with pytest.raises(LayoutError, match="cannot be listed: File name too long"):
        available_layouts(tmp_path / "layouts")
    assert set(available_layouts(tmp_path / "none")) == set(SHIPPED)
