"""The fast path: greedy's deformable registration (Yushkevich 2016), where it is installed."""

from __future__ import annotations

import numpy as np

from impasto.core import DisplacementField, Image, Transform
from impasto.core.itk import grid_from_itk, values_from_itk
from impasto.register.deformable.settings import DeformableSettings
from impasto.register.greedy import run_greedy
from impasto.register.settings import RegistrationRegions

__all__ = ["greedy_displacement"]

_ITERATIONS, _SMOOTHING = "100x100x50", "1.7vox 0.7vox"


def greedy_displacement(
    fixed: Image, moving: Image, start: Transform, regions: RegistrationRegions, settings: DeformableSettings
) -> DisplacementField:
    """Find a displacement by local normalised correlation with greedy.

    greedy takes no start in memory: the moving image's voxels are laid where the start puts them. Of the settings it
    takes the size of the correlation's cubes and the finest level.

    Returns
    -------
    DisplacementField
        On the grid of the fixed image, at the finest level's spacing; LPS, as ITK has vectors (the affine matrices
        of greedy are RAS, its fields are not).

    Raises
    ------
    ImpastoError
        When picsl-greedy is not installed, fails, or the start is sheared.
    """
    finest = fixed.grid.with_spacing(np.maximum(settings.levels_mm[-1], fixed.grid.spacing_mm))
    cube = "x".join([str(settings.correlation_voxels)] * 3)
    command = f"-n {_ITERATIONS} -m NCC {cube} -s {_SMOOTHING}"
    session = run_greedy(command, fixed, moving, start, regions)
    found = session["found"]
    whole = DisplacementField(grid_from_itk(found), values_from_itk(found))
    if finest.voxel_count >= whole.grid.voxel_count:
        return whole
    return DisplacementField(finest, whole.at(finest.voxel_centres_mm()).astype(np.float32))
