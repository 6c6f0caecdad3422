from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core import ImpastoError
from impasto.report.isodose import DoseBands, isodose_levels_gy, radiosurgery_levels_gy


@given(low=st.floats(1.0, 90.0), share=st.floats(0.0, 0.6))
def test_levels_ascend_and_cover_the_painted_range(low: float, share: float) -> None:
    high = low * (1.0 + share)
    levels = np.array(isodose_levels_gy(np.linspace(low, high, 200)))
    assert np.all(np.diff(levels) > 0)
    assert levels[0] > 0
    assert levels[0] < 0.6 * low + 0.1
    assert levels[-1] >= high
    assert 4 <= len(levels) <= 12
    DoseBands(tuple(levels))


def test_steps_of_a_boost_are_levels_themselves() -> None:
    levels = isodose_levels_gy(np.array([0.0, 56.0, 63.0, 70.0]))
    assert {56.0, 63.0, 70.0} <= set(levels)


def test_bands_take_the_colour_of_the_level_below() -> None:
    bands = DoseBands((20.0, 40.0, 60.0))
    painted = bands.paint(np.array([0.0, 19.99, 20.0, 39.9, 60.0, 90.0]), (0.5, 0.5))
    assert painted[:2, 3].tolist() == [0.0, 0.0]
    assert painted[2:, 3].tolist() == [0.5] * 4
    assert np.array_equal(painted[2, :3], painted[3, :3])
    assert np.array_equal(painted[4, :3], painted[5, :3])
    assert np.array_equal(painted[4, :3], bands.colours[2])


def test_colours_grow_lighter_with_dose() -> None:
    luminance = DoseBands(tuple(range(10, 100, 10))).colours @ [0.2126, 0.7152, 0.0722]
    assert np.all(np.diff(luminance) > 0)


@pytest.mark.parametrize("levels", [(), (0.0, 10.0), (30.0, 20.0), (10.0, 10.0)])
def test_levels_that_do_not_ascend_are_refused(levels: tuple[float, ...]) -> None:
    with pytest.raises(ImpastoError, match="isodose levels"):
        DoseBands(levels)


def test_no_prescription_is_refused() -> None:
    with pytest.raises(ImpastoError, match="zero everywhere"):
        isodose_levels_gy(np.zeros(4))


def test_radiosurgery_is_drawn_from_a_third_of_12_gy_to_beyond_the_prescription() -> None:
    assert radiosurgery_levels_gy([16.0], 32.0) == (4.0, 8.0, 12.0, 16.0, 21.0, 27.0)
    # a zone of 12 Gy is one line with V12's
    assert radiosurgery_levels_gy([12.0], 24.0) == (4.0, 8.0, 12.0, 16.0, 20.0)
