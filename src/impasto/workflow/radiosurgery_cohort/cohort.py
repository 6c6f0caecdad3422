"""A cohort of digital patients, each planned twice, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impasto.core import ImpastoError, Progress, silent
from impasto.evaluate import RadiosurgerySummary
from impasto.workflow.artefacts import Figures
from impasto.workflow.engine import run_protocol
from impasto.workflow.protocol import Protocol, load_protocol
from impasto.workflow.radiosurgery_cohort.patients import DRAWING, patient_case, tumour_volumes_ml
from impasto.workflow.radiosurgery_cohort.published import published_cohort
from impasto.workflow.results import open_results
from impasto.workflow.stages.radiosurgery_comparison import read_radiosurgery_comparison

__all__ = ["COHORT_PROTOCOL", "CohortPatient", "RadiosurgeryCohort", "run_radiosurgery_cohort"]

COHORT_PROTOCOL = "gamma-knife-painting"

_DOSE_GRID_MM = 1.5
_COMPARISON = "comparison"


@dataclass(frozen=True)
class CohortPatient:
    """Figures of one patient.

    Parameters
    ----------
    name : str
        Of the folder.
    volume_ml : float
        Of the tumour.
    painted, uniform : RadiosurgerySummary
    beam_on_minutes : dict of str to float
        By plan.
    """

    name: str
    volume_ml: float
    painted: RadiosurgerySummary
    uniform: RadiosurgerySummary
    beam_on_minutes: dict[str, float]


@dataclass(frozen=True)
class RadiosurgeryCohort:
    """Figures of all patients, and how many of them were planned now."""

    folder: Path
    patients: tuple[CohortPatient, ...]
    planned: int


def run_radiosurgery_cohort(
    folder: Path,
    count: int,
    seed: int = 0,
    overrides: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> RadiosurgeryCohort:
    """Make and plan ``patient-001``, ``patient-002``, ... in a folder; what is there and current is kept.

    Patient n has the seed ``seed + n - 1``. One patient at a time is in memory.

    Parameters
    ----------
    folder : Path
        New, empty, or holding some patients of the same cohort.
    count : int
    seed : int
        Of the first patient, and of the order of tumour volumes.
    overrides : mapping, optional
        Settings of the protocol, as ``--set`` takes them.
    progress : Progress

    Raises
    ------
    ImpastoError
        When a number is out of range, or a folder holds another patient.
    """
    if count < 1 or seed < 0:
        raise ImpastoError("cohort", f"{count} patients from seed {seed}", "give at least one, and a seed of 0 or more")
    protocol = _protocol(overrides or {})
    volumes = tumour_volumes_ml(count, published_cohort(), seed)
    patients, planned = [], 0
    for number, volume_ml in enumerate(volumes):
        progress("cohort", number / count)
        name = f"patient-{number + 1:03d}"
        case = patient_case(folder / name, float(volume_ml), seed + number)
        outcomes = run_protocol(case, protocol, progress=_of_patient(number, count, progress))
        planned += any(outcome.ran for outcome in outcomes)
        figures = open_results(case, protocol.name).load(f"{_COMPARISON}.figures")
        assert isinstance(figures, Figures)
        painted, uniform = read_radiosurgery_comparison(figures)
        minutes = {plan: float(one["beam_on_minutes"]) for plan, one in figures.values["delivery"].items()}
        patients.append(CohortPatient(name, float(volume_ml), painted, uniform, minutes))
    progress("cohort", 1.0)
    return RadiosurgeryCohort(folder, tuple(patients), planned)


def _protocol(overrides: Mapping[str, Any]) -> Protocol:
    coarse = {f"{plan}.dose_grid_mm": _DOSE_GRID_MM for plan in ("painted", "uniform")}
    return load_protocol(COHORT_PROTOCOL).with_settings({"inputs.image": DRAWING, **coarse, **overrides})


def _of_patient(number: int, count: int, progress: Progress) -> Progress:
    """Show the two plans' progress within the cohort's: one bar for all patients, not a dozen for each."""

    def inner(work: str, fraction: float) -> None:
        step = work.split(":")[0]
        place = {"painted": 0.1, "uniform": 0.5, _COMPARISON: 0.9}.get(step)
        if place is not None and ":" not in work and fraction == 0.0:
            progress("cohort", (number + place) / count)

    return inner
