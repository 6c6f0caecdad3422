"""Painting of zones: every voxel its zone's level or more, falling over the border and no farther."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import Grid, ImpastoError, Role, Structure, StructureSet
from impasto.prescribe import PrescriptionSettings, by_zones, softened_levels_gy

GRID = Grid.centred((32, 20, 20), (1.0, 1.0, 1.0))
COURSE = PrescriptionSettings("18 / 15 Gy", 1)
X = GRID.voxel_centres_mm()[..., 0]
INSIDE = np.linalg.norm(GRID.voxel_centres_mm() * (0.6, 1.0, 1.0), axis=-1) < 8.0


def structure(name, mask):
    return Structure.from_mask(name, Role.GTV, mask, GRID)


ZONES = [(structure("passive", INSIDE & (X >= 0.0)), 15.0), (structure("aggressive", INSIDE & (X < 0.0)), 18.0)]


def test_level_falls_linearly_from_a_plane_border():
    found = by_zones(ZONES, GRID, COURSE, border_mm=4.0)
    along = found.dose_map(StructureSet(tuple(zone for zone, _ in ZONES)), GRID)[:, 10, 10]
    inside = INSIDE[:, 10, 10]
    beyond = X[:, 10, 10]
    expected = np.where(beyond < 0.0, 18.0, 15.0 + 3.0 * np.clip(1.0 - beyond / 4.0, 0.0, 1.0))
    np.testing.assert_allclose(along[inside], expected[inside], atol=1e-5)
    assert [goal.structure for goal in found.goals] == ["aggressive", "passive"]
    assert "over 4 mm" in found.method


def test_without_border_each_zone_has_its_level_alone():
    found = by_zones(ZONES, GRID, COURSE, border_mm=0.0)
    wanted = found.dose_map(StructureSet(tuple(zone for zone, _ in ZONES)), GRID)
    assert set(np.unique(wanted)) == {0.0, 15.0, 18.0}
    assert "sharp" in found.method


def test_levels_do_not_fade_at_the_surface():
    """Off the voxels of the map, at the very surface of the target, the level is still that of its zone."""
    found = by_zones(ZONES, GRID, COURSE)
    shifted = Grid.centred((32, 20, 20), (1.0, 1.0, 1.0), (0.4, 0.3, -0.2))
    level = found.goals[0].lower_on(shifted)
    partly = np.max([zone.occupancy(shifted) for zone, _ in ZONES], axis=0) > 0.05
    assert level[partly].min() >= 15.0 - 1e-4
    assert level.max() <= 18.0 + 1e-4


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.floats(0.5, 6.0))
def test_softening_raises_within_the_border_only(seed, border_mm):
    random = np.random.default_rng(seed)
    zone = random.integers(-1, 3, size=(7, 6, 5))
    if (zone < 0).all():
        zone[0, 0, 0] = 0
    doses = np.array([18.0, 16.5, 15.0])
    spacing = (1.0, 1.2, 2.0)
    level = softened_levels_gy(zone, doses, border_mm, spacing)
    inside = zone >= 0
    own = doses[np.maximum(zone, 0)]
    assert (level[inside] >= own[inside] - 1e-9).all()
    assert level.max() <= doses[np.unique(zone[inside])].max() + 1e-9
    centres = np.argwhere(np.ones(zone.shape, dtype=bool)) * spacing
    hotter = [place for place in range(3) if (zone == place).any()]
    for voxel, dose, mine in zip(centres, level.ravel(), np.where(inside, own, np.nan).ravel(), strict=True):
        if np.isnan(mine) or dose <= mine + 1e-9:
            continue
        near = [
            place
            for place in hotter
            if doses[place] > mine
            and np.linalg.norm(centres[(zone == place).ravel()] - voxel, axis=1).min() < border_mm + 0.5
        ]
        assert near
        assert dose <= max(doses[place] for place in near) + 1e-9


def test_refusals():
    with pytest.raises(ImpastoError, match="no zone"):
        by_zones([], GRID, COURSE)
    with pytest.raises(ImpastoError, match="softened over -1"):
        by_zones(ZONES, GRID, COURSE, border_mm=-1.0)
    with pytest.raises(ImpastoError, match="smaller voxels"):
        by_zones(ZONES, GRID.with_spacing(3.0), COURSE, border_mm=2.0)
    with pytest.raises(ImpastoError, match="nothing: it fills no voxel"):
        by_zones([*ZONES, (structure("nothing", np.zeros(GRID.shape)), 16.0)], GRID, COURSE)
