"""What a spectroscopic imaging scan would give of a digital patient: spectra, and the truth behind them. Simulated.

Everything is linear in the compartments of tissue (:mod:`impasto.phantom.metabolites`): they are encoded through
k-space one by one, and a voxel's signal is the product of its compartments with their signals in time, broadened and
shifted by the voxel's field. Fat of the scalp, which reaches voxels from afar, keeps the field of where it lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.progress import Progress, silent
from impasto.core.spectra import Spectra
from impasto.phantom.anatomy import Anatomy
from impasto.phantom.k_space import hamming_filtered_noise, phase_encoding
from impasto.phantom.metabolites import Compartment, concentration_table
from impasto.phantom.mrsi_acquisition import MrsiAcquisition, excited_volume_mm, mrsi_grid
from impasto.phantom.mrsi_basis import tissue_basis
from impasto.phantom.mrsi_encoding import encoded_compartments, excitation_profiles, spectral_bands
from impasto.phantom.mrsi_lattice import SourceLattice
from impasto.phantom.mrsi_sources import metabolite_relaxation, water_residue
from impasto.phantom.mrsi_voxels import VoxelConditions, modulated, singlet_width_hz
from impasto.phantom.shapes import smooth_noise

__all__ = ["MrsiScan", "MrsiTruth", "mrsi_scan"]

_COIL_CORRELATION_VOXELS = 4.0
_EDDY_CURRENT_DECAY_S = 0.04
_METABOLITES_PPM = (0.5, 4.2)
_WORK = "spectroscopic imaging"


@dataclass(frozen=True, eq=False)
class MrsiTruth:
    """What the spectra of a scan were made of, on their grid.

    Parameters
    ----------
    concentrations : mapping of str to Image
        Metabolites in mmol/L of voxel, averaged by the point spread as if everything were excited and nothing
        folded in.
    relaxation : mapping of str to float
        Share of each metabolite's signal that T1 and T2 leave; an ideal fit of what is excited finds concentration
        times this, times `sensitivity`.
    choline_naa : Image
        Ratio of concentrations, tCho/tNAA; zero where less than a fifth of the voxel is brain.
    brain, excited : Image
        Share of the voxel that holds metabolites; share of the magnetisation excited at its centre.
    field_hz, linewidth_hz : Image
        Frequency offset, and full width at half maximum of a singlet.
    sensitivity : Image
        Of the receive coils.
    """

    concentrations: Mapping[str, Image]
    relaxation: Mapping[str, float]
    choline_naa: Image
    brain: Image
    excited: Image
    field_hz: Image
    linewidth_hz: Image
    sensitivity: Image


@dataclass(frozen=True, eq=False)
class MrsiScan:
    """A simulated scan.

    Parameters
    ----------
    spectra : Spectra
        With the water reference.
    box_mm : ndarray, shape (2, 3)
        Least and greatest LPS coordinate of the volume that was planned to be excited.
    truth : MrsiTruth
    """

    spectra: Spectra
    box_mm: FloatArray
    truth: MrsiTruth


def mrsi_scan(
    anatomy: Anatomy,
    acquisition: MrsiAcquisition,
    seed: int,
    idh_mutant: bool = False,
    progress: Progress = silent,
) -> MrsiScan:
    """Simulate spectroscopic imaging.

    Parameters
    ----------
    anatomy : Anatomy
        Axes along left, posterior, superior.
    acquisition : MrsiAcquisition
    seed : int
        Decides field, phases, what suppression leaves, and noise.
    idh_mutant : bool
        Whether tumour cells make 2-hydroxyglutarate.
    progress : Progress

    Returns
    -------
    MrsiScan

    Raises
    ------
    ImpastoError
        When the anatomy holds no brain or its grid is oblique.
    """
    rng = np.random.default_rng([seed, 3])
    plan = _Plan(acquisition, mrsi_grid(anatomy, acquisition), excited_volume_mm(anatomy, acquisition))
    progress(_WORK, 0.0)
    basis = tissue_basis(acquisition)
    table = concentration_table(basis.names, idh_mutant)
    bands = spectral_bands(basis, acquisition)
    parts, excited = encoded_compartments(
        anatomy, plan.grid, plan.box_mm, acquisition, [shift_ppm for shift_ppm, _ in bands]
    )
    progress(_WORK, 0.4)
    lattice = SourceLattice.of(anatomy, acquisition, plan.box_mm, rng)
    conditions = _conditions(lattice, plan, rng)
    relaxation = metabolite_relaxation(basis.names, acquisition)
    per_part = (table * relaxation[:, None]).T.astype(np.float32)
    signals = np.concatenate([per_part @ fid for _, fid in bands])
    coefficients = np.concatenate(list(excited), axis=1)
    truth = _truth(parts, table, dict(zip(basis.names, relaxation.tolist(), strict=True)), conditions, lattice, plan)
    noise = _noise_level(coefficients, signals, conditions, truth, acquisition)
    progress(_WORK, 0.6)
    fid, reference = _signals((coefficients, signals), lattice, conditions, plan, rng)
    progress(_WORK, 0.8)
    fid = _with_noise(fid, noise, plan, rng)
    progress(_WORK, 1.0)
    timing = (acquisition.dwell_s, acquisition.frequency_mhz, acquisition.sequence.echo_time_s)
    water = reference.reshape(fid.shape)
    spectra = Spectra(fid, plan.grid, *timing, water=water, repetition_time_s=acquisition.repetition_time_s)
    return MrsiScan(spectra, plan.box_mm, truth)


@dataclass(frozen=True, eq=False)
class _Plan:
    acquisition: MrsiAcquisition
    grid: Grid
    box_mm: FloatArray

    def image(self, values: NDArray[np.floating], quantity: str, unit: str) -> Image:
        return Image(values.reshape(self.grid.shape).astype(np.float32), self.grid, quantity, unit)


def _conditions(lattice: SourceLattice, plan: _Plan, rng: np.random.Generator) -> VoxelConditions:
    imperfect = plan.acquisition.imperfections
    shift, lorentzian, gaussian = lattice.line_of_voxels(plan.grid)
    phase, eddy = (smooth_noise(plan.grid.shape, _COIL_CORRELATION_VOXELS, rng).ravel() for _ in range(2))
    points = plan.grid.voxel_centres_mm().reshape(-1, 3)
    low, high = plan.grid.bounds_mm()
    outwards = np.square((points - (low + high) / 2.0) / ((high - low) / 2.0)).sum(axis=1)
    return VoxelConditions(
        shift,
        lorentzian,
        gaussian,
        imperfect.phase_rad * phase,
        imperfect.eddy_current_rad * eddy,
        _EDDY_CURRENT_DECAY_S,
        1.0 + imperfect.sensitivity * np.minimum(outwards, 1.0),
    )


def _signals(
    metabolites: tuple[NDArray[np.float32], NDArray[np.complex64]],
    lattice: SourceLattice,
    conditions: VoxelConditions,
    plan: _Plan,
    rng: np.random.Generator,
) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
    """Suppressed signal and water reference without noise, shape (voxel, time).

    The reference gets none later either: noise is a ten-thousandth of it.
    """
    acquisition, times_s = plan.acquisition, plan.acquisition.times_s()
    coefficients, signals = metabolites
    water = lattice.encoded_water(plan.grid, acquisition, plan.box_mm)
    everything = np.concatenate([coefficients, _residue(water, plan, rng)], axis=1)
    fid = modulated(everything, np.concatenate([signals, water_residue(acquisition)]), times_s, conditions)
    fid += lattice.encoded_fat(plan.grid, acquisition, plan.box_mm, rng)
    steady = np.ones((1, acquisition.points), dtype=np.complex64)
    return fid, modulated(water[:, None], steady, times_s, conditions)


def _residue(water: NDArray[np.float32], plan: _Plan, rng: np.random.Generator) -> NDArray[np.complex64]:
    """Water that suppression left, as coefficients of the shapes it is a mixture of, shape (voxel, shape)."""
    shape = plan.grid.shape
    left = plan.acquisition.imperfections.water_left * np.exp(
        0.6 * smooth_noise(shape, _COIL_CORRELATION_VOXELS, rng).ravel()
    )
    shares = []
    for share in (1.0, 0.5, 0.4):
        phase = 1.5 * smooth_noise(shape, _COIL_CORRELATION_VOXELS, rng).ravel()
        size = np.abs(smooth_noise(shape, _COIL_CORRELATION_VOXELS, rng).ravel())
        shares.append(share * left * water * size * np.exp(1j * phase))
    return np.stack(shares, axis=1).astype(np.complex64)


def _truth(
    parts: NDArray[np.float32],
    table: FloatArray,
    relaxation: Mapping[str, float],
    conditions: VoxelConditions,
    lattice: SourceLattice,
    plan: _Plan,
) -> MrsiTruth:
    values = dict(zip(relaxation, table @ parts.T.astype(np.float64), strict=True))
    brain = phase_encoding(lattice.grid, plan.grid, folding=False)(lattice.brain).real.ravel()
    choline, naa = values["GPC"] + values["PCh"], values["NAA"] + values["NAAG"]
    ratio = np.divide(choline, naa, out=np.zeros_like(naa), where=(brain > 0.2) & (naa > 1e-3))
    reference_ppm = plan.acquisition.reference_ppm
    i, j, k = excitation_profiles(plan.grid, plan.box_mm, plan.acquisition, reference_ppm)
    width_hz = singlet_width_hz(conditions.lorentzian_hz, conditions.gaussian_hz)
    return MrsiTruth(
        {name: plan.image(found, f"concentration of {name}", "mmol/L") for name, found in values.items()},
        relaxation,
        plan.image(ratio, "Cho/NAA", "1"),
        plan.image(brain, "share of brain", "1"),
        plan.image(i[:, None, None] * j[:, None] * k, "excited share", "1"),
        plan.image(conditions.shift_hz, "field offset", "Hz"),
        plan.image(width_hz, "linewidth", "Hz"),
        plan.image(conditions.sensitivity, "receive sensitivity", "1"),
    )


def _noise_level(
    coefficients: NDArray[np.float32],
    signals: NDArray[np.complex64],
    conditions: VoxelConditions,
    truth: MrsiTruth,
    acquisition: MrsiAcquisition,
) -> float:
    """Noise of each sample that gives normal brain the signal-to-noise ratio asked for."""
    cells = coefficients[:, list(Compartment).index(Compartment.TUMOUR_CELLS)]
    inside = (truth.brain.data > 0.8) & (truth.excited.data > 0.8)
    if not inside.any():
        inside = truth.brain.data * truth.excited.data >= (truth.brain.data * truth.excited.data).max()
    normal = np.flatnonzero(inside.ravel() & (np.abs(cells) <= np.quantile(np.abs(cells[inside.ravel()]), 0.5)))
    chosen = normal[:: max(1, len(normal) // 300)]
    rows = conditions.rows(chosen)
    in_phase = replace(rows, phase_rad=0.0 * rows.phase_rad, eddy_current_rad=0.0 * rows.eddy_current_rad)
    spectrum = np.fft.fft(modulated(coefficients[chosen], signals, acquisition.times_s(), in_phase), axis=1).real
    shifts_ppm = acquisition.chemical_shifts_ppm()
    seen = (shifts_ppm > _METABOLITES_PPM[0]) & (shifts_ppm < _METABOLITES_PPM[1])
    highest = float(np.median(spectrum[:, seen].max(axis=1)))
    return highest / acquisition.signal_to_noise / float(np.sqrt(acquisition.points))


def _with_noise(
    signal: NDArray[np.complex64], noise: float, plan: _Plan, rng: np.random.Generator
) -> NDArray[np.complex64]:
    shape = (*plan.grid.shape, plan.acquisition.points)
    noisy = hamming_filtered_noise(shape, rng)
    noisy *= np.float32(noise)
    noisy += signal.reshape(shape)
    return noisy
