"""Data sets whose analyses are printed in many places."""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from impasto.outcome.survival import FollowUp

# Freireich et al. 1963: weeks of remission; 6-mercaptopurine and placebo
_SIX_MP = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
_SIX_MP_EVENT = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
_PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]

SIX_MP = FollowUp(_SIX_MP, _SIX_MP_EVENT, "weeks")
PLACEBO = FollowUp(_PLACEBO, [1] * 21, "weeks")
FREIREICH = FollowUp(_SIX_MP + _PLACEBO, _SIX_MP_EVENT + [1] * 21, "weeks")
FREIREICH_ARM = ["6-MP"] * 21 + ["placebo"] * 21

# Edmonson et al. 1979, as R's survival::ovarian has it
_OVARIAN_DAYS = [59, 115, 156, 421, 431, 448, 464, 475, 477, 563, 638, 744, 769, 770, 803, 855, 1040, 1106, 1129, 1206,
                 1227, 268, 329, 353, 365, 377]  # fmt: skip
_OVARIAN_EVENT = [1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0]
OVARIAN = FollowUp(_OVARIAN_DAYS, _OVARIAN_EVENT, "days")
OVARIAN_AGE = np.array([
    72.3315, 74.4932, 66.4658, 53.3644, 50.3397, 56.4301, 56.9370, 59.8548, 64.1753, 55.1781, 56.7562, 50.1096, 59.6301,
    57.0521, 39.2712, 43.1233, 38.8932, 44.6000, 53.9068, 44.2055, 59.5890, 74.5041, 43.1370, 63.2192, 64.4247, 58.3096,
])  # fmt: skip
OVARIAN_ECOG = np.array([1, 1, 2, 1, 1, 2, 2, 2, 1, 2, 2, 1, 2, 1, 1, 2, 2, 1, 1, 1, 2, 2, 1, 2, 1, 1])
OVARIAN_RX = np.array([1, 1, 1, 2, 1, 1, 2, 2, 1, 2, 1, 2, 2, 2, 1, 1, 1, 1, 2, 2, 2, 1, 1, 2, 2, 2])


def lung() -> tuple[FollowUp, dict[str, np.ndarray]]:
    """Loprinzi et al. 1994, as R's survival::lung; read from where lifelines keeps it, without importing that."""
    spec = find_spec("lifelines")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    path = Path(spec.submodule_search_locations[0]) / "datasets" / "lung.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = {
        name: np.array([float(row[name] or "nan") for row in rows]) for name in ("age", "sex", "ph.ecog", "wt.loss")
    }
    status = np.array([float(row["status"]) for row in rows])
    return FollowUp([float(row["time"]) for row in rows], status == status.max(), "days"), columns
