"""Energy and mass transfer: the energy in every piece of tissue moves with its mass, and dose is their ratio.

Where tissue is squeezed or stretched, or structures of different density share a voxel, pulling doses averages over
places and energy is lost or made. Here each voxel of the phase is cut into parts, each part carries its share of the
voxel's energy and mass to the reference voxel it lands in, and the reference dose is energy over mass there
(Siebers and Zhong 2008, Zhong and Siebers 2009, Li 2014). Within a voxel dose follows its neighbours linearly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from impasto.adapt.correspondence import Correspondence, MappedDose
from impasto.core import Dose, Grid, Image, ImpastoError, Transform
from impasto.core.arrays import BoolArray, FloatArray, RealArray

__all__ = ["EnergyBalance", "map_dose_by_energy", "pushed_energy_and_mass"]

_KG_PER_ML = 1e-3


@dataclass(frozen=True)
class EnergyBalance:
    """Where the energy of a phase went, in joule; mass in kilogram.

    Parameters
    ----------
    given_j : float
        Sum over the phase's voxels of dose times mass.
    arrived_j : float
        Sum over the reference's voxels of mapped dose times the mass that came there.
    left_j : float
        What landed outside the reference grid, or on tissue that the registration says is absent.
    given_kg, arrived_kg : float
        Of mass.
    """

    given_j: float
    arrived_j: float
    left_j: float
    given_kg: float
    arrived_kg: float

    @property
    def error_percent(self) -> float:
        """Energy that was made (positive) or lost on the way, in percent of that given."""
        if self.given_j == 0.0:
            return 0.0
        return 100.0 * (self.arrived_j + self.left_j - self.given_j) / self.given_j


def pushed_energy_and_mass(
    dose_gy: RealArray,
    mass_kg: RealArray,
    landing_index: FloatArray,
    shape: tuple[int, int, int],
    parts: int,
) -> tuple[FloatArray, FloatArray, float]:
    """Push energy and mass of voxels to another grid.

    Parameters
    ----------
    dose_gy, mass_kg : ndarray, shape (i, j, k)
        Of the phase's voxels.
    landing_index : ndarray, shape (i, j, k, 3)
        Fractional index of the reference grid where each voxel's centre comes to lie; NaN where nowhere. Within
        a voxel it follows its neighbours linearly.
    shape : tuple of int
        Of the reference grid.
    parts : int
        Each voxel is cut into ``parts ** 3`` equal parts.

    Returns
    -------
    energy_j, mass_kg : ndarray, `shape`
    left_j : float
        Energy that landed outside the grid or nowhere.
    """
    energy, mass = np.zeros(shape), np.zeros(shape)
    left = _push(
        np.ascontiguousarray(dose_gy, dtype=np.float64),
        np.ascontiguousarray(mass_kg, dtype=np.float64),
        np.ascontiguousarray(landing_index, dtype=np.float64),
        parts,
        energy,
        mass,
    )
    return energy, mass, float(left)


def map_dose_by_energy(
    dose: Dose,
    density: Image,
    to_reference: Transform,
    onto: Grid,
    parts: int = 3,
    absent: BoolArray | None = None,
) -> tuple[MappedDose, EnergyBalance]:
    """Bring a phase's dose to the reference with its energy and mass.

    Parameters
    ----------
    dose : Dose
        Physical, in the phase's frame.
    density : Image
        Of the phase's tissue relative to water, on any grid that covers the dose; averaged over the dose's voxels, so
        that mass is kept. Electron density stands for mass density, to a few percent in bone.
    to_reference : Transform
        The phase's point to the reference's: the other way round than direct mapping's, registered so or its inverse.
    onto : Grid
        Of the reference.
    parts : int
        See :func:`pushed_energy_and_mass`: enough that no part is larger than a reference voxel where tissue expands.
    absent : ndarray of bool, shape `onto.shape`, optional
        Reference voxels whose tissue the registration found to be missing in the phase.

    Returns
    -------
    mapped : MappedDose
    balance : EnergyBalance

    Raises
    ------
    ImpastoError
        When the density is negative somewhere, a mask has another shape, or parts are not positive.
    """
    if parts < 1:
        raise ImpastoError("energy transfer", f"{parts} parts of a voxel", "give one or more")
    if absent is not None and absent.shape != onto.shape:
        raise ImpastoError("absent tissue", f"shape {absent.shape} on a grid of {onto.shape}", "give both alike")
    relative = density.resampled_conserving(dose.grid).data
    if np.any(relative < 0.0) or not np.isfinite(relative).all():
        raise ImpastoError(density.quantity, "it is negative or not finite somewhere", "give 0 or more")
    mass = relative * (_KG_PER_ML * dose.grid.voxel_volume_ml)
    landing = _landing_indices(dose.grid, to_reference, onto)
    energy, pushed, left = pushed_energy_and_mass(dose.gy, mass, landing, onto.shape, parts)
    has_mass = pushed > 0.0
    gy = np.full(onto.shape, np.nan, dtype=np.float32)
    gy[has_mass] = energy[has_mass] / pushed[has_mass]
    reason = np.where(has_mass, Correspondence.FOUND, Correspondence.NO_TISSUE).astype(np.uint8)
    if absent is not None:
        left += float(energy[absent].sum())
        gy[absent], reason[absent] = np.nan, Correspondence.ABSENT
    mapped = MappedDose(gy, onto, dose.fractions, reason, dose.label)
    found = mapped.is_found
    balance = EnergyBalance(
        given_j=float(np.sum(np.asarray(dose.gy, dtype=np.float64) * mass)),
        arrived_j=float(np.sum(gy[found].astype(np.float64) * pushed[found])),
        left_j=left,
        given_kg=float(mass.sum()),
        arrived_kg=float(pushed.sum()),
    )
    return mapped, balance


def _landing_indices(grid: Grid, to_reference: Transform, onto: Grid) -> FloatArray:
    landing = np.empty((*grid.shape, 3))
    for i in range(grid.shape[0]):
        centres = grid.cropped((i, 0, 0), (i + 1, *grid.shape[1:])).voxel_centres_mm()[0]
        landing[i] = onto.index_from_world(to_reference.moving_from_fixed(centres))
    return landing


@numba.njit(cache=True)
def _stretch(landing: FloatArray, index: tuple[int, int, int], stretch: FloatArray) -> None:
    """Fill in how the landing place changes along each axis, per voxel: between neighbours, one-sided at the faces."""
    i, j, k = index
    for axis in range(3):
        low, high = min(1, index[axis]), min(1, landing.shape[axis] - 1 - index[axis])
        di, dj, dk = int(axis == 0), int(axis == 1), int(axis == 2)
        for to in range(3):
            rise = landing[i + high * di, j + high * dj, k + high * dk, to]
            rise -= landing[i - low * di, j - low * dj, k - low * dk, to]
            stretch[to, axis] = rise / max(low + high, 1)


@numba.njit(cache=True)
def _slope(dose: FloatArray, mass: FloatArray, index: tuple[int, int, int], slope: FloatArray) -> None:
    """Rise of dose along each axis per voxel, where tissue lies on both sides; no part's dose becomes negative."""
    i, j, k = index
    rise = 0.0
    for axis in range(3):
        di, dj, dk = int(axis == 0), int(axis == 1), int(axis == 2)
        slope[axis] = 0.0
        has_both = 0 < index[axis] < dose.shape[axis] - 1
        # neighbours are looked at only where there are any
        if has_both and mass[i - di, j - dj, k - dk] > 0.0 and mass[i + di, j + dj, k + dk] > 0.0:
            slope[axis] = 0.5 * (dose[i + di, j + dj, k + dk] - dose[i - di, j - dj, k - dk])
        rise += 0.5 * abs(slope[axis])
    if rise > dose[i, j, k]:
        for axis in range(3):
            slope[axis] *= dose[i, j, k] / rise


