"""Tail probabilities that comparisons need, vectorised and in logarithms, so that none is too small to tell.

Needs NumPy alone. Checked against SciPy to a relative 1e-10 in the tests.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_STIRLING_FROM = 15.0
"""Where five terms of Stirling's series are exact to double precision."""

_MOST_TERMS = 20_000
_FAR_Z = 20.0
_FAR_X = _FAR_Z / math.sqrt(2)
_LEAST_T = 2 / (2 + _FAR_X)
_SERIES = 29
_MANY = 64
_FAR_BELOW = -0.5
_LAST_DIGIT = 1e-16
_CONVERGED = 1e-15
_TINY = 1e-300
_SMALLEST = 1e-300
"""A chi2 below, half of which may be no number, has p = 1 to the last digit."""
_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)
_THETA_BELOW = 1.18
"""Where the two series of the Kolmogorov distribution converge equally fast."""


def log_gamma(x: ArrayLike) -> Floats:
    """Logarithm of the gamma function of numbers above 0, any shape.

    Stirling's series (DLMF 5.11.1), reached from below by Gamma(x + 1) = x Gamma(x).
    """
    x = np.asarray(x, dtype=np.float64)
    small = x < _STIRLING_FROM
    shifted = np.where(small, x + _STIRLING_FROM, x)
    result = (shifted - 0.5) * np.log(shifted) - shifted + _HALF_LOG_2PI + _stirling_series(shifted)
    if small.any():
        low = x[small] if x.ndim else x
        product = np.prod([low + k for k in range(int(_STIRLING_FROM))], axis=0)
        result = np.asarray(result)
        result[small] -= np.log(product)
    return np.asarray(result, dtype=np.float64)


