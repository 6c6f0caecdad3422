"""Direct dose mapping against maps whose effect is known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.adapt.known_dose import GRID, INTERPOLATION_GY, gaussian_gy

from impasto.adapt import Correspondence, map_dose_directly
from impasto.core import Dose, Grid, Image, ImpastoError, Transform


def test_identity_changes_nothing(dose: Dose) -> None:
    mapped = map_dose_directly(dose, Transform.identity(), GRID)
    assert mapped.gy == pytest.approx(dose.gy, abs=1e-5)
    assert mapped.is_found.all()
    assert mapped.fractions == dose.fractions


def test_whole_voxels_of_translation_shift_the_array(dose: Dose) -> None:
    mapped = map_dose_directly(dose, Transform.translation((6.0, 0.0, -4.0)), GRID)
    assert mapped.gy[:-2, :, 1:] == pytest.approx(dose.gy[2:, :, :-1], abs=1e-4)
    assert (mapped.reason[-2:] == Correspondence.OUTSIDE_DOSE).all()
    assert np.isnan(mapped.gy[-2:]).all()


def test_analytic_dilation(dose: Dose, dilation: Transform) -> None:
    mapped = map_dose_directly(dose, dilation, GRID)
    expected = gaussian_gy(GRID.voxel_centres_mm(), width_mm=18.0 / 0.9)
    assert np.abs(mapped.gy - expected).max() < INTERPOLATION_GY


def test_absent_tissue_is_flagged_not_filled(dose: Dose) -> None:
    absent = np.zeros(GRID.shape, dtype=bool)
    absent[10:14, 10:14, 10:14] = True
    mapped = map_dose_directly(dose, Transform.identity(), GRID, absent)
    assert np.isnan(mapped.gy[absent]).all()
    assert (mapped.reason[absent] == Correspondence.ABSENT).all()
    assert mapped.missing_percent(absent) == 100.0
    assert mapped.missing_percent(~absent) == 0.0


def test_a_path_is_interpolated_once(dose: Dose) -> None:
    """Half a voxel there and back is exactly nothing when composed."""
    there = Transform.translation((1.5, 1.5, 2.0))
    mapped = map_dose_directly(dose, there.then(there.inverse()), GRID)
    assert mapped.gy == pytest.approx(dose.gy, abs=1e-4)


def test_refuses_a_mask_of_another_shape(dose: Dose) -> None:
    with pytest.raises(ImpastoError, match="shape"):
        map_dose_directly(dose, Transform.identity(), GRID, np.zeros((2, 2, 2), dtype=bool))


def test_dose_on_coarser_reference(dose: Dose) -> None:
    coarse = Grid.centred((10, 10, 8), (6.0, 6.0, 8.0), GRID.world_from_index((np.array(GRID.shape) - 1) / 2))
    mapped = map_dose_directly(dose, Transform.identity(), coarse)
    inside = mapped.is_found
    assert inside.all()
    assert np.abs(mapped.gy - gaussian_gy(coarse.voxel_centres_mm())).max() < INTERPOLATION_GY
    assert isinstance(mapped.image(), Image)
