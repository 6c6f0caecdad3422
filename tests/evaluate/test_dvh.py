"""What holds for every dose-volume histogram."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import Dose, DoseKind, Grid, Image, ImpastoError, Role, Structure
from impasto.core.resample import sample_linear
from impasto.evaluate import dose_volume_histogram

GRID = Grid.centred((16, 18, 14), (2.0, 2.5, 3.0))


def dose_of(values: np.ndarray, grid: Grid = GRID) -> Dose:
    return Dose(Image(values, grid, "dose", "Gy"), fractions=5, label="test")


def smooth_dose(seed: int = 1) -> Dose:
    x, y, z = np.moveaxis(GRID.voxel_centres_mm(), -1, 0)
    a, b, c = np.random.default_rng(seed).uniform(0.05, 0.15, 3)
    return dose_of(30.0 + 12.0 * np.sin(a * x + 0.3) * np.cos(b * y) + 8.0 * np.sin(c * z - 0.5))


def cylinder(
    radius_mm: float = 9.0, heights_mm: np.ndarray | None = None, centre: tuple[float, float] = (0, 0)
) -> Structure:
    heights = np.arange(-9.0, 9.1, 3.0) if heights_mm is None else heights_mm
    angle = np.linspace(0.0, 2.0 * np.pi, 61)[:-1]
    ring = radius_mm * np.column_stack([np.cos(angle), np.sin(angle)]) + centre
    return Structure("cylinder", Role.ORGAN, tuple(np.column_stack([ring, np.full(60, z)]) for z in heights))


def irregular() -> Structure:
    """A lobed solid with a hole, that leans."""
    angle = np.linspace(0.0, 2.0 * np.pi, 90)[:-1]
    contours = []
    for z in np.arange(-10.0, 10.1, 2.5):
        lobes = 8.0 + 2.5 * np.sin(3.0 * angle + 0.1 * z)
        outer = np.column_stack([lobes * np.cos(angle) + 0.2 * z, lobes * np.sin(angle)])
        hole = np.column_stack([2.0 * np.cos(angle) + 0.2 * z + 1.0, 2.0 * np.sin(angle) - 1.0])
        contours += [np.column_stack([ring, np.full(len(ring), z)]) for ring in (outer, hole)]
    return Structure("lobes", Role.ORGAN, tuple(contours))


def test_agrees_with_random_points() -> None:
    """An independent way: throw points, test them against the polygons of the plane chosen by the interpolation."""
    from matplotlib.path import Path as Polygon

    dose, structure = smooth_dose(), irregular()
    histogram = dose_volume_histogram(dose, structure)
    stack = structure.stack
    rng = np.random.default_rng(7)
    low, high = structure.bounds_mm()
    points = rng.uniform(low, high, (400_000, 3))
    # a share interpolated linearly between two planes is the chance that a point belongs to either
    plane = (points[:, 2] - stack.positions_mm[0]) / 2.5
    below = np.floor(plane)
    chosen = np.clip(below + (rng.uniform(size=len(points)) < plane - below), 0, len(stack.positions_mm) - 1)
    inside = np.zeros(len(points), dtype=bool)
    for p, polygons in enumerate(stack.polygons):
        here = chosen == p
        for polygon in polygons:
            inside[here] ^= Polygon(polygon[:, :2]).contains_points(points[here, :2])
    doses = sample_linear(dose.gy, dose.grid, points[inside])
    volume_ml = inside.mean() * np.prod(high - low) / 1000.0
    assert histogram.total_volume_ml == pytest.approx(volume_ml, rel=0.01)
    assert histogram.mean_gy == pytest.approx(doses.mean(), abs=0.05)
    for percent in (98, 90, 50, 10, 2):
        assert histogram.dose_at_volume_percent_gy(percent) == pytest.approx(
            np.quantile(doses, 1.0 - 0.01 * percent), abs=0.1
        )
    assert histogram.minimum_gy <= doses.min() + 0.02
    assert histogram.maximum_gy >= doses.max() - 0.02


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), radius_mm=st.floats(1.0, 12.0), percent=st.floats(0.5, 99.5))
def test_cumulative_histogram_is_consistent(seed: int, radius_mm: float, percent: float) -> None:
    histogram = dose_volume_histogram(smooth_dose(seed), cylinder(radius_mm))
    assert np.all(np.diff(histogram.volume_ml) <= 0.0)
    assert histogram.volume_ml[0] == pytest.approx(histogram.total_volume_ml)
    area = np.sum(0.5 * (histogram.volume_ml[1:] + histogram.volume_ml[:-1]) * np.diff(histogram.dose_gy))
    assert area / histogram.evaluated_volume_ml == pytest.approx(histogram.mean_gy, abs=2e-3)
    dose_gy = histogram.dose_at_volume_percent_gy(percent)
    assert histogram.minimum_gy <= dose_gy <= histogram.maximum_gy
    if histogram.minimum_gy < dose_gy < histogram.maximum_gy:
        assert histogram.volume_at_dose_percent(dose_gy) == pytest.approx(percent, abs=1e-6)
    assert histogram.dose_at_volume_percent_gy(100.0) == pytest.approx(histogram.minimum_gy, abs=0.6)
    assert histogram.dose_at_volume_percent_gy(0.0) == pytest.approx(histogram.maximum_gy, abs=0.6)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("flips", [(), (0,), (0, 1), (0, 1, 2)])
def test_turning_the_arrays_changes_nothing(order: tuple[int, int, int], flips: tuple[int, ...]) -> None:
    dose, structure = smooth_dose(), irregular()
    expected = dose_volume_histogram(dose, structure)
    affine = dose.grid.affine.copy()
    for axis in flips:
        affine[:3, 3] += affine[:3, axis] * (dose.grid.shape[axis] - 1)
        affine[:3, axis] *= -1.0
    affine[:3, :3] = affine[:3, list(order)]
    values = np.transpose(np.flip(dose.gy, axis=flips), order)
    found = dose_volume_histogram(dose_of(values, Grid(values.shape, affine)), structure)
    np.testing.assert_allclose(found.volume_ml, expected.volume_ml, atol=1e-6)
    assert found.minimum_gy == pytest.approx(expected.minimum_gy, abs=1e-9)
    assert found.maximum_gy == pytest.approx(expected.maximum_gy, abs=1e-9)


def test_turning_patient_and_dose_together_changes_nothing() -> None:
    dose, structure = smooth_dose(), irregular()
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    affine = np.eye(4)
    affine[:3] = turn @ dose.grid.affine[:3]
    turned = replace(structure, contours=tuple(contour @ turn.T for contour in structure.contours))
    found = dose_volume_histogram(dose_of(dose.gy, Grid(dose.grid.shape, affine)), turned)
    expected = dose_volume_histogram(dose, structure)
    np.testing.assert_allclose(found.volume_ml, expected.volume_ml, atol=1e-6)


def test_a_uniform_dose_is_a_step() -> None:
    histogram = dose_volume_histogram(dose_of(np.full(GRID.shape, 20.0)), cylinder())
    assert histogram.minimum_gy == histogram.maximum_gy == 20.0
    assert histogram.dose_at_volume_percent_gy(98) == histogram.dose_at_volume_ml_gy(0.03) == 20.0
    assert histogram.volume_at_dose_percent(20.0) == pytest.approx(100.0)
    assert histogram.volume_at_dose_percent(20.001) == 0.0
    assert histogram.volume_at_dose_ml(0.0) == pytest.approx(histogram.total_volume_ml)


def test_a_hot_point_inside_is_the_maximum() -> None:
    values = np.full(GRID.shape, 10.0)
    hot = tuple(int(n) for n in np.round(GRID.index_from_world((1.0, 1.0, 1.0))))
    values[hot] = 40.0
    assert dose_volume_histogram(dose_of(values), cylinder()).maximum_gy == pytest.approx(40.0)
    assert dose_volume_histogram(dose_of(values), cylinder(), sample_spacing_mm=5.0).maximum_gy == pytest.approx(40.0)


def test_a_mask_and_its_contours_agree() -> None:
    fine = Grid.centred((64, 64, 40), (0.5, 0.5, 0.75))
    drawn = cylinder()
    masked = Structure.from_mask("cylinder", Role.ORGAN, drawn.occupancy(fine), fine)
    expected, found = (dose_volume_histogram(smooth_dose(), structure) for structure in (drawn, masked))
    assert found.total_volume_ml == pytest.approx(expected.total_volume_ml, rel=1e-3)
    assert found.mean_gy == pytest.approx(expected.mean_gy, abs=0.02)
    assert found.dose_at_volume_percent_gy(95) == pytest.approx(expected.dose_at_volume_percent_gy(95), abs=0.1)


def test_a_mask_on_the_dose_grid_keeps_its_volume() -> None:
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[4:9, 5:11, 3:8] = True
    histogram = dose_volume_histogram(smooth_dose(), Structure.from_mask("box", Role.PTV, mask, GRID))
    assert histogram.total_volume_ml == pytest.approx(150 * GRID.voxel_volume_ml)
    assert histogram.evaluated_volume_ml == pytest.approx(histogram.total_volume_ml, rel=1e-6)


def test_what_lies_outside_the_dose_grid_is_said() -> None:
    # the grid's face lies at x = 16 mm: it cuts the cylinder in half
    histogram = dose_volume_histogram(smooth_dose(), cylinder(centre=(16.0, 0.0)))
    assert histogram.evaluated_volume_ml == pytest.approx(0.5 * histogram.total_volume_ml, rel=1e-3)
    assert histogram.volume_percent[0] == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("structure", "problem"),
    [
        (cylinder(centre=(60.0, 0.0)), "wholly outside the dose grid"),
        (cylinder(heights_mm=np.array([50.0, 53.0])), "wholly outside the dose grid"),
        (Structure("nothing"), "it is empty"),
    ],
)
def test_structures_that_cannot_be_evaluated_are_refused(structure: Structure, problem: str) -> None:
    with pytest.raises(ImpastoError, match=problem):
        dose_volume_histogram(smooth_dose(), structure)


@pytest.mark.parametrize(
    ("value", "problem"), [(np.nan, "not finite"), (np.inf, "not finite"), (-1.0, "down to -1 Gy")]
)
def test_doses_that_are_none_are_refused(value: float, problem: str) -> None:
    values = np.full(GRID.shape, 2.0)
    values[8, 9, 7] = value
    with pytest.raises(ImpastoError, match=problem):
        dose_volume_histogram(dose_of(values), cylinder())


def test_requests_that_make_no_sense_are_refused() -> None:
    dose, structure = smooth_dose(), cylinder()
    histogram = dose_volume_histogram(dose, structure)
    with pytest.raises(ImpastoError, match="120 %"):
        histogram.dose_at_volume_percent_gy(120.0)
    with pytest.raises(ImpastoError, match="-1 ml"):
        histogram.dose_at_volume_ml_gy(-1.0)
    with pytest.raises(ImpastoError, match="sample spacing"):
        dose_volume_histogram(dose, structure, sample_spacing_mm=0.0)
    with pytest.raises(ImpastoError, match="bin width"):
        dose_volume_histogram(dose, structure, bin_width_gy=0.0)


def test_the_kind_of_dose_stays_with_the_histogram() -> None:
    dose = replace(smooth_dose(), kind=DoseKind.EQD2, alpha_beta_gy=2.0)
    histogram = dose_volume_histogram(dose, cylinder())
    assert (histogram.dose_kind, histogram.alpha_beta_gy) == (DoseKind.EQD2, 2.0)


def test_large_structures_go_through_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = dose_volume_histogram(smooth_dose(), irregular())
    monkeypatch.setattr("impasto.evaluate.sampling._BLOCK_VOXELS", 3000)
    blocks = dose_volume_histogram(smooth_dose(), irregular())
    assert blocks.mean_gy == pytest.approx(whole.mean_gy, abs=1e-9)
    np.testing.assert_allclose(blocks.volume_ml, whole.volume_ml, atol=1e-9)


def test_an_oblique_mask_keeps_its_volume_nearly() -> None:
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    affine = np.eye(4)
    affine[:3, :3] = turn * 1.5
    affine[:3, 3] = turn @ (-9.0, -9.0, -9.0)
    grid = Grid((13, 13, 13), affine)
    mask = np.zeros(grid.shape, dtype=bool)
    mask[3:10, 2:9, 4:9] = True
    histogram = dose_volume_histogram(smooth_dose(), Structure.from_mask("box", Role.PTV, mask, grid))
    assert histogram.evaluated_volume_ml == pytest.approx(245 * grid.voxel_volume_ml, rel=0.03)
