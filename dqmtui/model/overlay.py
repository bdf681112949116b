"""Current and reference bin by bin: ratio, difference and pull."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.normalise import Normalisation
from dqmtui.model.reference import fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dqmtui.model.integrate import Integral
    from dqmtui.model.reference import Reference

LEAST_EXPECTED = 5.0
"""Counts that a bin must lead to expect on either side before its pull means something.

Two alike then have 10 in the bin together, which is where the chi2 of shapes stops merging bins.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """A number per bin with its error, both in the shape of the bins; NaN where it means nothing."""

    values: NDArray[np.float64]
    errors: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """Current and reference on the same axes in the same normalisation.

    Plain counts of the reference are scaled to the LS of the current one. `refused` says why the two cannot
    be compared, "" when they can; where they cannot both are as they came, and everything else is NaN.
    """

    current: Integral
    reference: Integral
    refused: str = ""

    @property
    def label(self) -> str:
        """What the values of both are."""
        return self.current.label

    @property
    def _nothing(self) -> Residual:
        nothing = np.full_like(self.current.counts, np.nan)
        return Residual(nothing, nothing)

    @property
    def ratio(self) -> Residual:
        """The quotient d / r, with both errors in quadrature; NaN where r is 0."""
        d, r = self.current, self.reference
        if self.refused:
            return self._nothing
        under = np.where(r.values != 0, r.values, np.nan)
        ratio = d.values / under
        return Residual(ratio, np.hypot(d.errors / under, ratio * r.errors / under))

    @property
    def difference(self) -> Residual:
        """The difference d - r, with both errors in quadrature."""
        d, r = self.current, self.reference
        if self.refused:
            return self._nothing
        return Residual(d.values - r.values, np.hypot(d.errors, r.errors))

    @property
    def pull(self) -> NDArray[np.float64]:
        """(d - r) / sigma; NaN, so masked, where the statistics are low, and for bins that are no counts.

        sigma has the errors of both as they are if the two agree: with n and m counts of exposures D and R
        the common value is p = (n + m) / (D + R) and sigma^2 = p (1/D + 1/R), times 1 - p for the unit area.
        Taken each from its own bin, the error of a bin that lost everything would be 0 just where it matters.
        Low means that p leads to expect fewer than `LEAST_EXPECTED` counts on either side.
        """
        d, r = self.current, self.reference
        if self._without_pull:
            return self._nothing.values
        return pulls(d.counts, r.counts, d.divisor, r.divisor, is_area=d.kind is Normalisation.AREA)

    @property
    def pull_state(self) -> NDArray[np.str_]:
        """Say of each bin that it has a pull, `value`, or why it has none, in the shape of the bins."""
        why = self._without_pull or f"fewer than {LEAST_EXPECTED:g} counts expected"
        return np.where(np.isnan(self.pull), why, "value")

    @property
    def _without_pull(self) -> str:
        """Say why there is no pull at all, "" where there is."""
        d, r = self.current, self.reference
        return self.refused or d.masked or r.masked or ("bins that are no counts" if d.is_ratio else "")


def pulls(
    d: NDArray[np.float64],
    r: NDArray[np.float64],
    exposure_d: float | NDArray[np.float64],
    exposure_r: float | NDArray[np.float64],
    *,
    is_area: bool,
) -> NDArray[np.float64]:
    """Give the pull of bins of counts d and r, alike in shape, of these exposures: see `Overlay.pull`.

    Of unit areas the exposures are the sums of the bins.
    """
    p = (d + r) / (exposure_d + exposure_r)
    variance = p * (1 / exposure_d + 1 / exposure_r)
    if is_area:
        variance = variance * (1 - p)
    enough = (p * np.minimum(exposure_d, exposure_r) >= LEAST_EXPECTED) & (variance > 0)
    return np.asarray((d / exposure_d - r / exposure_r) / np.sqrt(np.where(enough, variance, np.nan)))


def overlay(current: Integral, reference: Reference) -> Overlay:
    """Put the two beside each other, merging bins of the finer one where that is exact (and noted)."""
    return overlays(current, (reference,))[0]


def overlays(current: Integral, references: Sequence[Reference]) -> tuple[Overlay, ...]:
    """Put each of the references beside the current histogram, all on one binning, that of the coarsest.

    The references come in turn: one that does not fit what those before it and the current one have been
    brought to is refused.
    """
    common = current
    found: list[Integral | str] = []
    for reference in references:
        other = reference.integral
        masked = [
            f"{name}: {one.masked}"
            for one, name in ((current, "the current histogram"), (other, "the reference"))
            if one.masked
        ]
        pair = masked[0] if masked else fitted(common, other.scaled_to(current.n_ls))
        if isinstance(pair, str):
            found.append(pair)
        else:
            common = pair[0]
            found.append(pair[1])
    if common is current:
        return tuple(_beside(current, one, of) for one, of in zip(found, references, strict=True))
    brought = [one if isinstance(one, str) else one.rebinned(common.x, common.y) or "" for one in found]
    return tuple(_beside(common, one, of) for one, of in zip(brought, references, strict=True))


def _beside(current: Integral, found: Integral | str, reference: Reference) -> Overlay:
    if isinstance(found, str):
        return Overlay(current, reference.integral, found)
    return Overlay(current, found)
