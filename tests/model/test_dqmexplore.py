"""DQMExplore's plots_config and fig_config as layouts."""

from __future__ import annotations

import pytest

from dqmtui.model.dqmexplore import read_fig_config, read_plots_config
from dqmtui.model.layouts import LayoutKeyError, PlotOptions
from dqmtui.model.normalise import Normalisation

PT = "Tracking/TrackParameters/highPurityTracks/pt_1/GeneralProperties/TrackPt_ImpactPoint_GenTk"


def test_a_plots_config_is_read_with_all_of_its_keys_in_plot_order() -> None:
    found = read_plots_config(
        "plots",
        {
            PT: {
                "xlim": [0, 100],
                "ylim": [1e-6, 1],
                "xlabel": "Track Pt",
                "ylabel": "Count",
                "logx": False,
                "logy": True,
                "norm": "norm",
            },
            "B": {},
            "A": None,
        },
    )
    assert [plot.me for plot in found.plots] == [PT, "B", "A"]
    assert found.plots[0].options == PlotOptions(
        log_x=False,
        log_y=True,
        x_range=(0.0, 100.0),
        y_range=(1e-6, 1.0),
        x_label="Track Pt",
        y_label="Count",
        normalisation=Normalisation.AREA,
    )
    assert found.plots[1].options == found.plots[2].options == PlotOptions(normalisation=Normalisation.COUNTS)
    assert (found.grid, found.notes) == (4, ())


@pytest.mark.parametrize(
    ("norm", "kind"),
    [
        (None, Normalisation.COUNTS),
        ("norm", Normalisation.AREA),
        ("trignorm", Normalisation.PER_HZ),
        ("trig", Normalisation.PER_HZ),
    ],
)
def test_N2_norm_is_read_as_dqmexplore_means_it(norm: str | None, kind: Normalisation) -> None:
    assert read_plots_config("plots", {"A": {"norm": norm}}).plots[0].options.normalisation is kind


def test_null_leaves_a_key_open() -> None:
    everything = dict.fromkeys(("xlim", "ylim", "xlabel", "ylabel", "logx", "logy", "norm"))
    options = read_plots_config("plots", {"A": everything}).plots[0].options
    assert options == PlotOptions(normalisation=Normalisation.COUNTS)


def test_unknown_keys_are_noted_and_kept() -> None:
    found = read_plots_config("plots", {"A": {"x_lim": [0, 1], "marker": "o"}, "B": {}})
    assert found.plots[0].extra == {"x_lim": [0, 1], "marker": "o"}
    assert found.notes == ("A: x_lim is not used; did you mean xlim?", "A: marker is not used")


@pytest.mark.parametrize(
    ("data", "key", "words"),
    [
        ([], "plots_config", "expected a table, got []"),
        ({}, "plots_config", "has no plots"),
        ({"A": 3}, "A", "expected a table, got 3"),
        ({"A": {"xlim": "wide"}}, "A.xlim", "expected [low, high], got 'wide'"),
        ({"A": {"logy": "yes"}}, "A.logy", "expected true or false, got 'yes'"),
        (
            {"A": {"norm": "norms"}},
            "A.norm",
            "expected one of null, norm, trignorm, trig, got 'norms'; did you mean norm?",
        ),
        ({"\x1b]0;x\x07": {}}, "plots_config", "expected a printable text, got '\\x1b]0;x\\x07'"),
    ],
)
def test_a_value_that_cannot_be_meant_names_its_key(data: object, key: str, words: str) -> None:
    with pytest.raises(LayoutKeyError) as caught:
        read_plots_config("plots", data)
    assert (caught.value.key, caught.value.message) == (key, words)


def test_a_fig_config_is_read_with_all_of_its_keys() -> None:
    found = read_fig_config(
        {
            "fig_title": "Tracks",
            "short_titles": True,
            "width": 1200,
            "height": 800,
            "vspace": 0.1,
            "hspace": 0.05,
            "show_colorbar": False,
        }
    )
    assert (found.title, found.short_titles, found.show_colorbar) == ("Tracks", True, False)
    assert (found.width, found.height, found.vspace, found.hspace) == (1200.0, 800.0, 0.1, 0.05)
    assert (found.extra, found.notes) == ({}, ())


def test_either_name_of_the_title_is_read_the_longer_one_first() -> None:
    assert read_fig_config({"fig_title": "a"}).title == "a"
    assert read_fig_config({"fig_title": "a", "figure_title": "b"}).title == "b"
    assert read_fig_config({"fig_title": None}).title is None


def test_unknown_keys_of_a_figure_are_noted_and_kept() -> None:
    found = read_fig_config({"widht": 3, "template": "plotly"})
    assert found.extra == {"widht": 3, "template": "plotly"}
    assert found.notes == ("widht is not used; did you mean width?", "template is not used")


def test_a_bad_value_of_a_figure_names_its_key() -> None:
    with pytest.raises(LayoutKeyError, match="width: expected a number, got wide"):
        read_fig_config({"width": "wide"})
