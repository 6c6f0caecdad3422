"""What lies beyond the outermost contours, and planes rasterised together."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, ImpastoError, Structure
from impasto.core.rasterise import even_odd_coverage, even_odd_stack


def box(end_cap_mm: float | None, heights_mm: tuple[float, ...] = (0.0, 3.0, 6.0)) -> Structure:
    square = np.array([[-10.0, -10.0], [10.0, -10.0], [10.0, 10.0], [-10.0, 10.0]])
    contours = tuple(np.column_stack([square, np.full(4, z)]) for z in heights_mm)
    return Structure("box", contours=contours, end_cap_mm=end_cap_mm)


@pytest.mark.parametrize(("end_cap_mm", "height_mm"), [(None, 9.0), (0.0, 6.0), (0.4, 6.8), (2.5, 11.0)])
def test_end_caps_add_their_thickness_at_both_ends(end_cap_mm: float | None, height_mm: float) -> None:
    structure = box(end_cap_mm)
    assert structure.volume_ml() == pytest.approx(0.4 * height_mm)
    assert np.ptp(structure.bounds_mm()[:, 2]) == pytest.approx(height_mm)
    fine = Grid.centred((30, 30, 50), (1.0, 1.0, 0.5), (0.0, 0.0, 3.0))
    assert structure.occupancy(fine).sum() * fine.voxel_volume_ml == pytest.approx(0.4 * height_mm)


def test_a_gap_that_is_not_bridged_has_caps_on_both_sides() -> None:
    structure = box(0.5, heights_mm=(0.0, 3.0, 6.0, 30.0, 33.0))
    assert structure.volume_ml() == pytest.approx(0.4 * (7.0 + 4.0))
    assert structure.stack.cap_reach_mm().tolist() == [[-0.5, 0], [0, 0], [0, 0.5], [-0.5, 0], [0, 0.5]]


def test_a_negative_end_cap_is_refused() -> None:
    with pytest.raises(ImpastoError, match="end cap of -1 mm"):
        box(-1.0)


def test_planes_together_are_the_weighted_sum_of_planes_alone() -> None:
    rng = np.random.default_rng(3)
    planes = []
    for _ in range(20):
        polygons = []
        for _ in range(rng.integers(0, 4)):
            angle = np.sort(rng.uniform(0.0, 2.0 * np.pi, 12))
            radius = rng.uniform(2.0, 9.0, 12)
            polygons.append(rng.uniform(0, 20, 2) + np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))
        planes.append(polygons)
    weights = np.triu(np.tril(rng.uniform(0.1, 1.0, (20, 20)), 2), -2)
    together = even_odd_stack(planes, weights, (17, 22))
    alone = np.stack([even_odd_coverage(polygons, (17, 22)) for polygons in planes], axis=-1)
    np.testing.assert_allclose(together, alone @ weights.T, atol=1e-12)
