"""Structures: volumes and occupancy of solids given as contours or masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from impasto.core import Grid, ImpastoError, Role, Structure, StructureSet, contoured

ANGLE = np.linspace(0, 2 * np.pi, 360, endpoint=False)


def circle(radius: float, z: float, centre: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    x, y = centre[0] + radius * np.cos(ANGLE), centre[1] + radius * np.sin(ANGLE)
    return np.column_stack([x, y, np.full(len(ANGLE), z)])


def cylinder(radius: float, heights: np.ndarray) -> Structure:
    return Structure("cylinder", Role.GTV, tuple(circle(radius, z) for z in heights))


@settings(deadline=None, max_examples=25)
@given(st.floats(0.5, 4), st.integers(2, 9), st.floats(-3, 3))
def test_a_cylinder_reaches_half_a_spacing_beyond_its_end_planes(spacing: float, planes: int, shift: float) -> None:
    solid = cylinder(6.0, shift + spacing * np.arange(planes))
    volume = np.pi * 36 * planes * spacing / 1000
    assert solid.volume_ml() == pytest.approx(volume, rel=1e-4)
    grid = Grid.centred((20, 20, 40), (1.0, 1.0, 1.7), (0.3, 0.2, 15.0))
    assert solid.occupancy(grid).sum() * grid.voxel_volume_ml == pytest.approx(volume, rel=1e-4)


def test_a_sphere_of_3_mm_slices_keeps_its_volume_within_1_percent() -> None:
    heights = np.arange(-10.5, 12, 3.0)
    sphere = Structure("sphere", Role.GTV, tuple(circle(np.sqrt(144 - z * z), z) for z in heights))
    assert sphere.volume_ml() == pytest.approx(4 / 3 * np.pi * 1.728, rel=0.01)


@pytest.mark.parametrize("degrees", [0, 90, 20, 45])
def test_occupancy_does_not_depend_on_how_patient_and_grid_are_turned(degrees: float) -> None:
    turn = Rotation.from_euler("y", degrees, degrees=True).as_matrix()
    upright = cylinder(8.0, np.arange(-9.0, 10, 3.0))
    turned = Structure("turned", Role.GTV, tuple(contour @ turn.T for contour in upright.contours))
    grid = Grid.centred((36, 30, 34), (1.0, 1.1, 1.2))
    assert turned.volume_ml() == pytest.approx(upright.volume_ml(), rel=1e-9)
    assert turned.occupancy(grid).sum() * grid.voxel_volume_ml == pytest.approx(upright.volume_ml(), rel=5e-3)
    centre = tuple(n // 2 for n in grid.shape)
    assert turned.occupancy(grid)[centre] == pytest.approx(1.0, abs=1e-6)


def test_planes_far_apart_are_separate_solids() -> None:
    apart = cylinder(5.0, np.array([0.0, 3.0, 6.0, 30.0, 33.0, 36.0]))
    assert apart.volume_ml() == pytest.approx(np.pi * 25 * 18 / 1000, rel=1e-4)


def test_one_missing_plane_is_bridged() -> None:
    whole, gapped = np.arange(0.0, 30, 3.0), np.delete(np.arange(0.0, 30, 3.0), 4)
    assert cylinder(5.0, gapped).volume_ml() == pytest.approx(cylinder(5.0, whole).volume_ml(), rel=1e-9)


def test_islands_and_holes_in_one_plane() -> None:
    contours = [circle(8, z) for z in (0.0, 2.0)] + [circle(3, z) for z in (0.0, 2.0)]
    contours += [circle(4, z, (20.0, 0.0)) for z in (0.0, 2.0)]
    solid = Structure("islands", Role.CTV, tuple(contours))
    assert solid.volume_ml() == pytest.approx(np.pi * (64 - 9 + 16) * 4 / 1000, rel=1e-4)


def test_a_single_plane_takes_the_slice_spacing_it_is_told() -> None:
    disc = Structure("disc", contours=(circle(5, 0.0),), plane_spacing_mm=2.5)
    assert disc.volume_ml() == pytest.approx(np.pi * 25 * 2.5 / 1000, rel=1e-4)


def test_contours_of_a_mask_enclose_its_volume() -> None:
    grid = Grid.centred((40, 40, 24), (1.0, 1.0, 1.5))
    solid = cylinder(11.0, np.arange(-11.25, 12, 1.5))
    mask = Structure.from_mask("mask", Role.GTV, solid.occupancy(grid), grid)
    redrawn = contoured(mask)
    assert len(redrawn.contours) == 16
    assert redrawn.volume_ml() == pytest.approx(solid.volume_ml(), rel=0.01)


def test_a_mask_with_a_hole_gives_two_contours_in_each_slice() -> None:
    grid = Grid.centred((21, 21, 3), (1, 1, 2))
    ring = np.zeros(grid.shape)
    ring[4:17, 4:17] = 1.0
    ring[8:13, 8:13] = 0.0
    redrawn = contoured(Structure.from_mask("ring", Role.ORGAN, ring, grid))
    assert len(redrawn.contours) == 6
    # the half-filled line cuts each corner of a Boolean mask by an eighth of a pixel
    assert redrawn.volume_ml() == pytest.approx((169 - 25) * 6 / 1000, rel=0.01)


def test_empty_and_unusable_structures_say_so() -> None:
    line = Structure("line", contours=(np.zeros((2, 3)),))
    assert line.is_empty
    assert line.volume_ml() == 0.0
    twisted = circle(5, 0.0).copy()
    twisted[::2, 2] += 4.0
    with pytest.raises(ImpastoError, match="twisted.*not planar"):
        Structure("twisted", contours=(twisted,)).volume_ml()
    with pytest.raises(ImpastoError, match="mask values"):
        Structure.from_mask("bad", Role.GTV, np.full((2, 2, 2), 1.5), Grid.centred((2, 2, 2), (1, 1, 1)))


def test_sets_find_by_name_and_refuse_namesakes() -> None:
    structures = StructureSet((Structure("GTV", Role.GTV), Structure("Herz ♥", Role.ORGAN)))
    assert structures["Herz ♥"].role is Role.ORGAN
    with pytest.raises(ImpastoError, match="choose one of: GTV, Herz"):
        structures["PTV"]
    with pytest.raises(ImpastoError, match="two structures"):
        StructureSet((Structure("A"), Structure("A")))
    assert structures.with_structure(Structure("GTV", Role.CTV))["GTV"].role is Role.CTV


@pytest.mark.parametrize("slice_spacing_mm", [None, 3.0])
@pytest.mark.parametrize("offset_mm", [0.0, 0.04, 0.06, 0.15])
def test_islands_that_lie_a_little_beside_their_plane_belong_to_it(
    offset_mm: float, slice_spacing_mm: float | None
) -> None:
    square = np.array([[-5.0, -5.0], [5.0, -5.0], [5.0, 5.0], [-5.0, 5.0]])
    contours = tuple(
        np.column_stack([square + np.array([x, 0.0]), np.full(4, z + shift)])
        for z in np.arange(0.0, 30.0, 3.0)
        for x, shift in ((-10.0, 0.0), (10.0, offset_mm))
    )
    structure = Structure("islands", contours=contours, plane_spacing_mm=slice_spacing_mm)
    assert len(structure.stack.positions_mm) == 10
    assert structure.volume_ml() == pytest.approx(6.0, rel=1e-6)


def test_planes_a_tenth_of_a_millimetre_apart_stay_apart() -> None:
    square = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    contours = tuple(np.column_stack([square, np.full(4, z)]) for z in np.arange(20) * 0.1)
    structure = Structure("fine", contours=contours)
    assert len(structure.stack.positions_mm) == 20
    assert structure.volume_ml() == pytest.approx(0.008, rel=1e-6)
