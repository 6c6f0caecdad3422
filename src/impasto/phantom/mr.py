"""What an MR scanner would give of a digital glioma patient: T1, T1 with contrast agent, T2 and FLAIR. Simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.resample import resample_linear
from impasto.phantom.anatomy import Anatomy, Tissue, tissue_mean
from impasto.phantom.relaxation import RELAXATION, Relaxation
from impasto.phantom.rician import with_rician_noise
from impasto.phantom.tissue_classes import TissueClass
from impasto.phantom.warp import smooth_lattice

__all__ = [
    "FLAIR",
    "T1",
    "T1_CONTRAST",
    "T2",
    "MrSequence",
    "flair_scan",
    "mr_scan",
    "mr_scans",
    "t1_contrast_scan",
    "t1_scan",
    "t2_scan",
]

_Field = NDArray[np.float32]

_TISSUES: Mapping[Tissue, Relaxation] = MappingProxyType(
    {
        Tissue.SOFT_TISSUE: RELAXATION[TissueClass.SOFT_TISSUE],
        Tissue.FAT: RELAXATION[TissueClass.FAT],
        Tissue.BONE: Relaxation(0.15, 0.4, 0.0006, 0.0005),
        Tissue.MARROW: RELAXATION[TissueClass.MARROW],
        Tissue.CSF: RELAXATION[TissueClass.FLUID],
        Tissue.GREY_MATTER: RELAXATION[TissueClass.GREY_MATTER],
        Tissue.WHITE_MATTER: RELAXATION[TissueClass.WHITE_MATTER],
        Tissue.VESSEL: RELAXATION[TissueClass.VESSEL],
        Tissue.EYE: RELAXATION[TissueClass.FLUID],
        Tissue.LENS: Relaxation(0.70, 1.0, 0.030, 0.020),
        Tissue.OPTIC_NERVE: RELAXATION[TissueClass.WHITE_MATTER],
        Tissue.GLAND: RELAXATION[TissueClass.GLAND],
        Tissue.OEDEMA: RELAXATION[TissueClass.OEDEMA],
        Tissue.TUMOUR: RELAXATION[TissueClass.DENSE_TUMOUR],
        Tissue.NECROSIS: RELAXATION[TissueClass.NECROSIS],
        # some protein: not quite as long as the fluid around the brain
        Tissue.CAVITY: Relaxation(1.0, 3.3, 1.2, 0.4),
        Tissue.FAINT_TUMOUR: RELAXATION[TissueClass.FAINT_TUMOUR],
        Tissue.LEAKY_TREATMENT_EFFECT: RELAXATION[TissueClass.LEAKY_TREATMENT_EFFECT],
        Tissue.SLOW_TREATMENT_EFFECT: RELAXATION[TissueClass.SLOW_TREATMENT_EFFECT],
    }
)

_AGENT_MM: Mapping[Tissue, float] = MappingProxyType(
    {
        Tissue.TUMOUR: 0.25,
        Tissue.VESSEL: 0.9,
        Tissue.GLAND: 0.5,
        Tissue.SOFT_TISSUE: 0.12,
        Tissue.NECROSIS: 0.02,
        Tissue.GREY_MATTER: 0.03,
        Tissue.WHITE_MATTER: 0.015,
        Tissue.MARROW: 0.05,
        Tissue.FAINT_TUMOUR: 0.07,
        Tissue.LEAKY_TREATMENT_EFFECT: 0.28,
        Tissue.SLOW_TREATMENT_EFFECT: 0.095,
    }
)
"""Concentration some minutes after .1 mmol/kg, at which the signals are seen in clinical scans.

