"""How many voxels have what against them."""

from __future__ import annotations

from enum import IntFlag

import numpy as np

from impasto.core import Image
from impasto.workflow.artefacts import Figures

__all__ = ["reason_counts"]


def reason_counts(reason: Image, flags: type[IntFlag]) -> Figures:
    """Count the voxels of a map of flags by each flag that occurs."""
    values = np.asarray(reason.data)
    counts = {str(flag.name): int(np.count_nonzero(values & flag.value)) for flag in flags}
    return Figures({"voxels_by_reason": {name: count for name, count in counts.items() if count}})
