"""What a histogram command found: the histogram, and what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.export.plots import OVERLAY, BesideShown, HistogramShown, Origin
from dqmtui.model.layouts import PlotOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.cli.against import Looked
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.integrate import Integral
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.lsmask import LSMask
    from dqmtui.model.overlay import Overlay
    from dqmtui.model.reference import Reference
    from dqmtui.review.runlist import RunEntry


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A reference, and the histogram beside it on common axes; `origin` is where it comes from."""

    reference: Reference
    overlay: Overlay
    origin: Origin


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A histogram as it was asked for, the references beside it, and the lumisections that take no part."""

    entry: RunEntry
    element: MonitoringElement
    title: str
    current: Integral
    beside: tuple[Beside, ...]
    left_out: Mapping[str, LSMask]
    looked: Looked
    file_ids: Mapping[int, int]

    @property
    def stack(self) -> HistogramStack:
        """The histograms of the run, or of one LS alone."""
        return self.looked.stack

    @property
    def ls(self) -> int | None:
        """The lumisection, None when it is a sum over several."""
        return int(self.current.ls[0]) if self.current.n_ls == 1 else None

    def shown(
        self, *, comparison: str = OVERLAY, options: PlotOptions | None = None, rate: str = ""
    ) -> HistogramShown:
        """Give it as files show it."""
        beside = tuple(
            BesideShown(
                one.reference,
                None if one.overlay.refused else one.overlay,
                one.overlay.refused,
                one.origin,
            )
            for one in self.beside
        )
        return HistogramShown(
            origin_of(self.entry),
            self.element,
            self.title,
            self.current,
            beside,
            options or PlotOptions(),
            comparison,
            self.left_out,
            rate,
            self.looked.divisors.unit or "",
        )


def origin_of(entry: RunEntry) -> Origin:
    """Give where the histograms of a run come from."""
    return Origin(entry.key, entry.dataset)
