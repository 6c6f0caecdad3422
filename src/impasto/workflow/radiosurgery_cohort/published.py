"""The published cohort, patient by patient."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources

import numpy as np

from impasto.core.arrays import FloatArray

__all__ = ["PublishedCohort", "published_cohort"]

_FILE = "seyithanoglu_2025.toml"


@dataclass(frozen=True, eq=False)
class PublishedCohort:
    """What the paper prints of its patients.

    Parameters
    ----------
    source : str
    notes : tuple of str
    mean_volume_ml, smallest_volume_ml, largest_volume_ml : float
        Of the tumours.
    uniform, painted : dict of str to ndarray, shape (patient,)
        ``brain_mean_gy``, ``integral_dose_j`` and ``v12_ml`` of each plan.
    """

    source: str
    notes: tuple[str, ...]
    mean_volume_ml: float
    smallest_volume_ml: float
    largest_volume_ml: float
    uniform: dict[str, FloatArray]
    painted: dict[str, FloatArray]


def published_cohort() -> PublishedCohort:
    """Read the patients of Seyithanoglu 2025."""
    text = (resources.files("impasto.workflow.radiosurgery_cohort") / _FILE).read_text(encoding="utf-8")
    record = tomllib.loads(text)
    volume = record["tumour_volume_ml"]
    plans = [{name: np.array(values) for name, values in record[plan].items()} for plan in ("uniform", "painted")]
    return PublishedCohort(
        record["source"],
        tuple(record["notes"]),
        volume["mean"],
        volume["smallest"],
        volume["largest"],
        plans[0],
        plans[1],
    )
