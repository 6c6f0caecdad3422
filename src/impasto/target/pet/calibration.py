"""Calibration of a scanner by scans of spheres: its point spread and the coefficients of the adaptive thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.target.pet.adaptive_thresholds import hot_mean, slice_signal
from impasto.target.pet.blurred_sphere import blurred_sphere
from impasto.target.pet.coefficients import AdaptiveCoefficients
from impasto.target.pet.iso_contour import occupancy_above
from impasto.target.pet.lesion import PetLesion
from impasto.target.pet.scanner import PetScanner

__all__ = ["SphereScan", "ThresholdCalibration", "calibrated_scanner", "fitted_point_spread_mm", "right_threshold"]

_FEWEST = 4


@dataclass(frozen=True, eq=False)
class SphereScan:
    """One sphere of known diameter in a scan."""

    lesion: PetLesion
    diameter_mm: float


@dataclass(frozen=True)
class ThresholdCalibration:
    """A calibrated scanner and how well each rule describes its spheres.

    Parameters
    ----------
    scanner : PetScanner
    residual_suv : dict of str to float
        Root mean square difference between each rule's threshold and the right one.
    point_spread_error_mm : float
        Standard deviation of the point spread over the spheres.
    """

    scanner: PetScanner
    residual_suv: dict[str, float]
    point_spread_error_mm: float


def right_threshold(scan: SphereScan) -> float:
    """Find the threshold whose contour has the sphere's true volume.

    Raises
    ------
    ImpastoError
        When none between background and maximum has it.
    """
    lesion = scan.lesion
    true_ml = np.pi / 6000.0 * scan.diameter_mm**3
    low, high = lesion.background.mean, lesion.maximum

    def excess_ml(level: float) -> float:
        volume_ml = occupancy_above(lesion, low + level * (high - low)).sum() * lesion.image.grid.voxel_volume_ml
        return float(volume_ml) - float(true_ml)

    ends = (0.05, 0.999)
    if excess_ml(ends[0]) < 0.0 or excess_ml(ends[1]) > 0.0:
        problem = "no threshold between background and maximum gives its volume"
        raise ImpastoError(f"sphere of {scan.diameter_mm:g} mm", problem, "leave it out or check its diameter")
    level = float(optimize.brentq(excess_ml, *ends, xtol=1e-4))
    return low + level * (high - low)


def fitted_point_spread_mm(scan: SphereScan, first_mm: float = 6.0) -> float:
    """Fit the profile of a blurred sphere to a scan; centre, uptake, background and point spread are free.

    Parameters
    ----------
    scan : SphereScan
        Without a wall around the sphere, or a thin one.
    first_mm : float
        Where the search starts.

    Returns
    -------
    float
        Full width at half maximum in mm.
    """
    grid, lesion = scan.lesion.image.grid, scan.lesion
    centres = grid.voxel_centres_mm()
    peak = centres[lesion.peak_index]
    weights = np.maximum(lesion.image.data - lesion.background.mean, 0.0)
    near = lesion.search & (np.linalg.norm(centres - peak, axis=-1) < 1.2 * scan.diameter_mm)
    first_centre = np.average(centres[near], axis=0, weights=weights[near] ** 2)
    near = lesion.search & (np.linalg.norm(centres - first_centre, axis=-1) < 0.5 * scan.diameter_mm + 3.0 * first_mm)
    points, values = centres[near], lesion.image.data[near].astype(np.float64)

    def residuals(free: FloatArray) -> FloatArray:
        distance_mm = np.linalg.norm(points - free[:3], axis=1)
        model = free[3] + free[4] * blurred_sphere(distance_mm, scan.diameter_mm, float(free[5]))
        difference: FloatArray = model - values
        return difference

    start = [*first_centre, lesion.background.mean, lesion.maximum - lesion.background.mean, first_mm]
    bounds = ([-np.inf] * 4 + [0.0, 0.5], [np.inf] * 5 + [30.0])
    return float(optimize.least_squares(residuals, start, bounds=bounds, x_scale=[1, 1, 1, 0.1, 1, 1]).x[5])


def calibrated_scanner(scans: Sequence[SphereScan], source: str) -> ThresholdCalibration:
    """Fit a scanner's point spread and all adaptive thresholds to spheres of known diameter.

    Each rule is linear in its coefficients: least squares of its threshold against the one that gives the sphere's
    volume (Daisne 2003, Schaefer 2008). Scan spheres of several diameters at several contrasts, reconstructed as
    patients are.

    Parameters
    ----------
    scans : sequence of SphereScan
        At least four; Schaefer's large and small ones need two each and are otherwise fitted together.
    source : str
        What to write beside the coefficients, for example ``"NEMA spheres on scanner 2, March 2026"``.

    Returns
    -------
    ThresholdCalibration

    Raises
    ------
    ImpastoError
        When there are too few spheres.
    """
    if len(scans) < _FEWEST:
        raise ImpastoError("calibration", f"{len(scans)} spheres are too few", f"scan {_FEWEST} or more")
    right = np.array([right_threshold(scan) for scan in scans])
    background = np.array([scan.lesion.background.mean for scan in scans])
    hot = np.array([hot_mean(scan.lesion) for scan in scans])
    signal = np.array([slice_signal(scan.lesion) for scan in scans])
    inside = np.array([_mean_inside(scan.lesion, threshold) for scan, threshold in zip(scans, right, strict=True)])
    ones = np.ones(len(scans))
    border_mm = 30.0
    is_large = np.array([scan.diameter_mm >= border_mm for scan in scans])
    both = min(is_large.sum(), (~is_large).sum()) >= 2
    nestle, nestle_rms = _fitted([hot], right - background)
    black, black_rms = _fitted([inside, ones], right)
    large, large_rms = _fitted([hot, background], right, is_large if both else None)
    small, small_rms = _fitted([hot, background], right, ~is_large if both else None)
    daisne, daisne_rms = _fitted([signal, background], right)
    spreads = np.array([fitted_point_spread_mm(scan) for scan in scans])
    coefficients = AdaptiveCoefficients(
        nestle_share=float(nestle[0]),
        black_slope=float(black[0]),
        black_offset_suv=float(black[1]),
        schaefer_large=(float(large[0]), float(large[1])),
        schaefer_small=(float(small[0]), float(small[1])),
        daisne_offset=float(daisne[0]),
        daisne_slope=float(daisne[1]),
        source=source,
        schaefer_border_mm=border_mm,
    )
    residual = {"nestle": nestle_rms, "black": black_rms, "daisne": daisne_rms}
    residual |= {"schaefer large": large_rms, "schaefer small": small_rms}
    scanner = PetScanner(float(np.median(spreads)), coefficients)
    return ThresholdCalibration(scanner, residual, float(spreads.std(ddof=1)))


def _mean_inside(lesion: PetLesion, threshold: float) -> float:
    occupancy = occupancy_above(lesion, threshold)
    return float((lesion.image.data * occupancy).sum() / occupancy.sum())


def _fitted(columns: list[FloatArray], wanted: FloatArray, used: BoolArray | None = None) -> tuple[FloatArray, float]:
    """Least-squares coefficients and the root mean square residual."""
    matrix = np.stack(columns, axis=1)
    if used is not None:
        matrix, wanted = matrix[used], wanted[used]
    found: FloatArray = np.linalg.lstsq(matrix, wanted, rcond=None)[0].astype(np.float64)
    return found, float(np.sqrt(np.mean((matrix @ found - wanted) ** 2)))
