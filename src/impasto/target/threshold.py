"""Targets by a threshold on an image inside a region."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.structures import Role, Structure

__all__ = ["above_threshold", "share_of_maximum"]


def above_threshold(image: Image, threshold: float, region: Structure, name: str, role: Role) -> Structure:
    """Voxels of `image` inside `region` with at least `threshold`, the largest connected part.

    Parameters
    ----------
    image : Image
    threshold : float
        In the image's unit, for example an SUV of 2.5.
    region : Structure
        Search region, drawn generously around one lesion.
    name : str
    role : Role

    Returns
    -------
    Structure
        Boolean mask on the image's voxels.

    Raises
    ------
    ImpastoError
        When no voxel in the region reaches the threshold.
    """
    reached = (image.data >= threshold) & region.voxels(image.grid)
    parts, count = ndimage.label(reached)
    if count == 0:
        raise ImpastoError(
            region.name, f"no voxel reaches {threshold:g} {image.unit}", "lower the threshold or draw another region"
        )
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return Structure.from_mask(name, role, parts == int(np.argmax(sizes)), image.grid)


def share_of_maximum(image: Image, share: float, region: Structure, name: str, role: Role) -> Structure:
    """Voxels inside `region` with at least `share` (0 to 1) of the region's maximum, the largest connected part.

    Raises
    ------
    ImpastoError
        When the share is not within 0 and 1 or the region holds no voxel.
    """
    if not 0.0 < share < 1.0:
        raise ImpastoError(name, f"{share:g} of the maximum", "give a share between 0 and 1, such as 0.41")
    inside = image.data[region.voxels(image.grid)]
    if not inside.size:
        raise ImpastoError(region.name, "it holds no voxel of the image", "draw a larger region on this image")
    return above_threshold(image, share * float(inside.max()), region, name, role)
