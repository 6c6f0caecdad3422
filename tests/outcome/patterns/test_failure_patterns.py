"""Recurrences against a dose that falls off a plane, and against a box: shares known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Dose, Grid, Image, ImpastoError, Role, Structure
from impasto.outcome.patterns import (
    FailurePattern,
    PatternBounds,
    Relapse,
    covered_share,
    distance_bands,
    failure_pattern,
    relapse,
)

GRID = Grid.centred((60, 40, 40), (2.0, 2.0, 2.0))
X = GRID.voxel_centres_mm()[..., 0]
FALLING = Dose(Image(np.clip(57.0 - X, 0.0, 80.0), GRID, "dose", "Gy"), 30)
"""57 Gy at x = 0, 1 Gy less a millimetre to the left."""


def box(name: str, low: tuple[float, float, float], high: tuple[float, float, float]) -> Structure:
    grid = Grid.centred((120, 80, 80), (1.0, 1.0, 1.0))
    points = grid.voxel_centres_mm()
    return Structure.from_mask(name, Role.GTV, np.all((points > low) & (points < high), axis=-1), grid)


def recurrence(start_mm: float) -> Structure:
    """A box 20 mm wide across the isodose plane x = 0."""
    return box("recurrence", (start_mm, -10.0, -10.0), (start_mm + 20.0, 10.0, 10.0))


@pytest.mark.parametrize(
    ("start_mm", "share", "pattern"),
    [
        (-30.0, 1.0, FailurePattern.CENTRAL),
        (-18.0, 0.9, FailurePattern.IN_FIELD),
        (-10.0, 0.5, FailurePattern.MARGINAL),
        (-2.0, 0.1, FailurePattern.DISTANT),
        (10.0, 0.0, FailurePattern.DISTANT),
    ],
)
def test_pattern_follows_from_the_share_inside_the_isodose(
    start_mm: float, share: float, pattern: FailurePattern
) -> None:
    found = failure_pattern(recurrence(start_mm), FALLING, 57.0)
    assert found.covered_share == pytest.approx(share, abs=0.01)
    assert found.pattern is pattern
    assert found.volume_ml == pytest.approx(8.0)


def test_what_the_dose_grid_does_not_reach_received_nothing() -> None:
    beyond = Dose(FALLING.image.cropped((0, 0, 0), (30, 40, 20)), 30)
    assert covered_share(recurrence(-30.0), beyond, 57.0) == pytest.approx(0.5, abs=0.03)


def test_three_groups_have_no_central_one() -> None:
    bounds = PatternBounds(central=1.0)
    assert failure_pattern(recurrence(-19.0), FALLING, 57.0, bounds).pattern is FailurePattern.IN_FIELD


def test_a_patient_with_near_and_far_recurrences_failed_in_both() -> None:
    near, far = (failure_pattern(recurrence(start), FALLING, 57.0) for start in (-30.0, 30.0))
    assert relapse([near]) is Relapse.LOCAL
    assert relapse([far]) is Relapse.DISTANT
    assert relapse([near, far]) is Relapse.MIXED


def test_an_empty_recurrence_has_no_coverage() -> None:
    with pytest.raises(ImpastoError, match="undefined"):
        covered_share(Structure("none"), FALLING, 57.0)
    with pytest.raises(ImpastoError, match="no recurrence"):
        relapse([])


def test_bands_divide_a_recurrence_by_distance() -> None:
    lesion = box("T2L", (-40.0, -20.0, -20.0), (0.0, 20.0, 20.0))
    bands = distance_bands(box("recurrence", (-10.0, -10.0, -10.0), (40.0, 10.0, 10.0)), lesion, (0.0, 10.0, 20.0))
    assert [band.share for band in bands] == pytest.approx([0.2, 0.2, 0.2, 0.4], abs=0.021)
    assert sum(band.share for band in bands) == pytest.approx(1.0)


def test_bounds_and_edges_must_be_in_order() -> None:
    with pytest.raises(ImpastoError, match="largest first"):
        PatternBounds(central=0.5)
    with pytest.raises(ImpastoError, match="rising"):
        distance_bands(recurrence(0.0), recurrence(0.0), (10.0, 0.0))
