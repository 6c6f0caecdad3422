"""FLAB against posteriors in closed form, mixtures of known mean and deviation, and blurred spheres."""

import numba
import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.phantom.pet_spheres import PetPhantomSettings, sphere_pet_phantom
from impasto.target.pet import Background, PetLesion, PetScanner, delineated, lesion_at
from impasto.target.pet.fuzzy_locally_adaptive_bayesian import FlabSettings, fit_flab
from impasto.target.pet.stochastic_em import OUTSIDE, draw_classes, mixture_of

SCANNER = PetScanner(6.0)


def test_classes_are_drawn_as_often_as_bayes_says():
    rng = np.random.default_rng(6)
    # the middle of each block of 3 x 3 x 3 sees 12, 9, 4 and 2 of the four classes
    block = rng.permutation(np.repeat([0, 1, 2, 3], [12, 9, 4, 2])).reshape(3, 3, 3)
    classes = np.tile(block, (12, 12, 12)).astype(np.uint8)
    mixture = mixture_of(np.array([1.0, 4.0]), np.array([0.7, 1.1]))
    np.testing.assert_allclose(mixture[1] ** 2, [0.49, (4 * 0.49 + 1.21) / 9, (0.49 + 4 * 1.21) / 9, 1.21])
    values = np.full(classes.shape, 2.3, dtype=np.float32)
    density = np.exp(-0.5 * ((2.3 - mixture[0]) / mixture[1]) ** 2) / mixture[1]
    expected = np.array([12, 9, 4, 2]) * density
    expected /= expected.sum()
    count = np.zeros(4)
    for step in range(3):
        drawn, _ = draw_classes(values, classes, mixture, seed=7, step=step)
        count += np.bincount(drawn[1:-1, 1:-1, 1:-1].ravel(), minlength=4)
    error = np.sqrt(expected * (1 - expected) / count.sum())
    assert np.all(np.abs(count / count.sum() - expected) < 4.0 * error)


def test_draws_depend_on_seed_and_step_but_not_on_threads():
    rng = np.random.default_rng(8)
    classes = rng.integers(0, 4, (70, 70, 70)).astype(np.uint8)
    values = rng.normal(2.0, 1.0, classes.shape).astype(np.float32)
    mixture = mixture_of(np.array([1.0, 3.0]), np.array([0.8, 0.8]))
    first, sums = draw_classes(values, classes, mixture, 1, 0)
    usual = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        again, same_sums = draw_classes(values, classes, mixture, 1, 0)
    finally:
        numba.set_num_threads(usual)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(sums, same_sums)
    hot = values[first == 3].astype(float)
    np.testing.assert_allclose(sums[1], [hot.size, hot.sum(), np.square(hot).sum()], rtol=1e-6)
    assert np.mean(draw_classes(values, classes, mixture, 1, 1)[0] != first) > 0.3
    assert np.mean(draw_classes(values, classes, mixture, 2, 0)[0] != first) > 0.3


def test_means_and_deviations_of_two_tissues_are_found():
    rng = np.random.default_rng(9)
    hot = np.zeros((24, 24, 24), dtype=bool)
    hot[6:18, 6:18, 6:18] = True
    values = np.where(hot, rng.normal(5.0, 0.5, hot.shape), rng.normal(1.0, 0.2, hot.shape))
    search = np.ones_like(hot)
    search[:, :, 0] = False
    fit = fit_flab(values, search, 1.0, float(values.max()), FlabSettings())
    np.testing.assert_allclose(fit.means, [1.0, 5.0], atol=4 * 0.5 / np.sqrt(hot.sum()) + 0.01)
    np.testing.assert_allclose(fit.deviations, [0.2, 0.5], rtol=0.06)
    assert np.mean((fit.classes >= 2)[search] == hot[search]) > 0.999
    assert np.all(fit.classes[~search] == OUTSIDE)
    again = fit_flab(values, search, 1.0, float(values.max()), FlabSettings())
    np.testing.assert_array_equal(fit.lesion_share, again.lesion_share)


@pytest.mark.parametrize(("diameter_mm", "contrast", "noise", "bound"), [(13, 3, 0, 8), (22, 8, 0, 5), (28, 5, 0.1, 8)])
def test_sphere_volumes_are_within_the_paper_s_range(diameter_mm, contrast, noise, bound):
    phantom = sphere_pet_phantom(diameter_mm, PetPhantomSettings(contrast=contrast, noise=noise), seed=1)
    lesion = lesion_at(phantom.image, phantom.centre_mm, SCANNER)
    found = delineated(lesion, SCANNER, "flab")
    assert 100.0 * abs(found.volume_ml(lesion) / phantom.truth.volume_ml() - 1.0) < bound


def test_regions_without_contrast_and_chains_without_draws_are_refused():
    grid = Grid.centred((6, 6, 6), (2.0, 2.0, 2.0))
    image = Image(np.ones(grid.shape, dtype=np.float32), grid, "SUV", "g/mL")
    lesion = PetLesion(image, np.ones(grid.shape, dtype=bool), (3, 3, 3), Background(1.0, 0.1, 100))
    with pytest.raises(ImpastoError, match="FLAB: its lesion's 1 is not above 1"):
        delineated(lesion, SCANNER, "flab")
    with pytest.raises(ImpastoError, match="let 1 to 255 draws count"):
        FlabSettings(draws=10, settling_draws=10)
