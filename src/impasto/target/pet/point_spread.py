"""A scanner's Gaussian point spread on voxels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.special import ndtr

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError

__all__ = ["FWHM_PER_SIGMA", "gaussian_blur"]

FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))
"""Full width at half maximum of a Gaussian over its standard deviation."""

_REACH_SIGMA = 5.0


def gaussian_blur(
    shape: Sequence[int], spacing_mm: Sequence[float], fwhm_mm: float | Sequence[float]
) -> Callable[[RealArray], NDArray[np.float32]]:
    """Prepare the convolution of voxels with a Gaussian point spread, the image mirrored at its faces.

    The Gaussian is integrated over each voxel. With mirrored faces the convolution is its own transpose, and it keeps
    constants as well as the sum over the image: what deconvolution needs to conserve counts.

    Parameters
    ----------
    shape : (int, int, int)
        Of the images to blur.
    spacing_mm : (float, float, float)
        Voxel size.
    fwhm_mm : float or (float, float, float)
        Full width at half maximum, alike along all axes or one for each.

    Returns
    -------
    callable
        Takes an image of that shape, gives float32.

    Raises
    ------
    ImpastoError
        When a width is not positive.

    Examples
    --------
    >>> blur = gaussian_blur((8, 8, 8), (2.0, 2.0, 2.0), 6.0)
    >>> bool(np.allclose(blur(np.full((8, 8, 8), 3.0)), 3.0))
    True
    """
    widths = np.broadcast_to(np.asarray(fwhm_mm, dtype=np.float64), 3)
    if not (np.isfinite(widths).all() and widths.min() > 0.0):
        raise ImpastoError("point spread", f"a width of {fwhm_mm} mm", "give the scanner's resolution, 4 to 8 mm")
    sigma = widths / FWHM_PER_SIGMA / np.asarray(spacing_mm, dtype=np.float64)
    transfer = [_transfer(n, s).astype(np.float32) for n, s in zip(shape, sigma, strict=True)]

    def blur(values: RealArray) -> NDArray[np.float32]:
        # the cosine transform turns convolution with mirrored faces into a product
        waves = fft.dctn(np.asarray(values, dtype=np.float32), workers=2)
        waves *= transfer[0][:, None, None]
        waves *= transfer[1][:, None]
        waves *= transfer[2]
        return np.asarray(fft.idctn(waves, workers=2, overwrite_x=True), dtype=np.float32)

    return blur


def _transfer(count: int, sigma: float) -> FloatArray:
    """Find what the blur leaves of each cosine along an axis of `count` voxels; `sigma` in voxels."""
    reach = int(np.ceil(_REACH_SIGMA * sigma + 0.5))
    offsets = np.arange(-reach, reach + 1)
    kernel = ndtr((offsets + 0.5) / sigma) - ndtr((offsets - 0.5) / sigma)
    kernel /= kernel.sum()
    waves: FloatArray = np.cos(np.pi / count * np.outer(np.arange(count), offsets)) @ kernel
    return waves
