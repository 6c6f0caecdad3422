"""Target volumes of guidelines on balls of known size, and the conditions of a trial."""

import numpy as np
import pytest

from impasto.core import Grid, ImpastoError, Role, Structure
from impasto.target.clinical import (
    TARGET_DEFINITIONS,
    GrossVolume,
    Surroundings,
    clinical_volumes,
    judged,
    planning_volumes,
    smallest_distance_mm,
)

GRID = Grid.centred((44, 44, 40), (3, 3, 3))
POINTS = GRID.voxel_centres_mm()
ANYWHERE = Surroundings()


def ball(name, centre_mm, radius_mm, grid=GRID):
    distance = np.linalg.norm(grid.voxel_centres_mm() - centre_mm, axis=-1)
    share = np.clip(0.5 + (radius_mm - distance) / grid.spacing_mm.mean(), 0, 1)
    return Structure.from_mask(name, Role.GTV, share, grid)


def radius_mm(structure):
    return (structure.volume_ml() * 1000 * 3 / 4 / np.pi) ** (1 / 3)


ENHANCEMENT = ball("CEL", (0, 0, 0), 12.0)
GROSS = {GrossVolume.ENHANCEMENT: ENHANCEMENT, GrossVolume.T2_LESION: ball("T2L", (0, 0, 0), 20.0)}


@pytest.mark.parametrize(
    ("name", "gross", "radii"),
    [
        ("RTOG", GROSS, (40.0, 32.0)),
        ("RTOG", {GrossVolume.ENHANCEMENT: ENHANCEMENT}, (37.0, 32.0)),
        ("EORTC", GROSS, (27.0,)),
        ("ESTRO-EANO 2023", GROSS, (27.0,)),
        ("SPECTRO GLIO", GROSS | {GrossVolume.METABOLIC: ball("CNR2", (0, 0, 0), 14.0)}, (32.0, 24.0)),
    ],
)
def test_margins_are_those_of_the_definition(name, gross, radii):
    definition = TARGET_DEFINITIONS[name]
    clinical = clinical_volumes(definition, gross, ANYWHERE, GRID)
    assert [one.role for one in clinical] == [Role.CTV] * len(radii)
    assert [radius_mm(one) for one in clinical] == pytest.approx(radii, abs=0.15)
    planning = planning_volumes(definition, clinical[-1:] if len(radii) == 1 else clinical, None, GRID)
    margins = [volume.planning_margin_mm for volume in definition.volumes]
    assert [radius_mm(one) for one in planning] == pytest.approx(np.add(radii, margins), abs=0.3)


def test_spectro_glio_is_extended_to_flair_and_holds_the_bed():
    flair = ball("T2L", (22, 0, 0), 20.0)
    bed = ball("Cavity", (0, 0, 0), 6.0)
    metabolic = ball("CNR2", (0, 24, 0), 5.0)
    gross = {GrossVolume.CAVITY: bed, GrossVolume.T2_LESION: flair, GrossVolume.METABOLIC: metabolic}
    first, second = clinical_volumes(TARGET_DEFINITIONS["SPECTRO GLIO"], gross, ANYWHERE, GRID)
    expected = np.maximum(ball("", (0, 0, 0), 26.0).occupancy(GRID), flair.occupancy(GRID))
    assert np.abs(first.occupancy(GRID) - expected).mean() < 2e-3
    expected = np.maximum(ball("", (0, 24, 0), 15.0).occupancy(GRID), bed.occupancy(GRID))
    assert np.abs(second.occupancy(GRID) - expected).mean() < 2e-3
    # a patient without metabolic abnormality is boosted to the bed alone
    del gross[GrossVolume.METABOLIC]
    _, second = clinical_volumes(TARGET_DEFINITIONS["SPECTRO GLIO"], gross, ANYWHERE, GRID)
    np.testing.assert_allclose(second.occupancy(GRID), bed.occupancy(GRID), atol=1e-6)


