"""When the bolus comes, against curves whose onset, peak and end are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core import ImpastoError
from impasto.maps.dsc import bolus_arrival_time_s, bolus_timing, gradient_echo_signal, time_to_peak_s


def triangle(times: np.ndarray, start: float, top: float, end: float) -> np.ndarray:
    return np.interp(times, [start, top, end], [0.0, 10.0, 0.0], left=0.0, right=0.0)


@given(start=st.floats(10.0, 40.0), rise=st.floats(5.0, 15.0), scale=st.floats(0.1, 50.0))
def test_a_straight_rise_starts_where_it_starts(start: float, rise: float, scale: float) -> None:
    times = np.arange(0.0, 120.0, 0.5)
    curve = scale * triangle(times, start, start + rise, start + 3.0 * rise)[None]
    # the sample nearest the corner is the only one that can be off
    assert bolus_arrival_time_s(curve, times)[0] == pytest.approx(start, abs=0.3)
    assert time_to_peak_s(curve, times)[0] == pytest.approx(start + rise, abs=0.5)


def test_the_peak_lies_between_frames() -> None:
    times = np.arange(60) * 2.0
    tops = np.array([40.0, 40.5, 41.0, 41.9])
    curves = np.exp(-0.5 * ((times - tops[:, None]) / 6.0) ** 2)
    np.testing.assert_allclose(time_to_peak_s(curves, times), tops, atol=0.03)


def test_a_curve_that_never_rises_has_no_arrival() -> None:
    times = np.arange(20.0)
    assert np.isnan(bolus_arrival_time_s(np.exp(-times / 5.0)[None], times)[0])


def test_frames_of_a_series() -> None:
    times = np.arange(80) * 1.5
    curve = triangle(times, 20.0, 30.0, 45.0) + np.interp(times, [45.0, 55.0], [0.0, 1.5])
    timing = bolus_timing(times, gradient_echo_signal(500.0, curve, 0.03))
    assert timing.arrival_s == pytest.approx(20.0, abs=0.8)
    assert timing.peak_s == 30.0
    assert timing.first_pass_end_s == pytest.approx(45.0, abs=2.0)
    # two frames are left free before the onset at 20 s
    assert times[timing.baseline][-1] == pytest.approx(18.0, abs=1.5)
    assert timing.baseline[0]
    assert not timing.quiet[times == 30.0].any()
    assert timing.quiet[-1]


def test_frames_before_the_steady_state_do_not_count() -> None:
    times = np.arange(80) * 1.5
    signal = gradient_echo_signal(500.0, triangle(times, 20.0, 30.0, 45.0), 0.03)
    signal[:3] *= [1.8, 1.3, 1.1]
    timing = bolus_timing(times, signal, discarded_frames=3)
    assert not timing.baseline[:3].any()
    assert timing.arrival_s == pytest.approx(20.0, abs=0.8)


def test_a_bolus_without_baseline_is_refused() -> None:
    times = np.arange(40) * 1.5
    signal = gradient_echo_signal(500.0, triangle(times, 1.0, 10.0, 30.0), 0.03)
    with pytest.raises(ImpastoError, match="fewer than 3 frames"):
        bolus_timing(times, signal)
    with pytest.raises(ImpastoError, match="not positive"):
        bolus_timing(times, np.zeros(40))
