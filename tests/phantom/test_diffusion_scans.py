"""Diffusion in digital patients: fibres run as in a brain, and the scan leads back to the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from impasto.core import Grid, StructureSet
from impasto.maps.diffusion import b_matrix, eigenvalues, fractional_anisotropy, principal_direction
from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.diffusion import DIFFUSIVITIES, diffusion, diffusion_of
from impasto.phantom.dwi import DwiProtocol, dwi_scan, spread_directions
from impasto.phantom.fibres import fibre_orientation
from impasto.phantom.tissue_classes import Mixture, TissueClass, brain_bounds_mm, brain_grid, mixture_on

_ORDER = tuple(TissueClass)
_AVERAGE_BRAIN_MM = np.array([[-70.0, -72.0, -68.0], [70.0, 104.0, 80.0]])


def _line(tissue_classes: list[TissueClass], points_mm: np.ndarray) -> Mixture:
    """Voxels along x, each filled by one class, over a brain of average size."""
    shares = np.zeros((len(tissue_classes), 1, 1, len(_ORDER)), dtype=np.float32)
    for voxel, tissue_class in enumerate(tissue_classes):
        shares[voxel, 0, 0, _ORDER.index(tissue_class)] = 1.0
    affine = np.eye(4)
    affine[:3, 0] = (points_mm[1] - points_mm[0]) if len(points_mm) > 1 else (1, 0, 0)
    affine[:3, 3] = points_mm[0]
    return Mixture(Grid((len(tissue_classes), 1, 1), affine), shares, _AVERAGE_BRAIN_MM)


@pytest.mark.parametrize(
    ("place_mm", "direction"),
    [
        ((0.0, 10.0, 27.0), (1.0, 0.0, 0.0)),
        ((-24.0, 11.0, 20.0), (0.0, 0.3, 0.95)),
        ((8.0, 10.0, 40.0), (0.0, 1.0, 0.0)),
        ((-35.0, 60.0, 0.0), (0.4, 0.9, -0.2)),
    ],
    ids=["corpus callosum", "corticospinal tract", "cingulum", "optic radiation"],
)
def test_great_bundles_run_as_in_a_brain(place_mm: tuple[float, ...], direction: tuple[float, ...]) -> None:
    found = principal_direction(fibre_orientation(np.array([place_mm]), _AVERAGE_BRAIN_MM).astype(np.float64))[0]
    alignment = abs(found @ direction) / np.linalg.norm(direction)
    assert alignment > np.cos(np.deg2rad(25.0))


def test_orientation_has_trace_one_and_no_negative_share() -> None:
    points = np.random.default_rng(0).uniform(-90.0, 110.0, (500, 3))
    values = eigenvalues(fibre_orientation(points, _AVERAGE_BRAIN_MM).astype(np.float64))
    np.testing.assert_allclose(values.sum(axis=1), 1.0, atol=1e-5)
    assert values.min() > -1e-5


def test_a_larger_brain_is_stretched() -> None:
    point = np.array([[0.0, 10.0, 27.0]])
    doubled = fibre_orientation(2.0 * point, 2.0 * _AVERAGE_BRAIN_MM)
    np.testing.assert_allclose(doubled, fibre_orientation(point, _AVERAGE_BRAIN_MM), atol=1e-6)


@pytest.mark.parametrize(("count", "angle_deg"), [(3, 90.0), (6, 63.43)])
def test_few_directions_take_their_best_arrangement(count: int, angle_deg: float) -> None:
    directions = spread_directions(count)
    cosines = np.abs(directions @ directions.T)[~np.eye(count, dtype=bool)]
    assert np.rad2deg(np.arccos(cosines.max())) == pytest.approx(angle_deg, abs=0.5)


def test_the_signal_of_pure_voxels_leads_back_to_their_tensor() -> None:
    protocol = replace(DwiProtocol(), signal_to_noise=1e9)
    classes = [TissueClass.WHITE_MATTER, TissueClass.OEDEMA, TissueClass.DENSE_TUMOUR, TissueClass.FLUID]
    mixture = _line(classes, np.array([[20.0, 16.0, 20.0], [21.0, 16.0, 20.0]]))
    series = dwi_scan(mixture, protocol, seed=0)
    signal = series.image.data[:, 0, 0].astype(np.float64)
    design = np.concatenate([-1e-3 * b_matrix(series.gradients), np.ones((len(series.gradients), 1))], axis=1)
    found = np.linalg.lstsq(design, np.log(signal).T, rcond=None)[0].T
    truth = diffusion_of(mixture)
    np.testing.assert_allclose(found[:, :6], truth.tensor_um2_per_ms[:, 0, 0], atol=2e-4)
    np.testing.assert_allclose(np.exp(found[0, 6]), 1000.0, rtol=1e-4)
    np.testing.assert_allclose(truth.adc_um2_per_ms()[2:, 0, 0], [0.85, 3.0], rtol=1e-5)
    along = np.abs(np.sum(principal_direction(found[:2, :6]) * truth.principal_direction()[:2, 0, 0], axis=-1))
    np.testing.assert_allclose(along, 1.0, atol=1e-4)


def test_anisotropy_falls_from_white_matter_over_oedema_to_tumour() -> None:
    classes = [TissueClass.WHITE_MATTER, TissueClass.INFILTRATION, TissueClass.OEDEMA, TissueClass.DENSE_TUMOUR]
    mixture = _line(classes, np.array([[20.0, 16.0, 20.0], [20.1, 16.0, 20.0]]))
    truth = diffusion_of(mixture)
    anisotropy = truth.fractional_anisotropy()[:, 0, 0]
    assert 0.55 < anisotropy[0] < 0.85
    assert anisotropy[0] > anisotropy[1] + 0.2
    assert 0.1 < anisotropy[2] < 0.3
    assert anisotropy[3] < 1e-3
    np.testing.assert_allclose(
        anisotropy, fractional_anisotropy(eigenvalues(truth.tensor_um2_per_ms))[:, 0, 0], atol=1e-3
    )
    # the mean diffusivity does not depend on how fibres run
    white = DIFFUSIVITIES[TissueClass.WHITE_MATTER]
    mean = (white.axial_um2_per_ms + 2.0 * white.radial_um2_per_ms) / 3.0
    assert truth.adc_um2_per_ms()[0, 0, 0] == pytest.approx(mean, rel=1e-4)


def test_measurements_are_those_of_the_protocol() -> None:
    protocol = DwiProtocol(unweighted_count=2, direction_count=6, b_values_s_per_mm2=(500.0, 1000.0))
    series = dwi_scan(_line([TissueClass.GREY_MATTER], np.zeros((1, 3))), protocol, seed=1)
    np.testing.assert_array_equal(series.gradients.b_values_s_per_mm2, [0.0] * 2 + [500.0] * 6 + [1000.0] * 6)
    assert not series.gradients.directions[:2].any()
    np.testing.assert_allclose(np.linalg.norm(series.gradients.directions[2:], axis=1), 1.0)
    assert series.image.data.shape == (1, 1, 1, 14)
    np.testing.assert_array_equal(
        dwi_scan(_line([TissueClass.GREY_MATTER], np.zeros((1, 3))), protocol, 1).image.data, series.image.data
    )


def test_an_anatomys_truth_and_scan_share_their_fibres() -> None:
    grid = Grid.centred((40, 46, 36), (4, 4, 4), (0.0, 16.0, 6.0))
    radius = np.linalg.norm((grid.voxel_centres_mm() - (0.0, 16.0, 6.0)) / (70.0, 88.0, 66.0), axis=-1)
    white = (radius < 0.8).astype(np.float32)
    grey = (radius < 1.0).astype(np.float32) - white
    tissues = {Tissue.WHITE_MATTER: white, Tissue.GREY_MATTER: grey, Tissue.AIR: 1.0 - white - grey}
    anatomy = Anatomy(grid, tissues, np.zeros(grid.shape, dtype=np.float32), StructureSet(()))
    bounds = brain_bounds_mm(anatomy)
    np.testing.assert_allclose(bounds, [[-70.0, -72.0, -60.0], [70.0, 104.0, 72.0]], atol=4.1)
    coarse = brain_grid(anatomy, (5.0, 5.0, 8.0))
    assert (coarse.bounds_mm()[0] < bounds[0]).all()
    assert (coarse.bounds_mm()[1] > bounds[1]).all()
    seen = diffusion_of(mixture_on(anatomy, coarse, (5.0, 5.0, 8.0), seed=0))
    fine = diffusion(anatomy, seed=0)
    amount = fine.adc_um2_per_ms().sum(dtype=np.float64) * grid.voxel_volume_ml
    assert seen.adc_um2_per_ms().sum(dtype=np.float64) * coarse.voxel_volume_ml == pytest.approx(amount, rel=5e-3)
    deep = fine.fractional_anisotropy()[radius < 0.6]
    assert 0.35 < deep.mean() < 0.7
