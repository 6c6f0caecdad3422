import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import ImpastoError
from impasto.maps.spectroscopy.zero_filling import apodised, zero_filled

DWELL_S, POINTS = 5e-4, 2048
TIMES_S = DWELL_S * np.arange(POINTS)


def width_hz(fid: np.ndarray) -> float:
    """Full width at half maximum of the real part, read off a dense spectrum."""
    # the first point stands at the signal's very start: only half of it counts in the integral over time
    halved = np.concatenate([0.5 * fid[:1], fid[1:]])
    dense = np.fft.fftshift(np.fft.fft(zero_filled(halved, 1 << 18)).real)
    frequencies_hz = np.fft.fftshift(np.fft.fftfreq(dense.size, DWELL_S))
    above = frequencies_hz[dense > 0.5 * dense.max()]
    return float(above[-1] - above[0])


def test_new_points_lie_between_the_old_ones() -> None:
    rng = np.random.default_rng(0)
    fid = (rng.standard_normal((3, 4, 100)) + 1j * rng.standard_normal((3, 4, 100))).astype(np.complex64)
    filled = zero_filled(fid, 300)
    assert filled.dtype == np.complex64
    np.testing.assert_allclose(np.fft.fft(filled)[..., ::3], np.fft.fft(fid), atol=1e-4)


@settings(max_examples=20)
@given(st.floats(1.0, 15.0), st.floats(1.0, 15.0))
def test_lorentzian_widths_add(own_hz: float, added_hz: float) -> None:
    line = np.exp(-np.pi * own_hz * TIMES_S)
    assert width_hz(apodised(line, DWELL_S, lorentzian_hz=added_hz)) == pytest.approx(own_hz + added_hz, rel=0.02)


def test_gaussian_widths_add_in_squares_and_lorentzian_ones_can_be_exchanged() -> None:
    constant = np.ones(POINTS, dtype=complex)
    twice = apodised(apodised(constant, DWELL_S, gaussian_hz=3.0), DWELL_S, gaussian_hz=4.0)
    assert width_hz(twice) == pytest.approx(5.0, rel=0.01)
    lorentzian = np.exp(-np.pi * 6.0 * TIMES_S)
    assert width_hz(apodised(lorentzian, DWELL_S, -6.0, 8.0)) == pytest.approx(8.0, rel=0.01)


def test_a_filter_of_the_lines_own_width_gives_the_best_ratio() -> None:
    """Matched filter (Ernst 1966)."""
    line = np.exp(-np.pi * 6.0 * TIMES_S)

    def ratio(added_hz: float) -> float:
        weights = apodised(np.ones(POINTS, dtype=complex), DWELL_S, lorentzian_hz=added_hz).real
        return float((weights * line).sum() / np.linalg.norm(weights))

    assert max((2.0, 4.0, 6.0, 8.0, 12.0), key=ratio) == 6.0


def test_what_cannot_be_done_is_refused() -> None:
    with pytest.raises(ImpastoError, match="would cut"):
        zero_filled(np.ones(8, dtype=complex), 4)
    with pytest.raises(ImpastoError, match="not negative"):
        apodised(np.ones(8, dtype=complex), DWELL_S, gaussian_hz=-1.0)
