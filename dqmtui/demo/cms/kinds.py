"""What each kind of monitoring element shows: one function per kind, registered by name.

A kind that counts gives the mean number of fills per event, how they spread over the bins, and the fraction
that falls off the axis. A kind that is a ratio or a difference gives values and the counts behind them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from dqmtui.demo.cms.curves import (
    Floats,
    column,
    falling,
    gamma,
    gaussian,
    landau,
    plateau,
    poisson,
    x_of,
)
from dqmtui.demo.cms.maps import chip_map, eta_phi_map, x_y_map, z_phi_map
from dqmtui.demo.cms.records import Element
from dqmtui.demo.cms.seeds import generator
from dqmtui.demo.cms.state import LsState


class Counts(NamedTuple):
    """Expected counts of n LS: fills per event (n,), shape (n or 1, bins), fraction that is off the axis."""

    per_event: Floats
    shape: Floats
    outside: float


class Ratios(NamedTuple):
    """Expected values (n or 1, bins), the counts behind a bin per event, and whether values are fractions."""

    value: Floats
    per_event: Floats
    is_fraction: bool


CountKind = Callable[[Element, LsState], Counts]
RatioKind = Callable[[Element, LsState], Ratios]

COUNT_KINDS: dict[str, CountKind] = {}
RATIO_KINDS: dict[str, RatioKind] = {}


def _counts(name: str) -> Callable[[CountKind], CountKind]:
    def register(kind: CountKind) -> CountKind:
        COUNT_KINDS[name] = kind
        return kind

    return register


def _ratios(name: str) -> Callable[[RatioKind], RatioKind]:
    def register(kind: RatioKind) -> RatioKind:
        RATIO_KINDS[name] = kind
        return kind

    return register


@lru_cache(maxsize=512)
def _own(me: str, what: str, spread: float) -> float:
    """Factor around 1 by which one ME differs from its likes."""
    return float(generator("own", me, what).normal(1.0, spread))


def _partitions(me: str) -> tuple[str, ...]:
    """Tracker partitions whose hits an ME counts; all strips when its name tells no more."""
    for words, partitions in _PARTITION_WORDS:
        if any(word in me for word in words):
            return partitions
    return ("tibtid", "tob", "tecp", "tecm")


_PARTITION_WORDS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("PXBarrel",), ("bpix",)),
    (("PXForward",), ("fpix",)),
    (("ClustersInPixel", "clusterposition"), ("bpix", "fpix")),
    (("/TIB/", "/TID/"), ("tibtid",)),
    (("/TOB/",), ("tob",)),
    (("/TEC/PLUS/",), ("tecp",)),
    (("/TEC/MINUS/",), ("tecm",)),
)


def _power(me: str, state: LsState) -> Floats:
    """How much of the ME's part of the detector is on."""
    partitions = _partitions(me)
    total = state.power[partitions[0]]
    for partition in partitions[1:]:
        total = total + state.power[partition]
    return total / len(partitions)


def _hits(element: Element, state: LsState, per_event: float) -> Floats:
    """Hits on tracks per event."""
    return (
        _own(element.me, "yield", 0.15)
        * per_event
        * state.activity
        * state.efficiency
        * _power(element.me, state)
        * state.tracks
    )


def _tracks(element: Element, state: LsState, per_event: float = 90.0) -> Floats:
    """Tracks per event."""
    return _own(element.me, "yield", 0.1) * per_event * state.activity * state.efficiency * state.tracks


def _every_event(state: LsState) -> Floats:
    """One fill per event."""
    return state.efficiency


@_counts("pixel_charge")
def _pixel_charge(element: Element, state: LsState) -> Counts:
    peak = 21e3 * _own(element.me, "charge", 0.04) * state.gain * state.scale + state.shift
    return Counts(_hits(element, state, 95.0), landau(x_of(element), peak, 2700.0), 0.012)


