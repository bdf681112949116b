"""The trend of a command as pictures and code show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.cli.hist_found import origin_of
from dqmtui.export.plots import BandShown, LineShown, TrendFile
from dqmtui.model.judging.outliers import center_and_spread
from dqmtui.model.normalise import Normalisation
from dqmtui.model.trend import PER_RATE, statistic_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.cli.loading import Place
    from dqmtui.cli.trend_rows import Along


def trend_file(
    lines: Sequence[tuple[Along, str, Place]],
    statistic: str,
    *,
    zoom: tuple[int, int] | None = None,
    log: bool = False,
    kind: Normalisation = Normalisation.COUNTS,
    rate: str = "",
    unit: str = "",
    band: BandShown | None = None,
    compared_with: str = "",
) -> TrendFile:
    """Put together the lines of elements, of the run first; of another run they have a band.

    `band` is that of the run itself, `compared_with` what each LS was compared with.
    """
    first, _, place = lines[0]
    divided = kind if statistic in PER_RATE else Normalisation.COUNTS
    label = statistic_in_words(statistic)
    made = [
        LineShown(
            origin_of(where.entry),
            one.element,
            label_,
            one.ls,
            one.values[statistic],
            one.values.get("mean_error") if statistic == "mean" else None,
        )
        for one, label_, where in lines
    ]
    other = next((line for line in made if line.origin != made[0].origin), None)
    if band is None and other is not None:
        band = band_of(other)
    if compared_with:
        label = f"{label} to {compared_with}"
    return TrendFile(
        origin_of(place.entry),
        statistic,
        f"{label}, {first.label}" if first.label != "counts" else label,
        tuple(made),
        band,
        place.table,
        zoom,
        log,
        divided,
        unit,
        rate,
        states=dict(zip(first.ls.tolist(), first.states, strict=True)),
    )


def band_of(line: LineShown) -> BandShown | None:
    """Give where a line has its values, None when it has none."""
    median, spread = center_and_spread(line.values)
    if not np.isfinite(median):
        return None
    return BandShown(median, spread, f"{line.label}: median ± 1.4826 MAD", line.origin, line.known)
