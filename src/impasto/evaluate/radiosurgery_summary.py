"""One radiosurgery plan in figures, by every definition that a reader may mean."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from impasto.core import Dose, ImpastoError, Prescription, Progress, StructureSet, silent
from impasto.evaluate.dvh import DoseVolumeHistogram, dose_volume_histogram
from impasto.evaluate.indices import TargetIndices, isodose_volume_ml, target_indices
from impasto.evaluate.radiosurgery import (
    BRAIN_DENSITY_G_PER_ML,
    ZoneDose,
    efficiency_index,
    integral_dose_j,
    volume_at_dose,
    zone_doses,
)

__all__ = ["RadiosurgeryQuestion", "RadiosurgerySummary", "summarise_radiosurgery"]

_CURVE_GY = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0)
_LEAST_INSIDE = 0.995


@dataclass(frozen=True)
class RadiosurgeryQuestion:
    """What is asked of plans that are to be compared.

    Parameters
    ----------
    brain, target, head : str
        Structures: the whole brain, all that is treated, and the head's outline (none when empty).
    reference_gy : float
        Isodose on which conformity and gradient of all plans are taken, whatever each was prescribed to.
    isodose : float
        Prescription isodose, for the upper bound of zones.
    high_gy : float
        Volumes that receive at least this are counted.
    tolerance : float
        See :func:`~impasto.evaluate.radiosurgery.zone_doses`.
    """

    brain: str = "Brain"
    target: str = "Tumour"
    head: str = "EXTERNAL"
    reference_gy: float = 15.0
    isodose: float = 0.5
    high_gy: float = 12.0
    tolerance: float = 1.25


@dataclass(frozen=True)
class RadiosurgerySummary:
    """Figures of one plan.

    Parameters
    ----------
    name : str
    target_ml, brain_ml : float
        The brain has the target in it where it was drawn so.
    maximum_gy : float
    brain_mean_gy : float
    brain_j, brain_outside_target_j, head_j, target_j : float
        Integral dose, as energy, at the density of brain (ICRU 46); of the head as far as the dose grid reaches, none
        without its outline.
    high_gy : float
    high_ml, high_in_brain_ml, high_outside_target_ml : float
        Volume of at least `high_gy`: anywhere, in the brain, and outside the target.
    volume_ml_at_gy : tuple of pairs of float
        Dose and the volume that receives at least this, anywhere.
    zones : tuple of ZoneDose
        Held against the levels of the painted prescription, whichever plan this is.
    indices : TargetIndices
        On the reference isodose.
    efficiency_index : float
        On the reference isodose.
    """

    name: str
    target_ml: float
    brain_ml: float
    maximum_gy: float
    brain_mean_gy: float
    brain_j: float
    brain_outside_target_j: float
    head_j: float | None
    target_j: float
    high_gy: float
    high_ml: float
    high_in_brain_ml: float
    high_outside_target_ml: float
    volume_ml_at_gy: tuple[tuple[float, float], ...]
    zones: tuple[ZoneDose, ...]
    indices: TargetIndices
    efficiency_index: float

    def to_record(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> RadiosurgerySummary:
        """Read what :meth:`to_record` gave."""
        pairs = tuple((float(gy), float(ml)) for gy, ml in record["volume_ml_at_gy"])
        zones = tuple(ZoneDose(**zone) for zone in record["zones"])
        indices = TargetIndices(**record["indices"])
        return cls(**{**record, "volume_ml_at_gy": pairs, "zones": zones, "indices": indices})


def summarise_radiosurgery(
    dose: Dose,
    painted: Prescription,
    structures: StructureSet,
    question: RadiosurgeryQuestion | None = None,
    progress: Progress = silent,
) -> RadiosurgerySummary:
    """Find all figures of one plan.

    Parameters
    ----------
    dose : Dose
        Must hold the whole brain.
    painted : Prescription
        One goal for each zone.
    structures : StructureSet
    question : RadiosurgeryQuestion, optional
    progress : Progress

    Raises
    ------
    ImpastoError
        When a structure is missing, or the dose grid does not hold the brain.
    """
    asked = question or RadiosurgeryQuestion()
    work = f"figures of {dose.label}"
    progress(work, 0.0)
    brain = dose_volume_histogram(dose, structures[asked.brain])
    _require_inside(brain, dose)
    target = dose_volume_histogram(dose, structures[asked.target])
    progress(work, 0.3)
    high = volume_at_dose(dose, (structures[asked.target],), asked.high_gy)
    curve = tuple((gy, isodose_volume_ml(dose, gy)) for gy in _CURVE_GY)
    progress(work, 0.8)
    brain_j, target_j = (_joule(one) for one in (brain, target))
    found = RadiosurgerySummary(
        name=dose.label,
        target_ml=target.total_volume_ml,
        brain_ml=brain.total_volume_ml,
        maximum_gy=float(dose.gy.max()),
        brain_mean_gy=brain.mean_gy,
        brain_j=brain_j,
        brain_outside_target_j=brain_j - target_j,
        head_j=integral_dose_j(dose, structures[asked.head], BRAIN_DENSITY_G_PER_ML)
        if asked.head in structures
        else None,
        target_j=target_j,
        high_gy=asked.high_gy,
        high_ml=high.total_ml,
        high_in_brain_ml=brain.volume_at_dose_ml(asked.high_gy),
        high_outside_target_ml=high.outside_targets_ml,
        volume_ml_at_gy=curve,
        zones=zone_doses(dose, painted, structures, asked.isodose, asked.tolerance),
        indices=target_indices(dose, target, asked.reference_gy),
        efficiency_index=efficiency_index(dose, target, asked.reference_gy),
    )
    progress(work, 1.0)
    return found


def _joule(histogram: DoseVolumeHistogram) -> float:
    return 1e-3 * BRAIN_DENSITY_G_PER_ML * histogram.mean_gy * histogram.evaluated_volume_ml


def _require_inside(brain: DoseVolumeHistogram, dose: Dose) -> None:
    share = brain.evaluated_volume_ml / brain.total_volume_ml
    if share < _LEAST_INSIDE:
        problem = f"{100.0 * (1.0 - share):.0f} % of {brain.structure} lies outside its dose grid"
        raise ImpastoError(dose.label or "dose", problem, "compute the dose of the whole brain")
