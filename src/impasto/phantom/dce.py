"""What a scanner would give of contrast agent by T1: dynamic series and the images that T1 is mapped from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.image import Image
from impasto.maps.dce import (
    ArterialInput,
    extended_tofts_concentration,
    parker_blood_concentration,
    relaxation_rate,
    spoiled_gradient_signal,
)
from impasto.phantom.head_motion import HeadMotion, with_head_motion
from impasto.phantom.perfusion import CAPILLARY_BEDS, HAEMATOCRIT_LARGE_VESSEL, CapillaryBed
from impasto.phantom.relaxation import RELAXATION
from impasto.phantom.rician import with_rician_noise
from impasto.phantom.tissue_classes import Mixture, TissueClass

__all__ = ["DceProtocol", "class_concentrations", "dce_scan", "population_input", "variable_flip_angle_scans"]

_KNOTS_PER_S = 4
_WHITE_MATTER_SIGNAL = 1000.0


@dataclass(frozen=True)
class DceProtocol:
    """A dynamic three-dimensional spoiled gradient echo and the injection it follows.

    Parameters
    ----------
    frame_count : int
    frame_interval_s : float
        Each frame shows the moment at which it starts.
    bolus_arrival_s : float
        At the arterial input, after the start of the first frame.
    dose_mmol_per_kg : float
        Half of the usual dose: the other half, and more, is for the susceptibility series.
    repetition_time_s, echo_time_s, flip_angle_deg : float
    relaxivity_l_per_mmol_s : float
        r1 of the agent; 4.5 for usual agents in plasma at 3 T (Rohrer 2005).
    signal_to_noise : float
        Of white matter before the bolus.
    motion : HeadMotion, optional
    """

    frame_count: int = 60
    frame_interval_s: float = 5.0
    bolus_arrival_s: float = 30.0
    dose_mmol_per_kg: float = 0.05
    repetition_time_s: float = 0.005
    echo_time_s: float = 0.002
    flip_angle_deg: float = 15.0
    relaxivity_l_per_mmol_s: float = 4.5
    signal_to_noise: float = 40.0
    motion: HeadMotion | None = None

    @property
    def times_s(self) -> FloatArray:
        """Start of each frame, shape (frame,)."""
        times: FloatArray = np.arange(self.frame_count, dtype=np.float64) * self.frame_interval_s
        return times

    def arterial_input(self) -> ArterialInput:
        """Concentration in the patient's arteries, far finer than the frames."""
        return population_input(self.times_s[-1], self.bolus_arrival_s, self.dose_mmol_per_kg)


def population_input(last_s: float, bolus_arrival_s: float, dose_mmol_per_kg: float) -> ArterialInput:
    """Sample Parker's population average, scaled by the dose, in quarters of a second to the end of a series."""
    times = np.arange(int(np.ceil(last_s * _KNOTS_PER_S)) + 1) / _KNOTS_PER_S
    blood = parker_blood_concentration(times, bolus_arrival_s) * (dose_mmol_per_kg / 0.1)
    return ArterialInput(times, blood, HAEMATOCRIT_LARGE_VESSEL)


def dce_scan(mixture: Mixture, protocol: DceProtocol, seed: int) -> Image:
    """Simulate a dynamic contrast-enhanced series.

    Within a class of tissue water exchanges fast (one R1); between the classes of a voxel it does not (signals add).

    Parameters
    ----------
    mixture : Mixture
        The patient in the scanner's voxels.
    protocol : DceProtocol
    seed : int
        Decides the noise.

    Returns
    -------
    Image
        Signal of shape (i, j, k, frame), arbitrary unit, white matter 1000 before the bolus.
    """
    concentration = class_concentrations(protocol.times_s, protocol.arterial_input())
    signal = _class_signal(concentration, protocol, protocol.flip_angle_deg)
    return Image(
        _scanned(mixture, signal, protocol, np.random.default_rng([seed, 21])),
        mixture.grid,
        "T1-weighted signal",
        "1",
        protocol.times_s,
    )


def variable_flip_angle_scans(
    mixture: Mixture, protocol: DceProtocol, flip_angles_deg: Sequence[float], seed: int
) -> tuple[Image, ...]:
    """Simulate the images before the bolus from which T1 is mapped: the same sequence at other flip angles.

    Parameters
    ----------
    mixture : Mixture
    protocol : DceProtocol
        Its own flip angle is not used.
    flip_angles_deg : sequence of float
    seed : int

    Returns
    -------
    tuple of Image
        One each angle, on the intensity scale of :func:`dce_scan`.
    """
    rng = np.random.default_rng([seed, 22])
    nothing = np.zeros((len(TissueClass), 1))
    signals = [_class_signal(nothing, protocol, angle) for angle in flip_angles_deg]
    scans = [_scanned(mixture, signal, protocol, rng)[..., 0] for signal in signals]
    return tuple(Image(scan, mixture.grid, "T1-weighted signal", "1") for scan in scans)


def class_concentrations(times_s: FloatArray, arterial: ArterialInput) -> FloatArray:
    """Contrast agent in each class of tissue: an extended Tofts tissue each, blood in vessels.

    Parameters
    ----------
    times_s : ndarray, shape (time,)
    arterial : ArterialInput

    Returns
    -------
    ndarray, shape (class, time)
        In mmol/L of tissue, in the order of :class:`TissueClass`.
    """
    return np.stack([_concentration(times_s, arterial, CAPILLARY_BEDS[c]) for c in TissueClass])


def _concentration(times_s: FloatArray, arterial: ArterialInput, bed: CapillaryBed) -> FloatArray:
    if bed.is_vessel:
        return arterial.blood_at(times_s)
    later = arterial.delayed(bed.arrival_s)
    return extended_tofts_concentration(times_s, later, bed.ktrans_per_min, bed.ve, bed.vp)


def _class_signal(concentration: FloatArray, protocol: DceProtocol, flip_angle_deg: float) -> FloatArray:
    """Signal of voxels filled by one class, shape (class, time), white matter 1000 with the protocol's own angle."""
    signal = np.empty_like(concentration)
    for row, tissue_class in enumerate(TissueClass):
        tissue = RELAXATION[tissue_class]
        rate = relaxation_rate(tissue.t1_s, concentration[row], protocol.relaxivity_l_per_mmol_s)
        decayed = tissue.proton_density * np.exp(-protocol.echo_time_s / tissue.t2star_s)
        signal[row] = spoiled_gradient_signal(rate, flip_angle_deg, protocol.repetition_time_s, decayed)
    return signal * _gain(protocol)


def _gain(protocol: DceProtocol) -> float:
    white = RELAXATION[TissueClass.WHITE_MATTER]
    decayed = white.proton_density * np.exp(-protocol.echo_time_s / white.t2star_s)
    unit = spoiled_gradient_signal(1.0 / white.t1_s, protocol.flip_angle_deg, protocol.repetition_time_s, decayed)
    return _WHITE_MATTER_SIGNAL / float(unit)


def _scanned(
    mixture: Mixture, signal: FloatArray, protocol: DceProtocol, rng: np.random.Generator
) -> NDArray[np.float32]:
    clean: NDArray[np.float32] = mixture.mixed(signal)
    if protocol.motion is not None:
        clean = with_head_motion(clean, mixture.grid, protocol.motion, rng)
    return with_rician_noise(clean, _WHITE_MATTER_SIGNAL / protocol.signal_to_noise, rng)
