"""Which part of the head a sequence excites at each chemical shift, and how that reaches the nominal voxels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid
from impasto.core.spectra import BasisSet, chemical_shifts_ppm
from impasto.phantom.anatomy import Anatomy
from impasto.phantom.k_space import phase_encoding
from impasto.phantom.metabolites import Compartment, compartment_maps
from impasto.phantom.mrsi_acquisition import MrsiAcquisition

__all__ = ["encoded_compartments", "excitation_profiles", "spectral_bands"]

_BANDS_PPM = tuple(float(shift) for shift in np.linspace(0.9, 4.1, 6))
_EDGE_SHARE = 0.06


def excitation_profiles(
    grid: Grid, box_mm: FloatArray, acquisition: MrsiAcquisition, shift_ppm: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Share of the magnetisation that is excited, along each axis of a grid.

    A box's edges are soft over a few per cent of its size, and what is off resonance by f has its box displaced by
    f / bandwidth of its size along each axis. A slab only selects along the third axis, not displaced.

    Parameters
    ----------
    grid : Grid
        Axes along left, posterior, superior.
    box_mm : ndarray, shape (2, 3)
        Least and greatest coordinate.
    acquisition : MrsiAcquisition
    shift_ppm : float
        Chemical shift of what is excited.

    Returns
    -------
    tuple of 3 ndarray
        Between 0 and 1, of the lengths of the grid's axes.
    """
    profiles = []
    for axis in range(3):
        centres = grid.origin_mm[axis] + grid.spacing_mm[axis] * np.arange(grid.shape[axis])
        low, high = box_mm[:, axis]
        if not acquisition.is_box and axis < 2:
            profiles.append(np.ones(len(centres)))
            continue
        offset_hz = (shift_ppm - acquisition.reference_ppm) * acquisition.frequency_mhz if acquisition.is_box else 0.0
        moved = (high - low) * offset_hz / acquisition.bandwidth_hz[axis]
        edge = _EDGE_SHARE * (high - low) / 2.0
        profiles.append(ndtr((centres - low - moved) / edge) - ndtr((centres - high - moved) / edge))
    return profiles[0], profiles[1], profiles[2]


def spectral_bands(basis: BasisSet, acquisition: MrsiAcquisition) -> list[tuple[float, NDArray[np.complex64]]]:
    """Part a basis set by chemical shift, so that each part can be excited where its box lies.

    Triangular windows that sum to one: signal between two bands belongs to both, so its box's place is interpolated.
    A slab needs one band only. The delay of the first sample is applied here.

    Returns
    -------
    list of (float, ndarray of complex64, shape (name, time))
        Chemical shift in ppm and the basis functions' part near it.
    """
    points = basis.fid.shape[1]
    # doubled, so that what the windows spread in time does not fold back onto the first samples
    frequencies_hz = np.fft.fftfreq(2 * points, basis.dwell_s).astype(np.float64)
    spectrum = np.fft.fft(basis.fid, 2 * points, axis=1)
    spectrum = spectrum * np.exp(1j * _delay_phase_rad(frequencies_hz, acquisition.imperfections.delay_s))
    centres = _BANDS_PPM if acquisition.is_box else (acquisition.reference_ppm,)
    shifts_ppm = chemical_shifts_ppm(frequencies_hz, basis.frequency_mhz)
    parts = []
    for index, centre in enumerate(centres):
        window = np.interp(shifts_ppm, centres, np.eye(len(centres))[index])
        fid = np.fft.ifft(spectrum * window, axis=1)[:, :points]
        parts.append((centre, fid.astype(np.complex64)))
    return parts


def _delay_phase_rad(frequencies_hz: FloatArray, delay_s: float) -> FloatArray:
    """Phase that a late first sample gives lines, back to zero at the ends of the band, where there are none."""
    end = np.abs(frequencies_hz).max()
    knots = end * np.array([-1.0, -0.8, 0.8, 1.0])
    phase: FloatArray = np.interp(frequencies_hz, knots, 2.0 * np.pi * delay_s * knots * [0.0, 1.0, 1.0, 0.0])
    return phase


def encoded_compartments(
    anatomy: Anatomy, grid: Grid, box_mm: FloatArray, acquisition: MrsiAcquisition, bands_ppm: Sequence[float]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Encode the compartments of tissue to the nominal voxels.

    Parameters
    ----------
    anatomy : Anatomy
    grid : Grid
        Nominal voxels.
    box_mm : ndarray, shape (2, 3)
    acquisition : MrsiAcquisition
    bands_ppm : sequence of float
        Chemical shifts at which to excite them.

    Returns
    -------
    all_of_it : ndarray, shape (voxel, compartment)
        Share of each voxel, as if everything were excited and nothing folded in.
    excited : ndarray, shape (band, voxel, compartment)
    """
    encode = phase_encoding(anatomy.grid, grid)
    by_band = [encode.excited(excitation_profiles(anatomy.grid, box_mm, acquisition, shift)) for shift in bands_ppm]
    encode_all = phase_encoding(anatomy.grid, grid, folding=False)
    plain = np.zeros((grid.voxel_count, len(Compartment)), dtype=np.float32)
    excited = np.zeros((len(bands_ppm), grid.voxel_count, len(Compartment)), dtype=np.float32)
    for index, (_, share) in enumerate(compartment_maps(anatomy)):
        if not share.any():
            continue
        plain[:, index] = encode_all(share).ravel()
        for band, encode_excited in enumerate(by_band):
            excited[band, :, index] = encode_excited(share).ravel()
    return plain, excited
