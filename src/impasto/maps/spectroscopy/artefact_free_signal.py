"""Spectra of brain before an artefact or noise: normal tissue and tumour, of every shape that a reader would accept."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import WATER_PPM, BasisSet
from impasto.maps.spectroscopy.relaxation import METABOLITE_RELAXATION_3T, ReferenceConstants
from impasto.maps.spectroscopy.signal import broadening, voxel_signal

__all__ = ["SpectraConditions", "SpectraDraft", "delayed", "drafted_spectra", "with_noise"]

ComplexArray = NDArray[np.complexfloating]


@dataclass(frozen=True)
class SpectraConditions:
    """What spectra that a reader would accept may differ in; ranges are (least, most).

    Parameters
    ----------
    signal_to_noise : (float, float)
        Highest point of the metabolites' real spectrum over the standard deviation of its noise; log-uniform.
    fwhm_ppm : (float, float)
        Linewidth; log-uniform. 3.7 to 14 Hz at 3 T when not given.
    shift_ppm : float
        Standard deviation of what frequency alignment leaves.
    phase_rad, delay_s : float
        Standard deviations of what phase alignment leaves.
    residual_height : float
        Largest residues of water and lipid, over the metabolites' highest point.
    first_sample_error : float
        Largest error of each channel of the first sample, over the metabolites' highest point (a standard deviation;
        log-uniform from .02). A scanner's digital filter leaves up to .3.
    tumour_share : float
        Share of the spectra that hold tumour, of any grade and infiltration.

    Raises
    ------
    ImpastoError
        When a range is empty or not positive.
    """

    signal_to_noise: tuple[float, float] = (5.0, 250.0)
    fwhm_ppm: tuple[float, float] = (0.03, 0.11)
    shift_ppm: float = 0.02
    phase_rad: float = 0.15
    delay_s: float = 5e-5
    residual_height: float = 1.0
    first_sample_error: float = 0.1
    tumour_share: float = 0.5

    def __post_init__(self) -> None:
        first_sample = (_LEAST_FIRST_SAMPLE_ERROR, self.first_sample_error)
        for low, high in (self.signal_to_noise, self.fwhm_ppm, first_sample):
            if not 0.0 < low < high:
                raise ImpastoError("conditions of spectra", f"the range {low:g} to {high:g} is empty", "order it")


_TISSUE_STATES = 6
_LEAST_FIRST_SAMPLE_ERROR = 0.02
_FIRST_SAMPLES = (1.0, 0.7, 0.5, 0.3)
_OTHER_METABOLITES = ReferenceConstants().other_metabolites

# mmol/L in white matter, grey matter, tumour, necrosis; of the order that Pouwels 1998 and Howe 2003 found
_TISSUE = {
    "NAA": (8.0, 8.5, 0.8, 0.3),
    "NAAG": (2.0, 1.0, 0.2, 0.0),
    "Cr": (3.0, 4.0, 2.5, 0.3),
    "PCr": (2.5, 3.5, 1.5, 0.2),
    "GPC": (1.1, 0.9, 2.0, 0.5),
    "PCh": (0.7, 0.5, 3.0, 0.3),
    "Ins": (4.0, 5.0, 5.0, 0.6),
    "sIns": (0.3, 0.3, 0.2, 0.0),
    "Glu": (6.0, 9.0, 3.5, 0.5),
    "Gln": (2.0, 3.0, 4.0, 0.5),
    "Asp": (1.2, 1.6, 0.5, 0.0),
    "GABA": (0.8, 1.3, 0.3, 0.0),
    "GSH": (1.2, 1.5, 1.8, 0.2),
    "Tau": (1.0, 1.4, 2.0, 0.2),
    "PE": (0.8, 1.2, 2.0, 0.2),
    "Gly": (0.5, 0.7, 2.5, 0.5),
    "Glc": (1.0, 1.0, 0.5, 0.2),
    "Lac": (0.5, 0.6, 5.0, 9.0),
    "Ala": (0.3, 0.3, 1.0, 0.6),
    "2HG": (0.0, 0.0, 2.0, 0.0),
    "MM09": (10.0, 13.0, 12.0, 6.0),
    "MM12": (3.0, 4.0, 3.5, 2.0),
    "MM14": (7.5, 9.5, 9.0, 4.5),
    "MM17": (4.0, 5.0, 4.5, 2.0),
    "MM20": (15.0, 19.0, 18.0, 9.0),
    "Lip09": (0.0, 0.0, 6.0, 25.0),
    "Lip13": (0.0, 0.0, 20.0, 90.0),
    "Lip20": (0.0, 0.0, 3.0, 14.0),
}


@dataclass(frozen=True, eq=False)
class SpectraDraft:
    """Spectra before noise: voxels' signal, its undistorted height, and what is needed to spoil it."""

    signal: ComplexArray
    height: FloatArray
    times_s: FloatArray
    frequency_mhz: float
    rng: np.random.Generator

    def uniform(self, low: float, high: float) -> FloatArray:
        """Draw for each voxel."""
        return self.rng.uniform(low, high, len(self.height))

    def log_uniform(self, low: float, high: float) -> FloatArray:
        """Draw for each voxel, each octave alike."""
        return np.exp(self.uniform(np.log(low), np.log(high)))

    def line(
        self, position_ppm: FloatArray, fwhm_ppm: FloatArray, height: FloatArray, phase: FloatArray
    ) -> ComplexArray:
        """Give Gaussian lines of a height over the metabolites' own."""
        decay = broadening(self.times_s, np.zeros(len(self.height)), fwhm_ppm * self.frequency_mhz)
        turning = 2j * np.pi * ((WATER_PPM - position_ppm) * self.frequency_mhz)[:, None] * self.times_s
        # the first point counts half in the height of a line, as its transform is one-sided
        amplitude = height * self.height / decay.sum(axis=1)
        made: ComplexArray = amplitude[:, None] * decay * np.exp(turning + 1j * phase[:, None])
        return made


