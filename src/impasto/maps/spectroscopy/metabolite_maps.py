"""From a fit of voxels to maps on their grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.maps.spectroscopy.abnormality_index import ABNORMALITY_INDICES, abnormality_index
from impasto.maps.spectroscopy.fit_result import METABOLITE_SUMS, SpectralFit
from impasto.maps.spectroscopy.ratios import amplitude_ratio, ratio_over_reference

__all__ = [
    "CLINICAL_RATIOS",
    "ClinicalRatio",
    "FittedVolume",
    "amplitude_maps",
    "index_maps",
    "quality_maps",
    "ratio_maps",
]

_OVER_REFERENCE = "Cho/NAA over NAWM"


@dataclass(frozen=True)
class ClinicalRatio:
    """A ratio of two sums of :data:`METABOLITE_SUMS`.

    Parameters
    ----------
    numerator, denominator : str
    factor : float
        One for a ratio of concentrations. A ratio of peak areas also counts the protons behind each singlet: nine for
        choline, three for creatine, NAA and lactate.
    """

    numerator: str
    denominator: str
    factor: float = 1.0


CLINICAL_RATIOS: Mapping[str, ClinicalRatio] = {
    "Cho/NAA": ClinicalRatio("tCho", "tNAA", 3.0),
    "Cho/Cr": ClinicalRatio("tCho", "tCr", 3.0),
    "Cr/NAA": ClinicalRatio("tCr", "tNAA"),
    "Lac/NAA": ClinicalRatio("Lac", "tNAA"),
    "tCho/tNAA": ClinicalRatio("tCho", "tNAA"),
    "tCho/tCr": ClinicalRatio("tCho", "tCr"),
    "tNAA/tCr": ClinicalRatio("tNAA", "tCr"),
    "Ins/tCr": ClinicalRatio("Ins", "tCr"),
    "Glx/tCr": ClinicalRatio("Glx", "tCr"),
}
"""Ratios of peak areas as scanners' consoles print them and trials put thresholds to them (``Cho/NAA``), and ratios of
concentrations as linear-combination fits give them (``tCho/tNAA``). The first is three times the second."""


@dataclass(frozen=True, eq=False)
class FittedVolume:
    """A fit, and where its voxels lie.

    Parameters
    ----------
    fit : SpectralFit
        One row for each voxel of `mask`, in the order of ``numpy.argwhere``.
    grid : Grid
    mask : ndarray of bool, shape `grid.shape`
        Voxels that were fitted.
    accepted : ndarray of bool, shape (voxel,)
        Voxels whose quality is good enough for a map; the others are NaN there.

    Raises
    ------
    ImpastoError
        When the counts of voxels disagree.
    """

    fit: SpectralFit
    grid: Grid
    mask: BoolArray
    accepted: BoolArray

    def __post_init__(self) -> None:
        counts = {int(self.mask.sum()), len(self.fit.shift_hz), len(self.accepted)}
        if self.mask.shape != self.grid.shape or len(counts) != 1:
            raise ImpastoError(
                "spectra", "fit, mask and acceptance are not of the same voxels", "give those of one fit"
            )

    def image(
        self,
        values: FloatArray,
        quantity: str,
        unit: str,
        standard_error: FloatArray | None = None,
        all_fitted: bool = False,
    ) -> Image:
        """Put one value for each fitted voxel on the grid; NaN where nothing was fitted or accepted."""
        shown = np.ones_like(self.accepted) if all_fitted else self.accepted
        error = None if standard_error is None else self._spread(np.where(shown, standard_error, np.nan))
        return Image(self._spread(np.where(shown, values, np.nan)), self.grid, quantity, unit, standard_error=error)

    def _spread(self, values: FloatArray) -> np.ndarray:
        spread = np.full(self.grid.shape, np.nan, dtype=np.float32)
        spread[self.mask] = values
        return spread

    def sums(self) -> dict[str, tuple[str, ...]]:
        """Return the clinical sums that the fitted basis set has members of, and those members."""
        has = {name: tuple(m for m in members if m in self.fit.names) for name, members in METABOLITE_SUMS.items()}
        return {name: members for name, members in has.items() if members}


def amplitude_maps(volume: FittedVolume, unit: str = "[arb'U]") -> dict[str, Image]:
    """Amplitudes of the clinical sums with their Cramer-Rao bounds.

    Parameters
    ----------
    volume : FittedVolume
    unit : str
        Of the amplitudes: arbitrary unless they were referenced to water.

    Returns
    -------
    dict of str to Image
    """
    return {
        name: volume.image(*_with_error(volume.fit.total(members), name, unit))
        for name, members in volume.sums().items()
    }


def ratio_maps(
    volume: FittedVolume, reference_share: FloatArray | None = None, floor_errors: float = 2.0
) -> dict[str, Image]:
    """Clinical ratios, raw; Cho/NAA also over its mean in reference tissue when that is given.

    Parameters
    ----------
    volume : FittedVolume
    reference_share : ndarray, shape `volume.grid.shape`, optional
        Share of each voxel that is contralateral normal-appearing white matter.
    floor_errors : float
        A denominator below so many standard errors counts as that many: the ratio is then a lower bound.

    Returns
    -------
    dict of str to Image
        ``"Cho/NAA over NAWM"`` is the referenced one.
    """
    sums, maps = volume.sums(), {}
    for name, ratio in CLINICAL_RATIOS.items():
        if ratio.numerator in sums and ratio.denominator in sums:
            value, error = _ratio(volume.fit, sums[ratio.numerator], sums[ratio.denominator], floor_errors)
            value, error = ratio.factor * value, ratio.factor * error
            maps[name] = volume.image(value, name, "1", error)
            if name == "Cho/NAA" and reference_share is not None:
                usable = volume.accepted & np.isfinite(value)
                over = ratio_over_reference(value, error, reference_share[volume.mask], usable)
                maps[_OVER_REFERENCE] = volume.image(over.ratio, _OVER_REFERENCE, "1", over.standard_error)
    return maps


def _ratio(
    fit: SpectralFit, above: tuple[str, ...], below: tuple[str, ...], floor_errors: float
) -> tuple[FloatArray, FloatArray]:
    top, bottom = fit.total(above), fit.total(below)
    found = amplitude_ratio(top[0], bottom[0], top[1], bottom[1], fit.covariance_of(above, below), floor_errors)
    return found.ratio, found.standard_error


def index_maps(
    volume: FittedVolume, control: BoolArray | None = None, limits: tuple[float, float] = (-1.25, 2.25)
) -> dict[str, Image]:
    """CNI, CCrI and CrNI: how many standard deviations a voxel lies from the line of normal tissue (McKnight 2001).

    Parameters
    ----------
    volume : FittedVolume
    control : ndarray of bool, shape `volume.grid.shape`, optional
        Where controls may be; all accepted voxels when not given: the index drops the abnormal ones itself.
    limits : (float, float)
        Controls below the first or above the second are dropped, see
        :func:`~impasto.maps.spectroscopy.abnormality_index.abnormality_index`.

    Returns
    -------
    dict of str to Image
    """
    sums = volume.sums()
    usable = volume.accepted if control is None else volume.accepted & control[volume.mask]
    maps = {}
    for name, (above, below) in ABNORMALITY_INDICES.items():
        if above in sums and below in sums:
            high, low = volume.fit.total(sums[above])[0], volume.fit.total(sums[below])[0]
            index = abnormality_index(high, low, usable, upper=limits[1], lower=limits[0])
            maps[name] = volume.image(index.z, name, "1")
    return maps


def quality_maps(volume: FittedVolume) -> dict[str, Image]:
    """Signal-to-noise ratio, linewidth and residual of all fitted voxels, accepted or not."""
    fit = volume.fit
    return {
        "SNR": volume.image(fit.signal_to_noise, "signal-to-noise ratio", "1", all_fitted=True),
        "FWHM": volume.image(fit.fwhm_hz, "full width at half maximum", "Hz", all_fitted=True),
        "residual": volume.image(fit.residual, "residual over noise", "1", all_fitted=True),
        "shift": volume.image(fit.shift_hz, "frequency shift", "Hz", all_fitted=True),
    }


def _with_error(total: tuple[FloatArray, FloatArray], name: str, unit: str) -> tuple[FloatArray, str, str, FloatArray]:
    return total[0], name, unit, total[1]
