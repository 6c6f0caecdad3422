"""Where a tumour's uptake of a hypoxia tracer exceeds a multiple of a reference tissue's."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from impasto.core import Image, ImpastoError, Role, Structure
from impasto.target.hypoxia.reference import ReferenceUptake

__all__ = ["hypoxia_probability", "hypoxic_fraction", "hypoxic_volume", "tumour_to_reference"]


def tumour_to_reference(image: Image, reference: ReferenceUptake, name: str) -> Image:
    """Divide uptake by that of the reference tissue.

    Parameters
    ----------
    image : Image
        Three-dimensional, maybe with standard error.
    reference : ReferenceUptake
    name : str
        Quantity of the result, for example ``"tumour-to-muscle ratio"``.

    Returns
    -------
    Image
        Dimensionless. Its standard error holds that of the voxel and that of the reference, to first order; that of the
        reference alone where the image has none.
    """
    values = np.asarray(image.data, dtype=np.float64)
    ratio = values / reference.level
    own = 0.0 if image.standard_error is None else np.asarray(image.standard_error, dtype=np.float64) / reference.level
    error = np.hypot(own, ratio * reference.standard_error / reference.level)
    return Image(ratio.astype(np.float32), image.grid, name, "1", standard_error=error.astype(np.float32))


def hypoxic_volume(ratio: Image, threshold: float, tumour: Structure, name: str) -> Structure:
    """Find the part of a tumour with at least a threshold's ratio.

    Parameters
    ----------
    ratio : Image
        See :func:`tumour_to_reference`; or any map in which more means less oxygen.
    threshold : float
    tumour : Structure
    name : str

    Returns
    -------
    Structure
        On the ratio's voxels, with the tumour's share of each; empty where no voxel reaches the threshold.

    Raises
    ------
    ImpastoError
        When the threshold is not positive.
    """
    if not threshold > 0.0:
        raise ImpastoError(name, f"a threshold of {threshold:g}", "give a positive one, such as 1.4")
    with np.errstate(invalid="ignore"):
        reached = np.asarray(ratio.data) >= threshold
    return Structure.from_mask(name, Role.GTV, np.where(reached, tumour.occupancy(ratio.grid), 0.0), ratio.grid)


def hypoxic_fraction(hypoxic: Structure, tumour: Structure) -> float:
    """Share of the tumour that is hypoxic, 0 to 1."""
    whole = tumour.volume_ml()
    return hypoxic.volume_ml() / whole if whole > 0.0 else 0.0


def hypoxia_probability(ratio: Image, threshold: float, name: str) -> Image:
    """Probability that a voxel's true ratio reaches a threshold, errors being Normal.

    Parameters
    ----------
    ratio : Image
        With standard error.
    threshold : float
    name : str
        Of the hypoxic volume.

    Returns
    -------
    Image
        0 to 1, NaN where the ratio is.

    Raises
    ------
    ImpastoError
        When the ratio has no standard error.
    """
    if ratio.standard_error is None:
        raise ImpastoError(ratio.quantity, "has no standard error", "give it with one")
    distance = np.asarray(ratio.data, dtype=np.float64) - threshold
    error = np.maximum(np.asarray(ratio.standard_error, dtype=np.float64), 1e-12)
    return Image(ndtr(distance / error).astype(np.float32), ratio.grid, f"probability of {name}", "1")
