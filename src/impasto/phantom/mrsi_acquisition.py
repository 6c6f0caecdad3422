"""How a digital patient's spectra are acquired: sequence, voxels, excited volume, and what is imperfect."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.spectra import chemical_shifts_ppm
from impasto.maps.spectroscopy.pulse_sequences import Press, PulseSequence
from impasto.phantom.anatomy import Anatomy, Tissue

__all__ = ["EPSI", "PRESS_BOX", "Imperfections", "MrsiAcquisition", "excited_volume_mm", "mrsi_grid"]

_BRAIN = (
    Tissue.GREY_MATTER,
    Tissue.WHITE_MATTER,
    Tissue.OEDEMA,
    Tissue.TUMOUR,
    Tissue.NECROSIS,
    Tissue.CAVITY,
    Tissue.FAINT_TUMOUR,
    Tissue.LEAKY_TREATMENT_EFFECT,
    Tissue.SLOW_TREATMENT_EFFECT,
)
_BOX_SHARE_OF_SECTION = 0.72
_BOX_HEIGHT_MM = 50.0
_FROM_BRAIN_END_MM = 12.0
_SLAB_HEIGHT_MM = 110.0
_LEAST_SECTION_MM2 = 1000.0


@dataclass(frozen=True)
class Imperfections:
    """What keeps spectra from being a sum of metabolites; zero switches one off.

    Parameters
    ----------
    water_left : float
        Share of water's signal that suppression leaves, on average.
    lipid_left : float
        Share of the scalp's signal that inversion or saturation leaves, on average.
    shim_hz : float
        Standard deviation of a smooth field on top of what air and bone cause after second-order shimming.
    phase_rad : float
        Standard deviation of zero-order phase between voxels.
    delay_s : float
        From the echo to the first sample: first-order phase.
    eddy_current_rad : float
        Standard deviation of the phase by which eddy currents turn the first samples.
    sensitivity : float
        How much more receive coils see at the brain's surface than in its middle.
    """

    water_left: float = 0.003
    lipid_left: float = 0.012
    shim_hz: float = 2.5
    phase_rad: float = 0.2
    delay_s: float = 4e-5
    eddy_current_rad: float = 0.25
    sensitivity: float = 0.5


@dataclass(frozen=True)
class MrsiAcquisition:
    """A spectroscopic imaging sequence.

    Parameters
    ----------
    name : str
    sequence : PulseSequence
        Decides how metabolites evolve until the echo.
    repetition_time_s : float
    voxel_mm : (float, float, float)
        Nominal voxel along left, posterior and superior.
    dwell_s : float
    points : int
    is_box : bool
        Whether a box inside the brain is excited (and the rest saturated), or a slab through the whole head.
    signal_to_noise : float
        Median in normal brain: highest point of the metabolites' real spectrum over the noise in it; infinite for
        no noise.
    frequency_mhz : float
    bandwidth_hz : (float, float, float)
        Of the pulses that select the box along each axis; what is off resonance is excited beside it.
    reference_ppm : float
        Chemical shift whose box lies where it is planned.
    imperfections : Imperfections

    Raises
    ------
    ImpastoError
        When a size, time or frequency is not positive.
    """

    name: str
    sequence: PulseSequence
    repetition_time_s: float
    voxel_mm: tuple[float, float, float]
    dwell_s: float
    points: int
    is_box: bool
    signal_to_noise: float
    frequency_mhz: float = 123.25
    bandwidth_hz: tuple[float, float, float] = (2200.0, 1300.0, 1300.0)
    reference_ppm: float = 2.6
    imperfections: Imperfections = field(default_factory=Imperfections)

    def __post_init__(self) -> None:
        positive = (*self.voxel_mm, *self.bandwidth_hz, self.repetition_time_s, self.dwell_s, self.points)
        if not min(*positive, self.signal_to_noise, self.frequency_mhz) > 0.0:
            raise ImpastoError(self.name, "a size, time or frequency is not positive", "give positive numbers")

    def times_s(self) -> FloatArray:
        """Time of each sample after the first, shape (points,)."""
        times: FloatArray = np.arange(self.points, dtype=np.float64) * self.dwell_s
        return times

    def chemical_shifts_ppm(self) -> FloatArray:
        """Chemical shift of each point of an unshifted discrete Fourier transform, shape (points,)."""
        frequencies_hz = np.fft.fftfreq(self.points, self.dwell_s).astype(np.float64)
        return chemical_shifts_ppm(frequencies_hz, self.frequency_mhz)


EPSI = MrsiAcquisition("EPSI", Press(0.05), 1.55, (6.25, 6.25, 10.0), 8e-4, 512, False, 20.0)
"""Whole brain, echo-planar, spin echo of 50 ms: the resolution and timing of glioma trials (Cordova 2016)."""

PRESS_BOX = MrsiAcquisition("PRESS", Press(0.135), 1.5, (10.0, 10.0, 10.0), 5e-4, 1024, True, 30.0)
"""A box inside the brain at an echo time of 135 ms, where lactate is inverted and lipid mostly gone."""


def excited_volume_mm(anatomy: Anatomy, acquisition: MrsiAcquisition) -> FloatArray:
    """Least and greatest LPS coordinate that the sequence means to excite, shape (2, 3).

    The slab reaches through the whole head, from the vertex down by 110 mm, less where the brain ends before: further
    down air spoils the field. The box is 50 mm high, at the tumour's level if there is one, and as broad and long as
    fits well inside all of the brain's sections that it crosses.

    Raises
    ------
    ImpastoError
        When the anatomy holds no brain.
    """
    brain = np.sum([anatomy.share(tissue) for tissue in _BRAIN], axis=0)
    spacing = anatomy.grid.spacing_mm
    # nerves and the spinal cord are no sections of brain
    sections = brain.sum(axis=(0, 1), dtype=float) * spacing[0] * spacing[1] > _LEAST_SECTION_MM2
    low, high = _bounds_mm((brain > 0.5) & sections, anatomy.grid)
    low[2] = max(low[2], high[2] - _SLAB_HEIGHT_MM)
    if not acquisition.is_box:
        head_low, head_high = _bounds_mm(anatomy.share(Tissue.AIR) < 0.5, anatomy.grid)
        return np.array([[head_low[0], head_low[1], low[2]], [head_high[0], head_high[1], high[2]]])
    cells = np.where(anatomy.tumour_cells > 0.2, anatomy.tumour_cells, 0.0).sum(axis=(0, 1), dtype=float)
    middle = (low + high) / 2.0
    if cells.any():
        level = float(np.arange(len(cells)) @ cells / cells.sum())
        middle[2] = anatomy.grid.world_from_index([0.0, 0.0, level])[2]
    height = min(_BOX_HEIGHT_MM, float(high[2] - low[2]) / 2.0)
    middle[2] = np.clip(
        middle[2], low[2] + height / 2.0 + _FROM_BRAIN_END_MM, high[2] - height / 2.0 - _FROM_BRAIN_END_MM
    )
    levels = anatomy.grid.origin_mm[2] + spacing[2] * np.arange(brain.shape[2])
    crossed = np.flatnonzero(np.abs(levels - middle[2]) <= height / 2.0)
    bounds = np.array([_bounds_mm(brain[:, :, [k]] > 0.5, anatomy.grid) for k in crossed])
    low, high = bounds[:, 0].max(axis=0), bounds[:, 1].min(axis=0)
    middle[:2] = (low[:2] + high[:2]) / 2.0
    size = np.array([*(_BOX_SHARE_OF_SECTION * (high[:2] - low[:2])), height])
    return np.stack([middle - size / 2.0, middle + size / 2.0])


def mrsi_grid(anatomy: Anatomy, acquisition: MrsiAcquisition) -> Grid:
    """Nominal voxels: the whole head in the plane, so that nothing folds over; the excited slab across.

    Raises
    ------
    ImpastoError
        When the anatomy holds no brain.
    """
    excited = excited_volume_mm(anatomy, acquisition)
    head = _bounds_mm(anatomy.share(Tissue.AIR) < 0.5, anatomy.grid)
    low = np.array([head[0][0], head[0][1], excited[0][2]])
    high = np.array([head[1][0], head[1][1], excited[1][2]])
    voxel_mm = np.asarray(acquisition.voxel_mm)
    # phase encoding takes an even number of steps; a voxel more across takes up the slab's soft edge
    count = 2 * np.ceil((high - low + [0.0, 0.0, voxel_mm[2]]) / (2.0 * voxel_mm)).astype(int)
    return Grid.centred(count.tolist(), voxel_mm, (low + high) / 2.0)


def _bounds_mm(mask: BoolArray, grid: Grid) -> FloatArray:
    if not mask.any():
        raise ImpastoError("anatomy", "holds no brain to take spectra of", "give a head")
    where = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    ends = np.array([[w[0] - 0.5 for w in where], [w[-1] + 0.5 for w in where]])
    corners = grid.world_from_index(ends)
    bounds: FloatArray = np.stack([corners.min(axis=0), corners.max(axis=0)])
    return bounds
