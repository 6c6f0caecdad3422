"""Perfusion of digital patients: truth adds up, and what the scanner gives leads back to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from impasto.core import Grid, StructureSet
from impasto.maps.dce import concentration_from_signal, extended_tofts_concentration
from impasto.maps.dsc import delta_r2star, leaking_delta_r2star
from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.dce import DceProtocol, dce_scan, variable_flip_angle_scans
from impasto.phantom.dsc import DscProtocol, class_delta_r2star, dsc_scan, leakage_k2_per_s
from impasto.phantom.perfusion import CAPILLARY_BEDS, perfusion, perfusion_of
from impasto.phantom.relaxation import RELAXATION
from impasto.phantom.tissue_classes import Mixture, TissueClass, mixture_on, tissue_classes

_ORDER = tuple(TissueClass)
_NOISELESS = 1e9


def _mixture(*voxels: dict[TissueClass, float]) -> Mixture:
    """One voxel for each mixture of classes."""
    shares = np.zeros((len(voxels), 1, 1, len(_ORDER)), dtype=np.float32)
    for voxel, content in enumerate(voxels):
        for tissue_class, share in content.items():
            shares[voxel, 0, 0, _ORDER.index(tissue_class)] = share
    return Mixture(Grid.centred((len(voxels), 1, 1), (2, 2, 4)), shares, np.zeros((2, 3)))


@pytest.fixture(scope="module")
def anatomy() -> Anatomy:
    """Give a ball of white matter in grey matter in fluid in fat, with a tumour, its necrosis, oedema and a vessel."""
    grid = Grid.centred((40, 40, 36), (3, 3, 3))
    points = grid.voxel_centres_mm()
    radius = np.linalg.norm(points, axis=-1)
    beside = np.linalg.norm(points - (15.0, 0.0, 0.0), axis=-1)
    left = np.ones(grid.shape, dtype=np.float32)
    tissues = {}
    nested = (
        (Tissue.VESSEL, np.hypot(points[..., 0], points[..., 1] + 30.0) < 4.0),
        (Tissue.NECROSIS, beside < 6.0),
        (Tissue.TUMOUR, beside < 13.0),
        (Tissue.OEDEMA, beside < 20.0),
        (Tissue.WHITE_MATTER, radius < 36.0),
        (Tissue.GREY_MATTER, radius < 45.0),
        (Tissue.CSF, radius < 48.0),
        (Tissue.FAT, radius < 52.0),
    )
    for tissue, inside in nested:
        tissues[tissue] = np.where(inside, left, 0.0).astype(np.float32)
        left = left - tissues[tissue]
    tissues[Tissue.AIR] = left
    cells = (1.0 / (1.0 + np.exp((beside - 14.0) / 2.0))).astype(np.float32)
    return Anatomy(grid, tissues, cells, StructureSet(()))


def test_classes_fill_what_has_water(anatomy: Anatomy) -> None:
    total = sum(share for _, share in tissue_classes(anatomy, seed=1))
    np.testing.assert_allclose(total, 1.0 - anatomy.share(Tissue.AIR), atol=1e-6)


def test_truth_is_where_it_belongs(anatomy: Anatomy) -> None:
    truth = perfusion(anatomy, seed=1)
    rim, far = anatomy.share(Tissue.TUMOUR) > 0.9, anatomy.tumour_cells < 1e-4
    white = (anatomy.share(Tissue.WHITE_MATTER) > 0.9) & far
    assert truth.ktrans_per_min[rim].mean() > 200.0 * truth.ktrans_per_min[white].mean()
    assert 2.0 < truth.cbv_ml_per_100ml[rim].mean() / truth.cbv_ml_per_100ml[white].mean() < 4.0
    assert truth.ktrans_per_min[anatomy.share(Tissue.NECROSIS) > 0.9].max() < 0.005
    np.testing.assert_allclose(truth.cbv_ml_per_100ml[anatomy.share(Tissue.VESSEL) > 0.9], 100.0)
    np.testing.assert_allclose(truth.mean_transit_time_s()[white], 60.0 * 2.7 / 22.2, rtol=1e-3)
    assert truth.ktrans_per_min[rim].std() > 0.005
    assert not truth.mean_transit_time_s()[anatomy.share(Tissue.AIR) > 0.9].any()


def test_patches_of_the_tumour_come_from_the_seed(anatomy: Anatomy) -> None:
    first, again, other = (perfusion(anatomy, seed).ktrans_per_min for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_truth_on_the_scanners_grid_holds_as_much_as_the_anatomys(anatomy: Anatomy) -> None:
    grid = Grid.centred((24, 24, 20), (6.0, 6.0, 7.0))
    coarse = perfusion_of(mixture_on(anatomy, grid, (6.0, 6.0, 7.0), seed=1))
    fine = perfusion(anatomy, seed=1)
    for name in ("ktrans_per_min", "ve", "vp", "cbv_ml_per_100ml", "cbf_ml_per_100ml_min"):
        amount = getattr(fine, name).sum(dtype=np.float64) * anatomy.grid.voxel_volume_ml
        seen = getattr(coarse, name).sum(dtype=np.float64) * grid.voxel_volume_ml
        assert seen == pytest.approx(amount, rel=5e-3), name


@pytest.mark.parametrize("tissue_class", [TissueClass.DENSE_TUMOUR, TissueClass.WHITE_MATTER, TissueClass.SOFT_TISSUE])
def test_a_pure_voxels_dce_leads_back_to_its_truth(tissue_class: TissueClass) -> None:
    protocol = replace(DceProtocol(), signal_to_noise=_NOISELESS)
    signal = dce_scan(_mixture({tissue_class: 1.0}), protocol, seed=0).data[0, 0, 0].astype(np.float64)
    t1 = RELAXATION[tissue_class].t1_s
    found = concentration_from_signal(signal, signal[0], t1, 15.0, 0.005, 4.5)
    bed = CAPILLARY_BEDS[tissue_class]
    arterial = protocol.arterial_input().delayed(bed.arrival_s)
    expected = extended_tofts_concentration(protocol.times_s, arterial, bed.ktrans_per_min, bed.ve, bed.vp)
    np.testing.assert_allclose(found, expected, atol=2e-5 + 1e-4 * expected.max())


def test_a_mixed_tumour_voxel_is_nearly_the_tofts_tissue_of_its_truth() -> None:
    mixture = _mixture({TissueClass.DENSE_TUMOUR: 0.5, TissueClass.SPARSE_TUMOUR: 0.5})
    protocol = replace(DceProtocol(), signal_to_noise=_NOISELESS)
    truth = perfusion_of(mixture)
    signal = dce_scan(mixture, protocol, seed=0).data[0, 0, 0].astype(np.float64)
    found = concentration_from_signal(signal, signal[0], 1.5, 15.0, 0.005, 4.5)
    parameters = (float(v[0, 0, 0]) for v in (truth.ktrans_per_min, truth.ve, truth.vp))
    expected = extended_tofts_concentration(protocol.times_s, protocol.arterial_input(), *parameters)
    late = protocol.times_s > 60.0
    np.testing.assert_allclose(found[late], expected[late], rtol=0.04)


def test_two_flip_angles_give_t1() -> None:
    protocol = replace(DceProtocol(), signal_to_noise=_NOISELESS)
    mixture = _mixture({TissueClass.WHITE_MATTER: 1.0}, {TissueClass.NECROSIS: 1.0})
    angles = np.deg2rad([4.0, 18.0])
    low, high = (
        s.data[:, 0, 0].astype(np.float64) for s in variable_flip_angle_scans(mixture, protocol, (4.0, 18.0), 0)
    )
    # the line S / sin against S / tan has the slope exp(-TR / T1)
    slope = (high / np.sin(angles[1]) - low / np.sin(angles[0])) / (high / np.tan(angles[1]) - low / np.tan(angles[0]))
    np.testing.assert_allclose(-0.005 / np.log(slope), [0.832, 2.2], rtol=2e-4)


def test_noise_is_rician_with_the_stated_signal_to_noise() -> None:
    shares = np.zeros((60, 60, 2, len(_ORDER)), dtype=np.float32)
    shares[:, :, 0, _ORDER.index(TissueClass.WHITE_MATTER)] = 1.0
    mixture = Mixture(Grid.centred((60, 60, 2), (2, 2, 4)), shares, np.zeros((2, 3)))
    protocol = replace(DceProtocol(), frame_count=5)
    series = dce_scan(mixture, protocol, seed=3)
    tissue, air = series.data[:, :, 0], series.data[:, :, 1]
    assert tissue.mean() == pytest.approx(1000.0, rel=1e-3)
    assert tissue.std() == pytest.approx(25.0, rel=0.03)
    assert air.mean() == pytest.approx(25.0 * np.sqrt(np.pi / 2), rel=0.02)
    np.testing.assert_array_equal(dce_scan(mixture, protocol, seed=3).data, series.data)
    assert (dce_scan(mixture, protocol, seed=4).data != series.data).mean() > 0.99


def test_area_under_dsc_curves_without_leakage_is_blood_volume() -> None:
    protocol = replace(DscProtocol(), frame_count=200, signal_to_noise=_NOISELESS, relaxivity_l_per_mmol_s=0.0)
    scan = dsc_scan(_mixture({TissueClass.GREY_MATTER: 1.0}, {TissueClass.WHITE_MATTER: 1.0}), protocol, seed=0)
    signal = scan.data[:, 0, 0].astype(np.float64)
    curves = delta_r2star(signal, signal[:, :1], 0.03)
    area = np.trapezoid(curves, protocol.times_s, axis=1)
    assert area[0] / area[1] == pytest.approx(5.2 / 2.7, rel=0.02)


def test_leakage_pulls_the_curve_up_or_down_as_the_sequence_has_it() -> None:
    mixture = _mixture({TissueClass.SPARSE_TUMOUR: 1.0}, {TissueClass.WHITE_MATTER: 1.0}, {TissueClass.VESSEL: 1.0})
    by_t2star = leakage_k2_per_s(mixture, DscProtocol())[:, 0, 0]
    by_t1 = leakage_k2_per_s(mixture, replace(DscProtocol(), flip_angle_deg=75.0))[:, 0, 0]
    assert by_t2star[0] < -0.001
    assert by_t1[0] > 0.005
    # the model takes white matter's longer transit for a little leakage
    assert abs(by_t1[1]) < 0.002
    assert by_t1[2] == 0.0


def test_the_two_parameter_model_returns_blood_volume_from_the_default_protocol() -> None:
    protocol = DscProtocol()
    curves = class_delta_r2star(protocol.times_s, protocol.arterial_input(), protocol)
    reference = curves[[_ORDER.index(TissueClass.GREY_MATTER), _ORDER.index(TissueClass.WHITE_MATTER)]].mean(axis=0)
    model = leaking_delta_r2star(protocol.times_s, reference, np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    k1 = np.linalg.lstsq(model.T, curves.T, rcond=None)[0][0]
    k1 /= k1[_ORDER.index(TissueClass.WHITE_MATTER)]
    uncorrected = curves.sum(axis=1) / curves[_ORDER.index(TissueClass.WHITE_MATTER)].sum()
    for tissue_class in (TissueClass.DENSE_TUMOUR, TissueClass.SPARSE_TUMOUR, TissueClass.INFILTRATION):
        expected = CAPILLARY_BEDS[tissue_class].cbv_ml_per_100ml / 2.7
        assert k1[_ORDER.index(tissue_class)] == pytest.approx(expected, rel=0.05)
    dense = CAPILLARY_BEDS[TissueClass.DENSE_TUMOUR].cbv_ml_per_100ml / 2.7
    assert uncorrected[_ORDER.index(TissueClass.DENSE_TUMOUR)] > 1.15 * dense


def test_vessels_lose_all_signal_at_the_peak_and_fat_is_suppressed() -> None:
    scan = dsc_scan(_mixture({TissueClass.VESSEL: 1.0}, {TissueClass.FAT: 1.0}), DscProtocol(), seed=0)
    assert scan.data[0, 0, 0].min() < 0.15 * scan.data[0, 0, 0, 0]
    assert scan.data[1].max() < 6.0 * 1000.0 / 80.0
