"""What a report says about spectra: plain data that a workflow fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from impasto.core import Grid, Image, ImpastoError, StructureSet
from impasto.core.arrays import BoolArray
from impasto.maps.spectroscopy.fit_curves import FitCurves
from impasto.maps.spectroscopy.metabolite_maps import CLINICAL_RATIOS, FittedVolume
from impasto.maps.spectroscopy.ratios import amplitude_ratio

__all__ = ["CoverageRow", "Estimate", "MetaboliteMaps", "SpectroscopyFindings", "Verdict", "VoxelSpectrum"]

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


@dataclass(frozen=True, eq=False)
class MetaboliteMaps:
    """Maps on the grid of the spectra, and the anatomy they are drawn over.

    Parameters
    ----------
    anatomy : Image
        T1, FLAIR or CT in the frame of the maps.
    maps : mapping of str to Image
        Name to map, in the order they are drawn, all on one grid; NaN where a voxel was rejected or not fitted.
    fitted : ndarray of bool, shape of the maps
        Voxels that were fitted: those of them that are NaN are drawn as rejected.
    thresholds : mapping of str to float
        Name of a map to the value that is outlined in it, for example ``{"Cho/NAA": 2.0}``.
    limits : mapping of str to (float, float)
        Ends of colour scales; chosen from the map where absent.
    structures : StructureSet, optional
        Outlined in every picture: brain, target.
    excited : Grid, optional
        The box that the sequence excites, as a grid of one voxel.

    Raises
    ------
    ImpastoError
        When there is no map, maps lie on different grids, or a threshold or limit names no map.
    """

    anatomy: Image
    maps: Mapping[str, Image]
    fitted: BoolArray
    thresholds: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    structures: StructureSet | None = None
    excited: Grid | None = None

    def __post_init__(self) -> None:
        if not self.maps:
            raise ImpastoError("metabolite maps", "there are none", "give at least one map")
        for name, image in self.maps.items():
            if not image.grid.matches(self.grid) or self.fitted.shape != image.grid.shape:
                raise ImpastoError(name, "lies on another grid than the other maps", "give maps of one acquisition")
        for name in (*self.thresholds, *self.limits):
            if name not in self.maps:
                raise ImpastoError(name, "has a threshold or limits, but is not among the maps", "give its map too")

    @property
    def grid(self) -> Grid:
        """Where the voxels of the maps lie."""
        return next(iter(self.maps.values())).grid


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
    maps : MetaboliteMaps, optional
        None for a single voxel.
    spectra : tuple of VoxelSpectrum
        The few that are drawn: tumour first, then contralateral.
    coverage : tuple of CoverageRow
        The first row counts all; shares in percent are of it.
    acquisition : str
        One sentence: sequence, echo time, voxel size.
    """

    maps: MetaboliteMaps | None = None
    spectra: tuple[VoxelSpectrum, ...] = ()
    coverage: tuple[CoverageRow, ...] = ()
    acquisition: str = ""
