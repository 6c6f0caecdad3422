"""Quality-volume histograms."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import (
    Dose,
    DoseGoal,
    DoseKind,
    Grid,
    Image,
    ImpastoError,
    Prescription,
    Role,
    Structure,
    StructureSet,
)
from impasto.evaluate import quality_volume_histogram

GRID = Grid.centred((20, 20, 20), (2.0, 2.0, 2.0))


def gray(values: np.ndarray) -> Image:
    return Image(values, GRID, "dose", "Gy")


def block(name: str, half: int) -> Structure:
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[10 - half : 10 + half, 10 - half : 10 + half, 10 - half : 10 + half] = True
    return Structure.from_mask(name, Role.PTV, mask, GRID)


STRUCTURES = StructureSet((block("GTV", 3), block("PTV", 6), block("core", 2)))
RAMP = 60.0 + GRID.voxel_centres_mm()[..., 0]


def painted(*goals: DoseGoal) -> Prescription:
    return Prescription("painted", 30, goals)


def test_delivering_the_painted_map_is_perfect() -> None:
    prescription = painted(DoseGoal("PTV", gray(RAMP)))
    histogram = quality_volume_histogram(Dose(gray(RAMP), 30), prescription, STRUCTURES, "PTV")
    assert histogram.quality_factor == pytest.approx(0.0, abs=1e-6)
    assert histogram.mean == pytest.approx(1.0, abs=1e-6)
    assert histogram.volume_percent_within(0.05) == pytest.approx(100.0)
    assert histogram.evaluated_volume_ml == pytest.approx(12**3 * 0.008)


def test_half_too_little_and_half_too_much() -> None:
    """Q is 0.9 in one half and 1.2 in the other: QF = (0.1 + 0.2) / 2."""
    factor = np.where(GRID.voxel_centres_mm()[..., 2] < 0.0, 0.9, 1.2)
    histogram = quality_volume_histogram(
        Dose(gray(60.0 * factor), 30), painted(DoseGoal("PTV", 60.0)), STRUCTURES, "PTV"
    )
    # between the two voxel rows at the border dose is interpolated: 1 of 12 layers
    assert histogram.quality_factor == pytest.approx(0.15, abs=0.01)
    assert histogram.mean == pytest.approx(1.05, abs=1e-3)
    assert histogram.volume_percent_at(1.1) == pytest.approx(50.0, abs=2.0)
    assert np.all(np.diff(histogram.volume_percent) <= 0.0)
    assert histogram.volume_percent_at(0.5) == pytest.approx(100.0)


def test_the_first_goal_that_claims_a_voxel_prescribes_it() -> None:
    levels = np.full(GRID.shape, 50.0)
    inside = np.asarray(STRUCTURES["GTV"].mask.data) > 0
    levels[inside] = 70.0
    prescription = painted(DoseGoal("GTV", 70.0), DoseGoal("PTV", 50.0))
    histogram = quality_volume_histogram(Dose(gray(levels), 30), prescription, STRUCTURES, "PTV")
    # only where dose is interpolated across the GTV's border it is not what is prescribed
    assert histogram.mean == pytest.approx(1.0, abs=0.01)
    assert histogram.quality_factor < 0.03
    core = quality_volume_histogram(Dose(gray(levels), 30), prescription, STRUCTURES, "core")
    assert core.quality_factor == pytest.approx(0.0, abs=1e-6)


def test_without_a_prescribed_dose_there_is_no_quality() -> None:
    outside = painted(DoseGoal("core", 60.0))
    elsewhere = StructureSet((*STRUCTURES, far := _far_block()))
    with pytest.raises(ImpastoError, match="no dose is prescribed"):
        quality_volume_histogram(Dose(gray(RAMP), 30), outside, elsewhere, far.name)


def test_eqd2_is_not_compared_with_physical_prescriptions() -> None:
    dose = Dose(gray(RAMP), 30, DoseKind.EQD2, 3.0)
    with pytest.raises(ImpastoError, match="EQD2"):
        quality_volume_histogram(dose, painted(DoseGoal("PTV", 60.0)), STRUCTURES, "PTV")


def _far_block() -> Structure:
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[:2, :2, :2] = True
    return Structure.from_mask("far", Role.ORGAN, mask, GRID)
