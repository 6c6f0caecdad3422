"""What a scanner would give of contrast agent by T2*: a dynamic series of the first pass, leakage included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.image import Image
from impasto.maps.dce import ArterialInput, relaxation_rate, spoiled_gradient_signal, tofts_concentration
from impasto.maps.dsc import (
    apparent_delta_r2star,
    arterial_delta_r2star,
    capillary_concentration,
    gradient_echo_signal,
    leaking_delta_r2star,
)
from impasto.phantom.dce import population_input
from impasto.phantom.head_motion import HeadMotion, with_head_motion
from impasto.phantom.perfusion import (
    CAPILLARY_BEDS,
    HAEMATOCRIT_SMALL_VESSEL,
    CapillaryBed,
)
from impasto.phantom.relaxation import RELAXATION, Relaxation
from impasto.phantom.rician import with_rician_noise
from impasto.phantom.tissue_classes import Mixture, TissueClass

__all__ = ["DscProtocol", "class_delta_r2star", "dsc_scan", "leakage_k2_per_s"]

_WHITE_MATTER_SIGNAL = 1000.0


@dataclass(frozen=True)
class DscProtocol:
    """A dynamic single-shot gradient echo, fat-suppressed, and the injection it follows.

    The defaults are the consensus for a single injection without preload: a low flip angle keeps the T1 effect of
    leaked agent small, so that its T2* effect wins (Boxerman 2020). At 60 degrees and more the T1 effect wins, and
    saturates: the two-parameter correction then falls short.

    Parameters
    ----------
    frame_count : int
    repetition_time_s : float
        Also the interval between frames.
    echo_time_s, flip_angle_deg : float
    bolus_arrival_s : float
        At the arterial input, after the start of the first frame.
    dose_mmol_per_kg : float
    relaxivity_l_per_mmol_s : float
        r1 of the agent.
    vascular_r2star_l_per_mmol_s : float
        Change of R2* for each mmol of agent in vessels per litre of tissue; 87 at 3 T (Kjolby 2006).
    leaked_r2star_l_per_mmol_s : float
        The same for agent among cells, smaller, for its susceptibility is spread evenly.
    signal_to_noise : float
        Of white matter before the bolus.
    motion : HeadMotion, optional
    """

    frame_count: int = 80
    repetition_time_s: float = 1.5
    echo_time_s: float = 0.03
    flip_angle_deg: float = 30.0
    bolus_arrival_s: float = 15.0
    dose_mmol_per_kg: float = 0.1
    relaxivity_l_per_mmol_s: float = 4.5
    vascular_r2star_l_per_mmol_s: float = 87.0
    leaked_r2star_l_per_mmol_s: float = 20.0
    signal_to_noise: float = 80.0
    motion: HeadMotion | None = None

    @property
    def times_s(self) -> FloatArray:
        """Start of each frame, shape (frame,)."""
        times: FloatArray = np.arange(self.frame_count, dtype=np.float64) * self.repetition_time_s
        return times

    def arterial_input(self) -> ArterialInput:
        """Concentration in the patient's arteries, far finer than the frames."""
        return population_input(self.times_s[-1], self.bolus_arrival_s, self.dose_mmol_per_kg)


def dsc_scan(mixture: Mixture, protocol: DscProtocol, seed: int) -> Image:
    """Simulate a dynamic susceptibility contrast series.

    Parameters
    ----------
    mixture : Mixture
        The patient in the scanner's voxels.
    protocol : DscProtocol
    seed : int
        Decides the noise.

    Returns
    -------
    Image
        Signal of shape (i, j, k, frame), arbitrary unit, white matter 1000 before the bolus.
    """
    baseline = np.array([_baseline_signal(RELAXATION[c], protocol) for c in TissueClass])
    white = float(baseline[tuple(TissueClass).index(TissueClass.WHITE_MATTER)])
    change = class_delta_r2star(protocol.times_s, protocol.arterial_input(), protocol)
    signal = gradient_echo_signal(baseline[:, None] * (_WHITE_MATTER_SIGNAL / white), change, protocol.echo_time_s)
    clean: NDArray[np.float32] = mixture.mixed(signal)
    rng = np.random.default_rng([seed, 23])
    if protocol.motion is not None:
        clean = with_head_motion(clean, mixture.grid, protocol.motion, rng)
    scanned = with_rician_noise(clean, _WHITE_MATTER_SIGNAL / protocol.signal_to_noise, rng)
    return Image(scanned, mixture.grid, "T2*-weighted signal", "1", protocol.times_s)


