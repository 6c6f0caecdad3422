"""Brain spectra made under conditions that the fit does not assume: what a scanner adds beside metabolites.

The truth is made with another basis set than the one that is fitted (where the reference data are there: GAMMA's, with
the timing of a real sequence), macromolecules as single lines of their own widths and heights, scalp lipid with its own
frequency and phase, residual water of several unlike lines, a field that splits lines unevenly, and first-order phase.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core import BasisSet

FloatArray = NDArray[np.float64]

# mmol per litre in normal brain: ranges of Govindaraju 2000 and Pouwels & Frahm 1998
CONCENTRATIONS = {
    "NAA": 9.5, "NAAG": 1.2, "Cr": 4.2, "PCr": 3.4, "GPC": 1.0, "PCh": 0.5, "Ins": 5.0, "sIns": 0.3, "Glu": 8.5,
    "Gln": 2.5, "Lac": 0.5, "Ala": 0.3, "Asp": 1.5, "GABA": 1.2, "Glc": 1.0, "GSH": 1.3, "Tau": 1.2,
}  # fmt: skip

# ppm, width in Hz at 3 T, height relative to the one at 0.91 ppm (positions: Behar 1994, Cudalbu 2021)
_MACROMOLECULES = (
    (0.91, 18.0, 1.00), (1.21, 16.0, 0.35), (1.39, 22.0, 0.95), (1.67, 20.0, 0.40), (2.05, 28.0, 1.20),
    (2.26, 24.0, 0.60), (2.56, 18.0, 0.12), (2.96, 20.0, 0.45), (3.21, 20.0, 0.30), (3.77, 30.0, 0.70),
    (3.92, 24.0, 0.50),
)  # fmt: skip
_MACROMOLECULE_PROTONS = 7.0
_LIPIDS = ((0.90, 0.3), (1.28, 1.0), (2.05, 0.15))


@dataclass(frozen=True, eq=False)
class SimulatedSpectra:
    """Signals and what they were made of."""

    fid: NDArray[np.complex128]
    clean: NDArray[np.complex128]
    concentrations: FloatArray
    names: tuple[str, ...]
    noise: FloatArray
    fwhm_hz: FloatArray
    is_tumour: NDArray[np.bool_]

    def total(self, *names: str) -> FloatArray:
        total: FloatArray = self.concentrations[:, [self.names.index(name) for name in names]].sum(axis=1)
        return total


def simulate(
    basis: BasisSet, count: int, signal_to_noise: float, fwhm_hz: tuple[float, float], seed: int
) -> SimulatedSpectra:
    """Make spectra at one signal-to-noise ratio: the highest metabolite peak over the noise's standard deviation."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(basis.fid.shape[1]) * basis.dwell_s
    concentrations, is_tumour = _concentrations(basis.names, count, rng)
    widths = rng.uniform(*fwhm_hz, count)
    decay = _lineshape(times_s, widths, rng)
    metabolites = (concentrations @ basis.fid) * decay
    height = (np.fft.fft(metabolites, axis=1).real / np.sqrt(len(times_s))).max(axis=1)
    noise = height / signal_to_noise
    # the echo is missed by a little, which turns phases in proportion to frequency
    delay_s = rng.uniform(-2e-5, 2e-5, count)
    times_from_echo_s = times_s + delay_s[:, None]
    strength = np.abs(metabolites[:, 1])
    signal = _delayed(metabolites, basis.dwell_s, delay_s)
    signal = signal + _macromolecules(basis, times_from_echo_s, rng) * decay
    signal = signal + _lipids(basis, times_from_echo_s, strength, rng) * decay
    signal = signal + _water(times_from_echo_s, strength, rng)
    shift_hz, phase = rng.uniform(-15.0, 15.0, count), rng.uniform(-np.pi, np.pi, count)
    signal = signal * np.exp(1j * (2.0 * np.pi * shift_hz[:, None] * times_s + phase[:, None]))
    channels = rng.standard_normal((2, *signal.shape))
    fid = signal + noise[:, None] * (channels[0] + 1j * channels[1])
    return SimulatedSpectra(fid, metabolites, concentrations, basis.names, noise, widths, is_tumour)


