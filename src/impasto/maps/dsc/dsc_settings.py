"""What decides the numbers of a susceptibility contrast map, and where in the image things are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impasto.core.arrays import BoolArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.maps.dsc.deconvolution import DEFAULT_LIMITS, Method
from impasto.maps.dsc.indicator_dilution import haematocrit_factor

__all__ = ["DscRegions", "DscSettings"]


@dataclass(frozen=True)
class DscSettings:
    """Every choice that changes a number.

    Parameters
    ----------
    discarded_frames : int
        At the start of the series, before the signal is steady.
    window : {"first pass", "whole"}
        Over which CBV and rCBV are areas of curves: from the last frame of the baseline to the end of the first pass,
        or to the end of the series. Later the arterial curve is distorted by T1 shortening, which only CBV minds.
    first_pass_end_s : float, optional
        On the clock of the series; found in the mean curve when not given.
    corrects_leakage : bool
    method : {"sSVD", "cSVD", "oSVD"}
        Of deconvolution.
    limit : float, optional
        Of its singular values, or of the oscillation index; :data:`DEFAULT_LIMITS` when not given.
    density_g_per_ml : float
        Of tissue; 1 gives CBV and CBF per 100 mL.
    haematocrit_large_vessel, haematocrit_small_vessel : float
        Equal ones leave haematocrit out.
    tissue_r2star_l_per_mmol_s : float
        Change of R2* for each mmol of agent in vessels per litre of tissue; 87 at 3 T (Kjolby 2006).
    arterial_r2star : {"linear", "quadratic"}
        Blood as tissue, so that the constant cancels; or as whole blood at 3 T (Akbudak 2004), for an input from
        voxels of blood alone.
    arterial_voxels : int
        How many are picked where no region is given.
    background_share : float
        Voxels below so much of the 98th percentile of the signal before the bolus are background.
    least_contrast_to_noise : float
        A bolus lower than so many standard deviations of a frame is none.
    longest_transit_time_s : float
        Longer mean transit times are flagged.
    """

    discarded_frames: int = 0
    window: Literal["first pass", "whole"] = "first pass"
    first_pass_end_s: float | None = None
    corrects_leakage: bool = True
    method: Method = "oSVD"
    limit: float | None = None
    density_g_per_ml: float = 1.04
    haematocrit_large_vessel: float = 0.45
    haematocrit_small_vessel: float = 0.25
    tissue_r2star_l_per_mmol_s: float = 87.0
    arterial_r2star: Literal["linear", "quadratic"] = "linear"
    arterial_voxels: int = 20
    background_share: float = 0.1
    least_contrast_to_noise: float = 3.0
    longest_transit_time_s: float = 30.0

    def __post_init__(self) -> None:
        choices = (
            ("window", self.window, ("whole", "first pass")),
            ("method", self.method, tuple(DEFAULT_LIMITS)),
            ("arterial_r2star", self.arterial_r2star, ("linear", "quadratic")),
        )
        for name, value, allowed in choices:
            if value not in allowed:
                raise ImpastoError(f"DSC setting {name}", f"{value!r}", f"choose one of {', '.join(allowed)}")
        for name, share in (
            ("haematocrit_large_vessel", self.haematocrit_large_vessel),
            ("haematocrit_small_vessel", self.haematocrit_small_vessel),
            ("background_share", self.background_share),
        ):
            if not 0.0 <= share < 1.0:
                raise ImpastoError(f"DSC setting {name}", f"{share:g}", "give a share from 0 to below 1")
        if not self.density_g_per_ml > 0.0 or not self.tissue_r2star_l_per_mmol_s > 0.0 or self.discarded_frames < 0:
            problem = "density, relaxivity or discarded frames are out of range"
            raise ImpastoError("DSC settings", problem, "give a positive density and relaxivity, and no negative count")

    @property
    def blood_ml_per_100g(self) -> float:
        """Blood volume of tissue whose curve has the area of the arterial input: 100 kH / density."""
        factor = haematocrit_factor(self.haematocrit_large_vessel, self.haematocrit_small_vessel)
        return 100.0 * factor / self.density_g_per_ml

    @property
    def limit_used(self) -> float:
        """Limit of the deconvolution in force."""
        return DEFAULT_LIMITS[self.method] if self.limit is None else self.limit


@dataclass(frozen=True, eq=False)
class DscRegions:
    """Where things are, each of the image's three-dimensional shape.

    Parameters
    ----------
    brain : ndarray of bool, optional
        Voxels to map; all above the background when not given.
    arterial : ndarray of bool, optional
        Voxels of an artery; picked by the shape of their curves when not given.
    reference_tissue : ndarray of bool, optional
        Tissue that does not leak; found by the leakage model itself when not given.
    white_matter : ndarray, optional
        Share of each voxel that is contralateral normal-appearing white matter, or a mask of it.
    """

    brain: BoolArray | None = None
    arterial: BoolArray | None = None
    reference_tissue: BoolArray | None = None
    white_matter: RealArray | BoolArray | None = None

    def __post_init__(self) -> None:
        given = {
            "brain": self.brain,
            "arterial": self.arterial,
            "reference tissue": self.reference_tissue,
            "white matter": self.white_matter,
        }
        shapes = {region.shape for region in given.values() if region is not None}
        if len(shapes) > 1:
            raise ImpastoError("DSC regions", f"their shapes differ: {sorted(shapes)}", "bring all to the series' grid")
        for name, region in given.items():
            if region is not None and not region.any():
                raise ImpastoError(f"{name} region", "it holds no voxel", "draw it within the series, or leave it out")
