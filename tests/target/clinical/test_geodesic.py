"""Ways around barriers against closed forms, the Euclidean expansion, and what no expansion may do."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from impasto.core import Grid, ImpastoError, Role, Structure
from impasto.target import Margin, expanded
from impasto.target.clinical import geodesic_expanded, geodesic_lengths_mm

CENTRE, RADIUS = np.array([0.3, -0.2, 0.4]), 5.0


def ball(grid, centre=CENTRE, radius=RADIUS):
    distance = np.linalg.norm(grid.voxel_centres_mm() - centre, axis=-1)
    return Structure.from_mask(
        "ball", Role.GTV, np.clip(0.5 + (radius - distance) / grid.spacing_mm.mean(), 0, 1), grid
    )


def slab(grid, low, high, top=1e3):
    """Barrier between two planes across x, open above a height z and wider than the grid; exact shares of voxels."""
    grid = grid.cropped([-12] * 3, [n + 12 for n in grid.shape])
    x, _, z = np.moveaxis(grid.voxel_centres_mm(), -1, 0)
    across, _, up = grid.spacing_mm
    share = np.clip((np.minimum(x + across / 2, high) - np.maximum(x - across / 2, low)) / across, 0, 1)
    return Structure.from_mask("slab", Role.OTHER, share * np.clip((top - z) / up + 0.5, 0, 1), grid)


def dice(one, other, grid):
    a, b = one.voxels(grid), other.voxels(grid)
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (1.25, 1.25, 2.0)])
def test_is_the_euclidean_expansion_where_no_barrier_is(spacing_mm):
    grid = Grid.centred((40 / np.array(spacing_mm)).astype(int), spacing_mm)
    drawn = ball(grid)
    plain = expanded(drawn, Margin.uniform(8.0), grid, "plain", Role.CTV)
    around = geodesic_expanded(drawn, 8.0, [], None, grid, "around", Role.CTV)
    np.testing.assert_allclose(around.occupancy(grid), plain.occupancy(grid), atol=1e-5)
    # a barrier that the margin does not reach changes nothing but slopes taken across its border
    behind = geodesic_expanded(drawn, 8.0, [slab(grid, 14.0, 17.0)], None, grid, "around", Role.CTV)
    np.testing.assert_allclose(behind.occupancy(grid), plain.occupancy(grid), atol=0.02)
    assert dice(behind, plain, grid) == 1.0


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (1.25, 1.25, 1.0), (2.0, 2.0, 2.0)])
def test_way_over_a_wall_has_the_length_of_the_taut_string(spacing_mm):
    """Unfolded about the wall's two upper edges the way is a straight line."""
    grid = Grid.centred((np.array([44, 30, 36]) / spacing_mm).astype(int), spacing_mm, (8, 0, 5))
    low, high, top = 11.0, 14.0, 9.0
    found = geodesic_lengths_mm(ball(grid), [slab(grid, low, high, top)], None, grid, 30.0)
    x, y, z = np.moveaxis(grid.voxel_centres_mm(), -1, 0)
    to_first = np.hypot(low - CENTRE[0], top - CENTRE[2])
    over = to_first + (high - low) + np.hypot(x - high, z - top)
    truth = np.hypot(over, y - CENTRE[1]) - RADIUS
    shadow = (x > high + 1) & (z < top - 1) & (truth < 28.0)
    error = found[shadow] - truth[shadow]
    assert np.count_nonzero(shadow) > 300
    assert np.isfinite(error).all()
    # voxels round the two edges off by a third of their width each: ways are too short by that, never too long
    widest = max(spacing_mm)
    assert abs(error.mean()) < 0.4 * widest
    assert error.min() > -0.75 * widest
    assert error.max() < 0.15 * widest


def test_way_around_a_pillar_follows_its_side():
    """Tangent, arc, tangent; a smooth barrier is as sharp as its voxels allow."""
    grid = Grid.centred((60, 44, 20), (1, 1, 1), (9, 0, 0))
    x, y, z = np.moveaxis(grid.voxel_centres_mm(), -1, 0)
    axis, pillar = 14.0, 6.0
    standing = np.clip(pillar - np.hypot(x - axis, y) + 0.5, 0, 1)
    barrier = Structure.from_mask("pillar", Role.OTHER, standing, grid)
    found = geodesic_lengths_mm(ball(grid, (0, 0, 0)), [barrier], None, grid, 34.0)
    away, angle = np.hypot(x - axis, y), np.arctan2(np.abs(y), -(x - axis))
    with np.errstate(invalid="ignore"):
        turned = angle - np.arccos(pillar / axis) - np.arccos(pillar / away)
        along = np.sqrt(axis**2 - pillar**2) + pillar * turned + np.sqrt(away**2 - pillar**2)
    truth = np.hypot(along, z) - RADIUS
    shadow = (turned > 0.1) & (away > pillar + 1.0) & (truth < 30.0)
    error = found[shadow] - truth[shadow]
    assert np.count_nonzero(shadow) > 1000
    assert abs(error.mean()) < 0.1
    assert np.abs(error).max() < 0.35


