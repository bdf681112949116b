"""Shapes of two-dimensional histograms, which are the same in all lumisections; shape (ny, nx), sum 1."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.curves import Floats, plateau, x_of, y_of
from dqmtui.demo.cms.seeds import generator

if TYPE_CHECKING:
    from dqmtui.demo.cms.records import Element

_MODULE_CM = 6.675
_BPIX_HALF_LENGTH_CM = 4 * _MODULE_CM
_FPIX_RADII_CM = (4.5, 16.1)
_DEAD_MODULES = 0.012


@lru_cache(maxsize=64)
def chip_map(element: Element) -> Floats:
    """Map counts per readout chip: an empty cross at coordinate 0, some modules dead, chips uneven."""
    module_x, module_y = np.rint(x_of(element)), np.rint(y_of(element))
    modules = np.array([(y, x) for y in np.unique(module_y) for x in np.unique(module_x)])
    random = generator("modules", element.me.rpartition("_per_")[2])  # the same modules for every quantity
    alive = (modules[:, 0] != 0) & (modules[:, 1] != 0) & (random.random(len(modules)) > _DEAD_MODULES)
    efficiency = alive * random.normal(1.0, 0.04, len(modules))
    by_module = efficiency.reshape(np.unique(module_y).size, np.unique(module_x).size)
    fine = by_module[np.ix_((module_y - module_y[0]).astype(int), (module_x - module_x[0]).astype(int))]
    # Modules far from the middle see steeper tracks; every other ladder or blade is closer to the beam.
    slope = 1.0 + 0.035 * np.abs(x_of(element))
    stagger = 1.0 + 0.09 * np.where(module_y % 2 == 0, 1.0, -1.0)
    chips = random.normal(1.0, 0.02, fine.shape)
    return _unit(fine * slope * stagger[:, None] * chips)


@lru_cache(maxsize=16)
def z_phi_map(element: Element) -> Floats:
    """Map clusters in z (cm) and phi: eight modules in a row with gaps between them, ladders in phi."""
    z, phi = x_of(element), y_of(element)
    gap = 1.0 - 0.35 * (np.abs(np.mod(z, _MODULE_CM) - _MODULE_CM / 2) > 0.45 * _MODULE_CM)
    along = np.where(np.abs(z) < _BPIX_HALF_LENGTH_CM, gap * (1.0 + 0.012 * np.abs(z)), 0.0)
    ladders = 1.0 + 0.12 * np.cos(12.0 * phi)
    around = np.where(np.abs(phi) < np.pi, ladders * (1.0 + 0.05 * np.cos(phi - 0.7)), 0.0)
    return _unit(np.outer(around, along) * generator(element.me).normal(1.0, 0.02, (element.ny, element.nx)))


@lru_cache(maxsize=16)
def x_y_map(element: Element) -> Floats:
    """Map clusters on a disk, x and y in cm: a ring around the beam pipe, denser inside, cut into blades."""
    x, y = np.meshgrid(x_of(element), y_of(element))
    radius, phi = np.hypot(x, y), np.arctan2(y, x)
    inner, outer = _FPIX_RADII_CM
    blades = 1.0 + 0.15 * np.cos(22.0 * phi)
    density = np.where((radius > inner) & (radius < outer), blades / radius**1.6, 0.0)
    return _unit(density * generator(element.me).normal(1.0, 0.02, density.shape))


@lru_cache(maxsize=16)
def eta_phi_map(element: Element) -> Floats:
    """Map tracks or jets in eta and phi: flat out to the shoulders, waves and spots of lower efficiency."""
    eta, phi = x_of(element), y_of(element)
    along = plateau(eta, 0.8 * element.x_max, 0.12)[0] * (1.0 + 0.06 * eta * eta)
    around = 1.0 + 0.05 * np.cos(2.0 * phi + 0.4)
    return _unit(np.outer(around, along) * generator(element.me).normal(1.0, 0.03, (element.ny, element.nx)))


def _unit(density: Floats) -> Floats:
    density = np.maximum(density, 0.0)
    density /= density.sum()
    density.flags.writeable = False
    return density
