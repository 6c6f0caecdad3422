"""Muscle near a tumour, told by its CT number, where none was drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from impasto.core import Grid, Image, ImpastoError, Role, Structure

__all__ = ["muscle_by_ct_number"]


def muscle_by_ct_number(
    ct: Image, tumour: Structure, excluded: Sequence[Structure], numbers_hu: tuple[float, float], voxel_mm: float
) -> Structure:
    """Find tissue with muscle's CT number around a tumour, beside all that was drawn.

    Parameters
    ----------
    ct : Image
        CT numbers.
    tumour : Structure
        Muscle is looked for up to 60 mm from its box.
    excluded : sequence of Structure
        Targets and organs; muscle keeps a voxel away from them.
    numbers_hu : tuple of float
        Lowest and highest CT number of muscle.
    voxel_mm : float
        CT numbers are averaged over so wide voxels: noise and thin layers of fat then count less.

    Returns
    -------
    Structure
        Whole voxels, a voxel away from other tissue.

    Raises
    ------
    ImpastoError
        When there is none.
    """
    low, high = tumour.bounds_mm()
    shape = np.ceil((high - low + 120.0) / voxel_mm).astype(int)
    grid = Grid.centred(shape.tolist(), (voxel_mm,) * 3, 0.5 * (low + high))
    number = ct.resampled_conserving(grid).data
    muscle = ndimage.binary_erosion((number >= numbers_hu[0]) & (number <= numbers_hu[1]))
    for one in excluded:
        muscle &= ~ndimage.binary_dilation(one.occupancy(grid) > 0.0)
    if not muscle.any():
        raise ImpastoError("muscle", "the CT shows none beside the targets", "draw a region of muscle")
    return Structure.from_mask("Muscle", Role.CONTROL, muscle, grid)
