"""The point spread's convolution against a Gaussian's known moments and the laws that deconvolution builds on."""

import numpy as np
import pytest
from scipy import ndimage

from impasto.core import ImpastoError
from impasto.target.pet.point_spread import FWHM_PER_SIGMA, gaussian_blur


def test_a_point_spreads_to_a_gaussian_of_the_width_asked_for():
    image = np.zeros((41, 41, 41))
    image[20, 20, 20] = 1.0
    blurred = gaussian_blur(image.shape, (2.0, 1.0, 1.5), (6.0, 5.0, 7.0))(image).astype(float)
    for axis, (spacing, fwhm) in enumerate(((2.0, 6.0), (1.0, 5.0), (1.5, 7.0))):
        along = blurred.sum(axis=tuple(a for a in range(3) if a != axis))
        place = spacing * (np.arange(41) - 20)
        variance = np.sum(along * place**2)
        # averaging over a voxel adds its own variance
        assert variance == pytest.approx((fwhm / FWHM_PER_SIGMA) ** 2 + spacing**2 / 12.0, rel=2e-3)


def test_wide_blur_equals_scipy_with_mirrored_faces():
    image = np.random.default_rng(1).random((20, 17, 13))
    sigma = 3.0
    expected = ndimage.gaussian_filter(image, np.hypot(sigma, np.sqrt(1 / 12)), mode="reflect", truncate=6.0)
    found = gaussian_blur(image.shape, (1.0, 1.0, 1.0), sigma * FWHM_PER_SIGMA)(image)
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_blur_is_its_own_transpose_and_keeps_sums():
    rng = np.random.default_rng(2)
    one, other = rng.random((2, 12, 15, 9))
    blur = gaussian_blur(one.shape, (2.0, 2.0, 3.0), 5.0)
    assert np.vdot(blur(one), other) == pytest.approx(np.vdot(one, blur(other)), rel=1e-5)
    assert blur(one).sum(dtype=float) == pytest.approx(one.sum(), rel=1e-5)


def test_no_width_is_refused():
    with pytest.raises(ImpastoError, match="a width of 0 mm"):
        gaussian_blur((4, 4, 4), (1.0, 1.0, 1.0), 0)
