"""The mirror plane of a head that was tilted by known angles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core import Grid, ImpastoError
from impasto.register.anatomy import MidsagittalPlane, midsagittal_plane, template_midsagittal_plane
from impasto.register.settings import LinearSettings

QUICK = LinearSettings(levels_mm=(6.0, 4.0), samples=(20_000, 40_000))

number = st.floats(-50.0, 50.0)
vector = st.tuples(number, number, number)


@given(vector, vector.filter(lambda v: np.linalg.norm(v) > 1e-2), vector)
def test_a_reflection_undoes_itself_and_turns_the_distance(point, normal, other):
    plane = MidsagittalPlane(point, normal)
    image = plane.reflection.moving_from_fixed(other)
    np.testing.assert_allclose(plane.reflection.moving_from_fixed(image), other, atol=1e-9)
    assert plane.distance_mm(image) == pytest.approx(-plane.distance_mm(other), abs=1e-9)
    assert np.linalg.norm(image - plane.point_mm) == pytest.approx(np.linalg.norm(other - plane.point_mm), abs=1e-9)


def test_grid_distances_are_those_of_the_voxels():
    plane = MidsagittalPlane((1, 2, 3), (0.9, 0.2, -0.1))
    affine = np.array([[0, 1.0, 0.2, 4], [2.0, 0, 0.1, -3], [0, 0.3, -3.0, 2], [0, 0, 0, 1]])
    grid = Grid((4, 5, 3), affine)
    np.testing.assert_allclose(plane.grid_distance_mm(grid), plane.distance_mm(grid.voxel_centres_mm()), atol=1e-9)


def _error(plane: MidsagittalPlane, truth: MidsagittalPlane, at_mm: np.ndarray) -> tuple[float, float]:
    angle = np.degrees(np.arccos(min(1.0, float(plane.normal @ truth.normal))))
    return angle, abs(float(plane.distance_mm(at_mm) - truth.distance_mm(at_mm)))


@pytest.mark.parametrize(("roll_deg", "yaw_deg", "has_lesion"), [(6.0, -4.0, False), (-9.0, 7.0, True)])
def test_tilts_are_found(head_of, pose_of, roll_deg, yaw_deg, has_lesion):
    known = head_of(pose_of(8.0, roll_deg, yaw_deg, 1.07, (4.0, -6.0, 5.0)))
    truth = template_midsagittal_plane(known.transform)
    image, lesion = known.image, None
    if has_lesion:
        centres = image.grid.voxel_centres_mm()
        lesion = known.brain & (np.linalg.norm(centres - known.transform.fixed_from_moving((35, 10, 25)), axis=-1) < 22)
        image = image.with_data(np.where(lesion, 1600.0, image.data))
    start = MidsagittalPlane(truth.point_mm + np.array([3.0, 0.0, 0.0]), truth.normal + np.array([0.0, 0.06, -0.05]))
    found = midsagittal_plane(image, known.brain, start, lesion, QUICK)
    centre = image.grid.world_from_index(np.argwhere(known.brain).mean(axis=0))
    before, (angle, offset) = _error(start, truth, centre), _error(found, truth, centre)
    assert before[0] > 3.0
    assert angle < 0.3
    assert offset < 0.3


def test_bad_input_is_refused(head):
    start = template_midsagittal_plane(head.transform)
    with pytest.raises(ImpastoError, match="shape"):
        midsagittal_plane(head.image, np.ones((2, 2, 2), dtype=bool), start)
    with pytest.raises(ImpastoError, match="no length"):
        MidsagittalPlane((0, 0, 0), (0, 0, 0))
