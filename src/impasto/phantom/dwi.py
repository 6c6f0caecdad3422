"""What a scanner would give of diffusion: images with and without gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.diffusion import DiffusionSeries, GradientTable
from impasto.core.image import Image
from impasto.maps.diffusion import b_matrix
from impasto.phantom.diffusion import DIFFUSIVITIES
from impasto.phantom.fibres import fibre_orientation
from impasto.phantom.head_motion import HeadMotion, with_head_motion
from impasto.phantom.relaxation import RELAXATION
from impasto.phantom.rician import with_rician_noise
from impasto.phantom.tissue_classes import Mixture, TissueClass

__all__ = ["DwiProtocol", "dwi_scan", "spread_directions"]

_WHITE_MATTER_SIGNAL = 1000.0


@dataclass(frozen=True)
class DwiProtocol:
    """A single-shot spin echo, fat-suppressed, with diffusion weighting.

    Parameters
    ----------
    unweighted_count : int
        Images without weighting, taken first.
    direction_count : int
    b_values_s_per_mm2 : tuple of float
        Every direction is taken at each of them.
    echo_time_s, repetition_time_s : float
        The latter also between measurements; so long that T1 does not matter.
    signal_to_noise : float
        Of white matter without weighting.
    motion : HeadMotion, optional
    """

    unweighted_count: int = 4
    direction_count: int = 12
    b_values_s_per_mm2: tuple[float, ...] = (1000.0,)
    echo_time_s: float = 0.085
    repetition_time_s: float = 8.0
    signal_to_noise: float = 30.0
    motion: HeadMotion | None = None

    def gradients(self) -> GradientTable:
        """All measurements in the order in which they are taken."""
        directions = spread_directions(self.direction_count)
        b_values = np.repeat([0.0, *self.b_values_s_per_mm2], [self.unweighted_count, *self._per_shell()])
        none = np.zeros((self.unweighted_count, 3))
        return GradientTable(b_values, np.concatenate([none, *[directions for _ in self.b_values_s_per_mm2]]))

    def _per_shell(self) -> list[int]:
        return [self.direction_count] * len(self.b_values_s_per_mm2)


def spread_directions(count: int) -> NDArray[np.float64]:
    """Directions spread evenly over a half sphere by mutual repulsion of antipodal charges (Jones 1999).

    Parameters
    ----------
    count : int

    Returns
    -------
    ndarray, shape (count, 3)
        Unit vectors; the same at each call.
    """
    # start: a spiral over the half sphere, already even enough to settle in the best arrangement found
    height = (np.arange(count) + 0.5) / count
    turn = np.pi * (3.0 - np.sqrt(5.0)) * np.arange(count)
    radius = np.sqrt(1.0 - height**2)
    charges = np.stack([radius * np.cos(turn), radius * np.sin(turn), height], axis=1)
    for step in np.geomspace(0.3, 0.02, 400):
        apart = charges[:, None] - np.concatenate([charges, -charges])
        distance = np.linalg.norm(apart, axis=-1, keepdims=True)
        force = np.divide(apart, distance**3, out=np.zeros_like(apart), where=distance > 1e-9).sum(axis=1)
        charges += step / count * force
        charges /= np.linalg.norm(charges, axis=1, keepdims=True)
    return charges


def dwi_scan(mixture: Mixture, protocol: DwiProtocol, seed: int) -> DiffusionSeries:
    """Simulate a diffusion-weighted series: each class of a voxel decays by itself, and their signals add.

    Parameters
    ----------
    mixture : Mixture
        The patient in the scanner's voxels.
    protocol : DwiProtocol
    seed : int
        Decides the noise.

    Returns
    -------
    DiffusionSeries
        Signal in an arbitrary unit, white matter 1000 without weighting.
    """
    gradients = protocol.gradients()
    baseline = _class_signal(protocol)
    clean = _without_fibres(mixture, gradients, baseline) + _with_fibres(mixture, gradients, baseline)
    rng = np.random.default_rng([seed, 24])
    if protocol.motion is not None:
        clean = with_head_motion(clean, mixture.grid, protocol.motion, rng)
    scanned = with_rician_noise(clean, _WHITE_MATTER_SIGNAL / protocol.signal_to_noise, rng)
    times: FloatArray = np.arange(len(gradients), dtype=np.float64) * protocol.repetition_time_s
    return DiffusionSeries(Image(scanned, mixture.grid, "diffusion-weighted signal", "1", times), gradients)


def _class_signal(protocol: DwiProtocol) -> dict[TissueClass, float]:
    """Signal without weighting of a voxel filled by one class."""
    tissues = RELAXATION.items()
    signal = {c: 0.0 if t.is_fat else t.proton_density * np.exp(-protocol.echo_time_s / t.t2_s) for c, t in tissues}
    gain = _WHITE_MATTER_SIGNAL / signal[TissueClass.WHITE_MATTER]
    return {c: value * gain for c, value in signal.items()}


def _without_fibres(
    mixture: Mixture, gradients: GradientTable, baseline: dict[TissueClass, float]
) -> NDArray[np.float32]:
    decayed = np.zeros((len(TissueClass), len(gradients)))
    for row, tissue_class in enumerate(TissueClass):
        diffusivity = DIFFUSIVITIES[tissue_class]
        if not diffusivity.follows_fibres:
            decay = np.exp(-1e-3 * gradients.b_values_s_per_mm2 * diffusivity.radial_um2_per_ms)
            decayed[row] = baseline[tissue_class] * decay
    return mixture.mixed(decayed)


def _with_fibres(mixture: Mixture, gradients: GradientTable, baseline: dict[TissueClass, float]) -> NDArray[np.float32]:
    signal = np.zeros((*mixture.grid.shape, len(gradients)), dtype=np.float32)
    fibrous = [c for c in TissueClass if DIFFUSIVITIES[c].follows_fibres]
    where = np.nonzero(sum((mixture.share(c) for c in fibrous), start=np.float32(0.0)))
    orientation = fibre_orientation(mixture.grid.world_from_index(np.stack(where, axis=-1)), mixture.brain_bounds_mm)
    # b times the share of its direction along the fibres
    along = orientation @ b_matrix(gradients).T.astype(np.float32)
    for tissue_class in fibrous:
        radial = DIFFUSIVITIES[tissue_class].radial_um2_per_ms
        excess = DIFFUSIVITIES[tissue_class].axial_um2_per_ms - radial
        across = (baseline[tissue_class] * np.exp(-1e-3 * radial * gradients.b_values_s_per_mm2)).astype(np.float32)
        decay = np.exp(np.float32(-1e-3 * excess) * along) * across
        signal[where] += mixture.share(tissue_class)[where][:, None] * decay
    return signal
