"""CT and MR of digital glioma patients: CT numbers of tissues, order of contrasts, signal equations."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid
from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.ct import ct_scan
from impasto.phantom.glioma import HEAD_GRID, glioma_anatomy, recurrent_glioma_anatomy
from impasto.phantom.mr import FLAIR, T1, T1_CONTRAST, T2, MrSequence, flair_scan, mr_scan, mr_scans
from impasto.phantom.relaxation import RELAXATION, Relaxation
from impasto.phantom.tissue_classes import TissueClass

COARSE = HEAD_GRID.with_spacing((2.5, 2.5, 2.5))


@pytest.fixture(scope="module")
def glioma() -> Anatomy:
    return glioma_anatomy(COARSE, seed=1)


@pytest.fixture(scope="module")
def contrasts(glioma: Anatomy) -> dict[str, np.ndarray]:
    return {name: image.data for name, image in mr_scans(glioma, COARSE, seed=1).items()}


def pure(anatomy: Anatomy, tissue: Tissue, at_least: float = 0.97) -> np.ndarray:
    healthy = tissue in (Tissue.TUMOUR, Tissue.NECROSIS, Tissue.OEDEMA, Tissue.CAVITY)
    return (anatomy.share(tissue) > at_least) & (healthy | (anatomy.tumour_cells < 0.02))


@pytest.mark.parametrize(
    ("tissue", "low", "high"),
    [
        (Tissue.AIR, -1010, -960),
        (Tissue.FAT, -110, -60),
        (Tissue.SOFT_TISSUE, 25, 70),
        (Tissue.CSF, -5, 22),
        (Tissue.GREY_MATTER, 34, 42),
        (Tissue.WHITE_MATTER, 25, 33),
        (Tissue.OEDEMA, 17, 26),
        (Tissue.TUMOUR, 36, 48),
        (Tissue.NECROSIS, 10, 24),
        (Tissue.BONE, 700, 1800),
    ],
)
def test_ct_numbers_are_those_of_the_tissues(glioma: Anatomy, tissue: Tissue, low: float, high: float) -> None:
    ct = ct_scan(glioma, seed=1)
    where = pure(glioma, tissue, 0.9 if tissue in (Tissue.OEDEMA, Tissue.TUMOUR, Tissue.CSF) else 0.97)
    assert where.sum() > 20
    assert low < np.median(ct.data[where]) < high


def test_ct_is_whole_numbers_with_noise_of_the_stated_width(glioma: Anatomy) -> None:
    quiet, noisy = ct_scan(glioma, seed=1, noise_hu=0.0), ct_scan(glioma, seed=1, noise_hu=6.0)
    assert noisy.data.dtype == np.int16
    inside = pure(glioma, Tissue.WHITE_MATTER)
    noise = noisy.data[inside].astype(float) - quiet.data[inside]
    assert noise.std() == pytest.approx(6.0, rel=0.05)
    np.testing.assert_array_equal(noisy.data, ct_scan(glioma, seed=1, noise_hu=6.0).data)
    assert np.any(noisy.data != ct_scan(glioma, seed=2, noise_hu=6.0).data)


def test_contrasts_have_their_order(glioma: Anatomy, contrasts: dict[str, np.ndarray]) -> None:
    def level(name: str, tissue: Tissue) -> float:
        return float(np.median(contrasts[name][pure(glioma, tissue, 0.9)]))

    white, grey, fluid, oedema = Tissue.WHITE_MATTER, Tissue.GREY_MATTER, Tissue.CSF, Tissue.OEDEMA
    assert level("T1", white) > 1.1 * level("T1", grey)
    assert level("T1", grey) > 1.5 * level("T1", fluid)
    assert level("T2", fluid) > 2.0 * level("T2", grey)
    assert level("T2", grey) > 1.1 * level("T2", white)
    assert level("FLAIR", fluid) < 0.4 * level("FLAIR", white)
    assert level("FLAIR", oedema) > 1.3 * level("FLAIR", white)
    assert level("T2", oedema) > 1.3 * level("T2", white)
    assert level("T1", oedema) < 0.9 * level("T1", white)
    assert level("T1", Tissue.AIR) < 0.1 * level("T1", white)
    assert level("T1", Tissue.FAT) > 1.3 * level("T1", white)


def test_only_leaky_tissue_enhances(glioma: Anatomy, contrasts: dict[str, np.ndarray]) -> None:
    def gain(tissue: Tissue, at_least: float) -> float:
        where = pure(glioma, tissue, at_least)
        return float(np.median(contrasts[T1_CONTRAST.name][where]) / np.median(contrasts["T1"][where]))

    assert gain(Tissue.TUMOUR, 0.85) > 1.35
    assert gain(Tissue.VESSEL, 0.7) > 1.5
    assert gain(Tissue.WHITE_MATTER, 0.97) == pytest.approx(1.0, abs=0.15)
    assert gain(Tissue.NECROSIS, 0.97) < 1.3


def test_a_cavity_is_bright_on_t2_and_dark_on_flair() -> None:
    anatomy = recurrent_glioma_anatomy(COARSE, seed=2)
    scans = mr_scans(anatomy, COARSE, seed=2)
    cavity, white = pure(anatomy, Tissue.CAVITY), pure(anatomy, Tissue.WHITE_MATTER)
    assert np.median(scans["T2"].data[cavity]) > 2.0 * np.median(scans["T2"].data[white])
    assert np.median(scans["FLAIR"].data[cavity]) < 0.7 * np.median(scans["FLAIR"].data[white])


def test_noise_is_that_of_the_stated_ratio(glioma: Anatomy) -> None:
    sequence = MrSequence("noisy T1", 0.022, 0.003, flip_angle_deg=25.0, signal_to_noise=20.0)
    scan = mr_scan(glioma, COARSE, 1, sequence).data
    # in air the magnitude of complex noise has the mean sigma sqrt(pi / 2)
    air = scan[:6, :6, -6:]
    assert air.mean() == pytest.approx(400.0 / 20.0 * np.sqrt(np.pi / 2), rel=0.1)


def test_scans_are_taken_on_oblique_grids(glioma: Anatomy) -> None:
    angle = 0.25
    affine = np.eye(4)
    affine[:3, :3] = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]) * 3.0
    affine[:3, 3] = np.array([0, 0, 15]) - affine[:3, :3] @ (20, 20, 10)
    oblique = Grid((41, 41, 21), affine)
    scan = flair_scan(glioma, oblique, 1)
    straight = flair_scan(glioma, COARSE, 1)
    white = glioma.structures["Brain"].voxels(oblique)
    moved = straight.resampled_linear(oblique).data
    assert np.corrcoef(scan.data[white], moved[white])[0, 1] > 0.8


def test_scans_are_reproducible_and_keep_the_grid(glioma: Anatomy) -> None:
    grid = Grid.centred((20, 20, 8), (4, 4, 5), (0, 0, 10))
    first, again, other = (flair_scan(glioma, grid, seed) for seed in (1, 1, 2))
    assert first.grid is grid
    np.testing.assert_array_equal(first.data, again.data)
    assert np.any(first.data != other.data)


def test_a_spoiled_echo_is_brightest_at_the_ernst_angle() -> None:
    tissue = Relaxation(1.0, 1.0, 0.1, 0.05)
    ernst = np.rad2deg(np.arccos(np.exp(-0.022 / 1.0)))
    at, below, above = (
        MrSequence("", 0.022, 0.003, flip_angle_deg=angle).signal(tissue) for angle in (ernst, ernst - 3, ernst + 3)
    )
    assert at > below
    assert at > above


def test_flair_nulls_fluid_and_t2_weighting_follows_echo_time() -> None:
    fluid, white = RELAXATION[TissueClass.FLUID], RELAXATION[TissueClass.WHITE_MATTER]
    assert FLAIR.signal(fluid) < 0.1 * FLAIR.signal(white)
    late = MrSequence("", 5.0, 0.200)
    assert late.signal(white) / T2.signal(white) == pytest.approx(np.exp(-0.1 / white.t2_s))
    assert T1_CONTRAST.signal(white, agent_mm=0.5) > 1.5 * T1.signal(white, agent_mm=0.5)
