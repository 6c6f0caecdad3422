"""Spectra and maps whose truth is known by construction, for the tests of this room."""

from __future__ import annotations

import numpy as np

from impasto.core import Grid, Image
from impasto.maps.spectroscopy.fit_curves import FitCurves
from impasto.maps.spectroscopy.fit_result import SpectralFit
from impasto.report import Estimate, MapsOverAnatomy, Verdict, VoxelSpectrum

SHIFTS_PPM = np.linspace(4.1, 0.5, 900)
NOISE = 0.01
ACCEPTED = Verdict(True)
HOT = (9, 2, 3)
"""Index of the only voxel above the threshold: at the patient's left, anterior."""


def line(centre_ppm: float, height: float, width_ppm: float = 0.04) -> np.ndarray:
    return height / (1.0 + ((SHIFTS_PPM - centre_ppm) / (0.5 * width_ppm)) ** 2)


def curves(lactate: float = 0.2) -> FitCurves:
    components = {
        "NAA": line(2.01, 1.0),
        "NAAG": line(2.04, 0.1),
        "Cr": line(3.03, 0.6) + line(3.92, 0.4),
        "GPC": line(3.21, 0.5),
        "Lac": line(1.33, lactate),
        "MM09": line(0.9, 0.15, 0.2),
        "Lip20": line(2.0, 0.05, 0.2),
        "Tau": line(3.4, 0.05),
    }
    baseline = 0.05 + 0.02 * SHIFTS_PPM
    noise = np.random.default_rng(2).normal(0.0, NOISE, SHIFTS_PPM.size)
    return FitCurves(SHIFTS_PPM, baseline + sum(components.values()) + noise, baseline, components)


def spectrum(label: str = "Tumour", lactate: float = 0.2, verdict: Verdict = ACCEPTED) -> VoxelSpectrum:
    return VoxelSpectrum(
        label=label,
        position_mm=(-20.0, 35.5, 12.0),
        curves=curves(lactate),
        amplitudes=(Estimate("tNAA", 8e-6, 4e-7), Estimate("Lac", 1e-6, 6e-7)),
        ratios=(Estimate("Cho/NAA", 4.2, 0.5, is_lower_bound=True), Estimate("tCho/tCr", 0.9, 0.1)),
        signal_to_noise=41.0,
        fwhm_hz=6.3,
        verdict=verdict,
        noise=NOISE,
    )


def fit() -> SpectralFit:
    """Two voxels of NAA, GPC and Cr with independent errors; the second has no NAA."""
    errors = np.array([0.5, 0.1, 0.4])
    one = np.ones(2)
    return SpectralFit(
        names=("NAA", "GPC", "Cr"),
        amplitudes=np.array([[10.0, 2.0, 8.0], [0.0, 3.0, 5.0]]),
        covariance=np.stack([np.diag(errors**2)] * 2),
        shift_hz=0.0 * one,
        zero_order_phase_rad=0.0 * one,
        first_order_phase_s=0.0 * one,
        lorentzian_hz=4.0 * one,
        gaussian_hz=4.0 * one,
        fwhm_hz=np.array([5.0, 7.0]),
        signal_to_noise=np.array([40.0, 30.0]),
        noise=np.array([0.1, 0.2]),
        residual=one,
    )


def metabolite_maps() -> MapsOverAnatomy:
    """Ratio 1 in a block of 8 x 8 x 4 voxels of 10 mm, 6 in one of them, three rejected, over uniform grey."""
    grid = Grid.centred((12, 12, 8), (10.0, 10.0, 10.0))
    fitted = np.zeros(grid.shape, dtype=bool)
    fitted[2:10, 2:10, 2:6] = True
    ratio = np.where(fitted, 1.0, np.nan)
    ratio[HOT] = 6.0
    ratio[2:5, 9, 3] = np.nan
    naa = np.where(fitted, 5.0, np.nan)
    fine = Grid.centred((64, 64, 48), (2.5, 2.5, 2.5))
    grey = np.where(np.arange(64)[:, None, None] % 8 == 0, 120.0, 100.0) * np.ones(fine.shape)
    return MapsOverAnatomy(
        anatomy=Image(grey.astype(np.float32), fine, "FLAIR", "1"),
        maps={"Cho/NAA": Image(ratio, grid, "Cho/NAA", "1"), "tNAA": Image(naa, grid, "tNAA", "[arb'U]")},
        fitted=fitted,
        thresholds={"Cho/NAA": 2.0},
        excited=Grid.axis_aligned((1, 1, 1), (90.0, 80.0, 60.0), (0.0, 0.0, 0.0)),
    )
