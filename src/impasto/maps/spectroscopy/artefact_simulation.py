"""Labelled spectra, good and spoilt: what the artefact filter learns from and is tested on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import WATER_PPM, BasisSet
from impasto.maps.spectroscopy.signal import broadening, voxel_signal

__all__ = ["Artefact", "SpectraConditions", "simulate_good", "simulate_spoilt"]

ComplexArray = NDArray[np.complexfloating]


class Artefact(StrEnum):
    """What spoils spectra of the brain (Kreis 2004)."""

    LIPID = "lipid of the scalp"
    WATER = "residual water"
    SPURIOUS_ECHO = "spurious echo"
    BROAD_LINES = "broad lines"
    SPLIT_LINES = "split lines"
    LOW_SIGNAL = "low signal"
    BASELINE_ROLL = "rolling baseline"
    WRONG_PHASE = "wrong phase"
    SPIKE = "spike"
    MOTION = "motion"
    EDDY_CURRENT = "eddy currents"
    INTERFERENCE = "radio interference"


@dataclass(frozen=True)
class SpectraConditions:
    """What spectra that a reader would accept may differ in; ranges are (least, most).

    Parameters
    ----------
    signal_to_noise : (float, float)
        Highest point of the metabolites' real spectrum over the standard deviation of its noise; log-uniform.
    fwhm_ppm : (float, float)
        Linewidth; log-uniform.
    shift_ppm : float
        Standard deviation of what frequency alignment leaves.
    phase_rad, delay_s : float
        Standard deviations of what phase alignment leaves.
    residual_height : float
        Largest residues of water and lipid, over the metabolites' highest point.
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
    tumour_share: float = 0.5

    def __post_init__(self) -> None:
        for low, high in (self.signal_to_noise, self.fwhm_ppm):
            if not 0.0 < low < high:
                raise ImpastoError("conditions of spectra", f"the range {low:g} to {high:g} is empty", "order it")


_TISSUE_STATES = 6
_DROWNED = (0.3, 2.5)

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
class _Draft:
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


def simulate_good(
    basis: BasisSet,
    count: int,
    rng: np.random.Generator,
    conditions: SpectraConditions = SpectraConditions(),
) -> ComplexArray:
    """Simulate spectra that a reader would accept, of normal brain and of tumour.

    Parameters
    ----------
    basis : BasisSet
        Undamped or nearly so; functions other than those of brain tissue are left out.
    count : int
    rng : Generator
    conditions : SpectraConditions

    Returns
    -------
    ndarray of complex, shape (voxel, time)

    Raises
    ------
    ImpastoError
        When the basis set has neither NAA, creatine nor choline.
    """
    return _with_noise(_draft(basis, count, rng, conditions), conditions)


def simulate_spoilt(
    artefact: Artefact,
    basis: BasisSet,
    count: int,
    rng: np.random.Generator,
    conditions: SpectraConditions = SpectraConditions(),
) -> ComplexArray:
    """Simulate spectra that one artefact makes unfit for metabolite maps; parameters as for :func:`simulate_good`."""
    if artefact is Artefact.LOW_SIGNAL:
        conditions = replace(conditions, signal_to_noise=_DROWNED)
    draft = _draft(basis, count, rng, conditions)
    return _with_noise(replace(draft, signal=_SPOIL[artefact](draft)), conditions)


def _draft(basis: BasisSet, count: int, rng: np.random.Generator, conditions: SpectraConditions) -> _Draft:
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
    draft = _Draft(signal, height, times_s, basis.frequency_mhz, rng)
    draft = replace(draft, signal=_delayed(draft, rng.normal(0.0, conditions.delay_s, count)))
    return replace(draft, signal=_imperfect_shape(draft) + _residues(draft, conditions))


def _strayed_basis(basis: BasisSet, kept: list[int], times_s: FloatArray, rng: np.random.Generator) -> ComplexArray:
    """Let shifts stray by .004 ppm and lines be up to 3 Hz broader, as pH, temperature and T2 let them."""
    stray_hz = basis.frequency_mhz * rng.normal(0.0, 0.004, len(kept))
    broader_hz = rng.uniform(0.0, 3.0, len(kept))
    strayed: ComplexArray = basis.fid[kept] * np.exp((2j * np.pi * stray_hz - np.pi * broader_hz)[:, None] * times_s)
    return strayed


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


def _imperfect_shape(draft: _Draft) -> ComplexArray:
    """Give lines the slight asymmetry of a field that is not even, and of eddy currents nearly corrected."""
    apart_hz, share = draft.frequency_mhz * draft.rng.normal(0.0, 0.02, len(draft.height)), draft.uniform(0.0, 0.4)
    second = np.exp(2j * np.pi * apart_hz[:, None] * draft.times_s)
    swing, decay_s = draft.rng.normal(0.0, 0.15, len(draft.height)), draft.log_uniform(0.005, 0.1)
    turning = np.exp(1j * swing[:, None] * (1.0 - np.exp(-draft.times_s / decay_s[:, None])))
    shaped: ComplexArray = draft.signal * turning * (1.0 - share[:, None] + share[:, None] * second)
    return shaped


