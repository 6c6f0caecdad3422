"""Fuzzy c-means against its own objective's stationary point, known clusters, and blurred spheres."""

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.phantom.pet_spheres import PetPhantomSettings, sphere_pet_phantom
from impasto.target.pet import PetScanner, delineated, lesion_at
from impasto.target.pet.fuzzy_c_means import FuzzyCMeansSettings, a_trous_plane, cluster, fuzzy_c_means, memberships

SCANNER = PetScanner(6.0)


def tissues(seed=10):
    rng = np.random.default_rng(seed)
    centre = rng.choice([1.0, 3.0, 6.0], (14, 14, 14), p=[0.6, 0.25, 0.15])
    return centre + 0.15 * rng.standard_normal(centre.shape), centre + 0.05 * rng.standard_normal(centre.shape)


def objective(first, smoothed, belongs, centres, weight):
    return sum(
        np.sum(u**2 * ((first - v) ** 2 + weight * (smoothed - v) ** 2)) for u, v in zip(belongs, centres, strict=True)
    )


def test_the_fixed_point_is_a_minimum_of_the_objective():
    first, smoothed = tissues()
    settings = FuzzyCMeansSettings(clusters=3, smoothed_weight=0.7, tolerance=1e-7)
    centres = cluster(first, smoothed, np.ones(first.shape, dtype=bool), [0.0, 2.0, 5.0], settings)
    belongs = memberships(first, smoothed, centres, 0.7).astype(float)
    np.testing.assert_allclose(belongs.sum(axis=0), 1.0, rtol=1e-5)
    least = objective(first, smoothed, belongs, centres, 0.7)
    for number in range(3):
        for change in (-0.02, 0.02):
            moved = centres + change * (np.arange(3) == number)
            assert objective(first, smoothed, belongs, moved, 0.7) > least
    rng = np.random.default_rng(11)
    for _ in range(5):
        shifted = np.clip(belongs + 0.05 * rng.standard_normal(belongs.shape), 1e-6, None)
        assert objective(first, smoothed, shifted / shifted.sum(axis=0), centres, 0.7) > least


def test_centres_are_those_of_the_tissues():
    first, smoothed = tissues()
    settings = FuzzyCMeansSettings(clusters=3)
    centres = cluster(first, smoothed, np.ones(first.shape, dtype=bool), [0.0, 2.0, 5.0], settings)
    np.testing.assert_allclose(centres, [1.0, 3.0, 6.0], atol=0.05)


def test_a_trous_plane_is_the_spline_with_holes():
    impulse = np.zeros((33, 33, 33))
    impulse[16, 16, 16] = 1.0
    spline = np.array([1, 4, 6, 4, 1]) / 16.0
    holes = np.zeros(9)
    holes[::2] = spline
    line = np.convolve(spline, holes)
    plane = a_trous_plane(impulse, 2)
    np.testing.assert_allclose(plane[10:23, 16, 16], line * line[6] ** 2, atol=1e-7)
    np.testing.assert_allclose(a_trous_plane(np.full((9, 9, 9), 2.0), 3), 2.0, rtol=1e-6)


@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_large_spheres_come_out_right_and_small_ones_too_large_as_published(noise):
    errors = []
    for diameter_mm in (13.0, 28.0):
        phantom = sphere_pet_phantom(diameter_mm, PetPhantomSettings(contrast=8.0, noise=noise), seed=2)
        lesion = lesion_at(phantom.image, phantom.centre_mm, SCANNER)
        found = delineated(lesion, SCANNER, "fuzzy-c-means")
        assert bool(found.notes) == (diameter_mm < 18.0)
        errors.append(100.0 * (found.volume_ml(lesion) / phantom.truth.volume_ml() - 1.0))
    assert errors[0] > 15.0
    assert abs(errors[1]) < 5.0


def test_wavelets_and_three_clusters_take_part():
    phantom = sphere_pet_phantom(28.0, PetPhantomSettings(contrast=8.0, noise=0.15), seed=2)
    lesion = lesion_at(phantom.image, phantom.centre_mm, SCANNER)
    found = fuzzy_c_means(lesion, SCANNER, FuzzyCMeansSettings(clusters=3, wavelet_scales=1))
    assert len(found.figures) == 3
    # the middle cluster takes the blurred rim and lies below half way, and with it much of the rim is left out
    assert found.figures["centre_2"] < 4.5
    assert -30.0 < 100.0 * (found.volume_ml(lesion) / phantom.truth.volume_ml() - 1.0) < 0.0


def test_settings_that_make_no_sense_and_centres_that_do_not_settle_are_refused():
    first, smoothed = tissues()
    with pytest.raises(ImpastoError, match="1 clusters"):
        FuzzyCMeansSettings(clusters=1)
    with pytest.raises(ImpastoError, match="a setting of -1"):
        FuzzyCMeansSettings(smoothed_weight=-1.0)
    with pytest.raises(ImpastoError, match="did not settle"):
        settings = FuzzyCMeansSettings(tolerance=1e-12, most_iterations=2)
        cluster(first, smoothed, np.ones(first.shape, dtype=bool), [0.0, 5.0], settings)
