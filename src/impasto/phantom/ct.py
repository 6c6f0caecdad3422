"""What a CT scanner would give of a digital patient. Simulated."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from scipy import ndimage

from impasto.core.image import Image
from impasto.phantom.anatomy import Anatomy, Tissue, tissue_mean
from impasto.phantom.warp import smooth_lattice

__all__ = ["CT_NUMBERS", "ct_scan"]

CT_NUMBERS = MappingProxyType(
    {
        Tissue.AIR: -1000.0,
        Tissue.SOFT_TISSUE: 48.0,
        Tissue.FAT: -95.0,
        Tissue.BONE: 1350.0,
        Tissue.MARROW: 330.0,
        Tissue.CSF: 8.0,
        Tissue.GREY_MATTER: 38.0,
        Tissue.WHITE_MATTER: 29.0,
        Tissue.VESSEL: 55.0,
        Tissue.EYE: 10.0,
        Tissue.LENS: 75.0,
        Tissue.OPTIC_NERVE: 34.0,
        Tissue.GLAND: 32.0,
        Tissue.OEDEMA: 21.0,
        Tissue.TUMOUR: 43.0,
        Tissue.NECROSIS: 16.0,
        Tissue.CAVITY: 10.0,
        Tissue.FAINT_TUMOUR: 38.0,
        Tissue.LEAKY_TREATMENT_EFFECT: 30.0,
        Tissue.SLOW_TREATMENT_EFFECT: 30.0,
    }
)
"""CT number of each tissue in HU at 120 kV without contrast agent."""

_ENHANCEMENT = MappingProxyType(
    {
        Tissue.VESSEL: 1.0,
        Tissue.TUMOUR: 0.32,
        Tissue.GLAND: 0.3,
        Tissue.SOFT_TISSUE: 0.08,
        Tissue.MARROW: 0.1,
        Tissue.FAINT_TUMOUR: 0.06,
        Tissue.LEAKY_TREATMENT_EFFECT: 0.15,
        Tissue.SLOW_TREATMENT_EFFECT: 0.04,
    }
)
"""How much of the CT number that iodine adds to blood it adds to other tissue, a minute after injection."""

_FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))


def ct_scan(
    anatomy: Anatomy, seed: int, fwhm_mm: float = 1.2, noise_hu: float = 3.5, contrast_hu: float = 0.0
) -> Image:
    """Simulate a planning CT on the anatomy's own grid.

    Parameters
    ----------
    anatomy : Anatomy
    seed : int
        Decides the noise.
    fwhm_mm : float
        Point spread, full width at half maximum.
    noise_hu : float
        Standard deviation of the noise in the middle of the head.
    contrast_hu : float
        What iodine adds to the CT number of blood; nothing without contrast agent.

    Returns
    -------
    Image
        CT number in HU, int16.
    """
    rng = np.random.default_rng([seed, 1])
    numbers = tissue_mean(anatomy, CT_NUMBERS)
    if contrast_hu:
        numbers += np.float32(contrast_hu) * tissue_mean(anatomy, _ENHANCEMENT)
    sigma = fwhm_mm / _FWHM_PER_SIGMA / anatomy.grid.spacing_mm
    numbers = ndimage.gaussian_filter(numbers, sigma)
    noise = smooth_lattice(anatomy.grid.shape, 0.7, rng)
    numbers += np.float32(noise_hu) * noise
    np.clip(np.rint(numbers, out=numbers), -1024, 3071, out=numbers)
    return Image(numbers.astype(np.int16), anatomy.grid, "CT number", "[hnsf'U]")
