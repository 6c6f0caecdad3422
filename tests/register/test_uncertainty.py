"""The map of expected errors against errors of known maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.simulated_registration import RegistrationPair
from scipy.spatial.transform import Rotation

from impasto.core import DisplacementField, Grid, ImpastoError, Transform
from impasto.register import LinearSettings, Registration, linear_uncertainty, spread_map

GRID = Grid.centred((20, 20, 20), (8.0, 8.0, 8.0))


def test_the_spread_of_shifts_is_that_of_the_jackknife() -> None:
    shifts = np.random.default_rng(0).normal(size=(8, 3))
    spread = spread_map(tuple(Transform.translation(shift) for shift in shifts), GRID)
    exact = np.sqrt(np.sum(np.var(shifts, axis=0, ddof=1)) / 8.0) * 7.0
    np.testing.assert_allclose(spread.data, exact, rtol=1e-5)


def test_the_spread_of_turns_grows_with_the_distance_from_the_axis() -> None:
    turns = []
    for angle in (-1.0, 1.0):
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_euler("z", angle, degrees=True).as_matrix()
        turns.append(Transform(matrix, "turn"))
    spread = spread_map(tuple(turns), GRID)
    centres = GRID.voxel_centres_mm()
    # two replicates r sin(1 deg) from their mean: sqrt(1/2 * 2) of it
    exact = np.hypot(centres[..., 0], centres[..., 1]) * np.sin(np.deg2rad(1.0))
    np.testing.assert_allclose(spread.data, exact, atol=1e-3)


def test_expected_errors_are_of_the_size_of_true_ones(
    pair: RegistrationPair, registered: Registration, fast: LinearSettings
) -> None:
    last = replace(fast, levels_mm=fast.levels_mm[-1:], samples=fast.samples[-1:])
    found = linear_uncertainty((pair.fixed, pair.moving), registered, settings=last, parts=4)
    assert len(found.replicates) == 4
    index = np.rint(pair.fixed.grid.index_from_world(pair.points_mm)).astype(int)
    expected = float(found.error.data[tuple(index.T)].mean())
    true = float(pair.errors_mm(registered.transform).mean())
    assert 0.3 < expected / true < 3.0


def test_what_has_no_spread_is_refused(pair: RegistrationPair, registered: Registration, fast: LinearSettings) -> None:
    images = (pair.fixed, pair.moving)
    with pytest.raises(ImpastoError, match="1 parts"):
        linear_uncertainty(images, registered, settings=fast, parts=1)
    with pytest.raises(ImpastoError, match="make the cubes smaller"):
        linear_uncertainty(images, registered, settings=fast, block_mm=300.0)
    field = DisplacementField(GRID, np.zeros((*GRID.shape, 3)))
    dense = replace(registered, transform=Transform.dense(field, "dense"))
    with pytest.raises(ImpastoError, match="dense"):
        linear_uncertainty(images, dense, settings=fast)
