"""What decides the numbers of a permeability map: the scan, the tissue before contrast agent, and the choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impasto.core.arrays import BoolArray
from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.maps.dce.delay_search import DelaySearch
from impasto.maps.dce.kinetic_parameters import KINETIC_MODELS, LARGEST_RATES_PER_MIN, KineticModelName

__all__ = ["DceAcquisition", "DceRegions", "DceSettings", "NativeTissue"]


@dataclass(frozen=True)
class DceAcquisition:
    """A dynamic spoiled gradient echo and its agent.

    Parameters
    ----------
    flip_angle_deg, repetition_time_s : float
    relaxivity_l_per_mmol_s : float
        r1 of the agent at this field: about 4.5 at 1.5 and 3 T for usual ones in plasma (Rohrer 2005).
    """

    flip_angle_deg: float
    repetition_time_s: float
    relaxivity_l_per_mmol_s: float

    def __post_init__(self) -> None:
        if not 0.0 < self.flip_angle_deg < 180.0:
            raise ImpastoError("flip angle", f"{self.flip_angle_deg:g} degrees", "give it as prescribed")
        if not 0.0 < self.repetition_time_s < 1.0:
            raise ImpastoError("repetition time", f"{self.repetition_time_s:g} s", "give it in seconds, about 0.005")
        if not self.relaxivity_l_per_mmol_s > 0.0:
            raise ImpastoError(
                "relaxivity", f"{self.relaxivity_l_per_mmol_s:g} L/mmol/s", "give the agent's, about 4.5"
            )


@dataclass(frozen=True, eq=False)
class NativeTissue:
    """Tissue before contrast agent.

    Parameters
    ----------
    t1_s : Image or float
        A map on the series' grid in seconds, or one value for all: then maps are no better than it is.
    relative_b1 : Image or float
        Flip angle in the voxel over that prescribed.
    """

    t1_s: Image | float
    relative_b1: Image | float = 1.0

    def __post_init__(self) -> None:
        for name, given in (("T1", self.t1_s), ("relative B1", self.relative_b1)):
            if not isinstance(given, Image) and not given > 0.0:
                raise ImpastoError(name, f"{given:g}", "give a positive value")
        if isinstance(self.t1_s, Image) and self.t1_s.unit != "s":
            raise ImpastoError("T1", f"is in {self.t1_s.unit!r}", "give it in seconds")


@dataclass(frozen=True, eq=False)
class DceRegions:
    """Where things are, each of the series' three-dimensional shape.

    Parameters
    ----------
    brain : ndarray of bool, optional
        Voxels to map; all above the background when not given.
    arterial : ndarray of bool, optional
        Voxels of an artery; picked by their curves when neither they nor an arterial input are given.
    """

    brain: BoolArray | None = None
    arterial: BoolArray | None = None

    def __post_init__(self) -> None:
        for name, region in (("brain", self.brain), ("arterial", self.arterial)):
            if region is not None and not region.any():
                raise ImpastoError(f"{name} region", "it holds no voxel", "draw it within the series, or leave it out")


@dataclass(frozen=True)
class DceSettings:
    """Every choice that changes a number.

    Parameters
    ----------
    model : {"Patlak", "Tofts", "extended Tofts", "2CXM"}
        That is mapped.
    compared_models : tuple of str
        Of which the map of model choice takes the best by the corrected Akaike criterion; ``"none"`` is no agent. No
        such map when empty.
    delay : {"series", "voxel", "none"}
        Of the bolus between arterial input and tissue: one for all voxels, one for each, or taken to be zero.
    earliest_delay_s, longest_delay_s, delay_step_s : float
        What is searched; the tissue is earlier than an input measured late.
    dispersion_time_s : float
        Of the bolus between arterial input and tissue; 0 for none.
    haematocrit : float
        Of large vessels, for an input measured in the series.
    blood_t1_s : float
        For the same; arterial blood at 3 T has 1.65 (Lu 2004).
    arterial_voxels : int
        How many are picked where no region is given.
    discarded_frames : int
        At the start of the series, before the signal is steady.
    baseline_frames : int
        After them, before the bolus; 0 finds them by the arrival of the bolus.
    largest_rate_per_min : float
        Fastest washout that is searched; 0 for what suits the model (:data:`LARGEST_RATES_PER_MIN`).
    background_share : float
        Voxels below so much of the 98th percentile of the signal before the bolus are background.
    """

    model: KineticModelName = "extended Tofts"
    compared_models: tuple[KineticModelName, ...] = ("none", "Patlak", "Tofts", "extended Tofts")
    delay: Literal["series", "voxel", "none"] = "series"
    earliest_delay_s: float = -15.0
    longest_delay_s: float = 15.0
    delay_step_s: float = 1.0
    dispersion_time_s: float = 0.0
    haematocrit: float = 0.42
    blood_t1_s: float = 1.65
    arterial_voxels: int = 20
    discarded_frames: int = 0
    baseline_frames: int = 0
    largest_rate_per_min: float = 0.0
    background_share: float = 0.1

    def __post_init__(self) -> None:
        choices = [("model", self.model, KINETIC_MODELS), ("delay", self.delay, ("series", "voxel", "none"))]
        choices += [("compared_models", model, KINETIC_MODELS) for model in self.compared_models]
        for name, value, allowed in choices:
            if value not in allowed or (name, value) == ("model", "none"):
                raise ImpastoError(f"DCE setting {name}", f"{value!r}", f"choose from {', '.join(allowed)}")
        for name in ("haematocrit", "background_share"):
            if not 0.0 <= getattr(self, name) < 1.0:
                problem = f"{getattr(self, name):g}"
                raise ImpastoError(f"DCE setting {name}", problem, "give a share from 0 to below 1")
        least = {
            "largest_rate_per_min": 0,
            "dispersion_time_s": 0,
            "discarded_frames": 0,
            "baseline_frames": 0,
            "arterial_voxels": 1,
        }
        for name in (*least, "delay_step_s", "blood_t1_s"):
            value = getattr(self, name)
            if not (value >= least[name] if name in least else value > 0.0):
                raise ImpastoError(f"DCE setting {name}", f"{value:g}", "give a positive number")

    def largest_rate_of(self, model: KineticModelName, is_compared: bool = False) -> float:
        """Fastest washout that is searched, per min; compared models get the same where one holds the other."""
        nested = is_compared and model != "2CXM"
        return self.largest_rate_per_min or LARGEST_RATES_PER_MIN["extended Tofts" if nested else model]

    @property
    def delay_search(self) -> DelaySearch:
        """Delays to try, where any are."""
        return DelaySearch(self.earliest_delay_s, self.longest_delay_s, self.delay_step_s)