def _concentrations(
    names: tuple[str, ...], count: int, rng: np.random.Generator
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Normal brain, and a third of voxels with tumour: less NAA, more choline, lactate."""
    usual = np.array([CONCENTRATIONS.get(name, 0.0) for name in names])
    values = usual * rng.uniform(0.65, 1.35, (count, len(names)))
    is_tumour = np.arange(count) % 3 == 0
    change = {"NAA": (0.1, 0.7), "NAAG": (0.1, 0.7), "GPC": (1.0, 3.0), "PCh": (1.0, 4.0), "Lac": (1.0, 10.0)}
    for name, limits in change.items():
        column = names.index(name)
        values[is_tumour, column] *= rng.uniform(*limits, is_tumour.sum())
    return values, is_tumour


def _lineshape(times_s: FloatArray, fwhm_hz: FloatArray, rng: np.random.Generator) -> NDArray[np.complex128]:
    """T2 of 150 to 400 ms, and a field that spreads each voxel over a few unlike frequencies."""
    t2_s = rng.uniform(0.15, 0.40, len(fwhm_hz))
    spread = np.sqrt(np.maximum(fwhm_hz - 1.0 / (np.pi * t2_s), 0.5) ** 2)
    gaussian = np.exp(-((np.pi * 0.9 * spread[:, None] * times_s) ** 2) / (4.0 * np.log(2.0)))
    side_share = rng.uniform(0.0, 0.25, len(fwhm_hz))[:, None]
    side = np.exp(2j * np.pi * (0.5 * spread * rng.choice([-1.0, 1.0], len(fwhm_hz)))[:, None] * times_s)
    return np.exp(-times_s / t2_s[:, None]) * gaussian * ((1.0 - side_share) + side_share * side)


def _macromolecules(basis: BasisSet, times_s: FloatArray, rng: np.random.Generator) -> NDArray[np.complex128]:
    count = len(times_s)
    total = np.zeros(times_s.shape, dtype=complex)
    level = _MACROMOLECULE_PROTONS * _one_proton(basis) * rng.uniform(0.6, 1.4, count)
    for ppm, width_hz, height in _MACROMOLECULES:
        width = width_hz * rng.uniform(0.85, 1.15)
        line = np.exp(
            2j * np.pi * (4.65 - ppm) * basis.frequency_mhz * times_s - (np.pi * width * times_s) ** 2 / np.log(16.0)
        )
        total += (level * height * rng.uniform(0.85, 1.15, count))[:, None] * line
    return total


def _lipids(
    basis: BasisSet, times_s: FloatArray, strength: FloatArray, rng: np.random.Generator
) -> NDArray[np.complex128]:
    """Scalp lipid reaches a third of the voxels, with its own frequency and phase."""
    count = len(strength)
    level = strength * rng.uniform(0.05, 0.8, count) * (rng.uniform(size=count) < 1.0 / 3.0)
    phase, shift = rng.uniform(-1.0, 1.0, count), rng.uniform(-6.0, 6.0, count)
    total = np.zeros(times_s.shape, dtype=complex)
    for ppm, height in _LIPIDS:
        width = rng.uniform(15.0, 30.0, count)[:, None]
        frequency = ((4.65 - ppm) * basis.frequency_mhz + shift)[:, None]
        total += height * np.exp(2j * np.pi * frequency * times_s - np.pi * width * times_s)
    return total * (level * np.exp(1j * phase))[:, None]


def _water(times_s: FloatArray, strength: FloatArray, rng: np.random.Generator) -> NDArray[np.complex128]:
    """Three lines of unlike width and phase around 4.65 ppm, together up to twenty times the metabolites."""
    count = len(strength)
    total = np.zeros(times_s.shape, dtype=complex)
    for _ in range(3):
        frequency, width = rng.normal(0.0, 6.0, count)[:, None], rng.uniform(4.0, 20.0, count)[:, None]
        phase, level = rng.uniform(-np.pi, np.pi, count), strength * rng.uniform(0.5, 7.0, count)
        line = np.exp(2j * np.pi * frequency * times_s - np.pi * width * times_s)
        total += (level * np.exp(1j * phase))[:, None] * line
    return total


def _delayed(signal: NDArray[np.complex128], dwell_s: float, delay_s: FloatArray) -> NDArray[np.complex128]:
    """First-order phase of a small error in the echo's position."""
    frequency_hz = np.fft.fftfreq(2 * signal.shape[1], dwell_s)
    spectrum = np.fft.fft(signal, 2 * signal.shape[1], axis=1)
    spectrum *= np.exp(2j * np.pi * delay_s[:, None] * frequency_hz)
    delayed: NDArray[np.complex128] = np.fft.ifft(spectrum, axis=1)[:, : signal.shape[1]]
    return delayed


def _one_proton(basis: BasisSet) -> float:
    """Amplitude of one proton in this basis set, from creatine's five."""
    return float(np.abs(basis.fid[basis.names.index("Cr"), 1])) / 5.0
