"""The table of spin systems: complete, and protons as many as chemistry says."""

import numpy as np
import pytest

from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.basis import BRAIN_METABOLITES
from impasto.maps.spectroscopy.spin_systems import spin_system, spin_systems

# protons of the molecule that do not exchange with water, counted from its structure; amides of NAA and NAAG in
PROTONS = {
    "NAA": 7, "NAAG": 13, "Cr": 5, "PCr": 5, "GPC": 18, "PCh": 13, "Cho": 13, "Ins": 6, "sIns": 6, "Glu": 5, "Gln": 5,
    "Lac": 4, "Ala": 4, "Asp": 3, "GABA": 6, "Glc": 7, "Gly": 2, "GSH": 10, "PE": 4, "Tau": 4, "2HG": 5, "Asc": 4,
}  # fmt: skip


@pytest.mark.parametrize("name", PROTONS)
def test_a_metabolite_has_the_protons_of_its_molecule(name):
    assert spin_system(name).protons() == pytest.approx(PROTONS[name])


def test_the_table_has_what_a_brain_basis_needs_and_names_its_sources():
    systems = spin_systems()
    assert set(systems) == set(PROTONS)
    assert set(BRAIN_METABOLITES) <= set(systems)
    assert all(system.source for system in systems.values())


def test_groups_are_small_symmetric_and_plausible():
    for system in spin_systems().values():
        for group in system.groups:
            assert len(group.protons) <= 7
            np.testing.assert_array_equal(group.couplings_hz, group.couplings_hz.T)
            assert np.abs(group.couplings_hz).max() < 18.0
            assert ((group.shifts_ppm > 1.0) & (group.shifts_ppm < 8.5)).all()
            assert group.heteronuclear_offsets_hz().mean() == pytest.approx(0.0)


def test_geminal_couplings_are_negative_and_vicinal_ones_positive():
    for system in spin_systems().values():
        for group in system.groups:
            for i, first in enumerate(group.protons):
                for j in range(i + 1, len(group.protons)):
                    geminal = first.rstrip("bc") == group.protons[j].rstrip("bc")
                    value = group.couplings_hz[i, j]
                    assert value <= 0.0 if geminal else value >= 0.0, (system.name, first, group.protons[j])


def test_an_unknown_metabolite_is_named():
    with pytest.raises(ImpastoError, match="Xyz: no spin system"):
        spin_system("Xyz")
