"""Our simulation against an LCModel basis set made by others with GAMMA: PRESS, TE 30 ms, TE1 10.8 ms, 123.2 MHz."""

from dataclasses import replace

import numpy as np
import pytest

from impasto.core.spectra import chemical_shifts_ppm
from impasto.files.lcmodel_basis import read_lcmodel_basis
from impasto.maps.spectroscopy.basis import simulate_metabolite
from impasto.maps.spectroscopy.pulse_sequences import Press
from impasto.maps.spectroscopy.signal import broadening
from impasto.maps.spectroscopy.spin_systems import SpinGroup, spin_system

FWHMBA_PPM = 0.0183862094
NAMES = (
    "Ala",
    "Asp",
    "Cr",
    "PCr",
    "GABA",
    "Glc",
    "Gln",
    "Glu",
    "GPC",
    "PCh",
    "GSH",
    "Ins",
    "Lac",
    "NAA",
    "NAAG",
    "sIns",
    "Tau",
)


@pytest.fixture(scope="module")
def reference(reference_data):
    return read_lcmodel_basis(reference_data("mrs") / "press_30ms_3T.basis")


def correlation(reference, name, system):
    """Greatest normalised product of both spectra, 0.5 to 4.2 ppm.

    The file's ISHIFT is a whole number of points (0.98 Hz), so its axis is only good to half of one.
    """
    points = reference.fid.shape[1]
    times_s = np.arange(points) * reference.dwell_s
    fid = simulate_metabolite(system, Press(0.03, 0.0108), reference.frequency_mhz, reference.dwell_s, points)
    fid = fid * broadening(times_s, np.array(0.0), np.array(FWHMBA_PPM * reference.frequency_mhz))
    ppm = chemical_shifts_ppm(np.fft.fftshift(np.fft.fftfreq(8192, reference.dwell_s)), reference.frequency_mhz)
    inside = (ppm > 0.5) & (ppm < 4.2)
    theirs = np.fft.fftshift(np.fft.fft(reference.fid[reference.names.index(name)], 8192))[inside]
    best = 0.0
    for shift_hz in np.arange(-0.5, 0.51, 0.1):
        turned = fid * np.exp(2j * np.pi * shift_hz * times_s)
        ours = np.fft.fftshift(np.fft.fft(turned, 8192))[inside]
        best = max(best, abs(np.vdot(theirs, ours)) / (np.linalg.norm(theirs) * np.linalg.norm(ours)))
    return best


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("GABA", "GSH")])
def test_metabolites_agree(reference, name):
    bound = {"GPC": 0.98, "NAAG": 0.98}.get(name, 0.999)
    assert correlation(reference, name, spin_system(name)) > bound


def test_gaba_agrees_with_the_couplings_of_its_time(reference):
    """The file has the couplings of Govindaraju 2000, which Near 2013 and ours corrected."""
    couplings = np.zeros((6, 6))
    for i, j, value in (
        (0, 2, 7.755), (1, 2, 7.432), (0, 3, 6.173), (1, 3, 7.933),
        (2, 4, 5.372), (3, 4, 7.127), (2, 5, 10.578), (3, 5, 6.982),
    ):  # fmt: skip
        couplings[i, j] = couplings[j, i] = value
    shifts = np.array([2.284, 2.284, 1.889, 1.889, 3.0128, 3.0128])
    old = replace(spin_system("GABA"), groups=(SpinGroup(tuple("abcdef"), shifts, couplings),))
    assert correlation(reference, "GABA", old) > 0.999
    assert correlation(reference, "GABA", spin_system("GABA")) < 0.95


def test_glutathione_agrees_with_one_glycine_proton(reference):
    """The file counts glutathione's glycine methylene as one proton in place of two."""
    ours = spin_system("GSH")
    half = replace(ours, groups=(replace(ours.groups[0], scale=1.0), *ours.groups[1:]))
    assert ours.groups[0].scale == 2.0
    assert correlation(reference, "GSH", half) > 0.999
