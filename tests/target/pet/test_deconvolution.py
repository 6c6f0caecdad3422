"""Deconvolution against conservation, likelihood, and a Gaussian whose true width is known."""

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.phantom.pet_spheres import PetPhantomSettings, sphere_pet_phantom
from impasto.target.pet.deconvolution import landweber, richardson_lucy
from impasto.target.pet.partial_volume_correction import deconvolved
from impasto.target.pet.point_spread import gaussian_blur
from impasto.target.pet.scanner import PetScanner

SPACING = (2.0, 2.0, 2.0)


def sphere(noise=0.0):
    settings = PetPhantomSettings(contrast=5.0, fwhm_mm=6.0, noise=noise, margin_mm=16.0)
    return sphere_pet_phantom(22.0, settings, seed=3)


def test_richardson_lucy_conserves_counts_and_stays_positive():
    image = sphere(noise=0.2).image.data
    found = richardson_lucy(image, SPACING, 6.0, iterations=8)
    assert found.min() >= 0.0
    assert found.sum(dtype=float) == pytest.approx(image.sum(dtype=float), rel=1e-6)


def test_richardson_lucy_raises_the_poisson_likelihood_each_time():
    image = np.asarray(sphere(noise=0.2).image.data, dtype=float)
    blur = gaussian_blur(image.shape, SPACING, 6.0)
    likelihood = []
    for iterations in range(0, 9, 2):
        expected = blur(richardson_lucy(image, SPACING, 6.0, iterations)).astype(float)
        likelihood.append(np.sum(image * np.log(expected) - expected))
    assert np.all(np.diff(likelihood) > 0.0)


def test_richardson_lucy_brings_a_blurred_gaussian_back_to_its_width():
    place = 1.0 * (np.arange(41) - 20)
    radius2 = sum(np.meshgrid(place**2, place**2, place**2, indexing="ij"))
    true = np.exp(-0.5 * radius2 / 3.0**2)
    blurred = gaussian_blur(true.shape, (1.0, 1.0, 1.0), 6.0)(true)
    found = richardson_lucy(blurred, (1.0, 1.0, 1.0), 6.0, iterations=40).astype(float)
    width = np.sqrt(np.sum(found * radius2) / found.sum() / 3.0)
    assert np.sqrt(np.sum(blurred * radius2) / blurred.sum() / 3.0) > 3.9
    assert width == pytest.approx(3.0, rel=0.05)


def test_landweber_fits_the_image_ever_better_and_never_falls_below_its_bound():
    phantom = sphere()
    # an image that an estimate within the bound explains entirely
    blur = gaussian_blur(phantom.image.grid.shape, SPACING, 6.0)
    image = blur(1.0 + 4.0 * phantom.truth.occupancy(phantom.image.grid))
    misfit = []
    for iterations in (0, 5, 20, 60):
        found = landweber(image, SPACING, 6.0, iterations, least=1.0)
        assert found.min() >= 1.0
        misfit.append(float(np.square(blur(found) - image).sum()))
    assert np.all(np.diff(misfit) < 0.0)
    assert misfit[-1] < 1e-3 * misfit[0]


def test_deconvolution_recovers_uptake_that_blur_took_away():
    phantom = sphere()
    inside = phantom.truth.occupancy(phantom.image.grid) > 0.99
    found = deconvolved(phantom.image, PetScanner(6.0), iterations=10)
    assert found.unit == phantom.image.unit
    before, after = (np.asarray(image.data)[inside].mean() for image in (phantom.image, found))
    assert abs(after - 5.0) < 0.4 * abs(before - 5.0)


def test_a_time_axis_and_negative_iterations_are_refused():
    grid = Grid.centred((4, 4, 4), SPACING)
    frames = Image(np.ones((4, 4, 4, 2)), grid, "SUV", "g/mL", times_s=np.arange(2.0))
    with pytest.raises(ImpastoError, match="time axis"):
        deconvolved(frames, PetScanner(6.0))
    with pytest.raises(ImpastoError, match="-1 iterations"):
        richardson_lucy(np.ones((4, 4, 4)), SPACING, 6.0, iterations=-1)
