"""Atlas structures in the template and in a patient."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import DisplacementField, Grid, ImpastoError, Role, Transform
from impasto.core.atlas import atlas_structures, brain_template
from impasto.register.anatomy import NOT_FOR_TREATMENT, anatomical_barriers, starting_contours


def _centre_mm(structure) -> np.ndarray:
    grid = structure.mask.grid
    points = grid.voxel_centres_mm()
    weights = structure.mask.data[..., None]
    return (points * weights).sum(axis=(0, 1, 2)) / weights.sum()


def test_right_mirrors_left():
    atlas = atlas_structures()
    for name in ("OpticNrv", "Eye", "Lens", "Hippocampus"):
        left, right = atlas[f"{name}_L"], atlas[f"{name}_R"]
        assert _centre_mm(left)[0] > 5.0
        np.testing.assert_allclose(_centre_mm(right), _centre_mm(left) * [-1, 1, 1], atol=0.05)
        assert right.volume_ml() == pytest.approx(left.volume_ml(), rel=1e-3)


def test_volumes_are_those_of_adults():
    volumes = {s.name: s.volume_ml() for s in atlas_structures()}
    assert 22.0 < volumes["Brainstem"] < 36.0
    assert 2.5 < volumes["Hippocampus_L"] < 4.5
    assert 6.0 < volumes["Eye_L"] < 9.0
    assert 10.0 < volumes["Ventricles"] < 30.0


def test_ventricles_are_fluid_and_the_tentorium_runs_between_cerebrum_and_cerebellum():
    brain, atlas = brain_template(), atlas_structures()
    inside = atlas["Ventricles"].occupancy(brain.grid) > 0.5
    assert (brain.grey + brain.white)[inside].mean() < 0.3
    # the fissure is darker than what lies a centimetre above and below, where both sides are brain
    sheet = np.argwhere(atlas["Tentorium"].occupancy(brain.grid) > 0.5)
    behind = brain.grid.world_from_index(sheet)[:, 1]
    sheet = sheet[(behind > 45.0) & (behind < 80.0)]
    at, above, below = (brain.t1[tuple((sheet + np.array([0, 0, step])).T)].mean() for step in (0, 10, -10))
    assert at < above
    assert at < below


def test_an_affine_map_moves_them_exactly(head):
    moved, atlas = starting_contours(head.transform), atlas_structures()
    assert {s.role for s in moved} == {Role.ORGAN}
    for structure in moved:
        expected = head.transform.fixed_from_moving(_centre_mm(atlas[structure.name]))
        np.testing.assert_allclose(_centre_mm(structure), expected, atol=1e-3)
        scale = abs(np.linalg.det(head.transform.matrix[:3, :3]))
        assert structure.volume_ml() * scale == pytest.approx(atlas[structure.name].volume_ml(), rel=1e-4)
    assert "not for treatment" in NOT_FOR_TREATMENT


def test_a_dense_map_needs_voxels_and_agrees_with_its_affine_twin(head):
    coarse = Grid.centred((9, 9, 9), (30.0, 30.0, 30.0))
    still = DisplacementField(coarse, np.zeros((9, 9, 9, 3)))
    dense = Transform(head.transform.matrix, "dense", still)
    with pytest.raises(ImpastoError, match="grid"):
        anatomical_barriers(dense)
    grid = head.image.grid
    for structure in anatomical_barriers(dense, grid):
        twin = anatomical_barriers(head.transform)[structure.name]
        assert structure.volume_ml() == pytest.approx(twin.volume_ml(), rel=0.15)