@_counts("cluster_size")
def _cluster_size(element: Element, state: LsState) -> Counts:
    pixels = np.floor(x_of(element))
    mean = 4.3 * _own(element.me, "size", 0.12) * state.gain * state.scale + state.shift
    return Counts(_hits(element, state, 95.0), gamma(pixels, mean, 0.55), 0.004)


@_counts("clusters_per_event")
def _clusters_per_event(element: Element, state: LsState) -> Counts:
    mean = 8.0 + 34.0 * state.pileup * _power(element.me, state) * state.tracks * state.scale
    return Counts(_every_event(state), gamma(x_of(element), mean, 0.34), 0.0)


@_counts("pixel_clusters")
def _pixel_clusters(element: Element, state: LsState) -> Counts:
    mean = 60.0 + 155.0 * state.pileup * _power(element.me, state) * state.scale
    return Counts(_every_event(state), gamma(x_of(element), mean, 0.32), 0.0006)


@_counts("strip_clusters")
def _strip_clusters(element: Element, state: LsState) -> Counts:
    mean = 900.0 + 560.0 * state.pileup * _power(element.me, state) * state.scale
    return Counts(_every_event(state), gamma(x_of(element), mean, 0.30), 0.0008)


@_counts("diagonal")
def _diagonal(element: Element, state: LsState) -> Counts:
    return Counts(
        _every_event(state), gaussian(x_of(element), 0.24 * state.scale + state.shift, 0.035), 0.002
    )


@_counts("residual")
def _residual(element: Element, state: LsState) -> Counts:
    x, width = x_of(element), _own(element.me, "width", 0.04)
    mean = state.shift + 0.03 * (_own(element.me, "mean", 1.0) - 1.0)
    shape = gaussian(x, mean, width) + 0.05 * gaussian(x, mean, 2.4 * width)
    return Counts(_hits(element, state, 60.0), shape, 0.003)


@_counts("signal_to_noise")
def _signal_to_noise(element: Element, state: LsState) -> Counts:
    thick = 1.22 if "/TOB/" in element.me or "/TEC/" in element.me else 1.0
    peak = 25.0 * thick * _own(element.me, "charge", 0.03) * state.gain * state.scale + state.shift
    return Counts(_hits(element, state, 30.0), landau(x_of(element), peak, 3.1), 0.02)


@_counts("track_quality")
def _track_quality(element: Element, state: LsState) -> Counts:
    labels = np.array([0.0, 0.98, 0.86, 0.81, 0.0, 0.02, 0.0, 0.71, 0.0, 0.0])
    return Counts(_tracks(element, state, 300.0), column(1.0) * labels, 0.0)


@_counts("track_eta")
def _track_eta(element: Element, state: LsState) -> Counts:
    eta = x_of(element) - column(state.shift)
    transition = 1.0 - 0.08 * np.exp(-(((np.abs(eta) - 1.5) / 0.2) ** 2))
    return Counts(_tracks(element, state), plateau(eta, 2.35, 0.1) * (1 + 0.03 * eta * eta) * transition, 0.0)


@_counts("track_phi")
def _track_phi(element: Element, state: LsState) -> Counts:
    phi = x_of(element)
    waves = 1.0 + 0.045 * np.cos(phi - 0.6) + 0.03 * np.cos(2.0 * phi + 0.9)
    return Counts(_tracks(element, state), column(1.0) * waves, 0.0)


@_counts("track_pt")
def _track_pt(element: Element, state: LsState) -> Counts:
    shape = falling(x_of(element), 1.9, 4.1)
    shape[:, x_of(element) < 1.0] *= 0.3
    return Counts(_tracks(element, state), shape, 0.0002)


@_counts("track_chi2")
def _track_chi2(element: Element, state: LsState) -> Counts:
    shape = gamma(x_of(element), 1.12 * state.scale, 0.42) + 0.002 * falling(x_of(element), 2.0, 2.0)
    return Counts(_tracks(element, state), shape, 0.0004)


