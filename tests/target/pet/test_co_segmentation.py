"""Random walk on PET and CT: the CT's border where it shows one, and sensible refusals."""

from dataclasses import replace

import numpy as np
import pytest

from impasto.core import Image, ImpastoError
from impasto.phantom.pet_spheres import PetPhantomSettings, sphere_pet_phantom
from impasto.target.pet import PetScanner, delineated, lesion_at
from impasto.target.pet.co_segmentation import CoSegmentationSettings, co_segmentation

SCANNER = PetScanner(7.0)


def lesion_with_ct(diameter_mm, spacing_mm=2.0, contrast_hu=60.0, noise_hu=15.0):
    settings = PetPhantomSettings(contrast=5.0, fwhm_mm=7.0, noise=0.1, spacing_mm=spacing_mm, margin_mm=36.0)
    phantom = sphere_pet_phantom(diameter_mm, settings, seed=4)
    grid = phantom.image.grid.with_spacing(1.5)
    distance = np.linalg.norm(grid.voxel_centres_mm() - phantom.centre_mm, axis=-1)
    ct = contrast_hu * (distance < 0.5 * diameter_mm) + noise_hu * np.random.default_rng(5).standard_normal(grid.shape)
    lesion = lesion_at(phantom.image, phantom.centre_mm, SCANNER)
    return replace(lesion, anatomy=Image(ct.astype(np.float32), grid, "CT number", "[hnsf'U]")), phantom


@pytest.mark.parametrize(("diameter_mm", "spacing_mm"), [(13.0, 2.0), (22.0, 4.0)])
def test_where_ct_shows_the_lesion_its_border_decides(diameter_mm, spacing_mm):
    lesion, phantom = lesion_with_ct(diameter_mm, spacing_mm)
    found = delineated(lesion, SCANNER, "co-segmentation")
    truth = phantom.truth.occupancy(lesion.image.grid)
    assert found.volume_ml(lesion) == pytest.approx(phantom.truth.volume_ml(), rel=0.1)
    assert 2.0 * np.minimum(found.occupancy, truth).sum() / (found.occupancy.sum() + truth.sum()) > 0.92


def test_where_ct_shows_nothing_the_lesion_is_found_in_pet_alone():
    lesion, phantom = lesion_with_ct(28.0, contrast_hu=0.0, noise_hu=0.0)
    found = delineated(lesion, SCANNER, "co-segmentation")
    assert 0.65 < found.volume_ml(lesion) / phantom.truth.volume_ml() < 1.1


def test_missing_or_short_anatomy_and_seeds_out_of_order_are_refused():
    lesion, _ = lesion_with_ct(13.0)
    with pytest.raises(ImpastoError, match="the lesion has no anatomy"):
        co_segmentation(replace(lesion, anatomy=None), SCANNER)
    ct = lesion.anatomy
    half = ct.cropped((0, 0, 0), (ct.grid.shape[0] // 2, *ct.grid.shape[1:]))
    with pytest.raises(ImpastoError, match="CT number: it does not cover what lies around the lesion"):
        co_segmentation(replace(lesion, anatomy=half), SCANNER)
    with pytest.raises(ImpastoError, match="two levels in order"):
        CoSegmentationSettings(inside_level=0.2, outside_level=0.4)
