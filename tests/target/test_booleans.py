"""Booleans against closed forms and set algebra."""

import numpy as np
import pytest

from impasto.core import Grid, Role, Structure
from impasto.target import difference, exclusive_or, intersection, kept_away_from, limited_to, union

GRID = Grid.centred((48, 48, 12), (1, 1, 2))


def cylinder(name, centre_x, radius, role=Role.GTV):
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    ring = np.column_stack([centre_x + radius * np.cos(angle), radius * np.sin(angle)])
    planes = tuple(np.column_stack([ring, np.full(400, z)]) for z in np.arange(-7, 7.1, 2.0))
    return Structure(name, role, contours=planes)


HEIGHT_MM = 16.0
A, B = cylinder("A", -4.2, 9.0), cylinder("B", 5.1, 9.0)
LENS_ML = (2 * 81 * np.arccos(9.3 / 18) - 0.5 * 9.3 * np.sqrt(4 * 81 - 9.3**2)) * HEIGHT_MM / 1000
DISC_ML = np.pi * 81 * HEIGHT_MM / 1000


def test_two_cylinders_have_the_volumes_of_circle_geometry():
    both = intersection([A, B], GRID, "both", Role.GTV)
    assert both.volume_ml() == pytest.approx(LENS_ML, rel=0.01)
    assert union([A, B], GRID, "any", Role.GTV).volume_ml() == pytest.approx(2 * DISC_ML - LENS_ML, rel=0.003)
    assert difference(A, B, GRID, "rest", Role.GTV).volume_ml() == pytest.approx(DISC_ML - LENS_ML, rel=0.01)
    assert exclusive_or(A, B, GRID, "one", Role.GTV).volume_ml() == pytest.approx(2 * (DISC_ML - LENS_ML), rel=0.01)


def test_set_algebra_holds_in_every_voxel():
    a, b = A.occupancy(GRID), B.occupancy(GRID)
    shares = {
        "union": union([A, B], GRID, "x", Role.GTV).occupancy(GRID),
        "intersection": intersection([A, B], GRID, "x", Role.GTV).occupancy(GRID),
        "difference": difference(A, B, GRID, "x", Role.GTV).occupancy(GRID),
        "exclusive or": exclusive_or(A, B, GRID, "x", Role.GTV).occupancy(GRID),
    }
    np.testing.assert_allclose(shares["union"] + shares["intersection"], a + b, atol=1e-5)
    np.testing.assert_allclose(shares["difference"] + shares["intersection"], a, atol=1e-5)
    np.testing.assert_allclose(shares["union"] - shares["intersection"], shares["exclusive or"], atol=1e-5)


def test_a_structure_with_itself_and_with_nothing():
    nothing = Structure("nothing")
    np.testing.assert_allclose(union([A, A], GRID, "x", Role.GTV).occupancy(GRID), A.occupancy(GRID), atol=1e-6)
    np.testing.assert_allclose(union([A, nothing], GRID, "x", Role.GTV).occupancy(GRID), A.occupancy(GRID), atol=1e-6)
    assert difference(A, A, GRID, "x", Role.GTV).volume_ml() == pytest.approx(0.0, abs=1e-6)
    assert intersection([A, nothing], GRID, "x", Role.GTV).is_empty
    assert union([nothing], GRID, "x", Role.GTV).is_empty


def test_abutting_structures_do_not_overlap_by_more_than_a_third_of_a_voxel():
    left, right = (
        Structure(
            name,
            contours=tuple(
                np.array([[x, -10, z], [x + 10, -10, z], [x + 10, 10, z], [x, 10, z]]) for z in np.arange(-7, 7.1, 2.0)
            ),
        )
        for name, x in (("left", -10.15), ("right", -0.15))
    )
    shared = intersection([left, right], GRID, "x", Role.GTV).volume_ml()
    assert shared <= 20 * HEIGHT_MM / 3 / 2 / 1000
    together = union([left, right], GRID, "x", Role.GTV).volume_ml()
    assert together == pytest.approx(20 * 20 * HEIGHT_MM / 1000, rel=0.01)


def test_masks_are_taken_as_they_are():
    a = Structure.from_mask("a", Role.GTV, A.occupancy(GRID), GRID)
    b = Structure.from_mask("b", Role.GTV, B.occupancy(GRID), GRID)
    got = union([a, b], GRID, "x", Role.CTV)
    assert got.role is Role.CTV
    np.testing.assert_allclose(got.occupancy(GRID), np.maximum(A.occupancy(GRID), B.occupancy(GRID)), atol=1e-6)


def test_limited_to_and_kept_away_from():
    body = cylinder("body", -10.0, 12.0, Role.EXTERNAL)
    inside = limited_to(A, body, 0.0, GRID, "inside")
    assert inside.role is A.role
    np.testing.assert_allclose(
        inside.occupancy(GRID), intersection([A, body], GRID, "x", Role.GTV).occupancy(GRID), atol=1e-6
    )
    deeper = limited_to(A, body, 3.0, GRID, "deeper")
    inner = cylinder("inner", -10.0, 9.0)
    # the body's ends move inwards by 3 mm too
    expected = intersection([A, inner], GRID, "x", Role.GTV).volume_ml() * (HEIGHT_MM - 6) / HEIGHT_MM
    assert deeper.volume_ml() == pytest.approx(expected, rel=0.03)
    kept = kept_away_from(A, B, 0.0, GRID, "kept")
    np.testing.assert_allclose(kept.occupancy(GRID), difference(A, B, GRID, "x", Role.GTV).occupancy(GRID), atol=1e-6)
    away = kept_away_from(A, B, 4.0, GRID, "away")
    expected = difference(A, cylinder("grown", 5.1, 13.0), GRID, "x", Role.GTV).volume_ml()
    assert away.volume_ml() == pytest.approx(expected, rel=0.03)
    far = cylinder("far", 100.0, 3.0)
    assert kept_away_from(A, far, 4.0, GRID, "kept").volume_ml() == pytest.approx(A.volume_ml(), rel=1e-3)
    assert limited_to(A, far, 4.0, GRID, "none").volume_ml() == pytest.approx(0.0, abs=1e-6)
