"""Prescriptions on a small patient: what each voxel is given, what is said, what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import DoseLimit, Grid, Image, ImpastoError, LimitKind, Role, Structure, StructureSet
from impasto.prescribe import (
    Boundaries,
    LinearPainting,
    PrescriptionSettings,
    base_dose,
    boost,
    by_contours,
    by_numbers,
    dose_levels,
    equal_mean_uniform,
    nested_levels,
    uniform,
    uniformity_with_base,
)

GRID = Grid.axis_aligned((12, 10, 6), (2, 2, 3), (0, 0, 0))
LIMITS = (DoseLimit("cord", LimitKind.MAXIMUM, 45.0),)
SETTINGS = PrescriptionSettings("trial", 30, LIMITS, maximum_gy=90.0)
PAINTING = LinearPainting(2.0, 10.0, 60.0, 84.0)


def block(name, role, start, stop):
    mask = np.zeros(GRID.shape)
    mask[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))] = 1.0
    return Structure.from_mask(name, role, mask, GRID)


GTV = block("GTV", Role.GTV, (3, 3, 2), (9, 7, 4))
PTV = block("PTV", Role.PTV, (1, 1, 1), (11, 9, 5))
PATIENT = StructureSet((GTV, PTV))
SUV = Image(np.fromfunction(lambda i, j, k: i + 0.25 * j + 0.0 * k, GRID.shape), GRID, "SUV body weight", "g/mL")


def test_uniform():
    prescription = uniform("PTV", 60.0, SETTINGS)
    dose = prescription.dose_map(PATIENT, GRID)
    assert set(np.unique(dose)) == {0.0, 60.0}
    assert np.count_nonzero(dose) == 10 * 8 * 4
    assert prescription.limits == LIMITS
    assert prescription.goals[0].upper_gy == 60.0


@pytest.mark.parametrize("order", [[("PTV", 60.0), ("GTV", 72.0)], [("GTV", 72.0), ("PTV", 60.0)]])
def test_boost_gives_shared_voxels_the_higher_dose(order):
    prescription = boost(order, SETTINGS)
    dose = prescription.dose_map(PATIENT, GRID)
    assert np.count_nonzero(dose == 72.0) == 6 * 4 * 2
    assert np.count_nonzero(dose == 60.0) == 10 * 8 * 4 - 6 * 4 * 2
    assert prescription.method == "simultaneous integrated boost: GTV 72 Gy, PTV 60 Gy"


def test_boost_names_each_target_once():
    with pytest.raises(ImpastoError, match="PTV: the boost names this target twice"):
        boost([("PTV", 60.0), ("PTV", 72.0)], SETTINGS)


def test_by_numbers_paints_inside_and_gives_the_low_dose_around():
    prescription = by_numbers(SUV, PAINTING, GTV, PTV, GRID, SETTINGS)
    dose = prescription.dose_map(PATIENT, GRID)
    assert dose[5, 4, 2] == pytest.approx(60 + 24 * (5 + 1 - 2) / 8, abs=1e-4)
    assert dose[8, 6, 3] == pytest.approx(60 + 24 * (8 + 1.5 - 2) / 8, abs=1e-4)
    assert dose[9, 6, 3] == 60.0
    assert dose[0, 0, 0] == 0.0
    assert [goal.structure for goal in prescription.goals] == ["PTV"]
    for stated in ("GTV", "SUV body weight", "60 Gy at 2 g/mL", "84 Gy at 10 g/mL", "60 Gy elsewhere in PTV"):
        assert stated in prescription.method


def test_by_numbers_interpolates_a_coarser_image():
    coarse = Grid.axis_aligned((6, 6, 6), (5, 5, 5), (-2, -2, -2))
    centres = coarse.voxel_centres_mm()
    image = Image(centres[..., 0] / 2 + centres[..., 1] / 8, coarse, "SUV", "g/mL")
    dose = by_numbers(image, PAINTING, GTV, PTV, GRID, SETTINGS).dose_map(PATIENT, GRID)
    fine = by_numbers(SUV, PAINTING, GTV, PTV, GRID, SETTINGS).dose_map(PATIENT, GRID)
    np.testing.assert_allclose(dose, fine, atol=1e-3)


def test_by_numbers_refuses_voxels_without_a_value_unless_told():
    data = SUV.data.copy()
    data[4, 4, 2] = np.nan
    holed = SUV.with_data(data)
    with pytest.raises(ImpastoError, match="SUV body weight: it has no value in 1 of 48 voxels of GTV; give without"):
        by_numbers(holed, PAINTING, GTV, PTV, GRID, SETTINGS)
    told = by_numbers(holed, PAINTING, GTV, PTV, GRID, SETTINGS, without_value_gy=66.0)
    assert told.dose_map(PATIENT, GRID)[4, 4, 2] == 66.0
    assert told.method.endswith("1 voxels without a value: 66 Gy")
    half = SUV.cropped((0, 0, 0), (6, 10, 6))
    with pytest.raises(ImpastoError, match="it has no value in 24 of 48 voxels"):
        by_numbers(half, PAINTING, GTV, PTV, GRID, SETTINGS)


def test_nothing_to_paint_and_too_much_dose_are_refused():
    nothing = block("nothing", Role.GTV, (0, 0, 0), (0, 0, 0))
    with pytest.raises(ImpastoError, match="nothing: no voxel of the grid lies in it"):
        by_numbers(SUV, PAINTING, nothing, PTV, GRID, SETTINGS)
    low = PrescriptionSettings("careful", 30, maximum_gy=70.0)
    with pytest.raises(ImpastoError, match="above the maximum of 70 Gy"):
        by_numbers(SUV, PAINTING, GTV, PTV, GRID, low)
    with pytest.raises(ImpastoError, match="above the maximum of 70 Gy"):
        uniform("PTV", 72.0, low)
    film = Image(np.zeros((*GRID.shape, 2)), GRID, "uptake", "1", times_s=np.array([0.0, 60.0]))
    with pytest.raises(ImpastoError, match="uptake: it has a time axis"):
        by_numbers(film, PAINTING, GTV, PTV, GRID, SETTINGS)


def test_by_contours_nests_what_reaches_the_thresholds():
    prescription, levels = by_contours(SUV, [5.0, 8.0], [60.0, 66.0, 72.0], GTV, PTV, GRID, SETTINGS)
    inside = GTV.voxels(GRID)
    outer, inner = (level.voxels(GRID) for level in levels)
    assert np.array_equal(outer, inside & (SUV.data >= 5.0))
    assert np.array_equal(inner, inside & (SUV.data >= 8.0))
    dose = prescription.dose_map(StructureSet((*PATIENT, *levels)), GRID)
    truth = np.where(inner, 72.0, np.where(outer, 66.0, np.where(PTV.voxels(GRID), 60.0, 0.0)))
    assert np.array_equal(dose, truth)
    assert "66 Gy from 5 g/mL, 72 Gy from 8 g/mL; 60 Gy elsewhere in PTV" in prescription.method


@pytest.mark.parametrize(
    ("thresholds", "doses", "said"),
    [
        ([5.0], [60.0], "1 doses for 1 thresholds"),
        ([8.0, 5.0], [60.0, 66.0, 72.0], "the thresholds do not ascend"),
        ([500.0], [60.0, 66.0], "GTV: no voxel reaches 500 g/mL"),
    ],
)
def test_by_contours_refuses(thresholds, doses, said):
    with pytest.raises(ImpastoError, match=said):
        by_contours(SUV, thresholds, doses, GTV, PTV, GRID, SETTINGS)


@pytest.mark.parametrize("boundaries", list(Boundaries))
@pytest.mark.parametrize("count", [1, 2, 5, 40])
def test_nested_levels_keep_the_mean_and_nest(boundaries, count):
    painted = by_numbers(SUV, PAINTING, GTV, PTV, GRID, SETTINGS)
    levelled, sub_volumes = nested_levels(painted, PATIENT, GRID, count, boundaries)
    everything = StructureSet((*PATIENT, *sub_volumes))
    before, after = painted.dose_map(PATIENT, GRID), levelled.dose_map(everything, GRID)
    inside = PTV.voxels(GRID)
    assert after[inside].mean() == pytest.approx(before[inside].mean(), abs=1e-5)
    assert len(np.unique(after[inside])) == len(levelled.goals) <= count
    assert np.all(after[~inside] == 0.0)
    larger = inside
    for volume in sub_volumes:
        smaller = volume.voxels(GRID)
        assert np.all(larger[smaller])
        assert smaller.sum() < larger.sum()
        larger = smaller
    assert levelled.limits == painted.limits
    assert f"in {len(levelled.goals)} nested levels divided at {boundaries}" in levelled.method


def test_nested_levels_need_a_painted_goal():
    with pytest.raises(ImpastoError, match="0 of its goals are dose maps"):
        nested_levels(uniform("PTV", 60.0, SETTINGS), PATIENT, GRID, 5)


@given(st.lists(st.tuples(st.integers(0, 120), st.floats(0.1, 5.0)), min_size=1, max_size=14), st.integers(1, 4))
@settings(max_examples=40)
def test_least_squares_levels_are_the_best_partition(pairs, count):
    """Against every partition of the sorted doses, one by one."""
    from itertools import combinations

    dose = np.array([60 + 0.2 * p for p, _ in pairs])
    volume = np.array([v for _, v in pairs])

    def cost(levels):
        return sum(v * min((d - level) ** 2 for level in levels) for d, v in zip(dose, volume, strict=True))

    def squares(part):
        d, v = dose[part], volume[part]
        return float((v * (d - np.average(d, weights=v)) ** 2).sum())

    order = np.argsort(dose)
    best = min(
        sum(squares(order[a:b]) for a, b in zip((0, *cuts), (*cuts, len(dose)), strict=True))
        for wanted in range(1, min(count, len(dose)) + 1)
        for cuts in combinations(range(1, len(dose)), wanted - 1)
    )
    starts, levels = dose_levels(dose, volume, count, Boundaries.LEAST_SQUARES)
    assert len(starts) <= count
    # doses 0.2 Gy apart fall into bins of their own unless the range is wider than 512 bins
    assert cost(levels) <= best + 1e-6
    assert np.average(levels[np.searchsorted(starts, dose, side="right") - 1], weights=volume) == pytest.approx(
        np.average(dose, weights=volume)
    )


def test_least_squares_is_nearer_than_equal_width():
    dose = np.concatenate([np.full(900, 60.0), np.linspace(76, 84, 100)])
    error = {}
    for boundaries in Boundaries:
        starts, levels = dose_levels(dose, np.ones(1000), 3, boundaries)
        error[boundaries] = np.mean((levels[np.searchsorted(starts, dose, side="right") - 1] - dose) ** 2)
    assert error[Boundaries.LEAST_SQUARES] < error[Boundaries.EQUAL_WIDTH]


def test_equal_mean_uniform_has_the_mean_and_the_same_targets():
    painted = by_numbers(SUV, PAINTING, GTV, PTV, GRID, SETTINGS)
    same = equal_mean_uniform(painted, PATIENT, GRID, PrescriptionSettings("uniform arm", 30, LIMITS))
    inside = PTV.voxels(GRID)
    mean = painted.dose_map(PATIENT, GRID)[inside].mean()
    assert np.unique(same.dose_map(PATIENT, GRID)[inside]) == pytest.approx([mean])
    assert same.name == "uniform arm"
    assert painted.method in same.method
    boosted = boost([("PTV", 60.0), ("GTV", 72.0)], SETTINGS)
    # 48 voxels at 72 Gy in 320
    flat = equal_mean_uniform(boosted, PATIENT, GRID, SETTINGS)
    assert [goal.lower_gy for goal in flat.goals] == pytest.approx([60 + 12 * 48 / 320] * 2)


def test_base_and_painted_dose_make_a_uniform_one():
    painted = by_numbers(SUV, PAINTING, GTV, PTV, GRID, SETTINGS)
    base = base_dose(painted, PATIENT, GRID)
    inside = PTV.voxels(GRID)
    dose = painted.dose_map(PATIENT, GRID)
    assert np.ptp((base.gy + dose)[inside]) == pytest.approx(0.0, abs=1e-9)
    assert base.gy[~inside].max() == 0.0
    assert base.gy.min() == 0.0
    assert base.fractions == 30
    assert "not delivered" in base.label
    delivered = base.scaled(0.0).scaled(1.0)
    exact = uniformity_with_base(base, type(base)(base.image.with_data(dose), 30), painted, PATIENT)
    assert exact.rms_deviation_gy == pytest.approx(0.0, abs=1e-5)
    assert exact.mean_gy == pytest.approx(exact.uniform_gy, abs=1e-5)
    nothing = uniformity_with_base(base, delivered, painted, PATIENT)
    assert nothing.uniform_gy - nothing.mean_gy == pytest.approx(dose[inside].mean(), abs=1e-5)
    cold = dose.copy()
    cold[5, 4, 2] -= 3.0
    found = uniformity_with_base(base, type(base)(base.image.with_data(cold), 30), painted, PATIENT)
    assert found.uniform_gy - found.lowest_gy == pytest.approx(3.0, abs=1e-4)


def test_base_dose_to_a_stated_total():
    prescription = boost([("PTV", 60.0), ("GTV", 72.0)], SETTINGS)
    base = base_dose(prescription, PATIENT, GRID, uniform_gy=75.0)
    assert sorted(np.unique(base.gy)) == [0.0, 3.0, 15.0]
    with pytest.raises(ImpastoError, match="a total of 70 Gy is below the highest prescribed dose of 72 Gy"):
        base_dose(prescription, PATIENT, GRID, uniform_gy=70.0)
    elsewhere = Grid.axis_aligned((4, 4, 4), (2, 2, 2), (500, 0, 0))
    with pytest.raises(ImpastoError, match="trial: no voxel of the grid lies in a target"):
        base_dose(prescription, PATIENT, elsewhere)
