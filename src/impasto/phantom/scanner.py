"""What a CT and a PET scanner would give of digital anatomy: blur, noise, decay. All simulated."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from scipy import ndimage

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.pet_acquisition import PetAcquisition
from impasto.core.resample import resample_linear
from impasto.phantom.head import HeadAnatomy
from impasto.phantom.shapes import smooth_noise

__all__ = ["ct_scan", "pet_scan"]

_CT_NUMBERS = {
    "skin": 40.0,
    "skull": 900.0,
    "orbital fat": -85.0,
    "brain": 34.0,
    "ventricles": 6.0,
    "eyes": 12.0,
    "optic nerves": 30.0,
    "air": -990.0,
    "brainstem": 32.0,
    "chiasm": 32.0,
    "tumour": 44.0,
    "necrosis": 14.0,
}

_UPTAKE = {"skin": 0.9, "skull": 0.6, "brain": 1.0, "ventricles": 0.5, "eyes": 0.5, "air": 0.05, "tumour": 2.4}
_UPTAKE_INSIDE_TUMOUR = {"hot": 4.4, "necrosis": 0.8}

_FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))


def ct_scan(anatomy: HeadAnatomy, seed: int = 0) -> Image:
    """Simulate a planning CT: tissue CT numbers, grey-white texture, blur of 1.5 mm and correlated noise of 5 HU.

    Returns
    -------
    Image
        CT number in HU, rounded to integers, on the anatomy's grid.
    """
    rng = np.random.default_rng([seed, 1])
    values = np.full(anatomy.grid.shape, -1000.0)
    for tissue, number in _CT_NUMBERS.items():
        share = anatomy.tissues[tissue]
        values += share * (number - values)
    folds = smooth_noise(anatomy.grid.shape, 2.2, rng)
    grey_matter = anatomy.tissues["brain"] - np.maximum(anatomy.tissues["ventricles"], anatomy.tissues["tumour"])
    values += 5.0 * np.clip(grey_matter, 0.0, 1.0) * np.tanh(2.0 * folds)
    values = ndimage.gaussian_filter(values, 1.5 / _FWHM_PER_SIGMA / anatomy.grid.spacing_mm)
    values += 5.0 * smooth_noise(anatomy.grid.shape, 0.7, rng)
    return Image(np.rint(np.clip(values, -1024, 3071)).astype(np.int16), anatomy.grid, "CT number", "[hnsf'U]")


def pet_scan(anatomy: HeadAnatomy, grid: Grid, seed: int = 0, fwhm_mm: float = 5.0) -> tuple[Image, PetAcquisition]:
    """Simulate an amino-acid PET scan: uptake, point spread, counting noise, decay since injection.

    Parameters
    ----------
    anatomy : HeadAnatomy
    grid : Grid
        The PET's own voxels.
    seed : int
    fwhm_mm : float
        Point spread, full width at half maximum.

    Returns
    -------
    image : Image
        Activity concentration in Bq/mL, decay-corrected to the series time (START).
    acquisition : PetAcquisition
        The header facts from which the uptake can be recovered.
    """
    rng = np.random.default_rng([seed, 2])
    injection = datetime(2020, 1, 1, 9, 0, 0)
    scan = injection + timedelta(minutes=20)
    acquisition = PetAcquisition(
        units="BQML",
        corrections=("ATTN", "DECY", "SCAT", "RAN", "NORM"),
        decay_correction="START",
        weight_kg=74.0,
        height_m=1.74,
        sex="M",
        injected_dose_bq=200e6,
        half_life_s=6586.2,
        injection=injection,
        series=scan,
        acquisition=scan,
        frame_reference_time_s=600.0,
        frame_duration_s=1200.0,
        radiopharmaceutical="Fluoroethyltyrosine F^18^ (simulated)",
    )
    blurred = ndimage.gaussian_filter(_uptake(anatomy), fwhm_mm / _FWHM_PER_SIGMA / anatomy.grid.spacing_mm)
    uptake = resample_linear(blurred, anatomy.grid, grid).astype(np.float64)
    # noise of an iterative reconstruction: grows with the square root of the signal, correlated over the point spread
    noise = smooth_noise(grid.shape, fwhm_mm / _FWHM_PER_SIGMA / float(grid.spacing_mm.mean()), rng)
    uptake = np.maximum(uptake + 0.07 * np.sqrt(np.maximum(uptake, 0.0)) * noise, 0.0)
    remaining = 0.5 ** ((scan - injection).total_seconds() / 6586.2)
    activity = uptake * 200e6 * remaining / 74_000.0
    return Image(activity.astype(np.float32), grid, "activity concentration", "Bq/mL"), acquisition


def _uptake(anatomy: HeadAnatomy) -> FloatArray:
    """Standardised uptake value of the tissues before blur and noise."""
    uptake = np.zeros(anatomy.grid.shape)
    for tissue, value in _UPTAKE.items():
        uptake += anatomy.tissues[tissue] * (value - uptake)
    for tissue, value in _UPTAKE_INSIDE_TUMOUR.items():
        uptake += np.minimum(anatomy.tissues[tissue], anatomy.tissues["tumour"]) * (value - uptake)
    return uptake
