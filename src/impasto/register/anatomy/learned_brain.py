"""A learned brain mask: deepbet (Fisch 2024), where its package with the weights is installed."""

from __future__ import annotations

import importlib
from typing import Any

import nibabel
import numpy as np

from impasto.core import Image, ImpastoError
from impasto.core.arrays import BoolArray

__all__ = ["deepbet_mask"]

_RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def deepbet_mask(image: Image, threshold: float = 0.5) -> BoolArray:
    """Mask the brain with deepbet on the processor, offline: the weights come inside the package.

    Parameters
    ----------
    image : Image
        One MR volume with skull: T1 with or without contrast agent, or FLAIR; it was not trained on T2.
    threshold : float
        Of the network's output, 0 to 1.

    Returns
    -------
    ndarray of bool, shape `image.grid.shape`

    Raises
    ------
    ImpastoError
        When the package is not installed.
    """
    try:
        extraction: Any = importlib.import_module("deepbet.bet").BrainExtraction(no_gpu=True)
    except ImportError:
        remedy = "install impasto[brain], or use the method template"
        raise ImpastoError("brain mask", "deepbet is not installed", remedy) from None
    turned = image.reoriented()
    # it thinks in RAS: the only place where this image is flipped
    volume = nibabel.Nifti1Image(turned.data.astype(np.float32), _RAS_FROM_LPS @ turned.grid.affine)
    found = extraction.run(volume, threshold=threshold)[1]
    back = nibabel.as_closest_canonical(found).get_fdata() > 0.5
    # canonical RAS counts the first two axes the other way round than LPS
    mask = turned.with_data(back[::-1, ::-1].astype(np.uint8), "occupancy", "1")
    inside: BoolArray = mask.resampled_nearest(image.grid).data > 0
    return inside
