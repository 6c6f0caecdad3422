"""Dose-volume histograms that a planning system stored in its RTDOSE."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.files.dicom.rt_opening import opened_rt, read_decimal, read_decimals

__all__ = ["StoredDVH", "read_stored_dvhs"]

_VOLUME_UNITS = {"CM3": "mL", "PERCENT": "%"}


@dataclass(frozen=True, eq=False)
class StoredDVH:
    """A histogram as stored, in cumulative form.

    Parameters
    ----------
    roi_numbers : tuple of int
        Regions that it counts (contribution type INCLUDED), by ROI Number in the structure set.
    excluded_roi_numbers : tuple of int
        Regions that were taken out.
    dose : ndarray, shape (bin + 1,)
        Edges of the bins, from 0.
    volume : ndarray, shape (bin + 1,)
        Volume that receives at least that dose; 0 at the last edge. DICOM does not say where in its bin a cumulative
        volume stands: it is given at the lower edge. Systems that mean the middle are known; then doses are half a bin
        higher than they read here.
    dose_unit : str
        ``"Gy"``, or ``"%"`` of the normalisation dose.
    volume_unit : str
        ``"mL"``, or ``"%"`` of the region.
    minimum, maximum, mean : float, optional
        As stored. Not to be trusted blindly: systems are known that write percent of the prescription here beside a
        histogram in Gy; `mean_of_bins` does not depend on it.
    kind : str
        How it was stored: ``CUMULATIVE`` or ``DIFFERENTIAL``.
    """

    roi_numbers: tuple[int, ...]
    excluded_roi_numbers: tuple[int, ...]
    dose: FloatArray
    volume: FloatArray
    dose_unit: str
    volume_unit: str
    minimum: float | None
    maximum: float | None
    mean: float | None
    kind: str

    @property
    def total_volume(self) -> float:
        """Volume at dose 0, in `volume_unit`."""
        return float(self.volume[0])

    def mean_of_bins(self) -> float:
        """Mean dose in `dose_unit`, with dose spread evenly within each bin.

        It is the area under the cumulative histogram over the total volume.
        """
        heights = 0.5 * (self.volume[1:] + self.volume[:-1])
        return float(heights @ np.diff(self.dose)) / self.total_volume


def read_stored_dvhs(path: Path) -> tuple[StoredDVH, ...]:
    """Read every dose-volume histogram of an RTDOSE, in order; none when it stores none.

    Raises
    ------
    ImpastoError
        When the file is no whole RTDOSE or a histogram is of a kind that cannot be read.
    """
    with opened_rt(path, "RTDOSE") as dataset:
        items = dataset.get("DVHSequence") or []
        return tuple(_histogram(item, f"{path}: DVH {n}") for n, item in enumerate(items, start=1))


def _histogram(item: Dataset, subject: str) -> StoredDVH:
    pairs = read_decimals(item, "DVHData")
    if not len(pairs) or len(pairs) % 2 or not np.isfinite(pairs).all():
        raise ImpastoError(subject, f"its {len(pairs)} numbers are not finite dose, volume pairs", "export it again")
    stated = read_decimal(item, "DVHDoseScaling")
    scaling = 1.0 if stated is None else stated
    widths, volume = pairs[0::2] * scaling, pairs[1::2]
    kind = str(item.get("DVHType", "") or "")
    if kind == "DIFFERENTIAL":
        volume = np.cumsum(volume[::-1])[::-1]
    elif kind != "CUMULATIVE":
        raise ImpastoError(subject, f"its type is {kind or 'not stated'}", "export it as a cumulative histogram")
    units = str(item.get("DVHVolumeUnits", "") or "")
    if units not in _VOLUME_UNITS:
        raise ImpastoError(subject, f"its volume unit is {units or 'not stated'}", "export it in cm3 or percent")
    regions = [
        (int(r.ReferencedROINumber), str(r.get("DVHROIContributionType", "INCLUDED")))
        for r in item.get("DVHReferencedROISequence") or []
    ]
    return StoredDVH(
        roi_numbers=tuple(number for number, kind_ in regions if kind_ != "EXCLUDED"),
        excluded_roi_numbers=tuple(number for number, kind_ in regions if kind_ == "EXCLUDED"),
        dose=np.concatenate([[0.0], np.cumsum(widths)]),
        volume=np.append(volume, 0.0),
        dose_unit="Gy" if str(item.get("DoseUnits", "")) == "GY" else "%",
        volume_unit=_VOLUME_UNITS[units],
        minimum=read_decimal(item, "DVHMinimumDose"),
        maximum=read_decimal(item, "DVHMaximumDose"),
        mean=read_decimal(item, "DVHMeanDose"),
        kind=kind,
    )
