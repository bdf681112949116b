"""DQMExplore's plots_config and fig_config as layouts."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from dqmtui.model.dqmexplore import Figure, read_fig_config, read_plots_config
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


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("width", 0, "expected 10 to 50000 pixels, got 0"),
        ("height", -200, "expected 10 to 50000 pixels, got -200"),
        ("height", 1e300, "expected 10 to 50000 pixels, got 1e.300"),
        ("vspace", -0.1, "expected a fraction of the figure, from 0 to 1, got -0.1"),
        ("hspace", 15, "expected a fraction of the figure, from 0 to 1, got 15"),
    ],
)
def test_a_size_that_no_figure_can_have_is_refused(key: str, value: float, words: str) -> None:
    with pytest.raises(LayoutKeyError, match=f"{key}: {words}"):
        read_fig_config({key: value})


def test_plots_share_a_figure_less_the_spaces_between_them() -> None:
    figure = Figure(width=1200.0, height=800.0, vspace=0.1, hspace=0.05)
    assert figure.is_sized
    assert astuple(figure.grid(4)) == pytest.approx((2, 2, 570.0, 360.0, 80.0, 60.0))
    assert astuple(figure.grid(5)) == pytest.approx((3, 2, 570.0, 800 * 0.8 / 3, 80.0, 60.0))
    assert astuple(figure.grid(1)) == pytest.approx((1, 1, 1200.0, 800.0, 80.0, 60.0))


def test_what_a_figure_does_not_say_of_its_size_is_as_in_dqmexplore() -> None:
    assert astuple(Figure(hspace=0.2).grid(2)) == pytest.approx((1, 2, 400.0, 1000.0, 150.0, 200.0))
    assert astuple(Figure(width=500.0).grid(2)) == pytest.approx((1, 2, 237.5, 1000.0, 150.0, 25.0))
    many = Figure(height=4000.0).grid(40)
    assert many.rows == 20
    assert many.plot_height == pytest.approx(100.0), "half of the figure, whatever the rows"


def test_spaces_that_leave_no_room_for_the_plots_name_their_key() -> None:
    assert Figure(vspace=0.49).grid(6).plot_height == pytest.approx(1000 * 0.02 / 3)
    with pytest.raises(LayoutKeyError, match=r"vspace: 0.5 leaves no room for 6 plots.*below 0.5"):
        Figure(vspace=0.5).grid(6)
    with pytest.raises(LayoutKeyError, match="hspace: 1 leaves no room"):
        Figure(hspace=1.0).grid(2)


def test_a_figure_without_size_leaves_the_plots_to_the_page() -> None:
    assert not Figure(title="a", short_titles=True, show_colorbar=False).is_sized
    assert Figure(title="a").given == ()
    assert Figure(short_titles=False, height=10.0, show_colorbar=False).given == (
        "short_titles",
        "height",
        "show_colorbar",
    )
