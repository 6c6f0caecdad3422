"""Basis sets: simulated for a sequence, joined with macromolecules and lipids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.errors import ImpastoError
from impasto.core.spectra import WATER_PPM, BasisSet
from impasto.maps.spectroscopy.macromolecules import (
    LIPID_T2_S,
    MACROMOLECULE_T2_S,
    lipid_basis,
    macromolecule_basis,
)
from impasto.maps.spectroscopy.pulse_sequences import PulseSequence
from impasto.maps.spectroscopy.spin_simulation import coupled_spins, free_induction_decay
from impasto.maps.spectroscopy.spin_systems import SpinSystem, spin_system

__all__ = [
    "BRAIN_METABOLITES",
    "BroadSignals",
    "brain_basis",
    "simulate_basis",
    "simulate_metabolite",
    "with_broad_signals",
]

ComplexArray = NDArray[np.complexfloating]

BRAIN_METABOLITES = (
    "NAA",
    "NAAG",
    "Cr",
    "PCr",
    "GPC",
    "PCh",
    "Ins",
    "sIns",
    "Glu",
    "Gln",
    "Lac",
    "Ala",
    "Asp",
    "GABA",
    "Glc",
    "Gly",
    "GSH",
    "PE",
    "Tau",
    "2HG",
)
"""What a basis set for the brain usually holds."""


def simulate_basis(
    names: Sequence[str], sequence: PulseSequence, frequency_mhz: float, dwell_s: float, points: int
) -> BasisSet:
    """Simulate metabolites with the density matrix; undamped, one uncoupled proton has amplitude one.

    Parameters
    ----------
    names : sequence of str
        Among :func:`~impasto.maps.spectroscopy.spin_systems.spin_systems`.
    sequence : PulseSequence
        ``Press``, ``SemiLaser`` or ``Steam`` with its timing; pulses are hard.
    frequency_mhz : float
    dwell_s : float
    points : int
        Sampling starts at the echo; lines beyond the bandwidth are left out, as a receiver's filter does.

    Returns
    -------
    BasisSet

    Raises
    ------
    ImpastoError
        When a metabolite is not known, or the sampling is not positive.
    """
    if not (frequency_mhz > 0.0 and dwell_s > 0.0 and points > 0):
        problem = f"{frequency_mhz:g} MHz, {dwell_s:g} s and {points} points cannot be sampled"
        raise ImpastoError("basis set", problem, "give positive numbers")
    systems = [spin_system(name) for name in names]
    fid = np.array([simulate_metabolite(system, sequence, frequency_mhz, dwell_s, points) for system in systems])
    fid = fid.reshape(len(names), points)
    return BasisSet(tuple(names), fid, dwell_s, frequency_mhz, sequence.echo_time_s, sequence.name)


def simulate_metabolite(
    system: SpinSystem, sequence: PulseSequence, frequency_mhz: float, dwell_s: float, points: int
) -> ComplexArray:
    """Simulate the signal of one spin system, for example one with other couplings than the table's.

    Parameters
    ----------
    system : SpinSystem
    sequence : PulseSequence
    frequency_mhz : float
    dwell_s : float
    points : int

    Returns
    -------
    ndarray of complex, shape (points,)
    """
    fid = np.zeros(points, dtype=complex)
    for group in system.groups:
        frequencies_hz = (WATER_PPM - group.shifts_ppm) * frequency_mhz
        states = group.heteronuclear_offsets_hz()
        for offsets_hz in states:
            spins = coupled_spins(group, frequencies_hz + offsets_hz)
            lines = spins.lines(sequence.echo(spins))
            fid += group.scale / len(states) * free_induction_decay(lines, dwell_s, points)
    return fid


@dataclass(frozen=True)
class BroadSignals:
    """Which broad signals a basis set holds.

    Parameters
    ----------
    macromolecules_below_s : float
        Echo times shorter than this have macromolecules; zero for never.
    macromolecule_t2_s : float
    lipids : bool
        Lipids are kept at any echo time.
    lipid_t2_s : float
    """

    macromolecules_below_s: float = 0.08
    macromolecule_t2_s: float = MACROMOLECULE_T2_S
    lipids: bool = True
    lipid_t2_s: float = LIPID_T2_S


def brain_basis(
    sequence: PulseSequence,
    frequency_mhz: float,
    dwell_s: float,
    points: int,
    metabolites: Sequence[str] = BRAIN_METABOLITES,
    broad_signals: BroadSignals = BroadSignals(),
) -> BasisSet:
    """Simulate a basis set for the brain: metabolites, lipids, and macromolecules where the echo is short.

    Parameters
    ----------
    sequence : PulseSequence
    frequency_mhz : float
    dwell_s : float
    points : int
    metabolites : sequence of str
    broad_signals : BroadSignals

    Returns
    -------
    BasisSet
        Metabolites first, then macromolecules, then lipids.
    """
    basis = simulate_basis(metabolites, sequence, frequency_mhz, dwell_s, points)
    return with_broad_signals(basis, broad_signals)


def with_broad_signals(basis: BasisSet, broad_signals: BroadSignals = BroadSignals()) -> BasisSet:
    """Join macromolecules and lipids to a basis set that has none of them.

    Parameters
    ----------
    basis : BasisSet
        One uncoupled proton has amplitude one, see :func:`~impasto.maps.spectroscopy.scaled_basis`.
    broad_signals : BroadSignals

    Returns
    -------
    BasisSet
        Metabolites first, then macromolecules, then lipids.
    """
    sampling = (basis.echo_time_s, basis.frequency_mhz, basis.dwell_s, basis.fid.shape[1])
    has = {name[:2] for name in basis.names}
    if "MM" not in has and basis.echo_time_s < broad_signals.macromolecules_below_s:
        basis = basis.joined(macromolecule_basis(*sampling, broad_signals.macromolecule_t2_s))
    if "Li" not in has and broad_signals.lipids:
        basis = basis.joined(lipid_basis(*sampling, broad_signals.lipid_t2_s))
    return basis