def _residues(draft: _Draft, conditions: SpectraConditions) -> ComplexArray:
    """Little water and lipid, and a low hump of baseline, as good spectra have them too."""
    most = conditions.residual_height
    lines = draft.line(
        draft.uniform(1.2, 1.4), draft.uniform(0.1, 0.3), draft.log_uniform(0.01, 0.5 * most), draft.uniform(-1.0, 1.0)
    )
    for _ in range(2):
        lines = lines + draft.line(
            draft.uniform(4.4, 4.9),
            draft.log_uniform(0.03, 0.3),
            draft.log_uniform(0.02, 2.0 * most),
            draft.uniform(-np.pi, np.pi),
        )
        lines = lines + draft.line(
            draft.uniform(0.5, 4.4), draft.uniform(0.4, 1.5), draft.log_uniform(0.01, 0.3), draft.uniform(-np.pi, np.pi)
        )
    return lines


def _with_noise(draft: _Draft, conditions: SpectraConditions) -> ComplexArray:
    points = len(draft.times_s)
    level = draft.height / draft.log_uniform(*conditions.signal_to_noise) / np.sqrt(points)
    noise = draft.rng.normal(size=(2, len(level), points))
    noisy: ComplexArray = draft.signal + level[:, None] * (noise[0] + 1j * noise[1])
    return noisy


def _delayed(draft: _Draft, delay_s: FloatArray) -> ComplexArray:
    """Begin sampling later or earlier: first-order phase about the middle of the spectrum."""
    dwell_s = draft.times_s[1]
    frequencies = np.fft.fftfreq(len(draft.times_s), dwell_s)
    middle_hz = (WATER_PPM - 2.6) * draft.frequency_mhz
    turning = np.exp(2j * np.pi * (frequencies - middle_hz) * delay_s[:, None])
    moved: ComplexArray = np.fft.ifft(np.fft.fft(draft.signal, axis=1) * turning, axis=1)
    return moved


def _signs(draft: _Draft) -> FloatArray:
    return draft.rng.choice([-1.0, 1.0], len(draft.height))


def _lipid(draft: _Draft) -> ComplexArray:
    """Scalp seen through the point spread: strong, broad, off its frequency and out of phase."""
    height, offset, phase = draft.log_uniform(4.0, 40.0), draft.uniform(-0.2, 0.2), draft.uniform(-np.pi, np.pi)
    spoilt = draft.signal
    for position_ppm, share in ((0.9, 0.5), (1.3, 1.0), (2.05, 0.2)):
        spoilt = spoilt + draft.line(
            position_ppm + offset, draft.uniform(0.08, 0.3), share * height * draft.uniform(0.5, 1.2), phase
        )
    return spoilt


def _water(draft: _Draft) -> ComplexArray:
    """Water that suppression and its removal left, of a shape that no single line has."""
    height = draft.log_uniform(8.0, 80.0)
    spoilt = draft.signal
    for _ in range(3):
        spoilt = spoilt + draft.line(
            draft.uniform(4.3, 4.95),
            draft.log_uniform(0.08, 0.5),
            height * draft.uniform(0.2, 1.0),
            draft.uniform(-np.pi, np.pi),
        )
    return spoilt


def _spurious_echo(draft: _Draft) -> ComplexArray:
    """Signal from elsewhere that refocuses after sampling began: it beats across the spectrum."""
    centre_s, duration_s = draft.uniform(0.015, 0.12), draft.log_uniform(0.002, 0.012)
    envelope = np.exp(-0.5 * ((draft.times_s - centre_s[:, None]) / duration_s[:, None]) ** 2)
    frequency_hz = draft.frequency_mhz * (WATER_PPM - draft.uniform(0.8, 4.0))
    turning = np.exp(1j * (2.0 * np.pi * frequency_hz[:, None] * draft.times_s + draft.uniform(-np.pi, np.pi)[:, None]))
    amplitude = draft.height * draft.log_uniform(0.8, 8.0) / np.abs(envelope).sum(axis=1)
    spoilt: ComplexArray = draft.signal + amplitude[:, None] * envelope * turning
    return spoilt


def _broad_lines(draft: _Draft) -> ComplexArray:
    """Poor shim."""
    fwhm_hz = draft.frequency_mhz * draft.log_uniform(0.17, 0.4)
    spoilt: ComplexArray = draft.signal * broadening(draft.times_s, 0.0 * fwhm_hz, fwhm_hz)
    return spoilt


