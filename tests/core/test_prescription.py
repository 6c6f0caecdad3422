"""Prescriptions guard their maximum and say which dose belongs to which voxel."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import (
    Dose,
    DoseGoal,
    DoseKind,
    DoseLimit,
    Grid,
    Image,
    ImpastoError,
    LimitKind,
    Prescription,
    Role,
    Structure,
    StructureSet,
)

GRID = Grid.centred((6, 6, 6), (2, 2, 2))


def box(name: str, start: int, stop: int) -> Structure:
    mask = np.zeros(GRID.shape)
    mask[start:stop, start:stop, start:stop] = 1.0
    return Structure.from_mask(name, Role.PTV, mask, GRID)


STRUCTURES = StructureSet((box("PTV70", 2, 4), box("PTV60", 1, 5)))


def test_shared_voxels_belong_to_the_first_goal() -> None:
    prescription = Prescription("boost", 30, (DoseGoal("PTV70", 70.0), DoseGoal("PTV60", 60.0)))
    wanted = prescription.dose_map(STRUCTURES, GRID)
    assert np.count_nonzero(wanted == 70.0) == 8
    assert np.count_nonzero(wanted == 60.0) == 64 - 8
    assert np.count_nonzero(wanted == 0.0) == 216 - 64


def test_a_map_gives_each_voxel_its_own_level() -> None:
    levels = Image(np.linspace(50, 70, 216).reshape(GRID.shape), GRID, "prescribed dose", "Gy")
    wanted = Prescription("painted", 30, (DoseGoal("PTV60", levels),)).dose_map(STRUCTURES, GRID)
    inside = wanted > 0
    np.testing.assert_allclose(wanted[inside], levels.data[inside], rtol=1e-6)


def test_a_level_above_the_stated_maximum_is_refused() -> None:
    with pytest.raises(ImpastoError, match="PTV70 is prescribed 75.0 Gy, above the maximum of 72 Gy"):
        Prescription("too hot", 30, (DoseGoal("PTV70", 75.0),), maximum_gy=72.0)
    hot = Image(np.full(GRID.shape, 80.0), GRID, "prescribed dose", "Gy")
    with pytest.raises(ImpastoError, match="80.0 Gy"):
        Prescription("too hot", 30, (DoseGoal("PTV70", hot),), maximum_gy=72.0)


def test_what_cannot_be_delivered_is_refused() -> None:
    with pytest.raises(ImpastoError, match="-1 Gy"):
        DoseGoal("PTV", -1.0)
    with pytest.raises(ImpastoError, match="no dose goal"):
        Prescription("empty", 30, ())
    with pytest.raises(ImpastoError, match="0 fractions"):
        Prescription("none", 0, (DoseGoal("PTV", 60.0),))
    with pytest.raises(ImpastoError, match="must come together"):
        DoseLimit("Cord", LimitKind.DOSE_VOLUME, 45.0)
    with pytest.raises(ImpastoError, match="at least 60 but at most 55 Gy"):
        DoseGoal("PTV", 60.0, 55.0)
    for dose_gy in (-1.0, np.nan, np.inf):
        with pytest.raises(ImpastoError, match="a limit of"):
            DoseLimit("Cord", LimitKind.MAXIMUM, dose_gy)
    with pytest.raises(ImpastoError, match="a limit for 120 %"):
        DoseLimit("Lung", LimitKind.DOSE_VOLUME, 20.0, 120.0)


def test_doses_name_their_unit_and_kind() -> None:
    image = Image(np.ones(GRID.shape), GRID, "dose", "cGy")
    with pytest.raises(ImpastoError, match="convert it to Gy"):
        Dose(image, 30)
    with pytest.raises(ImpastoError, match="alpha/beta"):
        Dose(image.with_data(image.data, unit="Gy"), 30, DoseKind.EQD2)
