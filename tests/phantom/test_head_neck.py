"""Digital head-and-neck patients: adult organs, a tumour in the throat, and the changes that a course brings."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from impasto.core import Grid, ImpastoError
from impasto.maps.pet import standardised_uptake
from impasto.phantom import (
    FDG,
    HEAD_NECK_GRID,
    Anatomy,
    HeadNeckState,
    Tissue,
    ct_scan,
    head_neck_anatomy,
    head_neck_course,
    head_neck_glucose_uptake,
    head_neck_hypoxia_uptake,
    head_neck_oxygen_mmhg,
    pet_scan,
)

COARSE = HEAD_NECK_GRID.with_spacing((3.2, 3.2, 5.0))
RIGID = ("Mandible", "SpinalCord", "Brainstem")


@pytest.fixture(scope="module")
def course() -> tuple[HeadNeckState, ...]:
    return tuple(head_neck_course(COARSE, seed=1))


@pytest.fixture(scope="module")
def planned(course: tuple[HeadNeckState, ...]) -> Anatomy:
    return course[0].anatomy


def mask(anatomy: Anatomy, name: str) -> np.ndarray:
    image = anatomy.structures[name].mask
    assert image is not None
    return image.data


def centre_mm(anatomy: Anatomy, name: str) -> np.ndarray:
    return anatomy.grid.world_from_index(ndimage.center_of_mass(mask(anatomy, name)))


def test_shares_sum_to_one_before_and_during_treatment(course: tuple[HeadNeckState, ...]) -> None:
    for state in course:
        total = np.zeros(COARSE.shape)
        for share in state.anatomy.tissues.values():
            assert share.min() > -1e-6
            total += share
        np.testing.assert_allclose(total, 1.0, atol=1e-5)
        assert 0.0 <= state.anatomy.tumour_cells.min() <= state.anatomy.tumour_cells.max() <= 1.0


def test_a_seed_is_a_patient(planned: Anatomy) -> None:
    start = np.round(COARSE.index_from_world(centre_mm(planned, "GTVp"))).astype(int) - 8
    box = tuple(slice(int(n), int(n) + 16) for n in start)
    around = COARSE.cropped(start, start + 16)
    again, other = head_neck_anatomy(around, 1), head_neck_anatomy(around, 2)
    for tissue, share in again.tissues.items():
        np.testing.assert_allclose(share, planned.share(tissue)[box], atol=1e-4)
    assert np.abs(other.share(Tissue.TUMOUR) - again.share(Tissue.TUMOUR)).max() > 0.9
    assert np.abs(other.share(Tissue.BONE) - again.share(Tissue.BONE)).max() > 0.5


def test_the_patient_does_not_depend_on_the_grid(planned: Anatomy) -> None:
    around = Grid.centred((44, 44, 40), (2.0, 2.0, 2.0), centre_mm(planned, "GTVp"))
    finer = head_neck_anatomy(around, 1)
    assert finer.structures["GTVp"].volume_ml() == pytest.approx(planned.structures["GTVp"].volume_ml(), rel=0.06)
    np.testing.assert_allclose(centre_mm(finer, "GTVp"), centre_mm(planned, "GTVp"), atol=1.0)


@pytest.mark.parametrize("seed", [0, 2])
def test_organs_have_the_volumes_of_adults(seed: int) -> None:
    anatomy = head_neck_anatomy(COARSE, seed)
    volume = {structure.name: structure.volume_ml() for structure in anatomy.structures}
    # contoured in trials: parotid 10 to 45, submandibular 4 to 13, mandible 35 to 80, larynx 20 to 55 ml
    for side in "LR":
        assert 10 < volume[f"Parotid {side}"] < 45
        assert 3.5 < volume[f"Submandibular {side}"] < 13
    assert 35 < volume["Mandible"] < 80
    assert 20 < volume["Larynx"] < 55
    assert 18 < volume["Brainstem"] < 36
    assert 8 < volume["SpinalCord"] < 25
    assert 5 < volume["GTVp"] + volume["GTVn"] < 90
    assert 60 < volume["PTV70"] < 260
    assert 150 < volume["PTV56"] < 500


def test_organs_lie_where_they_belong(planned: Anatomy) -> None:
    for name in ("Parotid", "Submandibular"):
        assert centre_mm(planned, f"{name} L")[0] > 15 > -15 > centre_mm(planned, f"{name} R")[0]
    heights = [centre_mm(planned, name)[2] for name in ("Brainstem", "Oral cavity", "Larynx", "Oesophagus")]
    assert heights == sorted(heights, reverse=True)
    depths = [centre_mm(planned, name)[1] for name in ("Mandible", "Larynx", "Oesophagus", "SpinalCord")]
    assert depths == sorted(depths)
    # the tumour is in the throat, beside the airway; its node lies on its side, further out
    primary, node = centre_mm(planned, "GTVp"), centre_mm(planned, "GTVn")
    assert 3 < abs(primary[0]) < 30
    assert node[0] * primary[0] > 0
    assert abs(node[0]) > abs(primary[0])


def test_targets_of_lower_dose_leave_those_of_higher_dose_out(planned: Anatomy) -> None:
    high, middle, low = (mask(planned, name) for name in ("PTV70", "PTV63", "PTV56"))
    gross = np.maximum(mask(planned, "GTVp"), mask(planned, "GTVn"))
    assert (high[gross > 0.9] > 0.9).mean() > 0.93  # but for what lies under the skin
    assert (high + middle + low).max() <= 1.0 + 1e-5
    in_plane = ndimage.generate_binary_structure(2, 1)[..., None]
    deep = ndimage.binary_erosion(mask(planned, "EXTERNAL") > 0.5, in_plane)
    assert not np.any((high + middle + low)[~deep] > 0.5)
    assert mask(planned, "PTV56")[: COARSE.shape[0] // 2].any()
    assert mask(planned, "PTV56")[COARSE.shape[0] // 2 :].any()


def test_the_airway_is_open_from_nose_to_trachea(planned: Anatomy) -> None:
    air = planned.share(Tissue.AIR) > 0.5
    inside = air & ndimage.binary_fill_holes(mask(planned, "EXTERNAL") > 0.5)
    labels, _ = ndimage.label(inside)
    middle = round(COARSE.index_from_world([0.0, 0.0, 0.0])[0])
    levels = [round(COARSE.index_from_world([0.0, 0.0, z])[2]) for z in (-70.0, -170.0)]
    found = [set(np.unique(labels[middle - 3 : middle + 4, :, k])) - {0} for k in levels]
    assert found[0] & found[1]


def test_ct_numbers_are_those_of_tissues(planned: Anatomy) -> None:
    ct = ct_scan(planned, 0).data
    enhanced = ct_scan(planned, 0, contrast_hu=120.0).data
    assert ct[0, 0, 0] < -950
    muscle = ndimage.binary_erosion(planned.share(Tissue.SOFT_TISSUE) > 0.99)
    assert np.median(ct[muscle]) == pytest.approx(48, abs=6)
    vessel = planned.share(Tissue.VESSEL) > 0.98
    assert np.median(enhanced[vessel]) - np.median(ct[vessel]) > 80
    assert ct[mask(planned, "Mandible") > 0.99].mean() > 400


def test_organs_shrink_as_in_patients_and_bones_stay(course: tuple[HeadNeckState, ...]) -> None:
    volumes = {
        structure.name: [state.anatomy.structures[structure.name].volume_ml() for state in course]
        for structure in course[0].anatomy.structures
    }
    for name in ("GTVp", "GTVn", "Parotid L", "Parotid R", "EXTERNAL"):
        assert volumes[name][0] > volumes[name][1] > volumes[name][2]
    for name in RIGID:
        np.testing.assert_allclose(volumes[name], volumes[name][0], rtol=0.01)
    # Barker 2004: targets lose .2 to 3.1 % of their volume, parotids .04 to .84 ml a treatment day
    for name in ("GTVp", "GTVn"):
        assert 0.002 * 17 < 1.0 - volumes[name][2] / volumes[name][0] < 0.031 * 17
    for name in ("Parotid L", "Parotid R"):
        assert 0.04 * 17 < volumes[name][0] - volumes[name][2] < 0.84 * 17
    assert 0.01 < 1.0 - volumes["EXTERNAL"][2] / volumes["EXTERNAL"][0] < 0.06


def test_parotids_move_inwards(course: tuple[HeadNeckState, ...]) -> None:
    for name in ("Parotid L", "Parotid R"):
        first, last = (abs(centre_mm(state.anatomy, name)[0]) for state in (course[0], course[2]))
        assert 0.2 < first - last < 4.0


def test_the_movement_takes_planning_to_each_fraction(course: tuple[HeadNeckState, ...]) -> None:
    for state in course[1:]:
        moved = np.stack([image.data for image in state.movement_mm], axis=-1)
        before = np.moveaxis(COARSE.index_from_world(COARSE.voxel_centres_mm() + moved), -1, 0)
        for name in ("Parotid L", "GTVp", "EXTERNAL", "Oesophagus"):
            expected = ndimage.map_coordinates(mask(course[0].anatomy, name), before, order=1) > 0.5
            found = mask(state.anatomy, name) > 0.5
            dice = 2.0 * (expected & found).sum() / (expected.sum() + found.sum())
            assert dice > 0.94, (state.fraction, name)
    assert all(np.all(image.data == 0.0) for image in course[0].movement_mm)


def test_cells_die_unevenly(course: tuple[HeadNeckState, ...]) -> None:
    gross = mask(course[0].anatomy, "GTVp") > 0.95
    cells = [state.anatomy.tumour_cells[gross & (mask(state.anatomy, "GTVp") > 0.95)] for state in course]
    assert cells[0].mean() > cells[1].mean() > cells[2].mean()
    core = gross & (mask(course[2].anatomy, "GTVp") > 0.95)
    left = course[2].anatomy.tumour_cells[core] / course[0].anatomy.tumour_cells[core]
    assert np.percentile(left, 95) > 2.0 * np.percentile(left, 5)


def test_glucose_uptake_falls_by_a_third_or_more_and_is_recovered_through_the_header(
    course: tuple[HeadNeckState, ...],
) -> None:
    highest = []
    for state in course:
        image, acquisition = pet_scan(head_neck_glucose_uptake(state), FDG, COARSE.with_spacing((4, 4, 4.5)), 0)
        uptake = standardised_uptake(image, acquisition).image
        highest.append(uptake.data[state.anatomy.structures["GTVp"].voxels(uptake.grid)].max())
        brain = state.anatomy.share(Tissue.GREY_MATTER)
        assert head_neck_glucose_uptake(state).data[brain > 0.9].mean() > 5.0
    assert 6.0 < highest[0] < 20.0
    assert highest[0] > highest[1] > highest[2]
    assert 0.2 < 1.0 - highest[2] / highest[0] < 0.8


def test_tonsils_stand_out_in_glucose(course: tuple[HeadNeckState, ...]) -> None:
    state = course[0]
    elsewhere = (state.lymphoid > 0.8) & (state.anatomy.tumour_cells < 0.01)
    uptake = head_neck_glucose_uptake(state).data
    muscle = ndimage.binary_erosion(state.anatomy.share(Tissue.SOFT_TISSUE) > 0.99)
    assert uptake[elsewhere].mean() > 2.0 * np.median(uptake[muscle])


def test_part_of_the_tumour_is_hypoxic_and_partly_recovers(course: tuple[HeadNeckState, ...]) -> None:
    hypoxic = []
    for state in course:
        gross = np.maximum(mask(state.anatomy, "GTVp"), mask(state.anatomy, "GTVn")) > 0.9
        living = gross & (state.anatomy.share(Tissue.NECROSIS) < 0.1)
        hypoxic.append(float((head_neck_oxygen_mmhg(state).data[living] < 5.0).mean()))
    assert 0.15 < hypoxic[0] < 0.9
    assert hypoxic[0] > hypoxic[1] >= hypoxic[2]
    first = head_neck_hypoxia_uptake(course[0])
    gross = mask(course[0].anatomy, "GTVp") > 0.9
    muscle = ndimage.binary_erosion(course[0].anatomy.share(Tissue.SOFT_TISSUE) > 0.99)
    # tumour to muscle above 1.4 counts as hypoxic in trials
    assert np.percentile(first.data[gross], 95) / np.median(first.data[muscle]) > 1.4


def test_requests_that_cannot_be_met() -> None:
    with pytest.raises(ImpastoError, match="axis-aligned"):
        head_neck_anatomy(Grid((4, 4, 4), np.diag([-1.0, 1.0, 1.0, 1.0])), 0)
    with pytest.raises(ImpastoError, match="negative"):
        head_neck_anatomy(COARSE, 0, fraction=-1)
