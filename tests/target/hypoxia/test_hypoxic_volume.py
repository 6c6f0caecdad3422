"""Hypoxic volume, oxygen and dose factor against closed forms and the digital patient's own retention."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from impasto.core import Grid, Image, ImpastoError, Role, Structure
from impasto.phantom.tracers import _HALF_RETENTION_MMHG, _RETAINED_IN_ANOXIA
from impasto.radiobiology import oxygen_enhancement_ratio
from impasto.target.hypoxia import (
    HYPOXIA_RULES,
    UPTAKE_CURVES,
    ReferenceUptake,
    dose_factor,
    hypoxia_probability,
    hypoxic_fraction,
    hypoxic_volume,
    muscle_by_ct_number,
    oxygen_pressure,
    reference_uptake,
    tumour_to_reference,
)

GRID = Grid.centred((30, 30, 20), (2, 2, 2))
X, Y, Z = np.moveaxis(GRID.voxel_centres_mm(), -1, 0)
DISTANCE = np.linalg.norm(GRID.voxel_centres_mm(), axis=-1)
TUMOUR = Structure.from_mask("GTV", Role.GTV, np.clip(0.5 + (14.0 - DISTANCE) / 2.0, 0, 1), GRID)
MUSCLE = Structure.from_mask("Muscle", Role.OTHER, X > 20.0, GRID)
UPTAKE = Image(1.2 + 1.8 * np.exp(-((DISTANCE / 8.0) ** 2)), GRID, "standardised uptake value, body weight", "g/mL")


def test_volume_is_that_of_the_isosurface_inside_the_tumour():
    reference = reference_uptake(UPTAKE, MUSCLE)
    assert reference.level == pytest.approx(1.2, rel=0.01)
    ratio = tumour_to_reference(UPTAKE, reference, "tumour-to-muscle ratio")
    found = hypoxic_volume(ratio, HYPOXIA_RULES["FAZA, muscle"].ratio, TUMOUR, "Hypoxia")
    radius = 8.0 * np.sqrt(np.log(1.8 / (0.4 * reference.level)))
    assert np.array_equal(found.occupancy(GRID) > 0.0, radius >= DISTANCE)
    assert found.volume_ml() == pytest.approx(4 / 3 * np.pi * radius**3 / 1000, rel=0.1)
    assert np.all(found.occupancy(GRID) <= TUMOUR.occupancy(GRID) + 1e-6)
    assert hypoxic_fraction(found, TUMOUR) == pytest.approx(found.volume_ml() / TUMOUR.volume_ml())
    assert hypoxic_fraction(hypoxic_volume(ratio, 9.0, TUMOUR, "none"), TUMOUR) == 0.0


@settings(max_examples=15, deadline=None)
@given(low=st.floats(0.5, 2.4), more=st.floats(0.01, 1.0), factor=st.floats(0.01, 100.0))
def test_a_higher_threshold_gives_less_and_units_do_not_matter(low, more, factor):
    ratio = tumour_to_reference(UPTAKE, ReferenceUptake(1.2, 0.05, 90), "ratio")
    scaled = UPTAKE.with_data(UPTAKE.data * factor)
    same = tumour_to_reference(scaled, ReferenceUptake(1.2 * factor, 0.05 * factor, 90), "ratio")
    wide, narrow = (hypoxic_volume(ratio, t, TUMOUR, "h").occupancy(GRID) for t in (low, low + more))
    assert np.all(narrow <= wide)
    np.testing.assert_allclose(same.data, ratio.data, rtol=1e-5)
    np.testing.assert_allclose(same.standard_error, ratio.standard_error, rtol=1e-4)


def test_probability_is_how_often_repeats_reach_the_threshold():
    rng = np.random.default_rng(1)
    level, reference, errors = 1.7, 1.2, (0.15, 0.06)
    repeats = rng.normal(level, errors[0], 40000) / rng.normal(reference, errors[1], 40000)
    error = np.full(GRID.shape, errors[0])
    image = Image(np.full(GRID.shape, level), GRID, "SUV", "g/mL", standard_error=error)
    ratio = tumour_to_reference(image, ReferenceUptake(reference, errors[1], 50), "ratio")
    assert ratio.standard_error.mean() == pytest.approx(repeats.std(), rel=0.02)
    found = hypoxia_probability(ratio, 1.3, "Hypoxia")
    assert found.quantity == "probability of Hypoxia"
    assert found.data.mean() == pytest.approx(np.mean(repeats >= 1.3), abs=0.01)
    assert found.data.mean() == pytest.approx(norm.sf(1.3, level / reference, ratio.standard_error.mean()), abs=1e-5)


def test_oxygen_of_the_digital_patient_comes_back():
    pressure = np.array([0.5, 1.0, 2.5, 5.0, 10.0, 25.0]).reshape(6, 1, 1)
    retained = 1.0 + _RETAINED_IN_ANOXIA * _HALF_RETENTION_MMHG / (_HALF_RETENTION_MMHG + pressure)
    curve = UPTAKE_CURVES["digital patient"]
    grid = Grid.centred((6, 1, 1), (1, 1, 1))
    image = Image(retained / curve.at_plentiful, grid, "ratio", "1", standard_error=np.full((6, 1, 1), 1e-3))
    found = oxygen_pressure(image, curve)
    np.testing.assert_allclose(found.data, pressure, rtol=1e-4)
    slope = _RETAINED_IN_ANOXIA * _HALF_RETENTION_MMHG / (_HALF_RETENTION_MMHG + pressure) ** 2
    np.testing.assert_allclose(found.standard_error, 1e-3 * curve.at_plentiful / slope, rtol=0.02)


def test_reference_tissue_has_plentiful_oxygen_and_needs_no_more_dose():
    grid = Grid.centred((4, 1, 1), (1, 1, 1))
    curve = UPTAKE_CURVES["Toma-Dasu 2012"]
    ratio = Image(np.array([0.5, 1.0, 30.0, np.nan]).reshape(4, 1, 1), grid, "ratio", "1")
    pressure = oxygen_pressure(ratio, curve)
    np.testing.assert_allclose(pressure.data.ravel(), [60.0, 60.0, 0.0, np.nan], atol=1e-4)
    factor = dose_factor(pressure, 3.0, 3.0, curve.plentiful_mmhg).data.ravel()
    np.testing.assert_allclose(factor, [1.0, 1.0, oxygen_enhancement_ratio(60.0), np.nan], rtol=1e-6)
    half = pressure.with_data(np.full((4, 1, 1), 3.0))
    assert dose_factor(half, 3.0, 3.0, 60.0).data[0, 0, 0] == pytest.approx((183 / 63) / 2.0)
    with pytest.raises(ImpastoError, match="give oxygen pressure in mm"):
        dose_factor(ratio, 3.0, 3.0, 60.0)


def test_muscle_is_what_has_its_number_beside_other_tissue():
    grid = Grid.centred((48, 48, 40), (3, 3, 3))
    x, y = np.moveaxis(grid.voxel_centres_mm(), -1, 0)[:2]
    is_muscle = (np.abs(x - 30) < 14) & (np.abs(y) < 20)
    is_organ = (np.abs(x + 30) < 14) & (np.abs(y) < 20)
    ct = Image(np.where(is_muscle | is_organ, 50.0, -90.0), grid, "CT number", "[hnsf'U]")
    organ = Structure.from_mask("Parotid", Role.ORGAN, is_organ, grid)
    small = Structure.from_mask("GTV", Role.GTV, np.linalg.norm(grid.voxel_centres_mm(), axis=-1) < 8, grid)
    found = muscle_by_ct_number(ct, small, [organ, small], (20.0, 80.0), 4.0)
    assert found.volume_ml() > 20.0
    assert not (found.voxels(grid) & ~is_muscle).any()
    with pytest.raises(ImpastoError, match="the CT shows none beside the targets; draw a region of muscle"):
        muscle_by_ct_number(ct, small, [organ, small], (120.0, 180.0), 4.0)


def test_regions_too_small_or_cold_are_refused():
    speck = Structure.from_mask("Muscle", Role.OTHER, (X > 28.0) & (Y > 26) & (Z > 16), GRID)
    with pytest.raises(ImpastoError, match="Muscle: it holds 4 voxels of the image; draw a region of 5 or more"):
        reference_uptake(UPTAKE, speck)
    with pytest.raises(ImpastoError, match="draw it in muscle or blood"):
        reference_uptake(UPTAKE.with_data(np.zeros(GRID.shape)), MUSCLE)
    assert reference_uptake(UPTAKE, MUSCLE, "median").standard_error > reference_uptake(UPTAKE, MUSCLE).standard_error