def test_never_crosses_a_closed_wall():
    grid = Grid.centred((40, 30, 30), (1.1, 0.9, 1.0))
    wall = slab(grid, 8.0, 10.0)
    grown = geodesic_expanded(ball(grid), 15.0, [wall], None, grid, "grown", Role.CTV)
    x = grid.voxel_centres_mm()[..., 0]
    assert grown.occupancy(grid)[x > 9.0].max() < 1e-6
    assert np.all(grown.occupancy(grid) <= 1.0 - wall.occupancy(grid) + 1e-6)
    # up to the wall it is as large as without
    plain = expanded(ball(grid), Margin.uniform(15.0), grid, "plain", Role.CTV)
    near = x < 7.0
    np.testing.assert_allclose(grown.occupancy(grid)[near], plain.occupancy(grid)[near], atol=1e-5)


def test_stays_within_the_brain_and_takes_no_short_cut_outside():
    """Two lobes joined at the back only: the cleft between them is outside."""
    grid = Grid.centred((44, 44, 16), (1, 1, 1))
    x, y, _ = np.moveaxis(grid.voxel_centres_mm(), -1, 0)
    brain = Structure.from_mask("Brain", Role.ORGAN, (np.abs(x) > 3.0) | (y > 12.0), grid)
    grown = geodesic_expanded(ball(grid, (-10, -4, 0), 4.0), 20.0, [], brain, grid, "grown", Role.CTV)
    other_side = (x > 4.0) & (y < 10.0)
    assert not grown.voxels(grid)[other_side].any()
    assert (
        expanded(ball(grid, (-10, -4, 0), 4.0), Margin.uniform(20.0), grid, "plain", Role.CTV)
        .voxels(grid)[other_side]
        .any()
    )


def test_what_the_structure_fills_is_no_barrier_to_it():
    grid = Grid.centred((36, 30, 30), (1, 1, 1))
    wall = slab(grid, -1.0, 1.0)
    grown = geodesic_expanded(ball(grid), 6.0, [wall], None, grid, "grown", Role.CTV)
    plain = expanded(ball(grid), Margin.uniform(6.0), grid, "plain", Role.CTV)
    x = grid.voxel_centres_mm()[..., 0]
    beside = np.abs(x) > 2.0
    # the ball stands on both sides: both grow, but for what the wall itself takes
    a, b = grown.occupancy(grid)[beside], plain.occupancy(grid)[beside]
    assert a.sum() > 0.95 * b.sum()
    assert np.all(a <= b + 0.02)


SMALL = Grid.centred((24, 20, 12), (1.5, 1.5, 2.0))


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(margin=st.floats(2.0, 8.0), more=st.floats(0.5, 4.0), seed=st.integers(0, 2**16), side=st.floats(5.5, 8.0))
def test_grows_with_the_margin_and_stays_below_the_euclidean_expansion(margin, more, seed, side):
    rng = np.random.default_rng(seed)
    drawn = ball(SMALL, rng.uniform(-3, 3, 3), 4.0)
    barriers = [slab(SMALL, side, side + 4.0, rng.uniform(-4, 8)), slab(SMALL, -side - 4.0, -side, rng.uniform(-4, 8))]
    less = geodesic_expanded(drawn, margin, barriers[:1], None, SMALL, "less", Role.CTV).occupancy(SMALL)
    wider = geodesic_expanded(drawn, margin + more, barriers[:1], None, SMALL, "wider", Role.CTV).occupancy(SMALL)
    hemmed = geodesic_expanded(drawn, margin, barriers, None, SMALL, "hemmed", Role.CTV).occupancy(SMALL)
    plain = expanded(drawn, Margin.uniform(margin), SMALL, "plain", Role.CTV).occupancy(SMALL)
    own, wall = drawn.occupancy(SMALL), barriers[0].occupancy(SMALL)
    assert np.all(less >= own - 1e-6)
    # two margins may be computed on voxels divided differently: a tenth of a voxel
    assert np.all(wider >= less - 0.15)
    # slopes across a barrier's border are one-sided: a tenth of a voxel
    assert np.all(less <= plain + 0.1)
    # one more barrier never gives more
    assert np.all(hemmed <= less + 0.1)
    assert np.all(less <= np.maximum(1.0 - wall, own) + 0.1)


def test_errors_name_the_structure_and_the_remedy():
    grid = Grid.centred((30, 30, 30), (2, 2, 2))
    with pytest.raises(ImpastoError, match="slab: it is thinner than the working voxels of 2 x 2 x 2 mm"):
        geodesic_expanded(ball(grid), 12.0, [slab(grid, 8.6, 9.4)], None, grid, "grown", Role.CTV)
    with pytest.raises(ImpastoError, match="margin: -1 mm; give 0 to 200 mm"):
        geodesic_expanded(ball(grid), -1.0, [], None, grid, "grown", Role.CTV)
    with pytest.raises(ImpastoError, match="nothing: it is empty"):
        geodesic_expanded(Structure("nothing"), 3.0, [], None, grid, "grown", Role.CTV)
    same = geodesic_expanded(ball(grid), 0.0, [], None, grid, "same", Role.CTV)
    np.testing.assert_allclose(same.occupancy(grid), ball(grid).occupancy(grid), atol=1e-6)
