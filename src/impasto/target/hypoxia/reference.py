"""Uptake of a reference tissue, and the multiples of it that count as hypoxic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np

from impasto.core import Image, ImpastoError, Structure

__all__ = ["HYPOXIA_RULES", "HypoxiaRule", "ReferenceTissue", "ReferenceUptake", "reference_uptake"]

_FEWEST_VOXELS = 5
_MEDIAN_OVER_MEAN = 1.2533
"""Standard error of a median over that of a mean, Normal values."""


class ReferenceTissue(StrEnum):
    """What uptake is compared with."""

    MUSCLE = "muscle"
    BLOOD = "blood"


@dataclass(frozen=True)
class HypoxiaRule:
    """From which multiple of a reference tissue's uptake on tumour counts as hypoxic.

    Parameters
    ----------
    tracer : str
    tissue : ReferenceTissue
    ratio : float
    source : str
    """

    tracer: str
    tissue: ReferenceTissue
    ratio: float
    source: str


HYPOXIA_RULES: Mapping[str, HypoxiaRule] = {
    "FMISO, muscle": HypoxiaRule("FMISO", ReferenceTissue.MUSCLE, 1.24, "Yeh 1996: nasopharynx, 2 h"),
    "FMISO, blood": HypoxiaRule("FMISO", ReferenceTissue.BLOOD, 1.2, "Muzi 2015: 90 to 140 min"),
    "FAZA, muscle": HypoxiaRule("FAZA", ReferenceTissue.MUSCLE, 1.4, "Mortensen 2012: DAHANCA 24"),
}
"""Published thresholds by name. They depend on tracer, time after injection and scanner: none is universal."""


@dataclass(frozen=True)
class ReferenceUptake:
    """Average uptake of a reference region.

    Parameters
    ----------
    level : float
        In the image's unit.
    standard_error : float
        Of the average: the voxels' standard deviation over the root of how many independent ones there are.
    voxels : int
    """

    level: float
    standard_error: float
    voxels: int


def reference_uptake(
    image: Image, region: Structure, average: Literal["mean", "median"] = "mean", independent_share: float = 0.1
) -> ReferenceUptake:
    """Measure a region of muscle or blood.

    Parameters
    ----------
    image : Image
        Uptake, three-dimensional.
    region : Structure
    average : {"mean", "median"}
        The median bears regions that hold some other tissue.
    independent_share : float
        How many of the voxels count as independent: neighbours in PET share their noise.

    Returns
    -------
    ReferenceUptake

    Raises
    ------
    ImpastoError
        When fewer than five voxels lie in the region or their average is not positive.
    """
    if not 0.0 < independent_share <= 1.0:
        raise ImpastoError("reference tissue", f"a share of {independent_share:g}", "give a share above 0, up to 1")
    values = np.asarray(image.data, dtype=np.float64)[region.voxels(image.grid)]
    values = values[np.isfinite(values)]
    if len(values) < _FEWEST_VOXELS:
        problem = f"it holds {len(values)} voxels of the image"
        raise ImpastoError(region.name, problem, f"draw a region of {_FEWEST_VOXELS} or more")
    level = float(values.mean() if average == "mean" else np.median(values))
    if not level > 0.0:
        raise ImpastoError(region.name, f"its {average} uptake is {level:g} {image.unit}", "draw it in muscle or blood")
    spread = float(values.std(ddof=1)) * (1.0 if average == "mean" else _MEDIAN_OVER_MEAN)
    independent = max(1.0, independent_share * len(values))
    return ReferenceUptake(level, spread / np.sqrt(independent), len(values))