def drafted_spectra(
    basis: BasisSet, count: int, rng: np.random.Generator, conditions: SpectraConditions
) -> SpectraDraft:
    """Draw spectra without noise; parameters as for :func:`~artefact_simulation.simulate_good`."""
    kept = [i for i, name in enumerate(basis.names) if name in _TISSUE]
    if not {"NAA", "Cr", "PCr", "GPC", "PCh"} & set(basis.names):
        raise ImpastoError("basis set", "holds no NAA, creatine or choline", "simulate one for the brain")
    names = tuple(basis.names[i] for i in kept)
    times_s = basis.dwell_s * np.arange(basis.fid.shape[1], dtype=np.float64)
    amplitudes = _amplitudes(names, count, rng, conditions.tumour_share)
    low, high = conditions.fwhm_ppm
    fwhm_hz = basis.frequency_mhz * np.exp(rng.uniform(np.log(low), np.log(high), count))
    lorentzian_hz = np.minimum(rng.uniform(1.0, 4.0, count), 0.8 * fwhm_hz)
    decay = broadening(times_s, lorentzian_hz, np.sqrt(fwhm_hz * (fwhm_hz - lorentzian_hz)))
    narrow = np.array([not name.startswith(("MM", "Lip")) for name in names])
    still, signal = np.empty((2, count, len(times_s)), dtype=complex)
    at_rest = np.zeros(count)
    shift_hz = basis.frequency_mhz * rng.normal(0.0, conditions.shift_ppm, count)
    phase = rng.normal(0.0, conditions.phase_rad, count)
    for part in np.array_split(np.arange(count), _TISSUE_STATES):
        fid = _strayed_basis(basis, kept, times_s, rng)
        still[part] = voxel_signal(amplitudes[part] * narrow, fid, times_s, decay[part], at_rest[part], at_rest[part])
        signal[part] = voxel_signal(amplitudes[part], fid, times_s, decay[part], shift_hz[part], phase[part])
    height = np.fft.fft(still, axis=1).real.max(axis=1)
    draft = SpectraDraft(signal, height, times_s, basis.frequency_mhz, rng)
    draft = replace(draft, signal=delayed(draft, rng.normal(0.0, conditions.delay_s, count)))
    return replace(
        draft, signal=_imperfect_shape(draft) + _residues(draft, conditions) + _bent_start(draft, conditions)
    )


def _strayed_basis(basis: BasisSet, kept: list[int], times_s: FloatArray, rng: np.random.Generator) -> ComplexArray:
    """Let shifts stray by .004 ppm, and T2 make lines up to 3 Hz broader and weaker at the echo."""
    names = [basis.names[i] for i in kept]
    stray_hz = basis.frequency_mhz * rng.normal(0.0, 0.004, len(kept))
    broader_hz = rng.uniform(0.0, rng.uniform(0.0, 3.0), len(kept))
    # a basis set may hold the decay until the echo already, and T2 falls with the field
    decay = rng.uniform(0.0, 1.5) * basis.echo_time_s * np.array([_relaxation_rate(name) for name in names])
    damping = (2j * np.pi * stray_hz - np.pi * broader_hz)[:, None] * times_s - decay[:, None]
    strayed: ComplexArray = basis.fid[kept] * np.exp(damping)
    return strayed


def _relaxation_rate(name: str) -> float:
    """1/T2 in Hz; none for broad signals, which hold their decay."""
    if name.startswith(("MM", "Lip")):
        return 0.0
    return 1.0 / METABOLITE_RELAXATION_3T.get(name, _OTHER_METABOLITES).t2_s


