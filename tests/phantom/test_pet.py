"""PET: the arithmetic of decay by hand, counts, point spread, and uptake that follows the biology."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from impasto.core import Grid, Image, ImpastoError
from impasto.maps.pet import standardised_uptake
from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.oxygen import oxygen_pressure_mmhg, viable_tumour_cells
from impasto.phantom.pet import Body, pet_scan
from impasto.phantom.tracers import FDG, FET, FMISO, Tracer, amino_acid_uptake, glucose_uptake, hypoxia_uptake

GRID = Grid.centred((40, 40, 30), (4, 4, 4))


def uniform(value: float, grid: Grid = GRID) -> Image:
    return Image(np.full(grid.shape, value, dtype=np.float32), grid, "standardised uptake value", "g/mL")


def test_two_half_lives_leave_a_quarter_of_the_dose_spread_over_the_body() -> None:
    # by hand: 80 MBq in 80 kg are 1000 Bq/g; a quarter is left; SUV 3
    tracer = Tracer("X", "X", 100.0, 80e6, 200.0, 60.0, 0.0)
    image, acquisition = pet_scan(uniform(3.0), tracer, GRID, seed=0, body=Body(weight_kg=80.0))
    np.testing.assert_allclose(image.data, 750.0, rtol=1e-6)
    assert image.unit == "Bq/mL"
    assert acquisition.injection is not None
    assert acquisition.series is not None
    assert (acquisition.series - acquisition.injection).total_seconds() == 200.0


@pytest.mark.parametrize("tracer", [FET, FDG, FMISO])
def test_the_header_gives_the_uptake_back(tracer: Tracer) -> None:
    image, acquisition = pet_scan(uniform(2.0), replace(tracer, noise=0.0), GRID, seed=1)
    np.testing.assert_allclose(standardised_uptake(image, acquisition).image.data, 2.0, rtol=1e-5)


def test_noise_grows_with_the_square_root_of_the_uptake() -> None:
    spread = []
    for value in (1.0, 9.0):
        image, acquisition = pet_scan(uniform(value), FET, GRID, seed=2)
        uptake = standardised_uptake(image, acquisition).image.data.astype(float)
        assert uptake.mean() == pytest.approx(value, rel=0.01)
        spread.append(uptake.std())
    assert spread[0] == pytest.approx(FET.noise, rel=0.02)
    assert spread[1] / spread[0] == pytest.approx(3.0, rel=0.02)


def test_a_point_is_spread_to_the_width_asked_for_and_keeps_its_activity() -> None:
    fine = Grid.centred((61, 61, 61), (1, 1, 1))
    data = np.zeros(fine.shape, dtype=np.float32)
    data[30, 30, 30] = 1000.0
    quiet = Tracer("X", "X", 1e9, 1e6, 0.0, 60.0, 0.0)
    image, _ = pet_scan(Image(data, fine, "uptake", "g/mL"), quiet, fine, seed=0, fwhm_mm=8.0, body=Body(1.0))
    assert image.data.sum() == pytest.approx(1000.0 * 1e6 / 1000.0, rel=1e-3)
    profile = image.data[:, 30, 30]
    above = np.interp(0.5 * profile.max(), profile[:31], np.arange(31.0))
    assert 2 * (30 - above) == pytest.approx(8.0, abs=0.15)


def test_the_seed_decides_the_noise() -> None:
    first, again, other = (pet_scan(uniform(1.0), FET, GRID, seed=s)[0].data for s in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_frames_over_time_are_refused() -> None:
    frames = Image(np.ones((*GRID.shape, 2)), GRID, "uptake", "g/mL", times_s=np.array([0.0, 1.0]))
    with pytest.raises(ImpastoError, match="one frame"):
        pet_scan(frames, FET, GRID, seed=0)


def line_of_densities(cells: np.ndarray) -> Anatomy:
    """White matter with the given tumour-cell densities along one axis."""
    from impasto.core.structures import StructureSet

    grid = Grid.centred((len(cells), 1, 1), (2, 2, 2))
    white = np.ones(grid.shape, dtype=np.float32)
    return Anatomy(grid, {Tissue.WHITE_MATTER: white}, cells.reshape(grid.shape), StructureSet(()))


def test_uptake_rises_and_oxygen_falls_with_tumour_cells() -> None:
    anatomy = line_of_densities(np.linspace(0, 1, 21, dtype=np.float32))
    oxygen = oxygen_pressure_mmhg(anatomy)
    for uptake in (amino_acid_uptake(anatomy), glucose_uptake(anatomy), hypoxia_uptake(anatomy, oxygen)):
        assert np.all(np.diff(uptake.data.ravel()) > 0)
    assert np.all(np.diff(oxygen.data.ravel()) < 0)
    assert oxygen.data.ravel()[0] == pytest.approx(28.0)
    assert 4.0 < oxygen.data.ravel()[-1] < 10.0
    # amino acids: solid tumour is seen at more than twice normal brain
    assert amino_acid_uptake(anatomy).data.max() > 2.5 * amino_acid_uptake(anatomy).data.min()


def test_necrosis_is_cold_and_its_rim_the_most_hypoxic(head_of_ellipsoids: Anatomy) -> None:
    head = head_of_ellipsoids
    oxygen = oxygen_pressure_mmhg(head)
    necrosis = head.share(Tissue.NECROSIS) > 0.99
    solid = head.share(Tissue.TUMOUR) > 0.99
    brain = (head.share(Tissue.WHITE_MATTER) > 0.99) & (head.tumour_cells < 0.01)
    amino, hypoxia = amino_acid_uptake(head).data, hypoxia_uptake(head, oxygen).data
    assert amino[necrosis].mean() < amino[brain].mean() < 0.4 * amino[solid].mean()
    from_centre = np.linalg.norm(head.grid.voxel_centres_mm() - np.array([34.0, 6.0, 10.0]), axis=-1)
    beside_necrosis = ndimage.binary_dilation(head.share(Tissue.NECROSIS) > 0.01)
    rim, edge = solid & beside_necrosis, solid & (from_centre > 14.0)
    # below 10 mmHg cells count as hypoxic (Vaupel 2007)
    assert oxygen.data[rim].max() < 10.0 < oxygen.data[edge].min()
    assert hypoxia[rim].mean() > 1.3 * hypoxia[edge].mean()
    assert hypoxia[necrosis].mean() < 0.8
    assert viable_tumour_cells(head)[necrosis].max() < 0.02


def test_oxygen_on_another_grid_is_refused(head_of_ellipsoids: Anatomy) -> None:
    with pytest.raises(ImpastoError, match="another grid"):
        hypoxia_uptake(head_of_ellipsoids, uniform(30.0))
