"""The average adult brain that all patients are compared with: ICBM 152.

ICBM 152 nonlinear symmetric, release 2009a, 1 mm: Copyright (C) 1993-2009 Louis Collins, McConnell Brain Imaging
Centre, Montreal Neurological Institute, McGill University. Fonov 2009, 2011; Collins 1999. It ships with nilearn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from impasto.core.grid import Grid

__all__ = ["BrainTemplate", "brain_template"]


@dataclass(frozen=True, eq=False)
class BrainTemplate:
    """Skull-stripped average brain; the origin lies at the anterior commissure, LPS mm, mirror plane x = 0.

    Parameters
    ----------
    grid : Grid
    t1, grey, white : ndarray of float32, shape `grid.shape`
        T1-weighted intensity, share of grey and of white matter, 0 to 1.
    """

    grid: Grid
    t1: NDArray[np.float32]
    grey: NDArray[np.float32]
    white: NDArray[np.float32]


@lru_cache(maxsize=1)
def brain_template() -> BrainTemplate:
    """Read the template, cropped to the brain, from RAS to LPS."""
    # importing nilearn takes seconds: only digital patients pay for it
    from nilearn.datasets import load_mni152_gm_template, load_mni152_template, load_mni152_wm_template

    source = load_mni152_template(resolution=1)
    volumes = [source, load_mni152_gm_template(resolution=1), load_mni152_wm_template(resolution=1)]
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ source.affine
    grid = Grid(source.shape, affine)
    t1, grey, white = (np.asarray(volume.dataobj, dtype=np.float32) for volume in volumes)
    where = [np.flatnonzero(t1.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    start, stop = [int(w[0]) - 1 for w in where], [int(w[-1]) + 2 for w in where]
    start[2] = max(start[2], 0)
    # RAS arrays run against L and P: turn them, so that index and LPS run alike
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    turned = grid.cropped(start, stop).reoriented()
    t1, grey, white = (np.ascontiguousarray(volume[box][::-1, ::-1]) for volume in (t1, grey, white))
    return BrainTemplate(turned, t1, grey, white)
