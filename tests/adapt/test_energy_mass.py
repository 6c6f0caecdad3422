"""Energy and mass transfer: what is conserved, and doses against maps whose effect is known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.adapt.known_dose import GRID, gaussian_gy

from impasto.adapt import Correspondence, map_dose_by_energy, map_dose_directly
from impasto.core import Dose, Grid, Image, ImpastoError, Transform


def test_identity_changes_nothing_where_there_is_mass(dose: Dose, water: Image) -> None:
    mapped, balance = map_dose_by_energy(dose, water, Transform.identity(), GRID)
    tissue = water.data > 0.0
    assert mapped.gy[tissue] == pytest.approx(dose.gy[tissue], rel=1e-6)
    assert (mapped.reason[~tissue] == Correspondence.NO_TISSUE).all()
    assert np.isnan(mapped.gy[~tissue]).all()
    assert abs(balance.error_percent) < 1e-3
    assert balance.given_kg == pytest.approx(float(water.data.sum()) * GRID.voxel_volume_ml * 1e-3, rel=1e-6)


def test_whole_voxels_of_translation_shift_the_array(dose: Dose, water: Image) -> None:
    mapped, _ = map_dose_by_energy(dose, water, Transform.translation((-3.0, 0.0, 0.0)), GRID)
    found = mapped.is_found[:-1]
    assert (found == (water.data[1:] > 0.0)).all()
    assert mapped.gy[:-1][found] == pytest.approx(dose.gy[1:][found], rel=1e-6)


@pytest.mark.parametrize("map_name", ["dilation", "bent"])
def test_energy_is_conserved(dose: Dose, water: Image, map_name: str, request: pytest.FixtureRequest) -> None:
    transform = request.getfixturevalue(map_name)
    _, balance = map_dose_by_energy(dose, water, transform.inverse(), GRID)
    independent_j = float(np.sum(dose.gy * water.data, dtype=np.float64)) * GRID.voxel_volume_ml * 1e-3
    assert balance.given_j == pytest.approx(independent_j, rel=1e-6)
    assert abs(balance.error_percent) < 0.1
    assert balance.left_j == 0.0
    assert balance.arrived_kg == pytest.approx(balance.given_kg, rel=1e-9)


def test_energy_that_leaves_the_reference_is_counted(dose: Dose, water: Image) -> None:
    part = GRID.cropped((0, 0, 0), (16, 30, 28))
    mapped, balance = map_dose_by_energy(dose, water, Transform.identity(), part)
    assert balance.left_j == pytest.approx(float(np.sum((dose.gy * water.data)[16:])) * 3.6e-5, rel=1e-5)
    assert abs(balance.error_percent) < 1e-3
    assert mapped.gy.shape == part.shape


def test_analytic_dilation(dose: Dose, water: Image, dilation: Transform) -> None:
    mapped, _ = map_dose_by_energy(dose, water, dilation.inverse(), GRID)
    expected = gaussian_gy(GRID.voxel_centres_mm(), width_mm=18.0 / 0.9)
    found = mapped.is_found
    # voxels are averages of a Gaussian that falls by at most 3.3 % a millimetre
    assert np.abs(mapped.gy - expected)[found].max() < 0.05 * 60.0
    assert float(np.mean(np.abs(mapped.gy - expected)[found])) < 0.3


def test_agrees_with_direct_mapping_where_density_is_even(dose: Dose, bent: Transform) -> None:
    even = Image(np.ones(GRID.shape, dtype=np.float32), GRID, "relative electron density", "1")
    by_energy, _ = map_dose_by_energy(dose, even, bent.inverse(), GRID)
    directly = map_dose_directly(dose, bent, GRID)
    both = by_energy.is_found & directly.is_found
    assert both.mean() > 0.98
    assert float(np.mean(np.abs(by_energy.gy - directly.gy)[both])) < 0.4


def test_dense_tissue_decides_the_dose_of_a_shared_voxel(dose: Dose) -> None:
    """Two voxels that merge: dose is weighted by mass, not by volume."""
    grid = Grid.axis_aligned((4, 1, 1), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    given = Dose(Image(np.array([10.0, 40.0, 0.0, 0.0]).reshape(4, 1, 1), grid, "dose", "Gy"), 1)
    density = Image(np.array([1.0, 3.0, 0.0, 0.0]).reshape(4, 1, 1), grid, "density", "1")
    # reference (wide voxels of 2 mm) sees both in one voxel
    wide = Grid.axis_aligned((2, 1, 1), (2.0, 1.0, 1.0), (0.5, 0.0, 0.0))
    mapped, _ = map_dose_by_energy(given, density, Transform.identity(), wide, parts=2)
    assert float(mapped.gy[0, 0, 0]) == pytest.approx((10.0 * 1.0 + 40.0 * 3.0) / 4.0)
    assert mapped.reason[1, 0, 0] == Correspondence.NO_TISSUE


def test_absent_tissue_takes_its_energy_away(dose: Dose, water: Image) -> None:
    absent = np.zeros(GRID.shape, dtype=bool)
    absent[10:14, 10:14, 10:14] = True
    mapped, balance = map_dose_by_energy(dose, water, Transform.identity(), GRID, absent=absent)
    assert np.isnan(mapped.gy[absent]).all()
    assert balance.left_j > 0.0
    assert abs(balance.error_percent) < 1e-3


def test_refuses_nonsense(dose: Dose, water: Image) -> None:
    with pytest.raises(ImpastoError, match="0 parts"):
        map_dose_by_energy(dose, water, Transform.identity(), GRID, parts=0)
    with pytest.raises(ImpastoError, match="negative"):
        map_dose_by_energy(dose, water.with_data(-water.data), Transform.identity(), GRID)