@_counts("track_dxy")
def _track_dxy(element: Element, state: LsState) -> Counts:
    x = x_of(element)
    shape = gaussian(x, state.shift, 0.012) + 0.03 * np.exp(-np.abs(x - column(state.shift)) / 0.1)
    return Counts(_tracks(element, state), shape, 0.006)


@_counts("track_dz")
def _track_dz(element: Element, state: LsState) -> Counts:
    return Counts(_tracks(element, state), gaussian(x_of(element), state.shift - 0.4, 3.6), 0.00001)


@_counts("track_q_over_p")
def _track_q_over_p(element: Element, state: LsState) -> Counts:
    size = np.abs(x_of(element))
    return Counts(_tracks(element, state), column(1.0) * size**0.7 * np.exp(-size / 0.27), 0.0001)


@_counts("track_hits")
def _track_hits(element: Element, state: LsState) -> Counts:
    hits = x_of(element)
    lost = 3.0 * (1.0 - (state.power["bpix"] + state.power["fpix"]) / 2)
    shape = gaussian(hits, 15.2 * state.scale - lost, 3.6) + 0.35 * gaussian(hits, 9.4 - lost / 2, 2.0)
    return Counts(_tracks(element, state), shape, 0.0)


@_counts("tracks_per_event")
def _tracks_per_event(element: Element, state: LsState) -> Counts:
    mean = 1.0 + 15.0 * state.pileup * state.tracks * state.scale
    return Counts(_every_event(state), gamma(x_of(element), mean, 0.33), 0.0005)


@_counts("tracks_hard")
def _tracks_hard(element: Element, state: LsState) -> Counts:
    mean = 0.6 + 36.0 * state.tracks * np.minimum(state.pileup, 1.0)
    return Counts(_every_event(state), gamma(x_of(element), mean, 0.6), 0.001)


@_counts("vertex_difference")
def _vertex_difference(element: Element, state: LsState) -> Counts:
    x = x_of(element)
    shape = gaussian(x, state.shift, 38.0) + 0.08 * gaussian(x, state.shift, 150.0)
    return Counts(_every_event(state) * state.tracks * np.minimum(state.pileup, 1.0), shape, 0.01)


@_counts("vertex_tracks")
def _vertex_tracks(element: Element, state: LsState) -> Counts:
    per_event = 0.4 * state.pileup * state.tracks * state.efficiency
    return Counts(per_event, gamma(x_of(element), 27.0 * state.scale, 0.7), 0.0005)


@_counts("vertex_count")
def _vertex_count(element: Element, state: LsState) -> Counts:
    mean = 0.62 * state.pileup * np.minimum(state.tracks * 1.4, 1.0) * state.scale
    return Counts(_every_event(state), poisson(x_of(element), mean), 0.0)


@_counts("map_chips")
def _map_chips(element: Element, state: LsState) -> Counts:
    per_event = 900.0 if "digi_occupancy" in element.me else 300.0
    hits = _own(element.me, "yield", 0.15) * per_event * state.activity * state.efficiency
    return Counts(hits * _power(element.me, state), chip_map(element).reshape(1, -1), 0.0)


@_counts("map_z_phi")
def _map_z_phi(element: Element, state: LsState) -> Counts:
    return Counts(_hits(element, state, 95.0), z_phi_map(element).reshape(1, -1), 0.0)


@_counts("map_x_y")
def _map_x_y(element: Element, state: LsState) -> Counts:
    return Counts(_hits(element, state, 45.0), x_y_map(element).reshape(1, -1), 0.0)


@_counts("map_eta_phi")
def _map_eta_phi(element: Element, state: LsState) -> Counts:
    return Counts(_tracks(element, state), eta_phi_map(element).reshape(1, -1), 0.0)


@_counts("map_jets")
def _map_jets(element: Element, state: LsState) -> Counts:
    return Counts(_jets(state), eta_phi_map(element).reshape(1, -1), 0.0)


_JET_THRESHOLD_GEV = 25.0
_FORWARD_ETA = 2.7


