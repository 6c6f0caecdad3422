"""Gradient watershed and its clustering against Ward's trees, exact partitions and blurred spheres."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, ward

from impasto.core import Grid, ImpastoError
from impasto.phantom.pet_spheres import PetPhantomSettings, sphere_pet_phantom
from impasto.target.pet import PetScanner, delineated, lesion_at, lesion_in_box
from impasto.target.pet.divided_voxels import DividedVoxels
from impasto.target.pet.gradient_watershed import GradientWatershedSettings
from impasto.target.pet.region_merging import merged_without, touching_pairs

SCANNER = PetScanner(6.0)


def volume_error(lesion, truth, scanner=SCANNER):
    return 100.0 * (delineated(lesion, scanner, "gradient-watershed").volume_ml(lesion) / truth.volume_ml() - 1.0)


def test_where_all_regions_touch_merging_is_wards_tree_cut_in_two():
    rng = np.random.default_rng(12)
    means = np.concatenate([rng.normal(1.0, 0.3, 12), rng.normal(4.0, 0.5, 7)])
    pairs = np.array([(a, b) for a in range(19) for b in range(a + 1, 19)])
    cut = fcluster(ward(means[:, None]), 2, criterion="maxclust")
    found = merged_without(np.ones(19), means, pairs, member=15, apart_from=0)
    np.testing.assert_array_equal(found, cut == cut[15])


def test_regions_that_do_not_touch_do_not_merge():
    means = np.array([5.0, 1.0, 1.1, 5.0])
    chain = np.array([[0, 1], [1, 2], [2, 3]])
    np.testing.assert_array_equal(merged_without(np.ones(4), means, chain, 0, 1), [True, False, False, False])


def test_pairs_are_those_that_share_a_face():
    labels = np.zeros((2, 2, 3), dtype=int)
    labels[0] = [[1, 1, 2], [3, 0, 2]]
    labels[1] = [[1, 1, 1], [4, 0, 5]]
    np.testing.assert_array_equal(touching_pairs(labels), [[1, 2], [1, 3], [1, 4], [1, 5], [2, 5], [3, 4]])


def test_divided_voxels_fill_the_same_space():
    grid = Grid.axis_aligned((4, 5, 6), (2.0, 2.0, 3.0), (10.0, -5.0, 3.0))
    divided = DividedVoxels.until(grid, finest_mm=1.1, most_voxels=10_000)
    assert divided.parts == (2, 2, 3)
    np.testing.assert_allclose(divided.fine.bounds_mm(), grid.bounds_mm())
    assert DividedVoxels.until(grid, finest_mm=1.1, most_voxels=400).parts == (1, 1, 2)
    mask = np.zeros(divided.fine.shape, dtype=bool)
    mask[:3, :2, :3] = True
    share = divided.filled_share(mask)
    assert share[0, 0, 0] == 1.0
    assert share[1, 0, 0] == 0.5
    assert share.sum() * 12.0 == pytest.approx(mask.sum() * 1.0)


def test_interpolation_between_parts_is_right_away_from_the_faces():
    divided = DividedVoxels(Grid.centred((14, 14, 14), (2.0, 2.0, 3.0)), (2, 1, 3))
    slope, fine = (grid.voxel_centres_mm() @ (1.0, 2.0, -1.0) for grid in (divided.grid, divided.fine))
    inner = (slice(10, -10), slice(5, -5), slice(15, -15))
    np.testing.assert_allclose(divided.interpolated(slope)[inner], fine[inner], atol=0.02)


@pytest.mark.parametrize(("diameter_mm", "contrast"), [(17.0, 3.0), (28.0, 8.0)])
def test_noise_free_spheres_are_right_within_a_tenth(diameter_mm, contrast):
    phantom = sphere_pet_phantom(diameter_mm, PetPhantomSettings(contrast=contrast, margin_mm=35.0), seed=1)
    lesion = lesion_at(phantom.image, phantom.centre_mm, SCANNER)
    assert -10.0 < volume_error(lesion, phantom.truth) < 4.0


def test_noisy_spheres_come_out_smaller_as_published():
    phantom = sphere_pet_phantom(28.0, PetPhantomSettings(contrast=8.0, noise=0.15), seed=1)
    assert -20.0 < volume_error(lesion_at(phantom.image, phantom.centre_mm, SCANNER), phantom.truth) < 2.0


def test_a_larger_box_changes_nothing():
    phantom = sphere_pet_phantom(17.0, PetPhantomSettings(contrast=5.0), seed=1)
    boxes = [lesion_in_box(phantom.image, [-half] * 3, [half] * 3, SCANNER) for half in (26.0, 36.0)]
    first, second = (volume_error(lesion, phantom.truth) for lesion in boxes)
    assert first == pytest.approx(second, abs=0.5)


def test_settings_that_are_not_positive_are_refused():
    with pytest.raises(ImpastoError, match="a setting of 0"):
        GradientWatershedSettings(noise_difference=0.0)
