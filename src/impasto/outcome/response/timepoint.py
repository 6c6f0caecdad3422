"""What is known at one date: size of the tumour, and all that criteria of response ask besides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import isfinite

from impasto.core import ImpastoError

__all__ = ["Pathology", "Timepoint", "Trend"]


class Trend(StrEnum):
    """How something stands against the baseline or the best state since."""

    BETTER = "better"
    STABLE = "stable"
    WORSE = "worse"


class Pathology(StrEnum):
    """What a biopsy or resection of the suspected lesion showed."""

    NONE = "none"
    TUMOUR = "tumour"
    TREATMENT_EFFECT = "treatment effect"


@dataclass(frozen=True)
class Timepoint:
    """One date.

    Parameters
    ----------
    date : datetime.date
    product_mm2 : float, optional
        Sum of the products of diameters of measurable enhancing lesions.
    volume_ml : float, optional
        Volume of all enhancing lesions.
    shows_enhancement : bool
        Whether any enhancing lesion is left, measurable or not.
    new_lesion : bool
        Seen by a reader.
    non_measurable, t2_flair, clinical : Trend
        Non-measurable enhancing disease; non-enhancing T2/FLAIR lesions; the patient, for no other cause than the
        tumour.
    steroid_mg : float, optional
        Corticosteroids a day, in mg of dexamethasone; 0 for none and for physiological replacement. Not known where
        not given: it is then taken as unchanged, and the result says so.
    outside_field : bool
        Whether the increase is new enhancement outside the high-dose region (80 % isodose; Wen 2010).
    pathology : Pathology

    Raises
    ------
    ImpastoError
        When neither size is given, or a number is negative.
    """

    date: date
    product_mm2: float | None = None
    volume_ml: float | None = None
    shows_enhancement: bool = True
    new_lesion: bool = False
    non_measurable: Trend = Trend.STABLE
    t2_flair: Trend = Trend.STABLE
    clinical: Trend = Trend.STABLE
    steroid_mg: float | None = None
    outside_field: bool = False
    pathology: Pathology = Pathology.NONE

    def __post_init__(self) -> None:
        if self.product_mm2 is None and self.volume_ml is None:
            raise ImpastoError(str(self.date), "the tumour has no size", "give a label map, product_mm2 or volume_ml")
        for name in ("product_mm2", "volume_ml", "steroid_mg"):
            value = getattr(self, name)
            if value is not None and not (isfinite(value) and value >= 0.0):
                raise ImpastoError(str(self.date), f"{name} is {value:g}", "give a number of 0 or more")
        if not self.shows_enhancement and (self.product_mm2 or self.volume_ml):
            raise ImpastoError(str(self.date), "no enhancement is left, but the tumour has a size", "correct one")
