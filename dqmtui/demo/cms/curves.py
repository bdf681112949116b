"""Shapes of one-dimensional histograms: unnormalised, for n lumisections at once."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from dqmtui.demo.cms.records import Element

Floats = NDArray[np.float64]


@lru_cache(maxsize=512)
def centres(bins: int, low: float, high: float) -> Floats:
    """Bin centres of a uniform axis, read-only."""
    x = np.asarray(low + (np.arange(bins) + 0.5) * ((high - low) / bins), np.float64)
    x.flags.writeable = False
    return x


def x_of(element: Element) -> Floats:
    """Bin centres of an ME's x axis, shape (nx,)."""
    return centres(element.nx, element.x_min, element.x_max)


def y_of(element: Element) -> Floats:
    """Bin centres of a 2D ME's y axis, shape (ny,)."""
    return centres(element.ny, element.y_min, element.y_max)


def column(values: Floats | float) -> Floats:
    """Values per lumisection as a column, to be combined with a row of bins."""
    return np.asarray(values, np.float64).reshape(-1, 1)


def gaussian(x: Floats, mean: Floats | float, sigma: Floats | float) -> Floats:
    """Gaussian curve(s), shape (n, bins)."""
    z = (x - column(mean)) / column(sigma)
    return np.exp(-0.5 * np.minimum(z * z, 1000.0))


def landau(x: Floats, peak: Floats | float, width: Floats | float) -> Floats:
    """Landau-like curve(s): Moyal's approximation of the peak with a tail falling like 1/x^2."""
    z = np.maximum((x - column(peak)) / column(width), -8.0)
    tail = np.where(z > 0, 0.05 * z * z / (1.0 + z * z) ** 2, 0.0)
    return np.exp(-0.5 * (z + np.exp(-z))) + tail


def gamma(x: Floats, mean: Floats | float, spread: float) -> Floats:
    """Gamma distribution(s) of positive numbers with relative standard deviation `spread`."""
    mean = np.maximum(column(mean), 1e-9)
    k = 1.0 / (spread * spread)
    positive = np.maximum(x, 1e-9)
    logarithm = (k - 1.0) * np.log(positive / mean) - k * (positive / mean - 1.0)
    return np.where(x > 0, np.exp(np.minimum(logarithm, 50.0)), 0.0)


def poisson(x: Floats, mean: Floats | float) -> Floats:
    """Poisson probability of the whole number at the low edge of each bin, shape (n, bins)."""
    k = np.floor(x)
    log_factorial = np.array([math.lgamma(value + 1.0) for value in k.tolist()])
    mean = np.maximum(column(mean), 1e-9)
    return np.asarray(np.exp(k * np.log(mean) - mean - log_factorial))


def falling(x: Floats, knee: float, power: float) -> Floats:
    """Spectrum that falls like x^-power beyond a knee, shape (1, bins)."""
    return column(1.0) * (1.0 + np.maximum(x, 0.0) / knee) ** -power


def plateau(x: Floats, edge: float, softness: float) -> Floats:
    """Flat between -edge and edge with soft shoulders, shape (1, bins)."""
    return column(1.0) / (1.0 + np.exp((np.abs(x) - edge) / softness))
