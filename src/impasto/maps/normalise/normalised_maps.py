"""Maps in units of normal tissue, so that patients and scanners can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from impasto.core.arrays import RealArray
from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.maps.normalise.reference_value import ReferenceStatistic, ReferenceValue, reference_value

__all__ = ["NORMALISED_NAMES", "normalised", "normalised_maps"]

NORMALISED_NAMES: Mapping[str, str] = MappingProxyType({"ADC": "nADC", "FA": "nFA", "T1c": "nT1c", "FLAIR": "nFLAIR"})
"""Maps that recurrence models take normalised, and the name each then has."""


def normalised(image: Image, reference: ReferenceValue, name: str | None = None) -> Image:
    """Divide a map by its value in reference tissue.

    Parameters
    ----------
    image : Image
    reference : ReferenceValue
        Of the same map; see :func:`~impasto.maps.normalise.reference_value.reference_value`.
    name : str, optional
        Quantity of the result; the map's with an ``n`` in front when not given.

    Returns
    -------
    Image
        Without unit. Its standard error holds the map's own and that of the reference, which all voxels share:
        ``(s / r)^2 + (x s_r / r^2)^2``; of an image without errors of its own, only the latter.

    Raises
    ------
    ImpastoError
        When the reference is not positive.
    """
    if not reference.value > 0.0:
        problem = f"its {reference.statistic} in reference tissue is {reference.value:g}"
        raise ImpastoError(image.quantity, problem, "choose tissue in which the map is positive")
    data = (np.asarray(image.data, dtype=np.float64) / reference.value).astype(np.float32)
    of_reference = np.abs(data) * (reference.standard_error / reference.value)
    own = 0.0 if image.standard_error is None else image.standard_error / reference.value
    error = np.hypot(own, of_reference).astype(np.float32)
    return Image(data, image.grid, name or f"n{image.quantity}", "1", image.times_s, error)


def normalised_maps(
    maps: Mapping[str, Image],
    share: RealArray,
    statistic: ReferenceStatistic = "mode",
    least_share: float = 0.5,
    names: Mapping[str, str] = NORMALISED_NAMES,
) -> tuple[dict[str, Image], dict[str, ReferenceValue]]:
    """Normalise all maps that have a normalised name, each by its own value in the same reference tissue.

    Parameters
    ----------
    maps : mapping of str to Image
        On one grid; others than those in `names` are passed over.
    share : ndarray, shape of the grid
        Share of each voxel that is reference tissue: normal-appearing brain, or contralateral white matter.
    statistic : {"mode", "mean"}
    least_share : float
        Voxels with less do not count.
    names : mapping of str to str

    Returns
    -------
    maps : dict of str to Image
        By their new names.
    references : dict of str to ReferenceValue
        What each was divided by, by their new names.
    """
    normal, references = {}, {}
    for old, new in names.items():
        if old in maps:
            try:
                references[new] = reference_value(maps[old].data, share, statistic, least_share)
            except ImpastoError as error:
                raise ImpastoError(old, f"{error.subject}: {error.problem}", error.remedy) from None
            normal[new] = normalised(maps[old], references[new], new)
    return normal, references
