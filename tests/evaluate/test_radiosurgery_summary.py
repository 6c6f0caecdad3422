"""Figures of a radiosurgery plan on a dose that falls linearly from a centre: every volume is known."""

import json

import numpy as np
import pytest

from impasto.core import Dose, DoseGoal, Grid, Image, ImpastoError, Prescription, Role, Structure, StructureSet
from impasto.evaluate import RadiosurgeryQuestion, RadiosurgerySummary, summarise_radiosurgery

GRID = Grid.centred((61, 61, 61), (1.5, 1.5, 1.5))
DISTANCE = np.linalg.norm(GRID.voxel_centres_mm(), axis=-1)
# 36 Gy in the middle, 1 Gy less each mm
DOSE = Dose(Image(np.maximum(36.0 - DISTANCE, 0.0).astype(np.float32), GRID, "dose", "Gy"), 1, label="painted")
BALL_ML = 4.0 / 3.0 * np.pi / 1000.0


def ball(name, role, radius_mm, inner_mm=0.0):
    share = np.clip(0.5 + (radius_mm - DISTANCE) / 1.5, 0, 1) - (
        np.clip(0.5 + (inner_mm - DISTANCE) / 1.5, 0, 1) if inner_mm else 0.0
    )
    return Structure.from_mask(name, role, share, GRID)


STRUCTURES = StructureSet(
    (
        ball("EXTERNAL", Role.EXTERNAL, 44.0),
        ball("Brain", Role.ORGAN, 40.0),
        ball("Tumour", Role.GTV, 20.0),
        ball("aggressive", Role.GTV, 12.0),
        ball("passive", Role.GTV, 20.0, 12.0),
    )
)
PAINTED = Prescription("painted", 1, (DoseGoal("aggressive", 18.0), DoseGoal("passive", 15.0)))


@pytest.fixture(scope="module")
def found():
    return summarise_radiosurgery(DOSE, PAINTED, STRUCTURES)


def test_volumes_and_energy_of_a_cone(found):
    assert found.high_ml == pytest.approx(BALL_ML * 24.0**3, rel=0.01)
    assert found.high_in_brain_ml == pytest.approx(found.high_ml, rel=0.01)
    assert found.high_outside_target_ml == pytest.approx(BALL_ML * (24.0**3 - 20.0**3), rel=0.02)
    # integral over a ball of radius r: 4 pi (36 r^3 / 3 - r^4 / 4) mm3 Gy, dose 0 beyond 36 mm
    integral = 4.0 * np.pi * (36.0 * 36.0**3 / 3.0 - 36.0**4 / 4.0)
    assert found.brain_j == pytest.approx(1.04e-6 * integral, rel=0.01)
    assert found.head_j == pytest.approx(found.brain_j, rel=0.01)
    assert found.brain_mean_gy == pytest.approx(integral / (4.0 / 3.0 * np.pi * 40.0**3), rel=0.01)
    target = 4.0 * np.pi * (36.0 * 20.0**3 / 3.0 - 20.0**4 / 4.0)
    assert found.brain_outside_target_j == pytest.approx(1.04e-6 * (integral - target), rel=0.015)
    for gray, volume_ml in found.volume_ml_at_gy:
        assert volume_ml == pytest.approx(BALL_ML * (36.0 - gray) ** 3, rel=0.02)


def test_conformity_is_that_of_the_reference_line(found):
    assert found.indices.isodose_gy == 15.0
    assert found.indices.paddick_conformity_index == pytest.approx((20.0 / 21.0) ** 3, rel=0.01)
    assert found.indices.gradient_index == pytest.approx((28.5 / 21.0) ** 3, rel=0.01)


def test_zones_are_held_against_the_painted_levels(found):
    aggressive, passive = found.zones
    assert aggressive.is_kept
    assert passive.is_kept
    # the mask's border is a voxel wide: its farthest parts lie up to half of one beyond the ball
    assert aggressive.d98_gy == pytest.approx(36.0 - 12.0 * 0.98 ** (1 / 3), abs=0.75)
    colder = summarise_radiosurgery(DOSE.scaled(0.7), PAINTED, STRUCTURES)
    assert not colder.zones[1].is_kept


def test_record_reads_back(found):
    assert RadiosurgerySummary.from_record(json.loads(json.dumps(found.to_record()))) == found


def test_a_dose_that_does_not_hold_the_brain_is_refused():
    part = Dose(DOSE.image.cropped((10, 10, 10), (50, 50, 50)), 1, label="painted")
    with pytest.raises(ImpastoError, match="painted: .* % of Brain lies outside"):
        summarise_radiosurgery(part, PAINTED, STRUCTURES)
    with pytest.raises(ImpastoError, match="Cerebrum"):
        summarise_radiosurgery(DOSE, PAINTED, STRUCTURES, RadiosurgeryQuestion(brain="Cerebrum"))
