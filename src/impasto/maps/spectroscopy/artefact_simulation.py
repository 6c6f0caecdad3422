"""Labelled spectra, good and spoilt: what the artefact filter learns from and is tested on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.spectra import WATER_PPM, BasisSet
from impasto.maps.spectroscopy.artefact_free_signal import (
    SpectraConditions,
    SpectraDraft,
    delayed,
    drafted_spectra,
    with_noise,
)
from impasto.maps.spectroscopy.signal import broadening

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


_DROWNED = (0.3, 2.5)


def simulate_good(
    basis: BasisSet,
    count: int,
    rng: np.random.Generator,
    conditions: SpectraConditions | None = None,
) -> ComplexArray:
    """Simulate spectra that a reader would accept, of normal brain and of tumour.

    Parameters
    ----------
    basis : BasisSet
        Undamped or nearly so; functions other than those of brain tissue are left out.
    count : int
    rng : Generator
    conditions : SpectraConditions, optional

    Returns
    -------
    ndarray of complex, shape (voxel, time)

    Raises
    ------
    ImpastoError
        When the basis set has neither NAA, creatine nor choline.
    """
    conditions = conditions or SpectraConditions()
    return with_noise(drafted_spectra(basis, count, rng, conditions), conditions)


def simulate_spoilt(
    artefact: Artefact,
    basis: BasisSet,
    count: int,
    rng: np.random.Generator,
    conditions: SpectraConditions | None = None,
) -> ComplexArray:
    """Simulate spectra that one artefact makes unfit for metabolite maps; parameters as for :func:`simulate_good`."""
    conditions = conditions or SpectraConditions()
    if artefact is Artefact.LOW_SIGNAL:
        conditions = replace(conditions, signal_to_noise=_DROWNED)
    draft = drafted_spectra(basis, count, rng, conditions)
    return with_noise(replace(draft, signal=_SPOIL[artefact](draft)), conditions)


def _signs(draft: SpectraDraft) -> FloatArray:
    return draft.rng.choice([-1.0, 1.0], len(draft.height))


def _lipid(draft: SpectraDraft) -> ComplexArray:
    """Scalp seen through the point spread: strong, broad, off its frequency and out of phase."""
    height, offset, phase = draft.log_uniform(4.0, 40.0), draft.uniform(-0.2, 0.2), draft.uniform(-np.pi, np.pi)
    spoilt = draft.signal
    for position_ppm, share in ((0.9, 0.5), (1.3, 1.0), (2.05, 0.2)):
        spoilt = spoilt + draft.line(
            position_ppm + offset, draft.uniform(0.08, 0.3), share * height * draft.uniform(0.5, 1.2), phase
        )
    return spoilt


def _water(draft: SpectraDraft) -> ComplexArray:
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


def _spurious_echo(draft: SpectraDraft) -> ComplexArray:
    """Signal from elsewhere that refocuses after sampling began: it beats across the spectrum."""
    centre_s, duration_s = draft.uniform(0.015, 0.12), draft.log_uniform(0.002, 0.012)
    envelope = np.exp(-0.5 * ((draft.times_s - centre_s[:, None]) / duration_s[:, None]) ** 2)
    frequency_hz = draft.frequency_mhz * (WATER_PPM - draft.uniform(0.8, 4.0))
    turning = np.exp(1j * (2.0 * np.pi * frequency_hz[:, None] * draft.times_s + draft.uniform(-np.pi, np.pi)[:, None]))
    amplitude = draft.height * draft.log_uniform(0.8, 8.0) / np.abs(envelope).sum(axis=1)
    spoilt: ComplexArray = draft.signal + amplitude[:, None] * envelope * turning
    return spoilt


def _broad_lines(draft: SpectraDraft) -> ComplexArray:
    """Poor shim."""
    fwhm_hz = draft.frequency_mhz * draft.log_uniform(0.17, 0.4)
    spoilt: ComplexArray = draft.signal * broadening(draft.times_s, 0.0 * fwhm_hz, fwhm_hz)
    return spoilt


def _split_lines(draft: SpectraDraft) -> ComplexArray:
    """Two places of different field within the voxel."""
    apart_hz, share = draft.frequency_mhz * draft.uniform(0.1, 0.35), draft.uniform(0.35, 0.65)
    second = np.exp(2j * np.pi * (_signs(draft) * apart_hz)[:, None] * draft.times_s)
    spoilt: ComplexArray = draft.signal * (1.0 - share[:, None] + share[:, None] * second)
    return spoilt


def _baseline_roll(draft: SpectraDraft) -> ComplexArray:
    """Points lost at the start of sampling: broad signals turn and roll."""
    delay_s = _signs(draft) * draft.log_uniform(8e-4, 3e-3) * 123.0 / draft.frequency_mhz
    hump = draft.line(
        draft.uniform(0.5, 4.5), draft.uniform(1.0, 2.5), draft.log_uniform(0.4, 2.5), draft.uniform(-np.pi, np.pi)
    )
    return delayed(draft, delay_s) + hump


def _wrong_phase(draft: SpectraDraft) -> ComplexArray:
    phase = _signs(draft) * draft.uniform(1.0, np.pi)
    spoilt: ComplexArray = draft.signal * np.exp(1j * phase[:, None])
    return spoilt


def _spike(draft: SpectraDraft) -> ComplexArray:
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


def _motion(draft: SpectraDraft, shots: int = 12) -> ComplexArray:
    """Average of shots whose frequency and phase wander."""
    step_hz = draft.frequency_mhz * draft.uniform(0.04, 0.1)
    wander = np.cumsum(draft.rng.normal(size=(shots, len(step_hz))), axis=0)
    phase = draft.rng.normal(0.0, 0.9, (shots, len(step_hz)))
    factor = np.zeros(draft.signal.shape, dtype=complex)
    for path, turn in zip(wander, phase, strict=True):
        factor += np.exp(1j * (2.0 * np.pi * (step_hz * path)[:, None] * draft.times_s + turn[:, None]))
    spoilt: ComplexArray = draft.signal * factor / shots
    return spoilt


def _eddy_current(draft: SpectraDraft) -> ComplexArray:
    """Frequency that drifts back after a gradient, uncorrected."""
    swing = _signs(draft) * draft.uniform(2.5, 8.0) * max(1.0, draft.frequency_mhz / 123.0)
    decay_s = draft.log_uniform(0.01, 0.05)
    phase = swing[:, None] * (1.0 - np.exp(-draft.times_s / decay_s[:, None]))
    spoilt: ComplexArray = draft.signal * np.exp(1j * phase)
    return spoilt


def _interference(draft: SpectraDraft) -> ComplexArray:
    """Add a narrow line from the room, which does not decay."""
    frequency_hz = draft.frequency_mhz * (WATER_PPM - draft.uniform(0.7, 4.1))
    turning = np.exp(1j * (2.0 * np.pi * frequency_hz[:, None] * draft.times_s + draft.uniform(-np.pi, np.pi)[:, None]))
    amplitude = draft.height * draft.log_uniform(1.5, 10.0) / len(draft.times_s)
    spoilt: ComplexArray = draft.signal + amplitude[:, None] * turning
    return spoilt


_SPOIL: dict[Artefact, Callable[[SpectraDraft], ComplexArray]] = {
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
