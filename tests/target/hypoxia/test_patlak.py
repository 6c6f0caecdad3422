"""Patlak fits against series with known trapping."""

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.target.hypoxia import blood_integral, patlak_fit, patlak_maps

DURATIONS_S = np.repeat([10.0, 30.0, 60.0, 300.0, 600.0], [12, 6, 5, 6, 9])
STARTS_S = np.concatenate([[0.0], np.cumsum(DURATIONS_S)[:-1]])


def fine_blood(minutes):
    """Injection over half a minute, then two exponentials."""
    after = np.maximum(minutes - 0.5, 0.0)
    return np.where(minutes < 0.5, 60.0 * minutes, 24.0 * np.exp(-0.9 * after) + 6.0 * np.exp(-0.011 * after))


def frames(curve):
    """Mean of a finely sampled curve over each frame."""
    minutes = np.arange(0.0, (STARTS_S[-1] + DURATIONS_S[-1]) / 60.0, 0.002) + 0.001
    which = np.searchsorted(STARTS_S / 60.0, minutes, side="right") - 1
    values = curve(minutes)
    return np.array([values[which == n].mean() for n in range(len(STARTS_S))])


def trapped(ki, v0):
    def curve(minutes):
        blood = fine_blood(minutes)
        return ki * np.cumsum(blood) * 0.002 + v0 * blood

    return frames(curve)


BLOOD = frames(fine_blood)


def test_integral_is_that_of_the_curve_up_to_the_middle_of_each_frame():
    middles = (STARTS_S + DURATIONS_S / 2) / 60.0
    minutes = np.arange(0.0, middles[-1], 0.001) + 0.0005
    truth = np.interp(middles, minutes, np.cumsum(fine_blood(minutes)) * 0.001)
    late = STARTS_S >= 300.0
    np.testing.assert_allclose(blood_integral(BLOOD, STARTS_S, DURATIONS_S)[late], truth[late], rtol=1e-3)


def test_finds_influx_and_distribution_of_every_voxel():
    truth = np.array([(ki, v0) for ki in (0.0, 0.001, 0.004, 0.01) for v0 in (0.3, 0.7, 1.1)])
    activity = np.array([trapped(ki, v0) for ki, v0 in truth])
    fit = patlak_fit(activity, BLOOD, STARTS_S, DURATIONS_S, 1200.0)
    np.testing.assert_allclose(fit.influx_per_min, truth[:, 0], atol=1e-5)
    np.testing.assert_allclose(fit.distribution, truth[:, 1], atol=2e-3)


def test_standard_error_is_the_scatter_between_repeats():
    rng = np.random.default_rng(4)
    noise = 0.3 / np.sqrt(DURATIONS_S / 600.0) * rng.normal(size=(4000, len(DURATIONS_S)))
    fit = patlak_fit(trapped(0.004, 0.8) + noise, BLOOD, STARTS_S, DURATIONS_S, 1200.0)
    assert fit.influx_per_min.mean() == pytest.approx(0.004, abs=4 * fit.influx_per_min.std() / np.sqrt(4000))
    assert np.sqrt(np.mean(fit.influx_error_per_min**2)) == pytest.approx(fit.influx_per_min.std(), rel=0.05)
    assert np.sqrt(np.mean(fit.distribution_error**2)) == pytest.approx(fit.distribution.std(), rel=0.05)


def test_what_comes_back_from_the_tissue_makes_the_influx_too_low():
    """A reversible tracer has no trapping: late frames fall with the blood, influx is near or below zero."""
    reversible = frames(lambda minutes: 0.8 * fine_blood(minutes))
    assert abs(patlak_fit(reversible[None], BLOOD, STARTS_S, DURATIONS_S, 1200.0).influx_per_min[0]) < 1e-6


def test_maps_carry_units_and_errors():
    grid = Grid.centred((2, 2, 1), (2, 2, 2))
    data = np.broadcast_to(trapped(0.002, 0.5), (2, 2, 1, len(STARTS_S)))
    series = Image(data, grid, "activity concentration", "Bq/mL", times_s=STARTS_S)
    influx, distribution = patlak_maps(series, BLOOD, DURATIONS_S, 1200.0)
    assert (influx.unit, distribution.unit) == ("/min", "1")
    np.testing.assert_allclose(influx.data, 0.002, atol=1e-5)
    assert influx.standard_error is not None
    with pytest.raises(ImpastoError, match="3 frames start after 6000 s; give 4 or more"):
        patlak_maps(series, BLOOD, DURATIONS_S, STARTS_S[-3])
    with pytest.raises(ImpastoError, match="has no time axis; give a dynamic series"):
        patlak_maps(Image(data[..., 0], grid, "activity", "Bq/mL"), BLOOD, DURATIONS_S, 1200.0)
    with pytest.raises(ImpastoError, match="flat or not finite"):
        patlak_maps(series, np.zeros(len(STARTS_S)), DURATIONS_S, 1200.0)
