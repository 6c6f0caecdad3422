import numpy as np
import pytest
from scipy import sparse

from impasto.core import (
    DoseGoal,
    DoseLimit,
    Grid,
    Image,
    ImpastoError,
    LimitKind,
    Prescription,
    Role,
    Structure,
    StructureSet,
)
from impasto.plan import (
    InfluenceMatrix,
    MaximumDoseVolume,
    MeanDose,
    NormalTissue,
    PlanningAims,
    SquaredDeviation,
    SquaredOverdose,
    SquaredUnderdose,
    objectives_from_prescription,
)

GRID = Grid.centred((12, 12, 12), (3.0, 3.0, 3.0))
BARE = PlanningAims(hot_spot_percent=None, normal_tissue=None)


def slab(first: int, last: int) -> np.ndarray:
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[first:last] = True
    return mask


STRUCTURES = StructureSet(
    (
        Structure.from_mask("GTV", Role.GTV, slab(2, 4), GRID),
        Structure.from_mask("PTV", Role.PTV, slab(1, 6), GRID),
        Structure.from_mask("cord", Role.ORGAN, slab(5, 8), GRID),
        Structure.from_mask("lung", Role.ORGAN, slab(7, 12), GRID),
    )
)
MATRIX = InfluenceMatrix.from_scipy(sparse.csr_array(np.ones((GRID.voxel_count, 2))), np.arange(GRID.voxel_count), GRID)


def rows_of(mask: np.ndarray) -> np.ndarray:
    return np.flatnonzero(mask)


def test_goals_become_objectives_on_voxels_of_their_own() -> None:
    prescription = Prescription("boost", 10, (DoseGoal("GTV", 30.0, 33.0, weight=2.0), DoseGoal("PTV", 20.0, 20.0)))
    objectives, notes = objectives_from_prescription(prescription, STRUCTURES, MATRIX, BARE)
    under, over, deviation = objectives
    assert isinstance(under, SquaredUnderdose)
    assert isinstance(over, SquaredOverdose)
    assert isinstance(deviation, SquaredDeviation)
    np.testing.assert_array_equal(under.rows, rows_of(slab(2, 4)))
    np.testing.assert_array_equal(deviation.rows, rows_of(slab(1, 6) & ~slab(2, 4)))
    assert under.weight == 2.0
    np.testing.assert_allclose(under.level_gy, 3.0)
    np.testing.assert_allclose(over.level_gy, 3.3)
    np.testing.assert_allclose(deviation.level_gy, 2.0)
    assert notes == ()


def test_a_dose_map_reaches_each_voxel() -> None:
    ramp = np.broadcast_to(np.linspace(20.0, 40.0, 12)[:, None, None], GRID.shape)
    painted = Image(ramp, GRID, "prescribed dose", "Gy")
    prescription = Prescription("numbers", 20, (DoseGoal("PTV", painted, painted),))
    (deviation,), _ = objectives_from_prescription(prescription, STRUCTURES, MATRIX, BARE)
    assert isinstance(deviation, SquaredDeviation)
    np.testing.assert_allclose(deviation.level_gy, ramp.ravel()[deviation.rows] / 20, rtol=1e-6)


def test_limits_take_what_targets_and_earlier_organs_left() -> None:
    limits = (
        DoseLimit("cord", LimitKind.MAXIMUM, 10.0),
        DoseLimit("cord", LimitKind.MEAN, 5.0),
        DoseLimit("lung", LimitKind.DOSE_VOLUME, 8.0, volume_percent=20.0, weight=0.5),
    )
    prescription = Prescription("limits", 10, (DoseGoal("PTV", 20.0, 22.0),), limits)
    objectives, _ = objectives_from_prescription(prescription, STRUCTURES, MATRIX, BARE)
    maximum, mean, volume = objectives[2:]
    assert isinstance(maximum, SquaredOverdose)
    assert isinstance(mean, MeanDose)
    assert isinstance(volume, MaximumDoseVolume)
    np.testing.assert_array_equal(maximum.rows, rows_of(slab(6, 8)))
    np.testing.assert_array_equal(mean.rows, maximum.rows)
    np.testing.assert_array_equal(volume.rows, rows_of(slab(8, 12)))
    assert (maximum.level_gy, mean.level_gy, volume.level_gy, volume.weight) == (1.0, 0.5, 0.8, 0.5)
    whole = PlanningAims(hot_spot_percent=None, normal_tissue=None, whole_structures=("cord",))
    objectives, _ = objectives_from_prescription(prescription, STRUCTURES, MATRIX, whole)
    np.testing.assert_array_equal(objectives[2].rows, rows_of(slab(5, 8)))


def test_hot_spots_count_where_a_goal_has_no_upper_level() -> None:
    prescription = Prescription("open", 10, (DoseGoal("PTV", 20.0),))
    objectives, notes = objectives_from_prescription(
        prescription, STRUCTURES, MATRIX, PlanningAims(107.0, normal_tissue=None)
    )
    assert isinstance(objectives[1], SquaredOverdose)
    np.testing.assert_allclose(objectives[1].level_gy, 2.14)
    assert "107 %" in notes[0]
    assert len(objectives_from_prescription(prescription, STRUCTURES, MATRIX, BARE)[0]) == 1


def test_normal_tissue_level_falls_off_from_the_nearest_target_voxel() -> None:
    prescription = Prescription("fall-off", 10, (DoseGoal("PTV", 20.0, 20.0),))
    tissue = NormalTissue(weight=3.0, edge_percent=100.0, far_percent=50.0, length_mm=6.0)
    objectives, notes = objectives_from_prescription(
        prescription, STRUCTURES, MATRIX, PlanningAims(None, normal_tissue=tissue)
    )
    outside = objectives[-1]
    assert isinstance(outside, SquaredOverdose)
    np.testing.assert_array_equal(outside.rows, rows_of(~slab(1, 6)))
    level = np.zeros(GRID.voxel_count)
    level[outside.rows] = outside.level_gy
    along = level.reshape(GRID.shape)[:, 5, 5]
    np.testing.assert_allclose(along[6:9], 2.0 * (0.5 + 0.5 * np.exp(-np.array([3.0, 6.0, 9.0]) / 6.0)))
    assert "is held to 100 %" in notes[-1]


def test_limits_without_voxels_are_said_and_targets_without_are_refused() -> None:
    limit = DoseLimit("GTV", LimitKind.MAXIMUM, 10.0)
    prescription = Prescription("swallowed", 10, (DoseGoal("PTV", 20.0, 20.0),), (limit,))
    objectives, notes = objectives_from_prescription(prescription, STRUCTURES, MATRIX, BARE)
    assert len(objectives) == 1
    assert notes[0].startswith("GTV")
    twice = Prescription("twice", 10, (DoseGoal("PTV", 20.0), DoseGoal("GTV", 30.0)))
    with pytest.raises(ImpastoError, match="order of goals"):
        objectives_from_prescription(twice, STRUCTURES, MATRIX, BARE)
    with pytest.raises(ImpastoError, match="no structure has this name"):
        objectives_from_prescription(Prescription("x", 1, (DoseGoal("none", 1.0),)), STRUCTURES, MATRIX, BARE)
