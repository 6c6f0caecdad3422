"""Prescription functions: hand cases and the properties every painting must have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core import Grid, Image, ImpastoError, Role, Structure
from impasto.prescribe import LinearPainting, SigmoidPainting

LINEAR = LinearPainting(2.0, 10.0, 60.0, 84.0)
SIGMOID = SigmoidPainting(6.0, 1.5, 60.0, 84.0)
INTENSITIES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


def test_linear_by_hand():
    assert LINEAR.dose_gy(np.array([-3.0, 2.0, 3.0, 6.0, 10.0, 50.0])).tolist() == [60, 60, 63, 72, 84, 84]


def test_sigmoid_by_hand():
    # 1 / (1 + e^-1) = 0.731058...
    assert SIGMOID.dose_gy(np.array([6.0, 7.5, 4.5])) == pytest.approx(
        [72.0, 60 + 24 * 0.7310585786, 84 - 24 * 0.7310585786]
    )


def test_sigmoid_slope_at_the_midpoint():
    step = 1e-4
    low, high = SIGMOID.dose_gy(np.array([6.0 - step, 6.0 + step]))
    assert (high - low) / (2 * step) == pytest.approx(24.0 / (4 * 1.5), rel=1e-6)


@pytest.mark.parametrize("painting", [LINEAR, SIGMOID])
@given(intensities=INTENSITIES)
def test_more_intensity_never_less_dose_and_never_outside_the_range(painting, intensities):
    dose = painting.dose_gy(np.sort(np.array(intensities)))
    assert np.all(np.diff(dose) >= 0.0)
    assert dose.min() >= 60.0
    assert dose.max() <= 84.0


def test_falling_paintings_are_possible():
    falling = LinearPainting(0.6, 1.2, 72.0, 60.0)
    assert falling.dose_gy(np.array([0.5, 0.9, 1.5])) == pytest.approx([72.0, 66.0, 60.0])


def test_nan_stays_nan():
    assert np.isnan(LINEAR.dose_gy(np.array([np.nan]))[0])
    assert np.isnan(SIGMOID.dose_gy(np.array([np.nan]))[0])


def test_every_setting_is_said():
    assert LINEAR.describe("g/mL") == "linear from 60 Gy at 2 g/mL to 84 Gy at 10 g/mL, clipped"
    assert SIGMOID.describe("1") == "logistic from 60 to 84 Gy with midpoint 6 1 and width 1.5 1"


def test_intensities_from_a_percentile():
    grid = Grid.axis_aligned((101, 1, 1), (1, 1, 1), (0, 0, 0))
    image = Image(np.arange(101.0).reshape(101, 1, 1), grid, "SUV", "g/mL")
    everywhere = Structure.from_mask("GTV", Role.GTV, np.ones((101, 1, 1)), grid)
    painting = LinearPainting.from_percentile(image, everywhere, (60.0, 84.0), percent=95, low_share=0.25)
    assert (painting.intensity_low, painting.intensity_high) == (23.75, 95.0)
    nowhere = Structure.from_mask("GTV", Role.GTV, np.zeros((101, 1, 1)), grid)
    with pytest.raises(ImpastoError, match="GTV: it holds no voxel of the SUV"):
        LinearPainting.from_percentile(image, nowhere, (60.0, 84.0), percent=95, low_share=0.25)


@pytest.mark.parametrize("low", [10.0, 11.0, np.nan])
def test_intensities_must_ascend(low):
    with pytest.raises(ImpastoError, match="give two ascending intensities"):
        LinearPainting(low, 10.0, 60.0, 84.0)


def test_width_must_be_positive():
    with pytest.raises(ImpastoError, match="positive intensity_width"):
        SigmoidPainting(6.0, 0.0, 60.0, 84.0)
