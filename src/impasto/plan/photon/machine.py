"""The photon beam model's data: depth components and lateral kernels of one machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from impasto.core.arrays import FloatArray, RealArray, read_only
from impasto.core.errors import ImpastoError

__all__ = ["PhotonMachine", "generic_6mv"]


@dataclass(frozen=True, eq=False)
class PhotonMachine:
    """Singular-value-decomposed pencil beam of a photon machine (Bortfeld, Schlegel, Rhein 1993).

    Dose at radiological depth d and distance r from a pencil beam is ``sum_c D_c(d) k_c(r)`` with
    ``D_c(d) = b_c / (b_c - m) (exp(-m d) - exp(-b_c d))``.

    Parameters
    ----------
    name : str
        Name and version of the data.
    notice : str
        Where they come from and what they must not be used for.
    source_axis_distance_mm : float
        From the source to the isocentre.
    penumbra_fwhm_mm : float
        Full width at half maximum of the Gaussian source in the isocentre plane.
    attenuation_per_mm : float
        m, attenuation of the primary photons in water.
    buildup_per_mm : ndarray, shape (component,)
        b_c of each component.
    kernel_radius_mm : ndarray, shape (radius,)
        Where kernels are tabulated; the value at 0 stands for one square cell as wide as the first step.
    kernel_ssd_mm : ndarray, shape (ssd,)
        Source-surface distances of the kernels, ascending.
    kernels_per_mm2 : ndarray, shape (component, ssd, radius)
        k_c, dose per unit fluence and mm2 of the isocentre plane.

    Raises
    ------
    ImpastoError
        When the tables' shapes disagree.
    """

    name: str
    notice: str
    source_axis_distance_mm: float
    penumbra_fwhm_mm: float
    attenuation_per_mm: float
    buildup_per_mm: FloatArray
    kernel_radius_mm: FloatArray
    kernel_ssd_mm: FloatArray
    kernels_per_mm2: FloatArray

    def __post_init__(self) -> None:
        expected = (len(self.buildup_per_mm), len(self.kernel_ssd_mm), len(self.kernel_radius_mm))
        if self.kernels_per_mm2.shape != expected:
            raise ImpastoError(
                self.name, f"kernels of shape {self.kernels_per_mm2.shape}, expected {expected}", "convert it again"
            )
        for field in ("buildup_per_mm", "kernel_radius_mm", "kernel_ssd_mm", "kernels_per_mm2"):
            object.__setattr__(self, field, read_only(np.asarray(getattr(self, field), dtype=np.float64)))

    @property
    def kernel_step_mm(self) -> float:
        """Radial step of the kernel tables, the resolution they must be convolved at."""
        return float(self.kernel_radius_mm[1] - self.kernel_radius_mm[0])

    def covers_ssd(self, ssd_mm: float) -> bool:
        """Whether kernels are tabulated on both sides of a source-surface distance."""
        return bool(self.kernel_ssd_mm[0] <= ssd_mm <= self.kernel_ssd_mm[-1])

    def kernels_at(self, ssd_mm: float) -> FloatArray:
        """Kernels interpolated linearly in source-surface distance, shape (component, radius).

        Outside the tabulated distances the nearest kernel holds; ask :meth:`covers_ssd` first.
        """
        ssd = self.kernel_ssd_mm
        above = int(np.clip(np.searchsorted(ssd, ssd_mm), 1, len(ssd) - 1))
        share = float(np.clip((ssd_mm - ssd[above - 1]) / (ssd[above] - ssd[above - 1]), 0.0, 1.0))
        kernels: FloatArray = (1.0 - share) * self.kernels_per_mm2[:, above - 1] + share * self.kernels_per_mm2[
            :, above
        ]
        return kernels

    def depth_components(self, depth_mm: RealArray) -> FloatArray:
        """D_c at radiological depths, shape (component, *depth.shape)."""
        depth = np.asarray(depth_mm, dtype=np.float64)
        rate = self.buildup_per_mm.reshape(-1, *(1,) * depth.ndim)
        loss = self.attenuation_per_mm
        components: FloatArray = rate / (rate - loss) * (np.exp(-loss * depth) - np.exp(-rate * depth))
        return components


@cache
def generic_6mv() -> PhotonMachine:
    """Load the generic 6 MV machine: not commissioned for any real machine, not for clinical use."""
    with files("impasto.plan.photon").joinpath("data/generic_6mv.npz").open("rb") as stream, np.load(stream) as stored:
        return PhotonMachine(
            name=str(stored["name"]),
            notice=str(stored["notice"]),
            source_axis_distance_mm=float(stored["source_axis_distance_mm"]),
            penumbra_fwhm_mm=float(stored["penumbra_fwhm_mm"]),
            attenuation_per_mm=float(stored["attenuation_per_mm"]),
            buildup_per_mm=stored["buildup_per_mm"],
            kernel_radius_mm=stored["kernel_radius_mm"],
            kernel_ssd_mm=stored["kernel_ssd_mm"],
            kernels_per_mm2=stored["kernels_per_mm2"],
        )
