"""Digital glioma patients: whole heads of plausible size, tumours where gliomas grow, cells that thin out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from impasto.core import Grid, ImpastoError
from impasto.core.structures import Role
from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.glioma import HEAD_GRID, glioma_anatomy, recurrent_glioma_anatomy
from impasto.phantom.zoned_glioma import ZONES, ZonedGlioma, zoned_glioma

COARSE = HEAD_GRID.with_spacing((3.0, 3.0, 3.0))


@pytest.fixture(scope="module")
def glioma() -> Anatomy:
    return glioma_anatomy(COARSE, seed=1)


@pytest.fixture(scope="module")
def recurrent() -> Anatomy:
    return recurrent_glioma_anatomy(COARSE, seed=2)


def centre_mm(anatomy: Anatomy, name: str) -> np.ndarray:
    mask = anatomy.structures[name].mask
    assert mask is not None
    return anatomy.grid.world_from_index(ndimage.center_of_mass(mask.data))


def test_shares_sum_to_one(glioma: Anatomy, recurrent: Anatomy) -> None:
    for anatomy in (glioma, recurrent):
        total = np.zeros(anatomy.grid.shape)
        for share in anatomy.tissues.values():
            assert share.min() > -1e-6
            total += share
        np.testing.assert_allclose(total, 1.0, atol=1e-5)


def test_a_seed_is_a_patient(glioma: Anatomy) -> None:
    again, other = glioma_anatomy(COARSE, seed=1), glioma_anatomy(COARSE, seed=2)
    for tissue, share in glioma.tissues.items():
        np.testing.assert_array_equal(share, again.tissues[tissue])
    np.testing.assert_array_equal(glioma.tumour_cells, again.tumour_cells)
    assert np.linalg.norm(centre_mm(glioma, "GTV") - centre_mm(other, "GTV")) > 5.0
    assert glioma.structures["EXTERNAL"].volume_ml() != pytest.approx(
        other.structures["EXTERNAL"].volume_ml(), rel=1e-3
    )


def test_the_patient_does_not_depend_on_the_grid(glioma: Anatomy) -> None:
    around = Grid.centred((40, 40, 40), (2, 2, 2), centre_mm(glioma, "GTV"))
    finer = glioma_anatomy(around, seed=1)
    assert finer.structures["GTV"].volume_ml() == pytest.approx(glioma.structures["GTV"].volume_ml(), rel=0.06)
    np.testing.assert_allclose(centre_mm(finer, "GTV"), centre_mm(glioma, "GTV"), atol=1.0)


@pytest.mark.parametrize("seed", range(4))
def test_organs_have_the_volumes_of_adults(seed: int) -> None:
    structures = glioma_anatomy(COARSE, seed).structures
    # intracranial volume 1,150 to 1,750 ml; eyeball 6.5 +- 1; hippocampus 2 to 4; brainstem 20 to 35
    assert 1100 < structures["Brain"].volume_ml() < 1700
    assert 18 < structures["Brainstem"].volume_ml() < 36
    assert 0.15 < structures["Chiasm"].volume_ml() < 1.5
    assert 8 < structures["GTV"].volume_ml() < 50
    for side in "LR":
        assert 4.5 < structures[f"Eye {side}"].volume_ml() < 8.5
        assert 0.08 < structures[f"Lens {side}"].volume_ml() < 0.4
        assert 0.4 < structures[f"Optic nerve {side}"].volume_ml() < 1.5
        assert 1.5 < structures[f"Hippocampus {side}"].volume_ml() < 4.5


def test_left_is_plus_x_and_the_face_looks_to_minus_y(glioma: Anatomy) -> None:
    for name in ("Eye", "Lens", "Optic nerve", "Hippocampus"):
        assert centre_mm(glioma, f"{name} L")[0] > 10 > -10 > centre_mm(glioma, f"{name} R")[0]
    eye, stem = centre_mm(glioma, "Eye L"), centre_mm(glioma, "Brainstem")
    assert centre_mm(glioma, "Lens L")[1] < eye[1] < centre_mm(glioma, "Optic nerve L")[1] < stem[1]
    assert centre_mm(glioma, "Brain")[2] > stem[2]


@pytest.mark.parametrize("seed", range(5, 9))
def test_tumours_grow_in_the_hemispheres(seed: int) -> None:
    grid = HEAD_GRID.with_spacing((4.0, 4.0, 4.0))
    anatomy = glioma_anatomy(grid, seed)
    target = anatomy.structures["GTV"].voxels(grid)
    assert np.mean(anatomy.structures["Brain"].voxels(grid)[target]) > 0.99
    away = ndimage.distance_transform_edt(~anatomy.structures["Brainstem"].voxels(grid)) * 4.0
    assert away[target].min() > 6.0
    # the reference tissue is healthy and lies on the other side
    reference = anatomy.structures["NAWM contralateral"]
    assert reference.role is Role.OTHER
    assert reference.volume_ml() > 1.0
    assert centre_mm(anatomy, "GTV")[0] * centre_mm(anatomy, "NAWM contralateral")[0] < 0
    assert anatomy.tumour_cells[reference.voxels(grid)].max() < 0.02


def test_cells_thin_out_over_centimetres(glioma: Anatomy) -> None:
    target = glioma.structures["GTV"].voxels(COARSE)
    brain = glioma.share(Tissue.WHITE_MATTER) + glioma.share(Tissue.GREY_MATTER) + glioma.share(Tissue.OEDEMA) > 0.8
    outside = ndimage.distance_transform_edt(~target) * 3.0
    rings = [glioma.tumour_cells[brain & (outside > low) & (outside <= low + 4)].mean() for low in range(1, 37, 4)]
    assert np.all(np.diff(rings) < 0)
    assert glioma.tumour_cells[target].mean() > 0.6
    assert rings[2] > 0.02  # 9 to 13 mm
    assert rings[-1] < 0.02  # 33 to 37 mm
    assert glioma.tumour_cells.min() >= 0.0
    assert glioma.tumour_cells.max() <= 1.0


def test_cells_spread_further_along_white_matter(glioma: Anatomy) -> None:
    grid = Grid.centred((50, 50, 50), (2, 2, 2), centre_mm(glioma, "GTV"))
    anatomy = glioma_anatomy(grid, seed=1)
    outside = ndimage.distance_transform_edt(~anatomy.structures["GTV"].voxels(grid)) * 2.0
    ring = (outside > 8) & (outside < 16)
    white = ring & (anatomy.share(Tissue.WHITE_MATTER) + anatomy.share(Tissue.OEDEMA) > 0.85)
    grey = ring & (anatomy.share(Tissue.GREY_MATTER) > 0.7)
    assert anatomy.tumour_cells[white].mean() > 1.3 * anatomy.tumour_cells[grey].mean()


def test_the_rim_encloses_necrosis_and_oedema_encloses_the_rim(glioma: Anatomy) -> None:
    weights = {tissue: glioma.share(tissue) for tissue in (Tissue.NECROSIS, Tissue.TUMOUR, Tissue.OEDEMA)}
    middle = ndimage.center_of_mass(weights[Tissue.NECROSIS])
    distance = np.linalg.norm((np.indices(COARSE.shape).T - middle) * COARSE.spacing_mm, axis=-1).T
    reach = [np.average(distance, weights=weight) for weight in weights.values()]
    assert reach[0] < reach[1] < reach[2]
    assert glioma.structures["Oedema"].volume_ml() > glioma.structures["GTV"].volume_ml()


def test_nothing_floats_and_the_vault_is_closed(glioma: Anatomy) -> None:
    body = glioma.structures["EXTERNAL"].voxels(COARSE)
    labels, _ = ndimage.label(body)
    assert np.bincount(labels.ravel())[1:].max() > 0.999 * body.sum()
    upper = (
        glioma.grid.world_from_index(np.argwhere(np.ones(COARSE.shape, dtype=bool)))[:, 2].reshape(COARSE.shape) > 15
    )
    bone = glioma.share(Tissue.BONE) + glioma.share(Tissue.MARROW)
    spaces, _ = ndimage.label(upper & (bone < 0.5))
    brain = spaces[(glioma.share(Tissue.WHITE_MATTER) > 0.9) & upper]
    scalp = spaces[(glioma.share(Tissue.AIR) > 0.9) & upper]
    assert not set(np.unique(brain)) & set(np.unique(scalp))


def test_recurrence_grows_at_the_edge_of_a_cavity(recurrent: Anatomy) -> None:
    cavity = recurrent.structures["Cavity"]
    assert cavity.role is Role.CAVITY
    assert 4 < cavity.volume_ml() < 30
    inside = recurrent.share(Tissue.CAVITY) > 0.9
    assert recurrent.tumour_cells[inside].max() < 0.1
    nodules = recurrent.share(Tissue.TUMOUR) > 0.5
    assert 1.0 < nodules.sum() * COARSE.voxel_volume_ml < 20
    away = ndimage.distance_transform_edt(~(recurrent.share(Tissue.CAVITY) > 0.5)) * 3.0
    parts, count = ndimage.label(nodules, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(parts.ravel())[1:]
    largest = parts == 1 + int(np.argmax(sizes))
    assert count >= 1
    assert away[largest].min() < 7.0
    target, tumour = recurrent.structures["GTV"], recurrent.share(Tissue.TUMOUR) + recurrent.share(Tissue.NECROSIS)
    assert target.volume_ml() == pytest.approx(cavity.volume_ml() + tumour.sum() * COARSE.voxel_volume_ml, rel=0.01)


def test_bone_was_cut_only_for_the_operation(recurrent: Anatomy) -> None:
    grid = Grid.centred((60, 60, 60), (2, 2, 2), centre_mm(recurrent, "Cavity"))
    anatomy = recurrent_glioma_anatomy(grid, seed=2)
    bone = anatomy.share(Tissue.BONE) + anatomy.share(Tissue.MARROW)
    assert bone.max() > 0.95
    assert anatomy.share(Tissue.CAVITY).max() > 0.95


@pytest.fixture(scope="module")
def zoned() -> ZonedGlioma:
    return zoned_glioma(13.0, 2)


def test_zoned_volume_is_as_wanted_and_zones_divide_it(zoned: ZonedGlioma) -> None:
    tumour = zoned.structures["Tumour"]
    assert tumour.mask is not None
    assert tumour.volume_ml() == pytest.approx(13.0, abs=0.01)
    zones = [np.asarray(one.mask.data) for one in map(zoned.structures.__getitem__, ZONES) if one.mask is not None]
    np.testing.assert_array_equal(np.sum(zones, axis=0), tumour.mask.data)
    shares = [zone.sum() / tumour.mask.data.sum() for zone in zones]
    assert 0.19 < shares[0] < 0.46
    assert 0.19 < shares[1] < 0.36
    assert ndimage.label(tumour.mask.data)[1] == 1


def test_tumour_lies_in_the_brain_and_the_brain_in_the_head(zoned: ZonedGlioma) -> None:
    grid = zoned.drawing.grid
    head, brain, tumour, cavity = (
        zoned.structures[name].occupancy(grid) for name in ("EXTERNAL", "Brain", "Tumour", "Cavity")
    )
    assert (tumour <= brain + 1e-6).all()
    assert np.sum(brain * (1.0 - head)) < 0.001 * brain.sum()
    assert 1000.0 < zoned.structures["Brain"].volume_ml() < 2000.0
    # it came back at the cavity's edge, not in it
    assert np.sum(tumour * cavity) < 0.1 * cavity.sum()
    near = ndimage.distance_transform_edt(cavity < 0.5, sampling=grid.spacing_mm)[tumour > 0.5]
    assert near.min() < 6.0


def test_impossible_volumes_are_refused() -> None:
    with pytest.raises(ImpastoError, match="a volume of 100 ml"):
        zoned_glioma(100.0, 0)
