"""What a report says about spectra: plain data that a workflow fills in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core import ImpastoError
from impasto.maps.spectroscopy.fit_curves import FitCurves
from impasto.maps.spectroscopy.metabolite_maps import CLINICAL_RATIOS, FittedVolume
from impasto.maps.spectroscopy.ratios import amplitude_ratio
from impasto.report.maps_over_anatomy import MapsOverAnatomy

__all__ = ["CoverageRow", "Estimate", "SpectroscopyFindings", "Verdict", "VoxelSpectrum"]

_PRINTED_RATIOS = ("Cho/NAA", "tCho/tNAA", "tCho/tCr", "tNAA/tCr", "Ins/tCr", "Glx/tCr")


@dataclass(frozen=True)
class Estimate:
    """A named number and its standard error, both in one unit; maybe only a lower bound of the true value."""

    name: str
    value: float
    standard_error: float
    is_lower_bound: bool = False

    @property
    def error_percent(self) -> float:
        """Standard error in percent of the value, as spectroscopists quote Cramer-Rao bounds; infinite at zero."""
        return 100.0 * self.standard_error / self.value if self.value > 0.0 else float("inf")


@dataclass(frozen=True)
class Verdict:
    """Whether a spectrum is good enough for a map, and why (not)."""

    is_accepted: bool
    reason: str = ""


@dataclass(frozen=True, eq=False)
class VoxelSpectrum:
    """One voxel's spectrum, its fit, and the numbers that were read from it.

    Parameters
    ----------
    label : str
        What the voxel stands for: ``"Tumour"``, ``"Contralateral"``.
    position_mm : tuple of float, optional
        LPS of its centre; None for data without a place.
    curves : FitCurves
    amplitudes, ratios : tuple of Estimate
        In the order of the table.
    signal_to_noise, fwhm_hz : float
    verdict : Verdict
    unit : str
        UCUM, of the amplitudes.
    noise : float, optional
        Standard deviation of the noise in the curves.
    """

    label: str
    position_mm: tuple[float, float, float] | None
    curves: FitCurves
    amplitudes: tuple[Estimate, ...]
    ratios: tuple[Estimate, ...]
    signal_to_noise: float
    fwhm_hz: float
    verdict: Verdict
    unit: str = "[arb'U]"
    noise: float | None = None

    @classmethod
    def of(
        cls,
        label: str,
        volume: FittedVolume,
        voxel: int,
        curves: FitCurves,
        verdict: Verdict,
        unit: str = "[arb'U]",
        floor_errors: float = 2.0,
    ) -> VoxelSpectrum:
        """Read a voxel's numbers from a fit.

        Parameters
        ----------
        label : str
        volume : FittedVolume
        voxel : int
            Its row in the fit.
        curves : FitCurves
            Of the same voxel.
        verdict : Verdict
        unit : str
            UCUM, of the amplitudes.
        floor_errors : float
            A denominator below so many standard errors counts as that many, as in the maps.

        Raises
        ------
        ImpastoError
            When the voxel is not in the fit.
        """
        fit, sums = volume.fit, volume.sums()
        if not 0 <= voxel < len(fit.shift_hz):
            raise ImpastoError(label, f"voxel {voxel} is not among the {len(fit.shift_hz)} fitted", "choose another")
        totals = {name: fit.total(members) for name, members in sums.items()}
        ratios = []
        for name in _PRINTED_RATIOS:
            rule = CLINICAL_RATIOS[name]
            if rule.numerator in totals and rule.denominator in totals:
                above, below = totals[rule.numerator], totals[rule.denominator]
                shared = fit.covariance_of(sums[rule.numerator], sums[rule.denominator])
                one = amplitude_ratio(above[0], below[0], above[1], below[1], shared, floor_errors)
                value, error = rule.factor * one.ratio[voxel], rule.factor * one.standard_error[voxel]
                ratios.append(Estimate(name, float(value), float(error), bool(one.lower_bound[voxel])))
        x, y, z = volume.grid.world_from_index(np.argwhere(volume.mask)[voxel]).tolist()
        return cls(
            label=label,
            position_mm=(x, y, z),
            curves=curves,
            amplitudes=tuple(Estimate(name, float(v[voxel]), float(e[voxel])) for name, (v, e) in totals.items()),
            ratios=tuple(ratios),
            signal_to_noise=float(fit.signal_to_noise[voxel]),
            fwhm_hz=float(fit.fwhm_hz[voxel]),
            verdict=verdict,
            unit=unit,
            noise=float(fit.noise[voxel]),
        )


@dataclass(frozen=True)
class CoverageRow:
    """How many voxels met a fate: ``"Fitted"``, ``"Accepted"``, ``"Rejected: linewidth above 0.1 ppm"``."""

    fate: str
    voxels: int


@dataclass(frozen=True, eq=False)
class SpectroscopyFindings:
    """Everything a report says about spectra.

    Parameters
    ----------
    maps : MapsOverAnatomy, optional
        None for a single voxel.
    spectra : tuple of VoxelSpectrum
        The few that are drawn: tumour first, then contralateral.
    coverage : tuple of CoverageRow
        The first row counts all; shares in percent are of it.
    acquisition : str
        One sentence: sequence, echo time, voxel size.
    """

    maps: MapsOverAnatomy | None = None
    spectra: tuple[VoxelSpectrum, ...] = ()
    coverage: tuple[CoverageRow, ...] = ()
    acquisition: str = ""