Of treatment effect and faintly enhancing tumour it is what their capillary beds hold 8 min after the bolus.
"""

_RELAXIVITY_PER_S_MM = 4.5
_WHITE_MATTER_SIGNAL = 400.0
_SHORTER_T2_PER_T1 = 0.5


@dataclass(frozen=True)
class MrSequence:
    """How a contrast is taken.

    Parameters
    ----------
    name : str
    repetition_time_s, echo_time_s : float
    flip_angle_deg : float, optional
        Of a spoiled gradient echo; a spin echo without.
    inversion_time_s : float, optional
        Of an inversion recovery; none without.
    agent : bool
        Whether contrast agent was given.
    signal_to_noise : float
        Of white matter.
    """

    name: str
    repetition_time_s: float
    echo_time_s: float
    flip_angle_deg: float | None = None
    inversion_time_s: float | None = None
    agent: bool = False
    signal_to_noise: float = 40.0

    def signal(self, tissue: Relaxation, agent_mm: float = 0.0) -> float:
        """Signal of a tissue relative to that of fully relaxed water.

        Spoiled gradient echo: ``PD sin(a) (1 - E1) / (1 - cos(a) E1) exp(-TE / T2)`` (Haase 1986), spin echo:
        ``PD (1 - E1) exp(-TE / T2)``, inversion recovery: ``PD |1 - 2 exp(-TI / T1) + E1| exp(-TE / T2)``, with
        ``E1 = exp(-TR / T1)`` and ``1 / T1 = 1 / T1(0) + r1 C``.
        """
        t1_s = 1.0 / (1.0 / tissue.t1_s + _RELAXIVITY_PER_S_MM * (agent_mm if self.agent else 0.0))
        recovered = np.exp(-self.repetition_time_s / t1_s)
        if self.flip_angle_deg is not None:
            angle = np.deg2rad(self.flip_angle_deg)
            steady = np.sin(angle) * (1.0 - recovered) / (1.0 - np.cos(angle) * recovered)
            return float(tissue.proton_density * steady * np.exp(-self.echo_time_s / tissue.t2star_s))
        magnetisation = 1.0 - recovered
        if self.inversion_time_s is not None:
            magnetisation = abs(1.0 - 2.0 * np.exp(-self.inversion_time_s / t1_s) + recovered)
        return float(tissue.proton_density * magnetisation * np.exp(-self.echo_time_s / tissue.t2_s))

    @property
    def is_spin_echo(self) -> bool:
        """Whether flowing blood is dark."""
        return self.flip_angle_deg is None


T1 = MrSequence("T1", 0.022, 0.003, flip_angle_deg=25.0)
T1_CONTRAST = replace(T1, name="T1 with contrast agent", agent=True)
T2 = MrSequence("T2", 5.0, 0.100)
FLAIR = MrSequence("FLAIR", 9.0, 0.120, inversion_time_s=2.37, signal_to_noise=30.0)


def t1_scan(anatomy: Anatomy, grid: Grid, seed: int) -> Image:
    """Simulate a T1-weighted spoiled gradient echo; see :func:`mr_scan`."""
    return mr_scan(anatomy, grid, seed, T1)


def t1_contrast_scan(anatomy: Anatomy, grid: Grid, seed: int) -> Image:
    """Simulate the T1-weighted scan after contrast agent; see :func:`mr_scan`."""
    return mr_scan(anatomy, grid, seed, T1_CONTRAST)


def t2_scan(anatomy: Anatomy, grid: Grid, seed: int) -> Image:
    """Simulate a T2-weighted spin echo; see :func:`mr_scan`."""
    return mr_scan(anatomy, grid, seed, T2)


def flair_scan(anatomy: Anatomy, grid: Grid, seed: int) -> Image:
    """Simulate a fluid-attenuated inversion recovery; see :func:`mr_scan`."""
    return mr_scan(anatomy, grid, seed, FLAIR)


def mr_scans(anatomy: Anatomy, grid: Grid, seed: int) -> dict[str, Image]:
    """Simulate all four contrasts on one grid, by the names of their sequences."""
    return {sequence.name: mr_scan(anatomy, grid, seed, sequence) for sequence in (T1, T1_CONTRAST, T2, FLAIR)}


def mr_scan(anatomy: Anatomy, grid: Grid, seed: int, sequence: MrSequence) -> Image:
    """Simulate one contrast: signals of the tissues, point spread, receive field, Rician noise.

    Parameters
    ----------
    anatomy : Anatomy
    grid : Grid
        The scan's voxels, also oblique; their size is the width of the point spread.
    seed : int
        Decides receive field and noise.
    sequence : MrSequence

    Returns
    -------
    Image
        Signal in arbitrary units, float32; white matter near 400.
    """
    rng = np.random.default_rng([seed, 3, *sequence.name.encode()])
    white = sequence.signal(_TISSUES[Tissue.WHITE_MATTER])
    signal = _signal(anatomy, sequence)
    if sequence.agent:
        signal += _uneven_uptake(anatomy, sequence, seed)
    signal *= np.float32(_WHITE_MATTER_SIGNAL / white)
    signal = _seen(signal, anatomy.grid, grid)
    signal *= _receive_field(grid.shape, rng)
    noisy = with_rician_noise(signal, _WHITE_MATTER_SIGNAL / sequence.signal_to_noise, rng)
    return Image(noisy, grid, f"MR signal, {sequence.name}", "1")


def _signal(anatomy: Anatomy, sequence: MrSequence) -> _Field:
    levels = {tissue: sequence.signal(values, _AGENT_MM.get(tissue, 0.0)) for tissue, values in _TISSUES.items()}
    if sequence.is_spin_echo:
        levels[Tissue.VESSEL] *= 0.3
    signal = tissue_mean(anatomy, levels).astype(np.float32, copy=False)
    infiltrated = sequence.signal(RELAXATION[TissueClass.INFILTRATION])
    departing = (Tissue.GREY_MATTER, Tissue.WHITE_MATTER, Tissue.OEDEMA)
    change = tissue_mean(anatomy, {tissue: infiltrated - levels[tissue] for tissue in departing})
    signal += change * anatomy.tumour_cells
    if anatomy.t1_texture is not None:
        signal *= np.exp(np.float32(_texture_slope(sequence)) * anatomy.t1_texture)
    return signal


def _uneven_uptake(anatomy: Anatomy, sequence: MrSequence, seed: int) -> _Field:
    """Signal that solid tumour has more or less because agent is taken up in patches of some mm."""
    tumour = anatomy.share(Tissue.TUMOUR)
    correlation = 3.0 / float(anatomy.grid.spacing_mm.mean())
    patches = smooth_lattice((48, 48, 48), max(correlation, 0.5), np.random.default_rng([seed, 4]))
    where = np.nonzero(tumour)
    uneven = np.zeros_like(tumour)
    solid = _TISSUES[Tissue.TUMOUR]
    span = sequence.signal(solid, 1.4 * _AGENT_MM[Tissue.TUMOUR]) - sequence.signal(solid, _AGENT_MM[Tissue.TUMOUR])
    uneven[where] = span * tumour[where] * patches[tuple(index % 48 for index in where)]
    return uneven


def _texture_slope(sequence: MrSequence) -> float:
    """How the logarithm of the signal follows that of T1 in brain tissue; T2 goes along with half of the change."""
    tissue = _TISSUES[Tissue.GREY_MATTER]
    longer = replace(
        tissue, t1_s=tissue.t1_s * 1.05, t2_s=tissue.t2_s * 1.05**_SHORTER_T2_PER_T1, t2star_s=tissue.t2star_s
    )
    return float(np.log(sequence.signal(longer) / sequence.signal(tissue)) / np.log(1.05))


def _seen(signal: _Field, fine: Grid, grid: Grid) -> _Field:
    """Blur to the width of the scan's voxels and interpolate at their centres."""
    turned = fine.direction.T @ (grid.direction * grid.spacing_mm)
    width = np.linalg.norm(turned, axis=1)
    blur = np.sqrt(np.maximum(width**2 - 0.7 * fine.spacing_mm**2, 0.0))
    sigma = blur / (2.0 * np.sqrt(2.0 * np.log(2.0))) / fine.spacing_mm
    return resample_linear(ndimage.gaussian_filter(signal, sigma), fine, grid)


def _receive_field(shape: tuple[int, int, int], rng: np.random.Generator) -> _Field:
    """Smooth inhomogeneity that remains after the scanner's correction, about a tenth."""
    axes = np.meshgrid(*(np.linspace(-1.0, 1.0, n, dtype=np.float32) for n in shape), indexing="ij", sparse=True)
    linear, square = rng.normal(0.0, 0.06, size=3), rng.normal(0.05, 0.05, size=3)
    factors = [
        np.exp(np.float32(a) * axis + np.float32(b) * axis**2) for axis, a, b in zip(axes, linear, square, strict=True)
    ]
    field: _Field = factors[0] * factors[1] * factors[2]
    return field