def test_straight_margins_reach_behind_a_falx_and_margins_around_it_do_not():
    sheet = Structure.from_mask("Falx", Role.OTHER, (np.abs(POINTS[..., 0] - 16.5) < 2) & (POINTS[..., 2] > -24), GRID)
    brain = Structure.from_mask("Brain", Role.ORGAN, np.linalg.norm(POINTS, axis=-1) < 56, GRID)
    definition = TARGET_DEFINITIONS["ESTRO-EANO 2023"].with_margins({"CTV60": 22.0})
    made = {}
    for goes_around in (True, False):
        around = Surroundings(brain, (sheet,), goes_around)
        made[goes_around] = clinical_volumes(definition, GROSS, around, GRID)[0].occupancy(GRID)
    behind = (POINTS[..., 0] > 20) & (POINTS[..., 2] > 0)
    assert not (made[True][behind] > 0.5).any()
    assert (made[False][behind] > 0.5).sum() > 100
    for occupancy in made.values():
        assert np.all(occupancy <= 1.0 - sheet.occupancy(GRID) + 1e-6)
        assert np.all(occupancy >= ENHANCEMENT.occupancy(GRID) - 1e-6)
    assert np.all(made[True] <= made[False] + 0.1)


def test_margins_can_be_replaced_by_name():
    changed = TARGET_DEFINITIONS["SPECTRO GLIO"].with_margins({"CTV2": 5.0, "PTV1": 4.0})
    assert [part.margin_mm for part in changed.volumes[1].parts] == [5.0, 0.0]
    assert [volume.planning_margin_mm for volume in changed.volumes] == [4.0, 3.0]
    with pytest.raises(ImpastoError, match="CTV3: SPECTRO GLIO defines no such volume; choose one of: CTV1, PTV1"):
        changed.with_margins({"CTV3": 5.0})
    with pytest.raises(ImpastoError, match="CTV60: the patient has none of: enhancement, cavity"):
        clinical_volumes(TARGET_DEFINITIONS["EORTC"], {}, ANYWHERE, GRID)


def test_conditions_of_the_trial_have_value_and_limit():
    fine = Grid.centred((100, 100, 60), (1, 1, 1))
    tumour, chiasm = ball("CEL", (-20, 10, 0), 14.0, fine), ball("Chiasm", (20, -5, 0), 3.0, fine)
    gross = {GrossVolume.ENHANCEMENT: tumour, GrossVolume.METABOLIC: ball("CNR2", (0, -5, 0), 4.0, fine)}
    size, bed, metabolic, parts = judged(TARGET_DEFINITIONS["SPECTRO GLIO"], gross, chiasm, fine)
    apart = np.hypot(40, 15) - 17.0
    assert size.value == pytest.approx(28.0, abs=1.5)
    assert (size.limit, size.is_met, size.unit) == ("<= 50", True, "mm")
    assert bed.value == pytest.approx(apart, abs=0.5)
    assert (bed.limit, bed.is_met) == (">= 20", True)
    assert metabolic.value == pytest.approx(13.0, abs=0.5)
    assert metabolic.is_met is False
    assert (parts.value, parts.is_met) == (1.0, True)
    assert "Laprie 2024" in size.source
    unknown = judged(TARGET_DEFINITIONS["SPECTRO GLIO"], {GrossVolume.ENHANCEMENT: tumour}, None, fine)
    assert [check.is_met for check in unknown] == [True, None, None, True]
    assert "no chiasm was drawn" in unknown[1].source
    assert "the patient has no metabolic" in unknown[2].source


def test_two_foci_and_a_tumour_of_six_centimetres_are_told():
    one, other = ball("a", (-25, 0, 0), 12.0), ball("b", (25, 0, 0), 12.0)
    both = Structure.from_mask("CEL", Role.GTV, one.occupancy(GRID) + other.occupancy(GRID), GRID)
    size, *_, parts = judged(TARGET_DEFINITIONS["SPECTRO GLIO"], {GrossVolume.ENHANCEMENT: both}, None, GRID)
    # the diameter is that of the larger focus, not the distance across both
    assert size.value == pytest.approx(24.0, abs=2.5)
    assert (parts.value, parts.is_met) == (2.0, False)
    large = {GrossVolume.CAVITY: ball("Cavity", (0, 0, 0), 30.0)}
    assert judged(TARGET_DEFINITIONS["SPECTRO GLIO"], large, None, GRID)[0].is_met is False


def test_distance_between_what_overlaps_is_none():
    assert smallest_distance_mm(ENHANCEMENT, GROSS[GrossVolume.T2_LESION], GRID) == 0.0