def class_delta_r2star(times_s: FloatArray, arterial: ArterialInput, protocol: DscProtocol) -> FloatArray:
    """Apparent change of R2* in each class: agent in capillaries, leaked agent, and what shorter T1 feigns.

    Parameters
    ----------
    times_s : ndarray, shape (time,)
    arterial : ArterialInput
    protocol : DscProtocol

    Returns
    -------
    ndarray, shape (class, time)
        Per second, in the order of :class:`TissueClass`.
    """
    curves = [_delta_r2star(times_s, arterial, CAPILLARY_BEDS[c], RELAXATION[c], protocol) for c in TissueClass]
    return np.stack(curves)


def leakage_k2_per_s(mixture: Mixture, protocol: DscProtocol) -> RealArray:
    """Leakage coefficient K2 that the two-parameter model (Boxerman 2006) gives to the noiseless curves.

    K2 belongs to a sequence as much as to a tissue. The reference is the mean of grey and white matter; the model,
    ``K1 ref - K2 integral of ref``, is fitted to each class by least squares over the whole series.

    Parameters
    ----------
    mixture : Mixture
    protocol : DscProtocol

    Returns
    -------
    ndarray of float32, shape `mixture.grid.shape`
        Per second, mean over the classes in a voxel; positive where shorter T1 wins over the leaked agent's own T2*.
    """
    change = class_delta_r2star(protocol.times_s, protocol.arterial_input(), protocol)
    order = tuple(TissueClass)
    normal = [order.index(TissueClass.GREY_MATTER), order.index(TissueClass.WHITE_MATTER)]
    reference = change[normal].mean(axis=0)
    design = leaking_delta_r2star(protocol.times_s, reference, np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    k2 = np.linalg.lstsq(design.T, change.T, rcond=None)[0][1]
    k2[order.index(TissueClass.VESSEL)] = 0.0
    return mixture.mixed(k2)


def _baseline_signal(tissue: Relaxation, protocol: DscProtocol) -> float:
    if tissue.is_fat:
        return 0.0
    decayed = tissue.proton_density * np.exp(-protocol.echo_time_s / tissue.t2star_s)
    rate = 1.0 / tissue.t1_s
    return float(spoiled_gradient_signal(rate, protocol.flip_angle_deg, protocol.repetition_time_s, decayed))


def _delta_r2star(
    times_s: FloatArray, arterial: ArterialInput, bed: CapillaryBed, tissue: Relaxation, protocol: DscProtocol
) -> FloatArray:
    if bed.is_vessel:
        shortening = arterial.blood_at(times_s)
        change = arterial_delta_r2star(shortening)
    else:
        later = arterial.delayed(bed.arrival_s)
        in_vessels = capillary_concentration(
            times_s, later, bed.cbf_ml_per_100ml_min, bed.mean_transit_time_s, HAEMATOCRIT_SMALL_VESSEL
        )
        # capillary water, a few per cent of all, leaves too slowly to share its short T1 with the tissue
        shortening = tofts_concentration(times_s, later, bed.ktrans_per_min, bed.ve)
        change = protocol.vascular_r2star_l_per_mmol_s * in_vessels + protocol.leaked_r2star_l_per_mmol_s * shortening
    native = 1.0 / tissue.t1_s
    faster = relaxation_rate(tissue.t1_s, shortening, protocol.relaxivity_l_per_mmol_s) - native
    return apparent_delta_r2star(
        change, native, faster, protocol.echo_time_s, protocol.repetition_time_s, protocol.flip_angle_deg
    )
