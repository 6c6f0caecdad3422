"""Margins against closed forms, an independent distance transform, and the properties every margin must have."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from impasto.core import Grid, ImpastoError, Role, Structure
from impasto.target import Margin, expanded, shrunk


def sphere(radius_mm, plane_mm, centre_mm=(0.3, -0.2, 0.4)):
    contours = []
    for z in np.arange(-40, 41) * plane_mm:
        across = radius_mm**2 - (z - centre_mm[2]) ** 2
        if across > 0:
            angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
            ring = np.sqrt(across) * np.column_stack([np.cos(angle), np.sin(angle)])
            contours.append(np.column_stack([ring + centre_mm[:2], np.full(len(ring), z)]))
    return Structure("sphere", Role.GTV, contours=tuple(contours))


def cuboid(size_mm, plane_mm, low_mm=(-10.3, -7.8, -6.0)):
    """Contours whose end caps make the height a whole number of planes."""
    x, y, z = low_mm
    a, b, c = size_mm
    corners = np.array([[x, y], [x + a, y], [x + a, y + b], [x, y + b]])
    heights = z + plane_mm * (np.arange(round(c / plane_mm)) + 0.5)
    return Structure("box", Role.GTV, contours=tuple(np.column_stack([corners, np.full(4, h)]) for h in heights))


def grown_cuboid_ml(size_mm, margin):
    """Volume of a box plus octants of ellipsoids: faces, quarter-elliptic edges, corners."""
    a, b, c = size_mm
    x, y, z = margin.reach_mm.sum(axis=1)
    faces = b * c * x + a * c * y + a * b * z
    edges = np.pi / 4 * (c * x * y + b * x * z + a * y * z)
    return (a * b * c + faces + edges + np.pi / 6 * x * y * z) / 1000


def radius_mm(structure):
    return (structure.volume_ml() * 1000 * 3 / 4 / np.pi) ** (1 / 3)


@pytest.mark.parametrize(
    ("radius", "plane_mm", "spacing_mm"),
    [
        (12, 1, (1, 1, 1)),
        (8, 1, (1, 1, 1)),
        (20, 2, (2, 2, 2)),
        (15, 2.5, (0.98, 0.98, 2.5)),
        (20, 3, (3, 3, 3)),
    ],
)
@pytest.mark.parametrize("distance_mm", [0.5, 3.0, 5.0])
def test_sphere_grows_and_shrinks_by_the_margin(radius, plane_mm, spacing_mm, distance_mm):
    drawn = sphere(radius, plane_mm)
    grid = Grid.centred(np.ceil((2 * radius + 16) / np.array(spacing_mm)).astype(int), spacing_mm)
    grown = expanded(drawn, Margin.uniform(distance_mm), grid, "grown", Role.PTV)
    smaller = shrunk(drawn, Margin.uniform(distance_mm), grid, "smaller", Role.GTV)
    bound_mm = 0.05 * max(spacing_mm)
    assert radius_mm(grown) == pytest.approx(radius + distance_mm, abs=bound_mm)
    assert radius_mm(smaller) == pytest.approx(radius - distance_mm, abs=bound_mm)


@pytest.mark.parametrize(
    ("spacing_mm", "plane_mm"), [((1, 1, 1), 1), ((1, 1, 3), 3), ((2, 2, 2), 2), ((0.9, 1.1, 2), 2)]
)
@pytest.mark.parametrize(
    "margin",
    [
        Margin.uniform(5.0),
        Margin(left_mm=8, right_mm=3, anterior_mm=6, posterior_mm=2, superior_mm=7, inferior_mm=4),
        Margin(left_mm=8, right_mm=8, anterior_mm=6, posterior_mm=0, superior_mm=5, inferior_mm=0),
    ],
)
def test_box_grows_by_ellipsoid_octants(spacing_mm, plane_mm, margin):
    size_mm = (20.0, 16.0, 12.0)
    grid = Grid.centred(np.ceil(60 / np.array(spacing_mm)).astype(int), spacing_mm, (0.4, -0.3, 0.2))
    grown = expanded(cuboid(size_mm, plane_mm), margin, grid, "grown", Role.PTV)
    truth_ml = grown_cuboid_ml(size_mm, margin)
    # the surface may be off by a tenth of the mean voxel width everywhere
    a, b, c = np.array(size_mm) + margin.reach_mm.sum(axis=1)
    slack_ml = 0.1 * np.mean(spacing_mm) * 2 * (a * b + b * c + a * c) / 1000
    assert grown.volume_ml() == pytest.approx(truth_ml, abs=slack_ml)


def test_each_side_moves_by_its_own_margin():
    margin = Margin(left_mm=9, right_mm=1, anterior_mm=2, posterior_mm=8, superior_mm=7, inferior_mm=3)
    drawn = cuboid((20, 16, 12), 1)
    grid = Grid.centred((60, 60, 60), (1, 1, 1), (0.5, 0.5, 0.5))
    low, high = drawn.bounds_mm()
    middle = np.floor(grid.index_from_world((low + high) / 2) + 0.5).astype(int)
    grown = expanded(drawn, margin, grid, "grown", Role.PTV).occupancy(grid)
    smaller = shrunk(drawn, Margin(4, 1, 2, 3, 2, 1), grid, "smaller", Role.PTV).occupancy(grid)
    reach = {"grown": margin.reach_mm * [-1, 1], "smaller": np.array([[1, -4], [2, -3], [1, -2]])}
    for name, occupancy in (("grown", grown), ("smaller", smaller)):
        for axis in range(3):
            place = [slice(m, m + 1) for m in middle]
            place[axis] = slice(None)
            line = occupancy[tuple(place)].ravel()
            centres = grid.world_from_index(np.eye(3)[axis] * np.arange(60)[:, None] + middle * (1 - np.eye(3)[axis]))
            half = (low + high)[axis] / 2
            up = centres[:, axis] > half
            # filled length on either side of a cut through the middle of the box, less the cut voxel's two parts
            assert line[up].sum() + line[~up].sum() == pytest.approx(
                (high - low)[axis] + reach[name][axis] @ [-1, 1], abs=0.1
            )
            assert (line @ (centres[:, axis] - half)) / line.sum() == pytest.approx(
                reach[name][axis].sum() / 2, abs=0.1
            )


def bean_ring(z_mm, angle, share=1.0):
    """Outline of a concave, twisted and tapering shape at one height (or a share of the way to it), LPS mm."""
    radius = share * (9 - 0.02 * z_mm**2) * (1 + 0.35 * np.cos(2 * angle + 0.1 * z_mm))
    return np.stack([radius * np.cos(angle) + 0.02 * z_mm**2, radius * np.sin(angle) - 0.3 * z_mm, z_mm], axis=-1)


def bean_distance(points_mm):
    """Signed distance to the bean, negative inside, from a cloud of points on its surface 0.2 mm apart."""
    angle, z = np.meshgrid(np.linspace(0, 2 * np.pi, 360, endpoint=False), np.linspace(-12.5, 12.5, 126))
    turn, share = np.meshgrid(angle[0], np.linspace(0, 1, 50))
    ends = [bean_ring(np.full(turn.shape, end), turn, share).reshape(-1, 3) for end in (-12.5, 12.5)]
    distance, _ = cKDTree(np.concatenate([bean_ring(z, angle).reshape(-1, 3), *ends])).query(points_mm, workers=2)
    x, y, z = np.moveaxis(points_mm, -1, 0)
    x, y = x - 0.02 * z**2, y + 0.3 * z
    limit = (9 - 0.02 * z**2) * (1 + 0.35 * np.cos(2 * np.arctan2(y, x) + 0.1 * z))
    return np.where((np.hypot(x, y) <= limit) & (np.abs(z) <= 12.5), -distance, distance)


@pytest.fixture(scope="module")
def fine_bean():
    fine = Grid.centred((56, 56, 56), (1.0, 1.0, 1.0))
    return fine, bean_distance(fine.voxel_centres_mm())


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 2.0), (2.0, 2.0, 2.0)])
def test_agrees_with_distances_to_a_cloud_of_surface_points(spacing_mm, fine_bean):
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    contours = tuple(bean_ring(np.full(240, z), angle) for z in np.arange(-12, 12.1, 1.0))
    drawn = Structure("bean", Role.GTV, contours=contours)
    grid = Grid.centred((56 / np.array(spacing_mm)).astype(int), spacing_mm)
    fine, distance = fine_bean
    assert fine.matches(grid.with_spacing(1.0))
    for distance_mm in (4.0, 7.5, -3.0):
        move = expanded if distance_mm > 0 else shrunk
        moved = move(drawn, Margin.uniform(abs(distance_mm)), grid, "moved", Role.PTV)
        truth = np.clip(0.5 - (distance - distance_mm) / fine.spacing_mm.mean(), 0.0, 1.0)
        parts = np.array(fine.shape) // grid.shape
        truth = truth.reshape(np.ravel(np.column_stack([grid.shape, parts]))).mean(axis=(1, 3, 5))
        ours = moved.occupancy(grid)
        # a shell of a tenth of the mean voxel width
        shell = 0.1 * np.mean(spacing_mm) * np.count_nonzero(np.abs(distance - distance_mm) < 0.5) / parts.prod()
        assert abs(ours.sum() - truth.sum()) < shell
        assert np.abs(ours - truth).sum() < 2 * shell


def test_mask_on_the_grid_moves_like_its_contours():
    drawn = sphere(15, 1)
    grid = Grid.centred((50, 50, 50), (1, 1, 1))
    as_mask = Structure.from_mask("mask", Role.GTV, drawn.occupancy(grid), grid)
    grown = expanded(as_mask, Margin.uniform(5), grid, "grown", Role.PTV)
    assert radius_mm(grown) == pytest.approx(20, abs=0.05)


def test_grid_may_be_turned_or_oblique():
    drawn = sphere(12, 1)
    margin = Margin(left_mm=8, right_mm=2, anterior_mm=3, posterior_mm=6, superior_mm=5, inferior_mm=5)
    upright = Grid.centred((50, 50, 50), (1, 1, 1))
    truth = expanded(drawn, margin, upright, "grown", Role.PTV)
    flipped = np.array([[0, 0, 1, -24.5], [-1, 0, 0, 24.5], [0, -1, 0, 24.5], [0, 0, 0, 1.0]])
    turned = expanded(drawn, margin, Grid((50, 50, 50), flipped), "grown", Role.PTV)
    np.testing.assert_allclose(turned.occupancy(upright), truth.occupancy(upright), atol=1e-6)
    c, s = np.cos(0.3), np.sin(0.3)
    rotation = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    affine = np.eye(4)
    affine[:3, :3] = rotation
    affine[:3, 3] = rotation @ [-29.5, -29.5, -29.5]
    oblique = expanded(drawn, margin, Grid((60, 60, 60), affine), "grown", Role.PTV)
    assert oblique.volume_ml() == pytest.approx(truth.volume_ml(), rel=0.01)
    a, b = oblique.voxels(upright), truth.voxels(upright)
    assert 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b)) > 0.985
    equal = expanded(drawn, Margin.uniform(5), Grid((60, 60, 60), affine), "grown", Role.PTV)
    assert radius_mm(equal) == pytest.approx(17, abs=0.06)


GRID = Grid.centred((36, 36, 18), (1, 1, 2))
DISTANCES = st.floats(0.2, 5.0)


@settings(max_examples=8)
@given(small=DISTANCES, more=DISTANCES, radius=st.floats(3.0, 8.0))
def test_a_larger_margin_gives_more(small, more, radius):
    drawn = sphere(radius, 2)
    before = drawn.occupancy(GRID)
    grown = expanded(drawn, Margin.uniform(small), GRID, "a", Role.PTV).occupancy(GRID)
    further = expanded(drawn, Margin.uniform(small + more), GRID, "b", Role.PTV).occupancy(GRID)
    assert np.all(grown >= before - 1e-6)
    # two margins may be computed on voxels divided differently: a tenth of a voxel
    assert np.all(further >= grown - 0.15)
    assert further.sum() >= grown.sum() - 1e-6 or more < 0.2
    smaller = shrunk(drawn, Margin.uniform(small), GRID, "c", Role.PTV).occupancy(GRID)
    assert np.all(smaller <= before + 1e-6)


@settings(max_examples=6)
@given(distance_mm=st.floats(0.5, 6.0), radius=st.floats(4.0, 8.0))
def test_growing_then_shrinking_gives_the_structure_back(distance_mm, radius):
    drawn = sphere(radius, 2)
    # an outermost ring of a few tenths of a millimetre makes a spike, not a sphere
    assume(min(np.ptp(ring[:, 0]) for ring in drawn.contours) > 2.0)
    grown = expanded(drawn, Margin.uniform(distance_mm), GRID, "grown", Role.PTV)
    back = shrunk(grown, Margin.uniform(distance_mm), GRID, "back", Role.GTV)
    # a sphere is its own closing; the mask in between knows its surface to a tenth of a voxel
    assert radius_mm(back) == pytest.approx(radius_mm(drawn), abs=0.2)
    inner = shrunk(drawn, Margin.uniform(0.75), GRID, "half a voxel less", Role.GTV)
    assert np.all(back.occupancy(GRID) >= inner.occupancy(GRID) - 0.1)


@settings(max_examples=6)
@given(reach=st.lists(st.floats(0.0, 5.0), min_size=6, max_size=6))
def test_six_margins_lie_between_the_least_and_the_greatest(reach):
    drawn = sphere(6, 2)
    grown = expanded(drawn, Margin(*reach), GRID, "six", Role.PTV).volume_ml()
    least = expanded(drawn, Margin.uniform(min(reach)), GRID, "least", Role.PTV).volume_ml()
    greatest = expanded(drawn, Margin.uniform(max(reach)), GRID, "greatest", Role.PTV).volume_ml()
    assert 0.97 * least <= grown <= 1.03 * greatest


def test_no_margin_changes_nothing():
    drawn = sphere(8, 2)
    same = expanded(drawn, Margin.uniform(0), GRID, "same", Role.PTV)
    np.testing.assert_allclose(same.occupancy(GRID), drawn.occupancy(GRID), atol=1e-6)


def test_what_shrinks_away_is_empty():
    assert shrunk(sphere(4, 2), Margin.uniform(6), GRID, "gone", Role.GTV).is_empty


def test_structures_that_leave_the_grid_are_cut_there():
    half = Grid.axis_aligned((20, 40, 20), (1, 1, 2), (0.5, -19.5, -19.0))
    grown = expanded(sphere(8, 1, (0, 0, 0)), Margin.uniform(4), half, "half", Role.PTV)
    assert grown.volume_ml() == pytest.approx(2 / 3 * np.pi * 12**3 / 1000, rel=0.01)


def test_end_caps_are_kept():
    flat = Structure("flat", Role.GTV, contours=cuboid((20, 16, 12), 2).contours, end_cap_mm=0.0)
    grid = Grid.centred((60, 60, 60), (1, 1, 1))
    grown = expanded(flat, Margin.uniform(4), grid, "grown", Role.PTV)
    assert grown.volume_ml() == pytest.approx(grown_cuboid_ml((20, 16, 10), Margin.uniform(4)), rel=0.01)


def test_errors_name_the_structure_and_the_remedy():
    empty = Structure("nothing", Role.GTV)
    with pytest.raises(ImpastoError, match="nothing: it is empty; leave it out or draw it"):
        expanded(empty, Margin.uniform(3), GRID, "x", Role.PTV)
    far = sphere(5, 1, (200, 0, 0))
    with pytest.raises(ImpastoError, match="sphere: it lies outside the grid"):
        expanded(far, Margin.uniform(3), GRID, "x", Role.PTV)
    with pytest.raises(ImpastoError, match="left_mm is -3; give 0 to 200 mm; to shrink use shrunk"):
        Margin.uniform(-3)
