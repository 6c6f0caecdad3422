"""What a plan should do to the voxels of one structure: objectives on dose, with gradients.

An objective is a function of the dose to its rows of an influence matrix, in Gy per fraction, never negative and
smaller for better plans. Squared objectives are means over the structure's voxels, so that weights compare across
structures of different size.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, IntArray, RealArray, read_only
from impasto.core.errors import ImpastoError
from impasto.plan.bounded_descent import scalar_product

__all__ = [
    "EquivalentUniformDose",
    "MaximumDoseVolume",
    "MeanDose",
    "MinimumDoseVolume",
    "Objective",
    "SquaredDeviation",
    "SquaredOverdose",
    "SquaredUnderdose",
]


@dataclass(frozen=True, eq=False, kw_only=True)
class Objective(ABC):
    """One aim for one structure.

    Parameters
    ----------
    structure : str
        Name, for messages and records.
    rows : ndarray of int64, shape (voxel,)
        The structure's rows of the influence matrix.
    weight : float
        Importance: factor on the value.

    Raises
    ------
    ImpastoError
        When the structure has no voxel or the weight is negative.
    """

    structure: str
    rows: IntArray
    weight: float = 1.0

    def __post_init__(self) -> None:
        if len(self.rows) == 0:
            raise ImpastoError(
                self.structure, "it has no voxel of its own on the dose grid", "refine the grid, or leave it out"
            )
        if not self.weight >= 0.0:
            raise ImpastoError(self.structure, f"weight {self.weight}", "give 0 or more")

    @property
    def wanted_gy(self) -> RealArray | float | None:
        """Dose this objective pulls its voxels up to, in Gy per fraction; None when it only holds dose down."""
        return None

    @abstractmethod
    def value_and_gradient(self, dose_gy: RealArray) -> tuple[float, FloatArray]:
        """Value and its derivative by each voxel's dose.

        Parameters
        ----------
        dose_gy : ndarray, shape (voxel,)
            Dose per fraction to `rows`, in their order.

        Returns
        -------
        value : float
        gradient : ndarray, shape (voxel,)
            Per Gy.
        """

    def value(self, dose_gy: RealArray) -> float:
        """Value alone."""
        return self.value_and_gradient(dose_gy)[0]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Levelled(Objective):
    """A squared objective against a level.

    Parameters
    ----------
    level_gy : float or ndarray, shape (voxel,)
        In Gy per fraction: one for all voxels, or each voxel's own.
    voxel_count : int, optional
        Number of voxels that the mean is over, where only some of the structure's voxels are listed.
    """

    level_gy: float | RealArray
    voxel_count: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        level = np.asarray(self.level_gy, dtype=np.float64)
        if level.ndim and level.shape != self.rows.shape:
            raise ImpastoError(
                self.structure, f"a dose map of {level.shape} for {len(self.rows)} voxels", "give each voxel its own"
            )
        if not np.isfinite(level).all():
            raise ImpastoError(self.structure, "its dose level is not finite", "give a number")
        if level.ndim:
            object.__setattr__(self, "level_gy", read_only(level))

    def _squares(self, error_gy: FloatArray) -> tuple[float, FloatArray]:
        scale = self.weight / (self.voxel_count or len(self.rows))
        return scale * scalar_product(error_gy, error_gy), 2.0 * scale * error_gy


@dataclass(frozen=True, eq=False, kw_only=True)
class SquaredUnderdose(_Levelled):
    """Mean of ``max(level - dose, 0)^2``."""

    @property
    def wanted_gy(self) -> RealArray | float:
        """The level."""
        return self.level_gy

    def value_and_gradient(self, dose_gy: RealArray) -> tuple[float, FloatArray]:
        """See :class:`Objective`."""
        return self._squares(np.minimum(dose_gy - self.level_gy, 0.0).astype(np.float64))


@dataclass(frozen=True, eq=False, kw_only=True)
class SquaredOverdose(_Levelled):
    """Mean of ``max(dose - level, 0)^2``."""

    def value_and_gradient(self, dose_gy: RealArray) -> tuple[float, FloatArray]:
        """See :class:`Objective`."""
        return self._squares(np.maximum(dose_gy - self.level_gy, 0.0).astype(np.float64))

    def restricted(self, kept: BoolArray) -> SquaredOverdose:
        """Return the same objective on some of its voxels; the others count as not overdosed.

        Parameters
        ----------
        kept : ndarray of bool, shape (voxel,)
        """
        level = self.level_gy[kept] if isinstance(self.level_gy, np.ndarray) else self.level_gy
        return replace(self, rows=self.rows[kept], level_gy=level, voxel_count=self.voxel_count or len(self.rows))


@dataclass(frozen=True, eq=False, kw_only=True)
class SquaredDeviation(_Levelled):
    """Mean of ``(dose - level)^2``."""

    @property
    def wanted_gy(self) -> RealArray | float:
        """The level."""
        return self.level_gy

    def value_and_gradient(self, dose_gy: RealArray) -> tuple[float, FloatArray]:
        """See :class:`Objective`."""
        return self._squares(np.asarray(dose_gy - self.level_gy, dtype=np.float64))


@dataclass(frozen=True, eq=False, kw_only=True)
class MeanDose(Objective):
    """``max(mean dose - level, 0)^2``.

    Parameters
    ----------
    level_gy : float
        Mean dose per fraction that costs nothing.
    """

    level_gy: float = 0.0

    def of_mean(self, mean_gy: float) -> tuple[float, float]:
        """Value and its derivative by the mean dose."""
        excess = max(mean_gy - self.level_gy, 0.0)
        return self.weight * excess**2, 2.0 * self.weight * excess

    def value_and_gradient(self, dose_gy: RealArray) -> tuple[float, FloatArray]:
        """See :class:`Objective`."""
        value, slope = self.of_mean(float(np.mean(dose_gy, dtype=np.float64)))
        return value, np.full(len(dose_gy), slope / len(dose_gy))


@dataclass(frozen=True, eq=False, kw_only=True)
class _DoseVolume(_Levelled):
    """A dose-volume objective.

    Parameters
    ----------
    volume_percent : float
        Share of the structure, 0 to 100.
    """

    volume_percent: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.0 <= self.volume_percent <= 100.0:
            raise ImpastoError(self.structure, f"a volume of {self.volume_percent} %", "give 0 to 100 %")

    def _dose_at_volume(self, dose_gy: RealArray) -> float:
        """Dose that `volume_percent` of the voxels exceed (the hottest share rounds down to whole voxels)."""
        hottest = int(np.floor(len(dose_gy) * self.volume_percent / 100.0 + 1e-9))
        if hottest >= len(dose_gy):
            return -np.inf
        return float(np.partition(dose_gy, len(dose_gy) - 1 - hottest)[len(dose_gy) - 1 - hottest])


@dataclass(frozen=True, eq=False, kw_only=True)
class MaximumDoseVolume(_DoseVolume):
    """At most `volume_percent` should receive more than the level (Wu, Mohan 2000).

    Mean of ``(dose - level)^2`` over voxels between the level and the dose that the hottest `volume_percent` exceed:
    the voxels nearest to the level come down, the share that may be hot stays free.
    """

    def value_and_gradient(self, dose_gy: RealArray) -> tuple[float, FloatArray]:
        """See :class:`Objective`."""
        error = np.asarray(dose_gy - self.level_gy, dtype=np.float64)
        error[(error < 0.0) | (dose_gy > self._dose_at_volume(dose_gy))] = 0.0
        return self._squares(error)


@dataclass(frozen=True, eq=False, kw_only=True)
class MinimumDoseVolume(_DoseVolume):
    """At least `volume_percent` should receive the level or more (Wu, Mohan 2000).

    Mean of ``(dose - level)^2`` over voxels below the level but among the hottest `volume_percent`.
    """

    @property
    def wanted_gy(self) -> RealArray | float:
        """The level."""
        return self.level_gy

    def _coldest_needed(self, dose_gy: RealArray) -> float:
        needed = int(np.ceil(len(dose_gy) * self.volume_percent / 100.0 - 1e-9))
        if needed == 0:
            return np.inf
        return float(np.partition(dose_gy, len(dose_gy) - needed)[len(dose_gy) - needed])

    def value_and_gradient(self, dose_gy: RealArray) -> tuple[float, FloatArray]:
        """See :class:`Objective`."""
        error = np.asarray(dose_gy - self.level_gy, dtype=np.float64)
        error[(error > 0.0) | (dose_gy < self._coldest_needed(dose_gy))] = 0.0
        return self._squares(error)


@dataclass(frozen=True, eq=False, kw_only=True)
class EquivalentUniformDose(Objective):
    """Squared excess (a > 0) or deficit (a < 0) of the generalised equivalent uniform dose (Niemierko 1999).

    ``gEUD = (mean(dose^a))^(1/a)``; for a < 0 doses below 1 mGy count as 1 mGy.

    Parameters
    ----------
    level_gy : float
        gEUD per fraction that costs nothing.
    exponent : float
        a: 1 or more for organs at risk, negative for targets.
    """

    level_gy: float
    exponent: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if 0.0 <= self.exponent < 1.0:
            raise ImpastoError(self.structure, f"gEUD exponent {self.exponent}", "give 1 or more, or a negative one")

    @property
    def wanted_gy(self) -> float | None:
        """The level, for targets."""
        return self.level_gy if self.exponent < 0.0 else None

    def equivalent_dose_gy(self, dose_gy: RealArray) -> float:
        """Return gEUD of the doses, in Gy per fraction."""
        floored, largest = self._scaled(dose_gy)
        return float(largest * np.mean(floored**self.exponent) ** (1.0 / self.exponent))

    def value_and_gradient(self, dose_gy: RealArray) -> tuple[float, FloatArray]:
        """See :class:`Objective`."""
        equivalent = self.equivalent_dose_gy(dose_gy)
        error = equivalent - self.level_gy
        error = max(error, 0.0) if self.exponent > 0.0 else min(error, 0.0)
        if error == 0.0:
            return 0.0, np.zeros(len(dose_gy))
        floored, largest = self._scaled(dose_gy)
        slope = (floored * largest / equivalent) ** (self.exponent - 1.0) / len(dose_gy)
        if self.exponent < 0.0:
            slope[np.asarray(dose_gy) < 1e-3] = 0.0
        return self.weight * error**2, 2.0 * self.weight * error * slope

    def _scaled(self, dose_gy: RealArray) -> tuple[FloatArray, float]:
        """Doses over their largest (smallest, for a < 0), so that no power overflows."""
        dose = np.maximum(np.asarray(dose_gy, dtype=np.float64), 1e-3 if self.exponent < 0.0 else 0.0)
        unit = float(dose.max() if self.exponent > 0.0 else dose.min())
        return dose / (unit or 1.0), unit or 1.0