def _jets(state: LsState) -> Floats:
    """Jets per event; jet triggers see jets whatever the pileup."""
    return 3.1 * state.efficiency * (0.8 + 0.2 * state.activity)


@_counts("jet_pt")
def _jet_pt(element: Element, state: LsState) -> Counts:
    pt = x_of(element)
    shape = falling(pt, 60.0, 5.0) * np.where(pt > _JET_THRESHOLD_GEV, 1.0, 0.05) + 0.02 * gaussian(
        pt, 165.0, 35.0
    )
    return Counts(_jets(state), shape, 0.0008)


@_counts("jet_eta")
def _jet_eta(element: Element, state: LsState) -> Counts:
    eta = x_of(element)
    return Counts(
        _jets(state), column(1.0) * (np.exp(-((eta / 2.6) ** 2)) + 0.06 * (np.abs(eta) > _FORWARD_ETA)), 0.0
    )


@_counts("jet_phi")
def _jet_phi(element: Element, state: LsState) -> Counts:
    return Counts(_jets(state), column(1.0) * (1.0 + 0.06 * np.cos(x_of(element) + 0.3)), 0.0)


@_counts("jet_fraction")
def _jet_fraction(element: Element, state: LsState) -> Counts:
    x = x_of(element)
    mean = _own(element.me, "fraction", 0.05) * 0.62 * state.scale + state.shift
    return Counts(0.4 * _jets(state), gaussian(x, mean, 0.19), 0.0)


@_counts("jet_multiplicity")
def _jet_multiplicity(element: Element, state: LsState) -> Counts:
    mean = _own(element.me, "charged", 0.1) * 19.0 * state.scale
    return Counts(0.4 * _jets(state), gamma(x_of(element), mean, 0.4), 0.0005)


@_counts("jet_count")
def _jet_count(element: Element, state: LsState) -> Counts:
    return Counts(_every_event(state), poisson(x_of(element), 2.2 + 1.2 * state.activity), 0.0)


@_counts("missing_et")
def _missing_et(element: Element, state: LsState) -> Counts:
    met = x_of(element)
    width = column(14.0 + 12.0 * np.sqrt(state.activity)) * column(state.scale)
    return Counts(_every_event(state), met * gaussian(met, 0.0, width) + falling(met, 20.0, 4.0), 0.0004)


@_counts("missing_component")
def _missing_component(element: Element, state: LsState) -> Counts:
    return Counts(_every_event(state), gaussian(x_of(element), state.shift + 1.5, 27.0), 0.0003)


@_counts("sum_et")
def _sum_et(element: Element, state: LsState) -> Counts:
    mean = 350.0 + 33.0 * state.pileup * state.scale
    return Counts(_every_event(state), gamma(x_of(element), mean, 0.25), 0.0002)


@_ratios("vertex_fraction")
def _vertex_fraction(element: Element, state: LsState) -> Ratios:
    vertices = x_of(element)
    fraction = column(state.efficiency) * (0.93 - 0.0018 * vertices)
    events = poisson(vertices / 2.0, 0.5 * 0.72 * state.pileup) * column(np.minimum(state.tracks, 1.0))
    return Ratios(np.clip(fraction, 0.0, 1.0), events, is_fraction=True)


@_ratios("jet_efficiency")
def _jet_efficiency(element: Element, state: LsState) -> Ratios:
    x = x_of(element)
    threshold = _own(element.me, "threshold", 0.04) * 150.0
    turn_on = column(np.minimum(state.efficiency, 1.0)) * (0.985 / (1.0 + np.exp(-(x - threshold) / 14.0)))
    return Ratios(turn_on, column(1.0) * falling(x, 90.0, 3.0), is_fraction=True)


@_ratios("jet_difference")
def _jet_difference(element: Element, state: LsState) -> Ratios:
    eta = x_of(element)
    value = column(state.shift) + 1.8 * np.cos(1.1 * eta) - 0.25 * eta
    return Ratios(value, 0.06 * np.exp(-((eta / 2.6) ** 2)) * column(state.efficiency), is_fraction=False)
