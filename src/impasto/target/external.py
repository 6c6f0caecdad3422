"""The patient's outline from CT."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.structures import Role, Structure

__all__ = ["external_from_ct"]


def external_from_ct(ct: Image, threshold_hu: float = -300.0, name: str = "EXTERNAL") -> Structure:
    """Outline the patient: the largest body denser than a threshold, with what it encloses slice by slice.

    Thin connections (couch top, clothes) of less than about 3 mm are cut before the largest part is chosen.

    Parameters
    ----------
    ct : Image
        CT numbers in HU.
    threshold_hu : float
    name : str

    Returns
    -------
    Structure
        Role EXTERNAL, Boolean mask on the CT's voxels.

    Raises
    ------
    ImpastoError
        When nothing is above the threshold.
    """
    dense = ct.data > threshold_hu
    steps = np.maximum(1, np.round(1.5 / ct.grid.spacing_mm)).astype(int)
    ball = np.ones(2 * np.minimum(steps, 3) + 1, dtype=bool)
    parts, count = ndimage.label(ndimage.binary_erosion(dense, ball))
    if count == 0:
        raise ImpastoError(ct.quantity, f"no body is denser than {threshold_hu:g} HU", "check the CT or the threshold")
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    core = ndimage.binary_dilation(parts == int(np.argmax(sizes)), ball)
    body = core & dense
    axis = int(np.argmax(np.abs(ct.grid.direction[2])))
    layers = np.moveaxis(body, axis, 0)
    filled = np.stack([ndimage.binary_fill_holes(layer) for layer in layers])
    return Structure.from_mask(name, Role.EXTERNAL, np.moveaxis(filled, 0, axis), ct.grid)
