"""The part of a mask that holds the peak, and what counts as near."""

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.target.pet import Background, PetLesion
from impasto.target.pet.peak_part import neighbourhood, part_with_peak


def two_blobs(peak=5.0):
    grid = Grid.centred((40, 30, 30), (2.0, 2.0, 3.0))
    place = grid.voxel_centres_mm()
    values = np.ones(grid.shape)
    values[np.linalg.norm(place - (-20.0, 0.0, 0.0), axis=-1) < 8.0] = peak
    values[np.linalg.norm(place - (24.0, 0.0, 0.0), axis=-1) < 8.0] = 7.0
    index = tuple(int(i) for i in np.rint(grid.index_from_world([-20.0, 0.0, 0.0])))
    image = Image(values.astype(np.float32), grid, "SUV", "g/mL")
    return PetLesion(image, np.ones(grid.shape, dtype=bool), index, Background(1.0, 0.1, 500))


def test_only_the_part_with_the_peak_is_kept_and_its_hole_filled():
    lesion = two_blobs()
    mask = np.asarray(lesion.image.data) > 3.0
    hollow = mask.copy()
    i, j, k = lesion.peak_index
    hollow[i + 1, j, k] = False
    found = part_with_peak(hollow, lesion.search, lesion.peak_index)
    np.testing.assert_array_equal(found, mask & (np.arange(40) < 20)[:, None, None])
    assert not part_with_peak(~mask, lesion.search, lesion.peak_index).any()


def test_the_neighbourhood_reaches_as_far_as_asked():
    lesion = two_blobs()
    near = neighbourhood(lesion, reach_mm=9.0)
    whole = near.back(near.lesion.search) > 0
    distance = np.linalg.norm(lesion.image.grid.voxel_centres_mm() - (-20.0, 0.0, 0.0), axis=-1)
    assert whole[distance < 14.0].all()
    assert not whole[distance > 17.1].any()
    assert near.lesion.maximum == lesion.maximum
    np.testing.assert_array_equal(near.back(near.lesion.image.data)[near.box], lesion.image.data[near.box])


def test_a_peak_that_does_not_stand_out_is_refused():
    with pytest.raises(ImpastoError, match="its peak of 1 is not above the 1 around it"):
        neighbourhood(two_blobs(peak=1.0), 6.0)