@numba.njit(cache=True)
def _push(
    dose: FloatArray, mass: FloatArray, landing: FloatArray, parts: int, energy: FloatArray, arrived: FloatArray
) -> float:
    share, left = 1.0 / parts**3, 0.0
    offset, point, slope, stretch = np.empty(3), np.empty(3), np.empty(3), np.empty((3, 3))
    for i, j, k in np.ndindex(mass.shape):
        if mass[i, j, k] == 0.0:
            continue
        part_mass = mass[i, j, k] * share
        _slope(dose, mass, (i, j, k), slope)
        _stretch(landing, (i, j, k), stretch)
        for part in range(parts**3):
            offset[0] = (part % parts + 0.5) / parts - 0.5
            offset[1] = ((part // parts) % parts + 0.5) / parts - 0.5
            offset[2] = (part // (parts * parts) + 0.5) / parts - 0.5
            for to in range(3):
                point[to] = landing[i, j, k, to] + stretch[to, 0] * offset[0]
                point[to] += stretch[to, 1] * offset[1] + stretch[to, 2] * offset[2]
            # the parts' doses average to the voxel's: its energy stays what it was
            within = slope[0] * offset[0] + slope[1] * offset[1] + slope[2] * offset[2]
            part_energy = part_mass * (dose[i, j, k] + within)
            inside = True
            for axis in range(3):
                # a comparison with NaN is false
                inside = inside and -0.5 <= point[axis] < energy.shape[axis] - 0.5
            if not inside:
                left += part_energy
                continue
            a, b, c = int(np.floor(point[0] + 0.5)), int(np.floor(point[1] + 0.5)), int(np.floor(point[2] + 0.5))
            energy[a, b, c] += part_energy
            arrived[a, b, c] += part_mass
    return left
