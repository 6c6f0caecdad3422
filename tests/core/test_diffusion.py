"""Gradient tables and diffusion-weighted series refuse what does not fit."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import DiffusionSeries, GradientTable, Grid, Image, ImpastoError


def test_directions_become_unit_vectors_and_none_stays_none() -> None:
    table = GradientTable(np.array([0.0, 5.0, 1000.0]), np.array([[0, 0, 0], [0, 0, 0], [0, 1.004, 0]]))
    np.testing.assert_array_equal(table.directions, [[0, 0, 0], [0, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(table.unweighted(), [True, True, False])
    assert len(table) == 3


@pytest.mark.parametrize(
    ("b_values", "directions", "problem"),
    [
        ([0.0, 1000.0], [[0.0, 0.0, 1.0]], "do not fit"),
        ([-5.0], [[0.0, 0.0, 1.0]], "negative"),
        ([1000.0], [[0.0, 0.0, np.nan]], "not finite"),
        ([1000.0], [[0.0, 0.0, 0.5]], "direction 0 has length 0.500"),
    ],
)
def test_unusable_tables_are_refused(b_values: list[float], directions: list[list[float]], problem: str) -> None:
    with pytest.raises(ImpastoError, match=problem):
        GradientTable(np.array(b_values), np.array(directions))


def test_each_measurement_needs_its_gradient() -> None:
    image = Image(np.zeros((2, 2, 2, 3)), Grid.centred((2, 2, 2), (1, 1, 1)), "signal", "1", np.arange(3.0))
    with pytest.raises(ImpastoError, match="2 gradients for 3 measurements"):
        DiffusionSeries(image, GradientTable(np.zeros(2), np.zeros((2, 3))))
