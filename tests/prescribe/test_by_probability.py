"""Painting by the probability of zones."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Structure
from impasto.prescribe import PrescriptionSettings, by_probability, expected_level_gy

_GRID = Grid.centred((10, 10, 10), (2.0, 2.0, 2.0))
_SETTINGS = PrescriptionSettings("zones", 1, maximum_gy=20.0)
_DOSES = {"aggressive": 18.0, "penumbra": 16.5, "passive": 15.0}


def _structure(name: str, half_mm: float) -> Structure:
    return Structure.from_mask(name, Role.GTV, np.abs(_GRID.voxel_centres_mm()).max(axis=-1) < half_mm, _GRID)


def _images(shares: dict[str, float]) -> dict[str, Image]:
    inside = _structure("CEL", 6.0).voxels(_GRID)
    return {name: Image(share * inside, _GRID, f"probability of {name}", "1") for name, share in shares.items()}


def test_the_expected_level_is_that_with_least_squared_error() -> None:
    rng = np.random.default_rng(0)
    shares, levels = np.array([0.5, 0.3, 0.2]), np.array(list(_DOSES.values()))
    meant = rng.choice(levels, 20_000, p=shares)
    tried = np.linspace(15.0, 18.0, 3001)
    squared = ((meant[:, None] - tried[None, ::30]) ** 2).mean(axis=0)
    expected = expected_level_gy(shares[:, None], levels, 0.0)[0]
    assert expected == pytest.approx(tried[::30][np.argmin(squared)], abs=0.04)


@pytest.mark.parametrize(
    ("shares", "level_gy"), [((1.0, 0.0, 0.0), 18.0), ((0.0, 1.0, 0.0), 16.5), ((0.5, 0.0, 0.5), 16.5)]
)
def test_levels_inside_and_beyond_the_painted_structure(shares: tuple[float, ...], level_gy: float) -> None:
    images = _images(dict(zip(_DOSES, shares, strict=True)))
    painted, target = _structure("CEL", 6.0), _structure("PTV", 9.0)
    # the planning grid lies half a voxel beside that of the probabilities: none is lost at the edge
    grid = Grid.centred((11, 11, 11), (2.0, 2.0, 2.0))
    found = by_probability(images, _DOSES, painted, target, grid, _SETTINGS, otherwise_gy=14.0)
    level = found.goals[0].lower_on(grid)
    inside = painted.voxels(grid)
    assert level[inside] == pytest.approx(level_gy, abs=1e-4)
    assert level[~inside] == pytest.approx(14.0)
    assert "expected level of aggressive 18 Gy" in found.method


def test_what_belongs_to_no_zone_gets_the_other_level() -> None:
    found = by_probability(
        _images({"CNR2": 0.25}), {"CNR2": 72.0}, *2 * (_structure("CEL", 6.0),), _GRID, _tall(), otherwise_gy=60.0
    )
    assert found.goals[0].lower_on(_GRID)[5, 5, 5] == pytest.approx(63.0)


def _tall() -> PrescriptionSettings:
    return PrescriptionSettings("boost", 30, maximum_gy=80.0)


def test_mistakes_are_told() -> None:
    cel = _structure("CEL", 6.0)
    with pytest.raises(ImpastoError, match="give one level for each zone"):
        by_probability(_images({"aggressive": 1.0}), _DOSES, cel, cel, _GRID, _SETTINGS, 15.0)
    with pytest.raises(ImpastoError, match="above 1 in sum"):
        by_probability(_images(dict.fromkeys(_DOSES, 0.5)), _DOSES, cel, cel, _GRID, _SETTINGS, 15.0)
