"""What identifies a run, a monitoring element and the histograms of one in the other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# without a capital only as a word: "iteration" and "refraction" are no ratios
_RATIO_NAME = re.compile(
    r"Ratio|Difference|Efficiency|Fraction|(?<![A-Za-z])(?:ratio|difference|efficiency|fraction)(?![a-z])"
)


@dataclass(frozen=True, slots=True, order=True)
class RunKey:
    """One run in one dataset of one workspace: what an LS table is about."""

    workspace: str
    dataset_id: int
    run: int


@dataclass(frozen=True, slots=True, order=True)
class MonitoringElement:
    """One histogram name of a workspace; `me_id` means nothing outside that workspace.

    `count` is the number of its histograms in the workspace, None where the service does not say.
    """

    me_id: int
    me: str
    dim: int
    count: int | None = field(default=None, compare=False)

    @property
    def short_name(self) -> str:
        """The last part of the path."""
        return self.me.rsplit("/", 1)[-1]

    @property
    def folder(self) -> str:
        """The path without its last part."""
        return self.me.rpartition("/")[0]

    @property
    def is_ratio_by_name(self) -> bool:
        """Whether the name says that the bins are ratios or differences rather than counts."""
        return _RATIO_NAME.search(self.short_name) is not None


@dataclass(frozen=True, slots=True, order=True)
class HistogramKey:
    """The histograms of one monitoring element in one run."""

    run: RunKey
    me_id: int
