"""Point spread: constants stay, amounts stay, and it equals blurring first and sampling then."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from impasto.core import Grid, ImpastoError
from impasto.phantom.point_spread import separable_average

_FINE = Grid.centred((50, 40, 60), (1.0, 1.0, 1.0))


def test_equals_a_gaussian_filter_at_the_centres() -> None:
    values = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=_FINE.shape), 2.0)
    coarse = Grid.centred((9, 7, 9), (4.0, 4.0, 5.0))
    fwhm = (6.0, 6.0, 8.0)
    found = separable_average(_FINE, coarse, fwhm)(values)
    blurred = ndimage.gaussian_filter(values, np.array(fwhm) / 2.3548, mode="constant", truncate=6.0)
    index = np.moveaxis(_FINE.index_from_world(coarse.voxel_centres_mm()), -1, 0)
    expected = ndimage.map_coordinates(blurred, index, order=3, mode="constant")
    np.testing.assert_allclose(found, expected, atol=0.02 * values.std())


def test_constants_stay_inside() -> None:
    coarse = Grid.centred((8, 6, 5), (3.0, 3.0, 6.0))
    found = separable_average(_FINE, coarse, (3.0, 3.0, 6.0))(np.full(_FINE.shape, 7.0))
    np.testing.assert_allclose(found, 7.0, rtol=1e-6)


def test_axes_may_run_the_other_way_and_beyond_the_anatomy() -> None:
    values = np.random.default_rng(1).normal(size=_FINE.shape)
    straight = Grid.centred((30, 20, 30), (2.0, 2.0, 3.0))
    affine = straight.affine.copy()
    affine[:3, 1] *= -1.0
    affine[:3, 3] = straight.world_from_index((0, 19, 0))
    turned = Grid(straight.shape, affine)
    there = separable_average(_FINE, straight, (2.0, 2.0, 3.0))(values)
    np.testing.assert_allclose(separable_average(_FINE, turned, (2.0, 2.0, 3.0))(values), there[:, ::-1], atol=1e-5)
    assert np.abs(there[0]).max() < 1e-5


def test_oblique_grids_and_no_width_are_refused() -> None:
    affine = np.eye(4)
    affine[:2, :2] = [[0.8, -0.6], [0.6, 0.8]]
    with pytest.raises(ImpastoError, match="oblique"):
        separable_average(_FINE, Grid((5, 5, 5), affine), (2.0, 2.0, 2.0))
    with pytest.raises(ImpastoError, match="point spread"):
        separable_average(_FINE, _FINE, (2.0, 0.0, 2.0))