def _stirling_series(x: Floats) -> Floats:
    """Give the sum over k of B_2k / (2k (2k - 1) x^(2k - 1)), DLMF 5.11.1."""
    square = 1 / (x * x)
    return (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / x


def _stirling_error(a: Floats) -> Floats:
    """Give log Gamma(a + 1) less Stirling's formula (a + 1/2) log a - a + log(2 pi) / 2, for a > 0."""
    large = a >= _STIRLING_FROM
    safe = np.where(large, a, _STIRLING_FROM)
    error = _stirling_series(safe)
    if not large.all():
        low = a[~large]
        error[~large] = log_gamma(low + 1) - ((low + 0.5) * np.log(low) - low + _HALF_LOG_2PI)
    return error


def chi2_log_sf(chi2: ArrayLike, dof: ArrayLike) -> Floats:
    """Logarithm of the probability of a chi2 at least this large: log Q(dof / 2, chi2 / 2), any shape.

    Q is the regularised incomplete gamma function: its series (DLMF 8.7.1) below a + 1 and its continued
    fraction (DLMF 8.9.2) by Lentz's method above; the factor x^a exp(-x) / Gamma(a + 1) is written around
    its maximum so that it stays exact for thousands of degrees of freedom (C. Loader, 2000). NaN without a
    degree of freedom.
    """
    chi2, dof = np.broadcast_arrays(np.asarray(chi2, dtype=np.float64), np.asarray(dof, dtype=np.float64))
    result = np.full(chi2.shape, np.nan)
    told = (dof > 0) & ~np.isnan(chi2)
    result[told & (chi2 < _SMALLEST)] = 0.0
    result[told & (chi2 == np.inf)] = -np.inf
    inside = told & (chi2 >= _SMALLEST) & (chi2 < np.inf)
    if not inside.any():
        return result
    a, x = dof[inside] / 2, chi2[inside] / 2
    part = np.empty(a.size)
    mu = (x - a) / a
    log_ratio = np.where(mu < _FAR_BELOW, np.log(x / a), np.log1p(np.maximum(mu, _FAR_BELOW)))
    log_front = -a * (mu - log_ratio) - _HALF_LOG_2PI - 0.5 * np.log(a) - _stirling_error(a)
    low = x < a + 1
    part[low] = np.log1p(-np.minimum(np.exp(log_front[low]) * _series(a[low], x[low]), 1.0))
    high = ~low
    part[high] = log_front[high] + np.log(a[high]) + np.log(_fraction(a[high], x[high]))
    result[inside] = np.minimum(part, 0.0)
    return result


def _series(a: Floats, x: Floats) -> Floats:
    """Sum x^k / ((a + 1) ... (a + k)) over k from 0."""
    term, total = np.ones(a.size), np.ones(a.size)
    for k in range(1, _MOST_TERMS):
        term *= x / (a + k)
        total += term
        if not (term > _LAST_DIGIT * total).any():
            break
    return total


def _fraction(a: Floats, x: Floats) -> Floats:
    """Continued fraction of Gamma(a, x) exp(x) / x^a, by the modified method of Lentz."""
    b = x + 1 - a
    c = np.full(a.size, 1 / _TINY)
    d = 1 / np.where(b == 0, _TINY, b)
    result = d.copy()
    for k in range(1, _MOST_TERMS):
        numerator = k * (a - k)
        b = b + 2
        d = numerator * d + b
        d = 1 / np.where(d == 0, _TINY, d)
        c = b + numerator / c
        c = np.where(c == 0, _TINY, c)
        change = c * d
        result *= change
        if not (np.abs(change - 1) > _CONVERGED).any():
            break
    return result


def chi2_sf(chi2: ArrayLike, dof: ArrayLike) -> Floats:
    """Probability of a chi2 at least this large; 0 where it is below the smallest double."""
    return np.asarray(np.exp(chi2_log_sf(chi2, dof)), dtype=np.float64)


def normal_log_p(z: ArrayLike) -> Floats:
    """Logarithm of the probability that a standard normal number is at least |z| from 0: both tails.

    log erfc(|z| / sqrt 2), beyond 20 sigma by the chi2 of one degree of freedom.
    """
    size = np.abs(np.asarray(z, dtype=np.float64))
    flat = size.ravel()
    result = _log_erfc(np.minimum(flat, _FAR_Z) / math.sqrt(2))
    far = flat > _FAR_Z
    if far.any():
        result[far] = chi2_log_sf(np.square(flat[far]), 1.0)
    return np.where(np.isnan(flat), np.nan, result).reshape(size.shape)


def _log_erfc(x: Floats) -> Floats:
    """Logarithm of erfc of numbers (n,) from 0 to `_FAR_X`, one by one or, of many, by a series for all.

    With t = 2 / (2 + x) log erfc(x) + x^2 - log t is smooth in t: 28 of its Chebyshev polynomials leave
    an error of 1e-13.
    """
    if x.size < _MANY:
        return np.array([math.log(math.erfc(one)) for one in x.tolist()])
    t = 2 / (2 + x)
    twice = 2 * _on_interval(np.where(np.isnan(x), 1.0, t))
    first, *rest = _log_erfc_series()
    here, before = np.zeros_like(x), np.zeros_like(x)
    for coefficient in reversed(rest):  # Clenshaw's recurrence
        here, before = twice * here - before + coefficient, here
    return np.asarray(np.log(t) - x * x + twice / 2 * here - before + first, dtype=np.float64)


def _on_interval(t: Floats) -> Floats:
    """Give where t lies between its value at `_FAR_X` and 1, as -1 to 1."""
    return np.asarray((2 * t - _LEAST_T - 1) / (1 - _LEAST_T), dtype=np.float64)


@cache
def _log_erfc_series() -> tuple[float, ...]:
    """Give the Chebyshev coefficients of log erfc(x) + x^2 - log t, from its values at their nodes."""
    angles = np.pi * (np.arange(_SERIES) + 0.5) / _SERIES
    t = _LEAST_T + (np.cos(angles) + 1) / 2 * (1 - _LEAST_T)
    x = 2 / t - 2
    values = np.array([math.log(math.erfc(one)) for one in x.tolist()]) + x * x - np.log(t)
    sums = 2 / _SERIES * (np.cos(np.outer(np.arange(_SERIES), angles)) @ values)
    return (float(sums[0]) / 2, *sums[1:].tolist())


def z_of_log_p(log_p: ArrayLike) -> Floats:
    """Give z >= 0 whose both normal tails hold exp(log_p): the inverse of `normal_log_p`.

    Starts from Abramowitz and Stegun 26.2.23 and ends with Newton's method on the logarithm.
    """
    log_p = np.asarray(log_p, dtype=np.float64)
    shape = log_p.shape
    flat = np.minimum(log_p.ravel(), 0.0)
    finite = np.isfinite(flat)
    z = np.where(np.isnan(flat), np.nan, np.inf)
    t = np.sqrt(-2 * (flat[finite] - np.log(2)))
    below = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    z[finite] = np.maximum(t - below, 1e-9)
    for _ in range(3):
        at = z[finite]
        value = normal_log_p(at)
        log_slope = np.log(2) - 0.5 * at * at - _HALF_LOG_2PI - value
        z[finite] = np.maximum(at + (value - flat[finite]) * np.exp(-log_slope), 0.0)
    return np.asarray(z.reshape(shape), dtype=np.float64)


def kolmogorov_log_sf(scaled_distance: ArrayLike) -> Floats:
    """Logarithm of 2 sum over j >= 1 of (-1)^(j - 1) exp(-2 j^2 x^2), Kolmogorov's limit, any shape.

    `scaled_distance` is the distance times the root of the effective number of entries. Below 1.18 by the
    theta series 1 - sqrt(2 pi) / x sum exp(-(2 j - 1)^2 pi^2 / (8 x^2)), which converges there.
    """
    x = np.asarray(scaled_distance, dtype=np.float64)
    result = np.full(x.shape, np.nan)
    result[x <= 0] = 0.0
    low = (x > 0) & (x < _THETA_BELOW)
    if low.any():
        y = np.maximum(x[low], 1e-3)  # below, all is probability 1 to the last digit
        odd = (2 * np.arange(1, 6) - 1.0)[:, None]
        theta = np.exp(-(odd**2) * np.pi**2 / (8 * y * y)).sum(axis=0)
        result[low] = np.log1p(-np.sqrt(2 * np.pi) / y * theta)
    high = x >= _THETA_BELOW
    if high.any():
        square = x[high] ** 2
        rest = sum((-1) ** (j - 1) * np.exp(-2 * (j * j - 1) * square) for j in range(2, 8))
        result[high] = np.log(2) - 2 * square + np.log1p(rest)
    return result
