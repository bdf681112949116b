"""Lines of other sizes in files: pictures and code have them on a common scale, tables as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.export.code import Service, trend_code
from dqmtui.export.svg_trend import trend_svg
from dqmtui.export.trend_data import about_trend, trend_rows
from dqmtui.review.trend_lines import CommonScale, TrendLine, on_common_axes
from tests.export.shown import CURVE, trend

if TYPE_CHECKING:
    from dqmtui.export.plots import TrendFile

AROUND_ZERO = ([-1.0, 0.0, 3.0, 1.0], [19.0, 20.0, 22.0, 21.0], [5e6, 5e6, 5e6, 6e6])
ABOVE_ZERO = ([19.0, 20.0, 21.0, 20.5], [0.39, 0.4, 0.41, 0.4], [5e6, 5e6, 5e6, 6e6])


def scaled(*values: list[float]) -> tuple[TrendFile, CommonScale]:
    shown = trend(*values, band=True)
    lines, scale = on_common_axes(
        [TrendLine(CURVE, line.label, line.ls, line.values, line.values / 10) for line in shown.lines]
    )
    made = tuple(
        replace(before, errors=line.errors, center=line.center, unit=line.unit)
        for before, line in zip(shown.lines, lines, strict=True)
    )
    return replace(shown, lines=made, scaled=scale), scale


@pytest.mark.parametrize("values", [AROUND_ZERO, ABOVE_ZERO])
def test_pictures_are_on_the_common_scale_and_say_so_and_tables_have_the_values(
    values: tuple[list[float], ...],
) -> None:
    shown, scale = scaled(*values)
    assert [row["mean"] for row in trend_rows(shown)] == [value for line in values for value in line]
    assert about_trend(shown)["band"][:2] == [2.0, 0.5]
    drawn, line = shown.as_drawn(), shown.lines[1]
    assert drawn.label == f"mean, {scale}"
    np.testing.assert_allclose(drawn.lines[1].values, (line.values - line.center) / line.unit)
    assert drawn.lines[1].errors is not None
    np.testing.assert_allclose(drawn.lines[1].errors, line.values / 10 / line.unit)
    assert drawn.band is not None
    first = shown.lines[0]
    assert drawn.band.median == pytest.approx((2.0 - first.center) / first.unit)
    assert drawn.band.spread == pytest.approx(0.5 / first.unit)
    assert f"mean, {scale}" in trend_svg(shown)


@pytest.mark.parametrize("values", [AROUND_ZERO, ABOVE_ZERO])
def test_code_comes_to_the_scale_of_the_picture(values: tuple[list[float], ...]) -> None:
    shown, scale = scaled(*values)
    code = trend_code(shown, Service("tracker"))
    assert f"mean, {scale}" in code
    given = iter([*map(np.array, values), np.array([1.5, 2.0, 2.5])])
    found: dict[str, Any] = {"np": np, "numbers": list, "along": lambda *_: next(given)}
    body = code[code.index("ls_1 =") : code.index("def draw")]
    exec(body, found)  # noqa: S102 - what was just written, without what it fetches
    for number, line in enumerate(shown.as_drawn().lines, 1):
        np.testing.assert_allclose(found[f"values_{number}"], line.values)
    first = shown.lines[0]
    assert found["median"] == pytest.approx((2.0 - first.center) / first.unit)
    assert found["spread"] == pytest.approx(1.4826 * 0.5 / first.unit)
