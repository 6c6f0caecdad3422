"""Hot spheres and irregular lesions as a PET scanner shows them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

from impasto.core import ImpastoError
from impasto.phantom.pet_spheres import PetPhantomSettings, irregular_pet_phantom, sphere_pet_phantom


@pytest.mark.parametrize(("diameter_mm", "spacing_mm"), [(13.0, 2.0), (13.0, 4.0), (37.0, 4.0)])
def test_truth_has_the_spheres_volume(diameter_mm: float, spacing_mm: float) -> None:
    phantom = sphere_pet_phantom(diameter_mm, PetPhantomSettings(spacing_mm=spacing_mm, margin_mm=12.0), seed=3)
    assert phantom.truth.volume_ml() == pytest.approx(np.pi / 6000.0 * diameter_mm**3, rel=3e-3)


def test_centre_shows_the_convolution_of_ball_and_gaussian() -> None:
    diameter_mm, fwhm_mm = 17.0, 8.0
    sigma = fwhm_mm / 2.3548
    inside, _ = integrate.quad(
        lambda r: 4 * np.pi * r**2 * np.exp(-(r**2) / (2 * sigma**2)) / (2 * np.pi * sigma**2) ** 1.5,
        0.0,
        diameter_mm / 2,
    )
    settings = PetPhantomSettings(contrast=5.0, fwhm_mm=fwhm_mm, spacing_mm=1.0, margin_mm=20.0)
    phantom = sphere_pet_phantom(diameter_mm, settings, seed=1)
    assert phantom.image.data.max() == pytest.approx(1.0 + 4.0 * inside, rel=0.01)
    assert phantom.image.data.min() == pytest.approx(1.0, abs=1e-3)


def test_the_point_spread_keeps_the_activity() -> None:
    settings = PetPhantomSettings(contrast=4.0, margin_mm=24.0)
    phantom = sphere_pet_phantom(20.0, settings, seed=2)
    excess = (phantom.image.data - 1.0).sum() * phantom.image.grid.voxel_volume_ml
    assert excess == pytest.approx(3.0 * phantom.truth.volume_ml(), rel=2e-3)


def test_noise_has_the_coefficient_asked_for_and_grows_with_the_signal() -> None:
    settings = PetPhantomSettings(contrast=9.0, noise=0.1, margin_mm=24.0, fwhm_mm=4.0)
    quiet = sphere_pet_phantom(37.0, PetPhantomSettings(contrast=9.0, margin_mm=24.0, fwhm_mm=4.0), seed=5)
    noise = sphere_pet_phantom(37.0, settings, seed=5).image.data - quiet.image.data
    core = quiet.truth.occupancy(quiet.image.grid) == 1.0
    far = quiet.image.data < 1.001
    assert noise[far].std() == pytest.approx(0.1, rel=0.1)
    assert noise[core].std() / noise[far].std() == pytest.approx(3.0, rel=0.25)


def test_irregular_lesions_differ_by_seed_and_repeat() -> None:
    one, again, other = (irregular_pet_phantom(25.0, 0.2, seed=seed) for seed in (1, 1, 2))
    assert one.truth.mask is not None
    assert again.truth.mask is not None
    assert other.truth.mask is not None
    np.testing.assert_array_equal(one.truth.mask.data, again.truth.mask.data)
    assert one.truth.volume_ml() != pytest.approx(other.truth.volume_ml(), rel=1e-3)
    assert one.truth.volume_ml() == pytest.approx(np.pi / 6000.0 * 25.0**3, rel=0.5)


@pytest.mark.parametrize("settings", [{"contrast": 1.0}, {"noise": -0.1}, {"fwhm_mm": 0.0}])
def test_settings_without_physical_meaning_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ImpastoError, match="PET phantom"):
        PetPhantomSettings(**settings)
    with pytest.raises(ImpastoError, match="roughness"):
        irregular_pet_phantom(20.0, 0.6)
