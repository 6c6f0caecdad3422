"""What a PET scanner would give of a tracer's uptake: point spread, counting noise, decay. Simulated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy import ndimage

from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.pet_acquisition import PetAcquisition
from impasto.core.resample import resample_linear
from impasto.maps.pet.decay import average_activity_time_s
from impasto.phantom.shapes import smooth_noise
from impasto.phantom.tracers import Tracer

__all__ = ["Body", "pet_scan"]

_FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))
_FIRST_INJECTION = datetime(2020, 1, 1, 9, 0, 0)


@dataclass(frozen=True)
class Body:
    """The patient's body as far as uptake values depend on it."""

    weight_kg: float = 74.0
    height_m: float = 1.74
    sex: str = "M"


def pet_scan(
    uptake: Image,
    tracer: Tracer,
    grid: Grid,
    seed: int,
    fwhm_mm: float = 5.0,
    injection: datetime = _FIRST_INJECTION,
    body: Body = Body(),
) -> tuple[Image, PetAcquisition]:
    """Simulate a static PET scan of one frame.

    The reconstruction is linear in the uptake: a Gaussian point spread, then noise that is correlated over it and
    whose standard deviation grows with the square root of the signal, as iterative reconstructions of counts have it.

    Parameters
    ----------
    uptake : Image
        Standardised uptake value by body weight, g/mL.
    tracer : Tracer
    grid : Grid
        The PET's own voxels.
    seed : int
        Decides the noise.
    fwhm_mm : float
        Point spread, full width at half maximum.
    injection : datetime
    body : Body

    Returns
    -------
    image : Image
        Activity concentration in Bq/mL, decay-corrected to the series time (START).
    acquisition : PetAcquisition
        The header facts from which the uptake can be recovered.

    Raises
    ------
    ImpastoError
        When the uptake is a time series or the point spread is negative.
    """
    if uptake.data.ndim != 3 or fwhm_mm < 0.0:
        raise ImpastoError(uptake.quantity, "is not one frame, or the point spread is negative", "give one 3D image")
    rng = np.random.default_rng([seed, 2])
    sigma_mm = fwhm_mm / _FWHM_PER_SIGMA
    blurred = ndimage.gaussian_filter(uptake.data.astype(np.float32, copy=False), sigma_mm / uptake.grid.spacing_mm)
    seen = resample_linear(blurred, uptake.grid, grid).astype(np.float64)
    noise = smooth_noise(grid.shape, sigma_mm / float(grid.spacing_mm.mean()), rng)
    seen = np.maximum(seen + tracer.noise * np.sqrt(np.maximum(seen, 0.0)) * noise, 0.0)
    acquisition = _acquisition(tracer, injection, body)
    remaining = 2.0 ** (-tracer.uptake_time_s / tracer.half_life_s)
    activity = seen * tracer.injected_dose_bq * remaining / (1000.0 * body.weight_kg)
    return Image(activity.astype(np.float32), grid, "activity concentration", "Bq/mL"), acquisition


def _acquisition(tracer: Tracer, injection: datetime, body: Body) -> PetAcquisition:
    start = injection + timedelta(seconds=tracer.uptake_time_s)
    return PetAcquisition(
        units="BQML",
        corrections=("ATTN", "DECY", "SCAT", "RAN", "NORM"),
        decay_correction="START",
        weight_kg=body.weight_kg,
        height_m=body.height_m,
        sex=body.sex,
        injected_dose_bq=tracer.injected_dose_bq,
        half_life_s=tracer.half_life_s,
        injection=injection,
        series=start,
        acquisition=start,
        frame_reference_time_s=average_activity_time_s(tracer.frame_duration_s, tracer.half_life_s),
        frame_duration_s=tracer.frame_duration_s,
        radiopharmaceutical=tracer.radiopharmaceutical,
    )