def _amplitudes(names: tuple[str, ...], count: int, rng: np.random.Generator, tumour_share: float) -> FloatArray:
    """Mix tissues voxel by voxel; metabolites stray by a sixth, broad signals by a half, as tissue and T2 do."""
    table = np.array([_TISSUE[name] for name in names])
    grey = rng.uniform(0.0, 1.0, count)
    infiltration = np.where(rng.random(count) < tumour_share, rng.uniform(0.05, 1.0, count), 0.0)
    # up to voxels in the midst of necrosis: their lipid is the tissue's own, and no artefact
    necrosis = np.where(rng.random(count) < 0.4, rng.uniform(0.0, 0.9, count), 0.0) * (infiltration > 0.5)
    cells, normal = infiltration * (1.0 - necrosis), 1.0 - infiltration
    shares = np.stack([normal * (1.0 - grey), normal * grey, cells, infiltration * necrosis], axis=1)
    broad = np.array([name.startswith(("MM", "Lip")) for name in names])
    straying = np.exp(rng.normal(0.0, 1.0 / 6.0, (count, len(names))))
    straying[:, broad] *= np.exp(rng.normal(0.0, 0.5, (count, 1)))
    strayed: FloatArray = (shares @ table.T) * straying
    return strayed


def _imperfect_shape(draft: SpectraDraft) -> ComplexArray:
    """Give lines the slight asymmetry of a field that is not even, and of eddy currents nearly corrected."""
    apart_hz, share = draft.frequency_mhz * draft.rng.normal(0.0, 0.02, len(draft.height)), draft.uniform(0.0, 0.4)
    second = np.exp(2j * np.pi * apart_hz[:, None] * draft.times_s)
    swing, decay_s = draft.rng.normal(0.0, 0.15, len(draft.height)), draft.log_uniform(0.005, 0.1)
    turning = np.exp(1j * swing[:, None] * (1.0 - np.exp(-draft.times_s / decay_s[:, None])))
    shaped: ComplexArray = draft.signal * turning * (1.0 - share[:, None] + share[:, None] * second)
    return shaped


def _residues(draft: SpectraDraft, conditions: SpectraConditions) -> ComplexArray:
    """Little water, lipid from outside the voxel, and a low hump of baseline, as good spectra have them too."""
    most, some_phase = conditions.residual_height, (-np.pi, np.pi)
    lines = draft.line(
        draft.uniform(0.9, 1.5),
        draft.log_uniform(0.1, 0.5),
        draft.log_uniform(0.01, 0.6 * most),
        draft.uniform(*some_phase),
    )
    for _ in range(2):
        lines = lines + draft.line(
            draft.uniform(4.4, 4.9),
            draft.log_uniform(0.03, 0.3),
            draft.log_uniform(0.02, 2.0 * most),
            draft.uniform(*some_phase),
        )
        lines = lines + draft.line(
            draft.uniform(0.5, 4.4), draft.uniform(0.4, 1.5), draft.log_uniform(0.01, 0.3), draft.uniform(*some_phase)
        )
    return lines


def _bent_start(draft: SpectraDraft, conditions: SpectraConditions) -> ComplexArray:
    """Give the errors of the first samples that a scanner's filter leaves: a baseline as wide as the bandwidth."""
    shape = (len(draft.height), len(_FIRST_SAMPLES))
    error = draft.rng.normal(size=shape) + 1j * draft.rng.normal(size=shape)
    bent = np.zeros(draft.signal.shape, dtype=complex)
    level = draft.height * draft.log_uniform(_LEAST_FIRST_SAMPLE_ERROR, conditions.first_sample_error)
    bent[:, : shape[1]] = level[:, None] * error * _FIRST_SAMPLES
    return bent


def with_noise(draft: SpectraDraft, conditions: SpectraConditions) -> ComplexArray:
    """Add complex white noise of the signal-to-noise ratios asked for."""
    points = len(draft.times_s)
    level = draft.height / draft.log_uniform(*conditions.signal_to_noise) / np.sqrt(points)
    noise = draft.rng.normal(size=(2, len(level), points))
    noisy: ComplexArray = draft.signal + level[:, None] * (noise[0] + 1j * noise[1])
    return noisy


def delayed(draft: SpectraDraft, delay_s: FloatArray) -> ComplexArray:
    """Begin sampling later or earlier: first-order phase about the middle of the spectrum."""
    dwell_s = draft.times_s[1]
    frequencies = np.fft.fftfreq(len(draft.times_s), dwell_s)
    middle_hz = (WATER_PPM - 2.6) * draft.frequency_mhz
    turning = np.exp(2j * np.pi * (frequencies - middle_hz) * delay_s[:, None])
    moved: ComplexArray = np.fft.ifft(np.fft.fft(draft.signal, axis=1) * turning, axis=1)
    return moved
