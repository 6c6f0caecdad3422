"""Field, water, fat and brain on a lattice of about 3 mm: coarse enough to be quick, fine enough for any voxel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid
from impasto.core.resample import resample_conserving
from impasto.phantom.anatomy import Anatomy, Tissue, tissue_mean
from impasto.phantom.field import SUSCEPTIBILITY_PPM, dipole_field_ppm, shimmed, with_shim_error
from impasto.phantom.k_space import phase_encoding
from impasto.phantom.mrsi_acquisition import MrsiAcquisition
from impasto.phantom.mrsi_encoding import excitation_profiles
from impasto.phantom.mrsi_sources import LORENTZIAN_HZ, fat_density, fat_signal, visible_water
from impasto.phantom.point_spread import separable_average
from impasto.phantom.shapes import smooth_noise

__all__ = ["SourceLattice"]

_SPACING_MM = 3.0
_POINT_SPREAD_VOXELS = 1.8
_FAT_BINS_HZ = np.linspace(-200.0, 200.0, 33)
_FAT_CORRELATION_MM = 25.0
_WATER_PPM_SEEN = 4.65
_FAT_PPM_SEEN = 1.3
_OUTSIDE_BOX = 0.002

_METABOLIC = (
    Tissue.GREY_MATTER,
    Tissue.WHITE_MATTER,
    Tissue.OEDEMA,
    Tissue.TUMOUR,
    Tissue.NECROSIS,
    Tissue.OPTIC_NERVE,
    Tissue.FAINT_TUMOUR,
    Tissue.LEAKY_TREATMENT_EFFECT,
    Tissue.SLOW_TREATMENT_EFFECT,
)


@dataclass(frozen=True, eq=False)
class SourceLattice:
    """What spectra need to know of the head besides its metabolites.

    Parameters
    ----------
    grid : Grid
    field_hz : ndarray, shape `grid.shape`
        Frequency offset after shimming.
    brain : ndarray, shape `grid.shape`
        Share that holds metabolites.
    lorentzian_hz : ndarray, shape `grid.shape`
        Width times `brain`.
    water, fat : ndarray, shape `grid.shape`
        Protons seen at the echo, mmol/L.
    """

    grid: Grid
    field_hz: NDArray[np.float32]
    brain: FloatArray
    lorentzian_hz: FloatArray
    water: FloatArray
    fat: FloatArray

    @classmethod
    def of(cls, anatomy: Anatomy, acquisition: MrsiAcquisition, box_mm: FloatArray, rng: np.random.Generator) -> Self:
        """Coarsen an anatomy, compute its field and shim it over the brain that is excited."""
        grid = anatomy.grid.with_spacing(np.maximum(_SPACING_MM, anatomy.grid.spacing_mm))
        brain, lorentzian, water, fat, susceptibility = (
            resample_conserving(values, anatomy.grid, grid)
            for values in (
                tissue_mean(anatomy, dict.fromkeys(_METABOLIC, 1.0)),
                tissue_mean(anatomy, {tissue: LORENTZIAN_HZ[tissue] for tissue in _METABOLIC}),
                visible_water(anatomy, acquisition),
                fat_density(anatomy),
                tissue_mean(anatomy, SUSCEPTIBILITY_PPM),
            )
        )
        field_hz = acquisition.frequency_mhz * dipole_field_ppm(susceptibility, grid)
        i, j, k = excitation_profiles(grid, box_mm, acquisition, acquisition.reference_ppm)
        excited = i[:, None, None] * j[:, None] * k
        field = shimmed(field_hz, np.where(brain > 0.5, excited, 0.0), grid)
        error_hz = acquisition.imperfections.shim_hz
        return cls(grid, with_shim_error(field, grid, error_hz, rng).data, brain, lorentzian, water, fat)

    def line_of_voxels(self, grid: Grid) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mean frequency, Lorentzian width, and Gaussian width by the field's spread, of the brain in each voxel.

        Averaged over the point spread's main lobe, 1.8 voxels wide with a Hamming filter. Where a voxel holds no
        brain all of the lattice there counts a little.

        Returns
        -------
        shift_hz, lorentzian_hz, gaussian_hz : ndarray, shape (voxel,)
        """
        width_mm = _POINT_SPREAD_VOXELS * grid.spacing_mm
        average = separable_average(self.grid, grid, (width_mm[0], width_mm[1], width_mm[2]))
        weight = self.brain + 1e-3
        total = average(weight).ravel().astype(np.float64)
        total = np.maximum(total, 1e-6)
        shift = average(weight * self.field_hz).ravel() / total
        square = average(weight * self.field_hz.astype(np.float64) ** 2).ravel() / total
        lorentzian = np.maximum(average(self.lorentzian_hz + 1e-3 * 3.0).ravel() / total, 1.0)
        gaussian = 2.0 * np.sqrt(2.0 * np.log(2.0)) * np.sqrt(np.maximum(square - shift**2, 0.0))
        return shift, lorentzian, gaussian

    def encoded_water(self, grid: Grid, acquisition: MrsiAcquisition, box_mm: FloatArray) -> NDArray[np.float32]:
        """Water protons in each voxel, never negative, shape (voxel,)."""
        profiles = excitation_profiles(self.grid, box_mm, acquisition, _WATER_PPM_SEEN)
        water = phase_encoding(self.grid, grid).excited(profiles)(self.water.astype(np.float32))
        seen: NDArray[np.float32] = np.maximum(water.real, 0.0).ravel().astype(np.float32)
        return seen

    def encoded_fat(
        self, grid: Grid, acquisition: MrsiAcquisition, box_mm: FloatArray, rng: np.random.Generator
    ) -> NDArray[np.complex64]:
        """Signal of the scalp's fat as it leaks into the voxels, shape (voxel, time).

        What suppression leaves varies along the scalp, and so does its phase. The field where fat lies is followed in
        steps of 12.5 Hz, between which signals are interpolated.
        """
        noise = [smooth_noise(self.grid.shape, _FAT_CORRELATION_MM / _SPACING_MM, rng) for _ in range(2)]
        left = acquisition.imperfections.lipid_left * np.exp(0.7 * noise[0] - 0.245)
        profiles = excitation_profiles(self.grid, box_mm, acquisition, _FAT_PPM_SEEN)
        if acquisition.is_box:
            i, j, k = profiles
            left = left * (_OUTSIDE_BOX + (1.0 - _OUTSIDE_BOX) * i[:, None, None] * j[:, None] * k)
        else:
            left = left * profiles[2]
        source = (left * self.fat * np.exp(1j * noise[1])).astype(np.complex64)
        encode = phase_encoding(self.grid, grid)
        times_s = acquisition.times_s()
        field_hz = np.clip(self.field_hz, _FAT_BINS_HZ[0], _FAT_BINS_HZ[-1])
        coefficients, signals = [], []
        for index, offset_hz in enumerate(_FAT_BINS_HZ):
            window = np.interp(field_hz, _FAT_BINS_HZ, np.eye(len(_FAT_BINS_HZ))[index]).astype(np.float32)
            if np.any(window * self.fat):
                coefficients.append(encode(source * window).ravel())
                signals.append(fat_signal(acquisition) * np.exp(2j * np.pi * offset_hz * times_s))
        if not signals:
            return np.zeros((grid.voxel_count, acquisition.points), dtype=np.complex64)
        fid = np.stack(coefficients, axis=1).astype(np.complex64) @ np.array(signals, dtype=np.complex64)
        return np.asarray(fid, dtype=np.complex64)
