"""The trends of a command as lines: what was asked for, where the run usually is, and what is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.cli.against import read_ref
from dqmtui.cli.hist_found import origin_of
from dqmtui.cli.trend_file import trend_file
from dqmtui.export.plots import BandShown
from dqmtui.model.judging.outliers import center_and_spread
from dqmtui.model.lsmask import LSMask
from dqmtui.model.trend import CHI2, COMPARISONS
from dqmtui.render.trend_parts import Band, TrendSeries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmtui.cli.against import RefOptions
    from dqmtui.cli.loading import Place, Selection
    from dqmtui.cli.trend_rows import Along
    from dqmtui.export.plots import TrendFile
    from dqmtui.model.normalise import Normalisation


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: which LS, which references, the normalisation and the statistic, None for all."""

    selection: Selection
    options: RefOptions
    norm: str
    statistic: str | None

    @property
    def is_comparison(self) -> bool:
        """Whether each LS is compared with a reference, instead of what stands in it."""
        return self.statistic in COMPARISONS

    @property
    def is_of_this_run(self) -> bool:
        """Whether a reference is of the run itself."""
        return any(_is_of_this_run(text) for text in self.options.refs)

    @property
    def is_of_this_run_first(self) -> bool:
        """Whether the first reference is, whose band is shown."""
        return any(_is_of_this_run(text) for text in self.options.refs[:1])

    @property
    def expressions(self) -> list[str | None]:
        """What the good LS of the run are chosen by."""
        return [self.selection.good, self.options.good if self.is_of_this_run else None]


def _is_of_this_run(text: str) -> bool:
    return not isinstance(read_ref(text), int)


@dataclass(frozen=True, slots=True)
class Usual:
    """Where a run has a statistic: median and spread (1.4826 MAD) over the LS `ls`, in units of its line."""

    median: float
    spread: float
    ls: LSMask

    @classmethod
    def of(cls, made: Along, statistic: str) -> Usual:
        """Find it; NaN where no LS has a value."""
        values = made.values[statistic]
        with np.errstate(over="ignore", invalid="ignore"):
            median, spread = center_and_spread(values)
        return cls(median, spread, LSMask.from_numbers(made.ls[np.isfinite(values)]))

    @property
    def is_known(self) -> bool:
        """Whether any LS has a value."""
        return bool(np.isfinite(self.median))

    @property
    def label(self) -> str:
        """What it is, in a legend."""
        return f"this run: median \u00b1 1.4826 MAD of {len(self.ls)} LS"


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A trend as it is shown: its `label`, and the run that it is of.

    `usual` is where the run has its statistics, by name, `reference` what every LS was compared with.
    """

    made: Along
    label: str
    place: Place
    usual: Mapping[str, Usual] = field(default_factory=dict)
    reference: str = ""

    def rows(
        self, zoom: tuple[int, int] | None, under: Mapping[str, Mapping[int, float]]
    ) -> Iterator[dict[str, Any]]:
        """Give a row per LS, as `Along.rows`, with what it was compared with and where the run usually is."""
        more: dict[str, Any] = {"reference": self.reference} if self.reference else {}
        for name, usual in self.usual.items():
            more |= {f"reference_{name}": usual.median, f"reference_{name}_spread": usual.spread}
        for row in self.made.rows(self.place.entry.dataset, zoom, under):
            yield row | more

    def band(self, statistic: str) -> Band | None:
        """Give the band of a statistic, None where no LS has a value."""
        usual = self.usual.get(statistic)
        if usual is None or not usual.is_known:
            return None
        return Band(usual.median, usual.spread, usual.label)

    def band_shown(self, statistic: str) -> BandShown | None:
        """Give it for a file, with the LS that it is of."""
        usual = self.usual.get(statistic)
        if usual is None or not usual.is_known:
            return None
        return BandShown(usual.median, usual.spread, usual.label, origin_of(self.place.entry), usual.ls)


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """All lines of a command: `mine` of the run, one at least, and those of `others`."""

    mine: tuple[Line, ...]
    others: tuple[Line, ...]
    asked: Asked
    zoom: tuple[int, int] | None
    log: bool

    @property
    def statistic(self) -> str:
        """What is drawn: what was asked for, else the first statistic there is."""
        return self.asked.statistic or self.mine[0].made.statistics[0]

    @property
    def is_log(self) -> bool:
        """Whether the y axis is logarithmic, as that of chi2 always is."""
        return self.log or self.statistic == CHI2

    @property
    def divided_by(self) -> str:
        """What the values are divided by, in words."""
        return self.mine[0].made.label

    @property
    def reference(self) -> str:
        """What every LS was compared with; "" where that was nothing, or stands at each line."""
        references = {line.reference for line in self.mine}
        return references.pop() if len(references) == 1 else ""

    @property
    def have_value(self) -> bool:
        """Whether there is anything to be drawn."""
        return any(np.isfinite(line.made.values[self.statistic]).any() for line in (*self.mine, *self.others))

    def rows(self, under: Mapping[str, Mapping[int, float]]) -> list[dict[str, Any]]:
        """Give a row per LS of each line; what stands under the trend is of the run, not of others."""
        blank: dict[str, dict[int, float]] = {name: {} for name in under}
        return [
            *(row for line in self.mine for row in line.rows(self.zoom, under)),
            *(row for line in self.others for row in line.rows(self.zoom, blank)),
        ]

    def series(self) -> list[TrendSeries]:
        """Give what is drawn."""
        found = []
        for line in (*self.mine, *self.others):
            made, name = line.made, self.statistic
            errors = made.values.get("mean_error") if name == "mean" else None
            found.append(TrendSeries(line.label, made.ls, made.values[name], errors))
        return found

    def band(self) -> Band | None:
        """Give the band of the first reference, None where it has none."""
        if self.asked.is_of_this_run_first:
            return self.mine[0].band(self.statistic)
        if not self.others:
            return None
        made = self.others[0].made
        usual = Usual.of(made, self.statistic)
        return Band(usual.median, usual.spread, f"run {made.run} median") if usual.is_known else None

    def file(self, kind: Normalisation, rate: str, unit: str) -> TrendFile:
        """Give what pictures and code are made of; `kind` is the normalisation, `rate` what rates are of."""
        return trend_file(
            [(line.made, line.label, line.place) for line in (*self.mine, *self.others)],
            self.statistic,
            zoom=self.zoom,
            log=self.is_log,
            kind=kind,
            rate=rate,
            unit=unit,
            band=self.mine[0].band_shown(self.statistic) if self.asked.is_of_this_run_first else None,
            compared_with=self.reference,
        )
