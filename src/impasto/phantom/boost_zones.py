"""Clonogens by the dose they get: a surrogate for a plan, with sharp edges between three doses.

The tumour bed and what MRSI marks get the boost, the first planning volume around them the base dose, the brain beyond
a stated share of it. No beam is computed: only how far each dose reaches in each direction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.phantom.glioma_population import DIRECTIONS, Glioblastomas

__all__ = ["BoostMargins", "boost_volume_ml", "clonogens_by_dose", "infiltrated_directions"]

_MM3_PER_ML = 1000.0


@dataclass(frozen=True)
class BoostMargins:
    """How far from the border of the tumour bed doses reach, in mm.

    Parameters
    ----------
    base_mm : float
        Of the first volume, before it is extended to FLAIR abnormality and to the planning margin.
    flair_density : float
        Cell density, as a share of the core's, at the edge of FLAIR abnormality.
    marked_mm : float
        Around what MRSI marks.
    planning_mm : float
        Added to all.
    abnormal_density : float
        Cell density at the edge of what is metabolically abnormal: a marked direction is boosted up to there.
    smallest_marked_mm : float
        A marked direction reaches at least so far: one voxel.
    """

    base_mm: float
    flair_density: float
    marked_mm: float
    planning_mm: float
    abnormal_density: float
    smallest_marked_mm: float

    def __post_init__(self) -> None:
        if not (0.0 < self.flair_density < 1.0 and 0.0 < self.abnormal_density < 1.0):
            raise ImpastoError("densities of cells", "an edge is not below the core's", "give shares between 0 and 1")


def infiltrated_directions(patients: Glioblastomas, margins: BoostMargins) -> BoolArray:
    """Tell directions that are abnormal beyond the planning margin of the tumour bed, shape (..., direction)."""
    infiltrated: BoolArray = _abnormal_mm(patients, margins) > margins.planning_mm
    return infiltrated


def clonogens_by_dose(
    patients: Glioblastomas, is_marked: BoolArray, margins: BoostMargins, clonogens_per_ml: float
) -> FloatArray:
    r"""Count clonogens that get the boost, the base dose, and the dose beyond.

    Cell density falls as :math:`e^{-(r-R)/\lambda}` beyond the border R, so beyond r there are, for each steradian,
    :math:`\rho \lambda e^{-(r-R)/\lambda} (r^2 + 2 r \lambda + 2 \lambda^2)`.

    Parameters
    ----------
    patients : Glioblastomas
    is_marked : ndarray of bool, shape (..., direction)
    margins : BoostMargins
    clonogens_per_ml : float
        In solid tumour.

    Returns
    -------
    ndarray, shape (..., 3)
        In boost, base dose, beyond.
    """
    radius = patients.radius_mm[..., None]
    boost_mm = _boost_mm(patients, is_marked, margins)
    all_around, outside_boost, outside_base = (
        _beyond(radius, reach, patients.infiltration_mm).sum(axis=-1)
        for reach in (np.zeros_like(boost_mm), boost_mm, _base_mm(patients, margins))
    )
    core = 4.0 / 3.0 * np.pi * patients.radius_mm**3 * patients.core_share
    each = 4.0 * np.pi / DIRECTIONS
    zones = [core + each * (all_around - outside_boost), each * (outside_boost - outside_base), each * outside_base]
    counts: FloatArray = np.maximum(np.stack(zones, axis=-1), 0.0) * (clonogens_per_ml / _MM3_PER_ML)
    return counts


def boost_volume_ml(patients: Glioblastomas, is_marked: BoolArray, margins: BoostMargins) -> FloatArray:
    """Volume that gets the boost, shape (...)."""
    reach = patients.radius_mm[..., None] + _boost_mm(patients, is_marked, margins)
    volume: FloatArray = (4.0 / 3.0 * np.pi * reach**3).mean(axis=-1) / _MM3_PER_ML
    return volume


def _abnormal_mm(patients: Glioblastomas, margins: BoostMargins) -> FloatArray:
    reach: FloatArray = -patients.infiltration_mm * np.log(margins.abnormal_density)
    return reach


def _base_mm(patients: Glioblastomas, margins: BoostMargins) -> FloatArray:
    flair = -patients.infiltration_mm * np.log(margins.flair_density)
    reach: FloatArray = np.maximum(flair, margins.base_mm) + margins.planning_mm
    return reach


def _boost_mm(patients: Glioblastomas, is_marked: BoolArray, margins: BoostMargins) -> FloatArray:
    marked = np.maximum(_abnormal_mm(patients, margins), margins.smallest_marked_mm) + margins.marked_mm
    wanted = np.where(is_marked, marked, 0.0) + margins.planning_mm
    return np.minimum(wanted, _base_mm(patients, margins))


def _beyond(radius: FloatArray, reach: FloatArray, length: FloatArray) -> FloatArray:
    r = radius + reach
    tail: FloatArray = length * np.exp(-reach / length) * (r * r + 2.0 * r * length + 2.0 * length * length)
    return tail
