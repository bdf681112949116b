"""What is on screen as code: whatever it is called, it is Python that does what it says."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.export.code import NoCodeError, Service, histogram_code, trend_code
from dqmtui.export.plots import HistogramShown
from dqmtui.model.keys import MonitoringElement
from dqmtui.model.layouts import PlotOptions
from tests.export.shown import CURVE, MAP, OTHER, counts, histogram, stack_of, trend

if TYPE_CHECKING:
    from dqmtui.export.plots import TrendFile

HERE = Service("tracker")
ANY_TEXT = st.text(max_size=30) | st.sampled_from(
    ['"""', "'''\nimport os\n#", "\\", "\u202e", "{x}", "%s", "$x$"]
)


def constants(code: str) -> dict[str, Any]:
    """Give the literals that names of a program are set to."""
    found = {}
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            (target,) = node.targets
            assert isinstance(target, ast.Name)
            found[target.id] = node.value.value
    return found


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_texts_of_others_are_literals_and_nothing_else(name: str, label: str, workspace: str) -> None:
    stack = stack_of(counts(1, 5), MonitoringElement(5, f"Pixel/{name}", 1))
    options = PlotOptions(x_label=label, y_label=label)
    shown = histogram(stack, options=options, title=label)
    code = histogram_code(shown, Service(workspace, f"https://{label}/"))
    assert constants(code)["ME"] == f"Pixel/{name}"
    assert code.isascii()
    plain = histogram_code(
        histogram(stack_of(counts(1, 5)), options=PlotOptions(x_label="x", y_label="y")), HERE
    )
    # the same program, whatever its literals are
    assert shape_of(code) == shape_of(plain)
    assert constants(trend_code(renamed(trend([1.0, 2.0]), name), HERE)) == {}


def shape_of(code: str) -> list[str]:
    """Give the kinds of all parts of a program but its literals and the names of arguments."""
    skipped = (ast.Constant, ast.keyword, ast.JoinedStr)
    return [type(node).__name__ for node in ast.walk(ast.parse(code)) if not isinstance(node, skipped)]


def renamed(shown: TrendFile, name: str) -> TrendFile:
    lines = tuple(replace(line, element=replace(CURVE, me=name), label=name) for line in shown.lines)
    return replace(shown, lines=lines, label=name)


def test_the_lumisections_stand_there_as_ranges() -> None:
    stack = stack_of(counts(40, 5))
    assert "ls = numbers((1, 40))" in histogram_code(histogram(stack), HERE)
    many = trend([1.0 if number % 2 else np.nan for number in range(200)])
    code = trend_code(many, HERE)
    assert max(map(len, code.splitlines())) <= 110
    (numbers,) = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "numbers"
    ]
    assert [ast.literal_eval(pair) for pair in numbers.args] == [(ls, ls) for ls in range(2, 201, 2)]


def test_only_an_unusual_address_is_named() -> None:
    shown = histogram(stack_of(counts(1, 5)))
    assert "base_url" not in histogram_code(shown, HERE)
    assert "base_url='http://127.0.0.1:1/'" in histogram_code(
        shown, Service("tracker", "http://127.0.0.1:1/")
    )


def test_J6_finer_bins_of_a_reference_are_merged_as_on_screen() -> None:
    shown = histogram(stack_of(counts(1, 5)), stack_of(counts(3, 10), run=OTHER))
    code = histogram_code(shown, HERE)
    assert "counts_1 = merged(counts_1, (row.x_min, row.x_max), (0.0, 10.0), 5, axis=-1)" in code
    space: dict[str, Any] = {"np": np}
    (merged,) = [node for node in ast.parse(code).body if getattr(node, "name", "") == "merged"]
    exec(compile(ast.Module([merged], []), "merged", "exec"), space)  # noqa: S102 - our own code, under test
    bins = counts(1, 10)[0]
    np.testing.assert_array_equal(
        space["merged"](bins, (0.0, 10.0), (0.0, 10.0), 5, axis=-1), bins.reshape(5, 2).sum(axis=1)
    )


def test_what_compares_with_a_reference_is_no_code_yet() -> None:
    with pytest.raises(NoCodeError, match="chi2/dof compares with a reference"):
        trend_code(replace(trend([1.0]), statistic="chi2/dof"), HERE)


@pytest.mark.parametrize(
    "shown",
    [
        histogram(stack_of(counts(2, 5)), stack_of(counts(3, 5), run=OTHER), comparison="ratio"),
        histogram(stack_of(counts(2, 5)), options=PlotOptions(log_y=True, x_range=(1.0, 5.0))),
        histogram(stack_of(counts(2, 4, 5), MAP), stack_of(counts(2, 4, 5), MAP, OTHER), comparison="pull"),
        histogram(stack_of(counts(2, 4, 5), MAP), options=PlotOptions(log_y=True)),
        trend([1.0, 2.0, 3.0], [2.0, 2.0, 2.0], band=True),
    ],
)
def test_the_code_draws_with_matplotlib(
    shown: HistogramShown | TrendFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib", reason="the extra `png` is not installed")
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.use("Agg")
    drawn: list[str] = []
    monkeypatch.setattr(plt, "show", lambda: drawn.append(plt.gcf().axes[0].get_title()))
    code = histogram_code(shown, HERE) if isinstance(shown, HistogramShown) else trend_code(shown, HERE)
    (draw,) = [node for node in ast.parse(code).body if getattr(node, "name", "") == "draw"]
    space: dict[str, Any] = {"np": np, **numbers_of(shown)}
    exec(compile(ast.Module([draw], []), "draw", "exec"), space)  # noqa: S102 - our own code, under test
    space["draw"]()
    assert drawn[0].startswith("Run 380238")
    plt.close("all")


def numbers_of(shown: HistogramShown | TrendFile) -> dict[str, Any]:
    """Give what a program has computed before it draws."""
    if not isinstance(shown, HistogramShown):
        lines: dict[str, Any] = {f"ls_{at}": line.ls for at, line in enumerate(shown.lines, 1)}
        lines |= {f"values_{at}": line.values for at, line in enumerate(shown.lines, 1)}
        return {**lines, "median": 2.0, "spread": 0.5}
    current = shown.current
    found: dict[str, Any] = {"values": current.values, "errors": current.errors}
    found |= {
        f"{name}_edges": axis.edges for name, axis in (("x", current.x), ("y", current.y)) if axis is not None
    }
    residual = shown.residual()
    if residual is not None:
        found["residual"] = residual[0]
    for number, one in enumerate(shown.shown, 1):
        if one.overlay is not None:
            found[f"values_{number}"] = one.overlay.reference.values
    return found
