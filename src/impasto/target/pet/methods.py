"""The methods that delineate a lesion in PET, by name, each with its paper."""

from __future__ import annotations

from impasto.core.errors import ImpastoError
from impasto.target.pet.adaptive_thresholds import black, daisne, nestle, schaefer
from impasto.target.pet.co_segmentation import CO_SEGMENTATION
from impasto.target.pet.fixed_thresholds import above, above_share_of_maximum, above_share_of_peak
from impasto.target.pet.fuzzy_c_means import FUZZY_C_MEANS
from impasto.target.pet.fuzzy_locally_adaptive_bayesian import FLAB
from impasto.target.pet.gradient_watershed import GRADIENT_WATERSHED
from impasto.target.pet.iterative_threshold import MAXIMUM, iterative_threshold
from impasto.target.pet.lesion import PetLesion
from impasto.target.pet.method import PetMethod, PetSegmentation
from impasto.target.pet.scanner import PetScanner

__all__ = ["DEFAULT_METHOD", "METHODS", "delineated"]

DEFAULT_METHOD = "iterative-threshold"


def _share_of_maximum(percent: int, source: str, published: str) -> PetMethod:
    def run(lesion: PetLesion, scanner: PetScanner) -> PetSegmentation:
        return above_share_of_maximum(lesion, percent / 100.0)

    return PetMethod(f"{percent}-percent", f"{percent} % of maximum", source, published, run)


_RIGHT_FOR_LARGE = "right where a lesion is large beside the point spread and stands out"

_ALL = (
    PetMethod(
        DEFAULT_METHOD,
        "Iterative threshold",
        "van Dalen 2007; averages: Jentzen 2015; closed form: Hofheinz 2010",
        "volumes within 95 % confidence intervals down to diameters of the point spread, from 3:1 (Jentzen 2015)",
        iterative_threshold,
    ),
    PetMethod(
        "iterative-threshold-maximum",
        "Iterative threshold, of maximum",
        "van Dalen 2007",
        "underestimates lesions much larger than the point spread in noise (Jentzen 2015)",
        lambda lesion, scanner: iterative_threshold(lesion, scanner, MAXIMUM),
    ),
    PetMethod(
        "suv-2.5",
        "SUV 2.5",
        "Paulino 2004",
        "",
        lambda lesion, scanner: above(lesion, 2.5, "SUV 2.5"),
    ),
    _share_of_maximum(40, "Gregoire 2018 (the usual share)", _RIGHT_FOR_LARGE),
    _share_of_maximum(41, "Boellaard 2015 (EANM)", _RIGHT_FOR_LARGE),
    _share_of_maximum(42, "Erdi 1997", "above 4 mL (Erdi 1997)"),
    _share_of_maximum(50, "Gregoire 2018; Boellaard 2015 (EANM)", "larger than by hand (Gregoire 2018)"),
    PetMethod(
        "50-percent-of-peak",
        "50 % of peak",
        "Wahl 2009 (SUVpeak); Boellaard 2015 (EANM)",
        "",
        lambda lesion, scanner: above_share_of_peak(lesion, 0.5),
    ),
    PetMethod(
        "nestle",
        "Nestle",
        "Nestle 2005",
        "calibrated on its own scanner",
        lambda lesion, scanner: nestle(lesion, scanner.coefficients),
    ),
    PetMethod(
        "black",
        "Black, by turns",
        "Black 2004",
        "calibrated on its own scanner",
        lambda lesion, scanner: black(lesion, scanner.coefficients),
    ),
    PetMethod(
        "schaefer",
        "Schaefer",
        "Schaefer 2008",
        "calibrated on its own scanner",
        lambda lesion, scanner: schaefer(lesion, scanner.coefficients),
    ),
    PetMethod(
        "daisne",
        "Daisne",
        "Daisne 2003",
        "calibrated on its own scanner",
        lambda lesion, scanner: daisne(lesion, scanner.coefficients),
    ),
    FLAB,
    FUZZY_C_MEANS,
    GRADIENT_WATERSHED,
    CO_SEGMENTATION,
)

METHODS: dict[str, PetMethod] = {method.name: method for method in _ALL}
"""Every method by its name."""


def delineated(lesion: PetLesion, scanner: PetScanner, method: str = DEFAULT_METHOD) -> PetSegmentation:
    """Delineate a lesion by a method of that name.

    Parameters
    ----------
    lesion : PetLesion
    scanner : PetScanner
    method : str
        A key of `METHODS`.

    Returns
    -------
    PetSegmentation

    Raises
    ------
    ImpastoError
        When no method has the name, it lacks the lesion's CT or MR, or it finds nothing.
    """
    if method not in METHODS:
        raise ImpastoError(method, "no PET method has this name", f"choose one of: {', '.join(METHODS)}")
    chosen = METHODS[method]
    if chosen.needs_anatomy and lesion.anatomy is None:
        raise ImpastoError(chosen.title, "it needs a CT or MR beside the PET", "give one, or choose another method")
    found = chosen.run(lesion, scanner)
    if not found.occupancy.any():
        raise ImpastoError(chosen.title, "it found no lesion", "choose another method or region")
    return found
