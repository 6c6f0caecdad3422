"""Abnormality indices: worked by hand, by invariances, and on a simulated infiltration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.abnormality_index import ABNORMALITY_INDICES, abnormality_index

# NAA is 4 everywhere. Eight normal voxels, choline 2 and 4 in turn; the ninth control is tumour, choline 12.
CHOLINE = np.array([2.0, 4.0] * 4 + [12.0, 8.0, 2.0])
NAA = np.array([4.0] * 9 + [4.0, 0.0])
CONTROL = np.arange(11) < 9


def test_worked_by_hand():
    # first:  sum(x y) = 4 (8 x 3 + 12) = 144, sum(x^2) = 9 x 16 = 144, slope 1, d = (y - 4) / sqrt(2)
    #         sum(d^2) = (4 (-2)^2 + 4 0^2 + 8^2) / 2 = 40, SD = sqrt(40 / 9) = 2.108
    #         z(choline 12) = (8 / sqrt 2) / 2.108 = 2.683 >= 2.25: dropped; z(2) = -.671, z(4) = 0: kept
    # second: sum(x y) = 4 x 24 = 96, sum(x^2) = 8 x 16 = 128, slope 3/4, sqrt(slope^2 + 1) = 5/4
    #         d = (2 - 3) / 1.25 = -.8 and (4 - 3) / 1.25 = .8, SD = .8, z = -1 and 1: none dropped
    # z of choline 12: (12 - 3) / 1.25 / .8 = 9; choline 8: (8 - 3) / 1.25 / .8 = 5
    # z of choline 2 without NAA: 2 / 1.25 / .8 = 2
    index = abnormality_index(CHOLINE, NAA, CONTROL)
    np.testing.assert_allclose(index.z, [-1, 1] * 4 + [9, 5, 2], atol=1e-12)
    assert index.slope == pytest.approx(0.75)
    assert index.sd == pytest.approx(0.8)
    assert index.iterations == 2
    assert np.flatnonzero(index.control).tolist() == list(range(8))


def test_lower_limit_drops_the_other_side():
    # choline 4, 4, 4, 4, 4, 2: slope 22/24 = .9167; y - s x = 1/3 (five times) and -5/3
    # root mean square = sqrt((5/9 + 25/9) / 6) = .7454; z = .447 and -2.236 <= -1.25: dropped; the rest lies on a line
    choline, naa = np.array([4.0, 4.0, 4.0, 4.0, 4.0, 2.0]), np.full(6, 4.0)
    with pytest.raises(ImpastoError, match="on one line"):
        abnormality_index(choline, naa, np.ones(6, dtype=bool))
    kept = abnormality_index(choline, naa, np.ones(6, dtype=bool), lower=-3.0)
    assert kept.iterations == 1
    np.testing.assert_allclose(kept.z, [1 / 5**0.5] * 5 + [-(5**0.5)], atol=1e-12)


def test_a_control_on_the_limit_is_dropped():
    choline, naa = np.array([2.0, 4.0] * 4 + [3.0]), np.full(9, 4.0)
    control = np.arange(9) < 8
    assert abnormality_index(choline, naa, control, upper=1.0 + 1e-9).iterations == 1
    with pytest.raises(ImpastoError, match="on one line"):  # z = 1 goes, the four voxels with choline 2 stay
        abnormality_index(choline, naa, control, upper=1.0 - 1e-12)


def _normal_tissue(seed: int, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    naa = rng.normal(10.0, 1.0, count)
    return 0.25 * naa + rng.normal(0.0, 0.3, count), naa


@given(seed=st.integers(0, 10_000), scale=st.floats(1e-6, 1e6))
def test_common_scale_changes_nothing(seed, scale):
    choline, naa = _normal_tissue(seed, 60)
    control = np.arange(60) % 2 == 0
    both = (choline, naa), (scale * choline, scale * naa)
    once, scaled = (abnormality_index(c, n, control, lower=-np.inf) for c, n in both)
    np.testing.assert_allclose(scaled.z, once.z, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(scaled.control, once.control)
    assert scaled.sd == pytest.approx(scale * once.sd)


@given(seed=st.integers(0, 10_000))
def test_order_of_voxels_does_not_matter(seed):
    choline, naa = _normal_tissue(seed, 60)
    control = np.arange(60) < 40
    order = np.random.default_rng(seed).permutation(60)
    once = abnormality_index(choline, naa, control, lower=-np.inf)
    turned = abnormality_index(choline[order], naa[order], control[order], lower=-np.inf)
    np.testing.assert_allclose(turned.z, once.z[order], rtol=1e-9, atol=1e-9)


@given(seed=st.integers(0, 10_000), lower=st.sampled_from([-1.25, -2.25, -np.inf]))
def test_at_the_end_the_controls_are_within_the_limits_and_fit_themselves(seed, lower):
    choline, naa = _normal_tissue(seed)
    try:
        index = abnormality_index(choline, naa, np.ones(400, dtype=bool), lower=lower)
    except ImpastoError as error:
        assert lower == -1.25  # only the near limit uses its controls up, and says so
        assert "control voxels" in str(error)  # noqa: PT017
        return
    z = index.z[index.control]
    assert z.max() < 2.25
    assert z.min() > lower
    # dropping is for good, so there are no more iterations than voxels dropped, and one
    assert index.iterations <= 400 - index.control.sum() + 1
    assert np.mean(z**2) == pytest.approx(1.0)
    # the normal equation of least squares through the origin, an independent property of the slope
    assert float(z @ naa[index.control]) == pytest.approx(0.0, abs=1e-6)


def test_near_lower_limit_uses_normal_controls_up_and_the_far_one_does_not():
    choline, naa = _normal_tissue(0)
    scatter = 0.3 / np.hypot(1.0, 0.25)
    near, far = (abnormality_index(choline, naa, np.ones(400, dtype=bool), lower=low) for low in (-1.25, -np.inf))
    assert near.control.sum() < 80
    assert near.sd < 0.5 * scatter
    assert far.control.sum() > 380
    assert far.sd == pytest.approx(scatter, rel=0.1)


def test_index_grows_with_choline_and_falls_with_naa():
    choline, naa = _normal_tissue(1)
    control = np.arange(400) < 398
    choline[398:], naa[398:] = (4.0, 4.0), (8.0, 4.0)
    z = abnormality_index(choline, naa, control).z
    assert 2.0 < z[398] < z[399]


def test_tumour_among_the_candidates_is_dropped():
    rng = np.random.default_rng(7)
    choline, naa = _normal_tissue(7, 500)
    tumour = np.arange(500) >= 400
    infiltration = rng.uniform(0.2, 1.0, 100)
    naa[tumour] *= 1.0 - 0.8 * infiltration
    choline[tumour] *= 1.0 + 1.5 * infiltration
    z = abnormality_index(choline, naa, np.ones(500, dtype=bool)).z
    apart = (z[tumour][:, None] > z[~tumour]).mean()
    assert apart > 0.99  # area under the ROC curve
    assert (z[tumour] > 2.0).mean() > 0.9
    assert (z[~tumour] > 2.0).mean() < 0.1


def test_voxels_without_a_value_stay_without_and_harm_none():
    choline, naa = CHOLINE.copy(), NAA.copy()
    choline, naa = np.append(choline, [np.nan, 1.0]), np.append(naa, [4.0, -1.0])
    index = abnormality_index(choline, naa, np.append(CONTROL, [True, True]))
    assert np.isnan(index.z[11])
    assert index.slope == pytest.approx(0.75)
    assert not index.control[11:].any()


def test_bad_input_says_what_is_wrong():
    with pytest.raises(ImpastoError, match="2 control voxels"):
        abnormality_index(CHOLINE, NAA, np.arange(11) < 2)
    with pytest.raises(ImpastoError, match="do not fit"):
        abnormality_index(CHOLINE, NAA[:5], CONTROL)
    with pytest.raises(ImpastoError, match="enclose zero"):
        abnormality_index(CHOLINE, NAA, CONTROL, lower=0.5)


def test_result_cannot_be_written_to():
    index = abnormality_index(CHOLINE, NAA, CONTROL)
    with pytest.raises(ValueError, match="read-only"):
        index.z[0] = 0.0


def test_named_indices():
    assert ABNORMALITY_INDICES["CNI"] == ("tCho", "tNAA")
    assert set(ABNORMALITY_INDICES) == {"CNI", "CCrI", "CrNI"}