def _split_lines(draft: _Draft) -> ComplexArray:
    """Two places of different field within the voxel."""
    apart_hz, share = draft.frequency_mhz * draft.uniform(0.1, 0.35), draft.uniform(0.35, 0.65)
    second = np.exp(2j * np.pi * (_signs(draft) * apart_hz)[:, None] * draft.times_s)
    spoilt: ComplexArray = draft.signal * (1.0 - share[:, None] + share[:, None] * second)
    return spoilt


def _baseline_roll(draft: _Draft) -> ComplexArray:
    """Points lost at the start of sampling: broad signals turn and roll."""
    delay_s = _signs(draft) * draft.log_uniform(8e-4, 3e-3) * 123.0 / draft.frequency_mhz
    hump = draft.line(
        draft.uniform(0.5, 4.5), draft.uniform(1.0, 2.5), draft.log_uniform(0.4, 2.5), draft.uniform(-np.pi, np.pi)
    )
    return _delayed(draft, delay_s) + hump


def _wrong_phase(draft: _Draft) -> ComplexArray:
    phase = _signs(draft) * draft.uniform(1.0, np.pi)
    spoilt: ComplexArray = draft.signal * np.exp(1j * phase[:, None])
    return spoilt


def _spike(draft: _Draft) -> ComplexArray:
    """Add a discharge: a few samples far too high, so waves all across the spectrum."""
    spoilt = draft.signal.copy()
    last = int(np.searchsorted(draft.times_s, 0.15))
    for _ in range(3):
        where = draft.rng.integers(4, last, len(draft.height))
        height = draft.height * draft.log_uniform(0.5, 4.0) * (draft.rng.random(len(draft.height)) < 0.7)
        spoilt[np.arange(len(where)), where] += height * np.exp(1j * draft.uniform(-np.pi, np.pi))
    height = draft.height * draft.log_uniform(0.5, 4.0)
    spoilt[:, draft.rng.integers(4, last)] += height * np.exp(1j * draft.uniform(-np.pi, np.pi))
    return spoilt


def _motion(draft: _Draft, shots: int = 12) -> ComplexArray:
    """Average of shots whose frequency and phase wander."""
    step_hz = draft.frequency_mhz * draft.uniform(0.04, 0.1)
    wander = np.cumsum(draft.rng.normal(size=(shots, len(step_hz))), axis=0)
    phase = draft.rng.normal(0.0, 0.9, (shots, len(step_hz)))
    factor = np.zeros(draft.signal.shape, dtype=complex)
    for path, turn in zip(wander, phase, strict=True):
        factor += np.exp(1j * (2.0 * np.pi * (step_hz * path)[:, None] * draft.times_s + turn[:, None]))
    spoilt: ComplexArray = draft.signal * factor / shots
    return spoilt


def _eddy_current(draft: _Draft) -> ComplexArray:
    """Frequency that drifts back after a gradient, uncorrected."""
    swing = _signs(draft) * draft.uniform(2.5, 8.0) * max(1.0, draft.frequency_mhz / 123.0)
    decay_s = draft.log_uniform(0.01, 0.05)
    phase = swing[:, None] * (1.0 - np.exp(-draft.times_s / decay_s[:, None]))
    spoilt: ComplexArray = draft.signal * np.exp(1j * phase)
    return spoilt


def _interference(draft: _Draft) -> ComplexArray:
    """Add a narrow line from the room, which does not decay."""
    frequency_hz = draft.frequency_mhz * (WATER_PPM - draft.uniform(0.7, 4.1))
    turning = np.exp(1j * (2.0 * np.pi * frequency_hz[:, None] * draft.times_s + draft.uniform(-np.pi, np.pi)[:, None]))
    amplitude = draft.height * draft.log_uniform(1.5, 10.0) / len(draft.times_s)
    spoilt: ComplexArray = draft.signal + amplitude[:, None] * turning
    return spoilt


_SPOIL: dict[Artefact, Callable[[_Draft], ComplexArray]] = {
    Artefact.LIPID: _lipid,
    Artefact.WATER: _water,
    Artefact.SPURIOUS_ECHO: _spurious_echo,
    Artefact.BROAD_LINES: _broad_lines,
    Artefact.SPLIT_LINES: _split_lines,
    Artefact.LOW_SIGNAL: lambda draft: draft.signal,
    Artefact.BASELINE_ROLL: _baseline_roll,
    Artefact.WRONG_PHASE: _wrong_phase,
    Artefact.SPIKE: _spike,
    Artefact.MOTION: _motion,
    Artefact.EDDY_CURRENT: _eddy_current,
    Artefact.INTERFERENCE: _interference,
}
