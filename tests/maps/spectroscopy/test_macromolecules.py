"""Broad lines: where they are, how wide, how much."""

import numpy as np
import pytest

from impasto.core.errors import ImpastoError
from impasto.core.spectra import chemical_shifts_ppm
from impasto.maps.spectroscopy.macromolecules import lipid_basis, macromolecule_basis

FREQUENCY_MHZ, DWELL_S, POINTS = 123.2, 2.5e-4, 1024
SIZE = 65536


def real_spectrum(basis, name):
    fid = basis.fid[basis.names.index(name)].copy()
    fid[0] *= 0.5
    ppm = chemical_shifts_ppm(np.fft.fftshift(np.fft.fftfreq(SIZE, DWELL_S)), FREQUENCY_MHZ)
    return ppm, np.fft.fftshift(np.fft.fft(fid, SIZE)).real


@pytest.mark.parametrize(
    ("name", "position", "width"),
    [
        ("MM09", 0.91, 0.14),
        ("MM12", 1.21, 0.15),
        ("MM17", 1.67, 0.15),
        ("MM30", 2.97, 0.17),
        ("MM32", 3.20, 0.16),
    ],
)
def test_a_line_has_its_position_and_width(name, position, width):
    ppm, values = real_spectrum(macromolecule_basis(0.0, FREQUENCY_MHZ, DWELL_S, POINTS), name)
    above = ppm[values > values.max() / 2]
    assert above.mean() == pytest.approx(position, abs=0.001)
    assert np.ptp(above) == pytest.approx(width, abs=0.002)


def test_areas_are_protons_less_the_decay_until_the_echo():
    basis = macromolecule_basis(0.03, FREQUENCY_MHZ, DWELL_S, POINTS, t2_s=0.03)
    areas = [real_spectrum(basis, name)[1].sum() * 2 / SIZE for name in basis.names]
    np.testing.assert_allclose(areas, np.array([3.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.5]) * np.exp(-1.0), rtol=1e-6)


def test_macromolecules_under_choline_and_creatine_stand_alone():
    basis = macromolecule_basis(0.0, FREQUENCY_MHZ, DWELL_S, POINTS)
    for name, above_ppm in (("MM20", 2.6), ("MM23", 2.8)):
        ppm, values = real_spectrum(basis, name)
        assert abs(values[ppm > above_ppm].sum()) < 1e-3 * values.sum()


def test_lipids_outlive_macromolecules():
    sampling = (FREQUENCY_MHZ, DWELL_S, 8)
    ratio = lipid_basis(0.135, *sampling).fid[1, 0].real / macromolecule_basis(0.135, *sampling).fid[1, 0].real
    assert ratio > 5


def test_a_decay_time_that_is_not_positive_is_refused():
    with pytest.raises(ImpastoError, match="T2"):
        lipid_basis(0.03, FREQUENCY_MHZ, DWELL_S, 8, t2_s=0.0)
