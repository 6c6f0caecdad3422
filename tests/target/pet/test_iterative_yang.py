"""Iterative Yang against the regions' true uptake."""

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Structure
from impasto.target.pet.iterative_yang import iterative_yang
from impasto.target.pet.partial_volume_correction import corrected_by_structures
from impasto.target.pet.point_spread import gaussian_blur
from impasto.target.pet.scanner import PetScanner

SPACING = (2.0, 2.0, 2.0)


def two_spheres():
    grid = Grid.centred((32, 32, 32), SPACING)
    place = grid.voxel_centres_mm()
    one = np.linalg.norm(place - (-8.0, 0.0, 0.0), axis=-1) < 6.5
    other = np.linalg.norm(place - (9.0, 0.0, 0.0), axis=-1) < 9.0
    return grid, one, other


def test_true_uptake_of_even_regions_comes_back_exactly():
    _, one, other = two_spheres()
    true = 1.0 + 4.0 * one + 7.0 * other
    blurred = gaussian_blur(true.shape, SPACING, 7.0)(true)
    corrected, means = iterative_yang(blurred, [one, other], SPACING, 7.0, iterations=30)
    assert blurred[one].mean() < 4.0
    np.testing.assert_allclose(means, [5.0, 8.0, 1.0], rtol=1e-3)
    np.testing.assert_allclose(corrected, true, rtol=5e-3)


def test_shared_voxels_are_told_apart():
    _, one, other = two_spheres()
    # shares as voxels at the border have them
    blend = gaussian_blur(one.shape, SPACING, 3.0)
    shares = [np.clip(blend(part.astype(float)), 0.0, 1.0) for part in (one, other)]
    true = 1.0 + 4.0 * shares[0] + 7.0 * shares[1]
    blurred = gaussian_blur(true.shape, SPACING, 7.0)(true)
    _, means = iterative_yang(blurred, shares, SPACING, 7.0, iterations=30)
    np.testing.assert_allclose(means, [5.0, 8.0, 1.0], rtol=1e-3)


def test_structures_give_means_by_name_and_the_earlier_one_has_the_voxel():
    grid, one, other = two_spheres()
    true = 1.0 + 4.0 * one + 7.0 * other
    image = Image(gaussian_blur(true.shape, SPACING, 7.0)(true), grid, "SUV body weight", "g/mL")
    lesion, node = (Structure.from_mask(n, Role.GTV, m, grid) for n, m in (("lesion", one), ("node", one | other)))
    corrected, means = corrected_by_structures(image, [lesion, node], PetScanner(7.0), iterations=30)
    assert list(means) == ["lesion", "node", "elsewhere"]
    assert means["lesion"] == pytest.approx(5.0, rel=2e-3)
    assert means["node"] == pytest.approx(8.0, rel=2e-3)
    assert corrected.unit == "g/mL"
    with pytest.raises(ImpastoError, match="lesion: no voxel of the image is its own"):
        corrected_by_structures(image, [node, lesion], PetScanner(7.0))


def test_regions_that_overlap_or_are_empty_are_refused():
    _, one, _ = two_spheres()
    with pytest.raises(ImpastoError, match="regions overlap"):
        iterative_yang(one * 1.0, [one, one], SPACING, 6.0)
    with pytest.raises(ImpastoError, match="region 2 is empty"):
        iterative_yang(one * 1.0, [one, np.zeros_like(one)], SPACING, 6.0)
