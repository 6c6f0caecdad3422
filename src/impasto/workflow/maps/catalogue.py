"""What is said of each kind of map: its short name, whether it is drawn, and which reasons speak against its value.

Reasons that only say that a value lies near zero are not against it: a median without such voxels would be too high.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntFlag

from impasto.maps.dce import T1Reason
from impasto.maps.dce import VoxelReason as DceReason
from impasto.maps.diffusion import DiffusionReason
from impasto.maps.dsc import VoxelReason as DscReason

__all__ = ["CATALOGUE", "MapKinds", "Reasons"]


@dataclass(frozen=True)
class Reasons:
    """A map of flags.

    Parameters
    ----------
    output : str
        Name of the step's output.
    flags : type of IntFlag
    against : mapping of str to IntFlag
        Output to the flags that say that its value should not be believed.
    """

    output: str
    flags: type[IntFlag]
    against: Mapping[str, IntFlag]


@dataclass(frozen=True)
class MapKinds:
    """The maps that a stage leaves.

    Parameters
    ----------
    title : str
        Of the section.
    drawn : tuple of str
        Outputs in the order of the figure, those that there are.
    telling : str
        Output that stands for the stage in the first figure.
    names : mapping of str to str
        Output to short name, where the quantity is none.
    reasons : tuple of Reasons
    not_values : tuple of str
        Outputs that are no quantities: flags, regions, counts.
    shown_over : str
        Input that shows the anatomy itself; the best image of the case when empty.
    """

    title: str
    drawn: tuple[str, ...]
    telling: str
    names: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[Reasons, ...] = ()
    not_values: tuple[str, ...] = ()
    shown_over: str = ""


_RATES = DceReason.UNDETERMINED | DceReason.TOO_FAST | DceReason.DELAY_AT_LIMIT
_SPACES = _RATES | DceReason.SPACE_ABOVE_ONE
_LEAKED = _SPACES | DceReason.NO_WASHOUT | DceReason.WITHIN_NOISE
_T1 = T1Reason.AT_LIMIT | T1Reason.UNDETERMINED
_VOLUME = DscReason.NOISE_FLOOR | DscReason.LEAKAGE_DOMINATES
_FLOW = _VOLUME | DscReason.NEGATIVE_VOLUME | DscReason.BEFORE_ARTERY | DscReason.LONG_TRANSIT
_DECAY = DiffusionReason.NOISE_FLOOR | DiffusionReason.IMPLAUSIBLE_DIFFUSIVITY
_TENSOR = _DECAY | DiffusionReason.NEGATIVE_EIGENVALUE
_SHARE = DiffusionReason.NOISE_FLOOR | DiffusionReason.IMPLAUSIBLE_FRACTION

_SPECTRA = MapKinds(
    "Spectroscopy",
    drawn=("cho-naa", "cni", "tnaa", "tcho", "tcr", "lac"),
    telling="cho-naa",
    names={"snr": "SNR", "fwhm": "FWHM", "residual": "Residual", "shift": "Shift"},
)

CATALOGUE: Mapping[str, MapKinds] = {
    "spectroscopy": _SPECTRA,
    "edited-spectroscopy": _SPECTRA,
    "dce": MapKinds(
        "Permeability (DCE)",
        drawn=("ktrans", "ps", "fp", "ve", "vp", "iauc60", "t1"),
        telling="ktrans",
        reasons=(
            Reasons(
                "reason",
                DceReason,
                {
                    "ktrans": _RATES, "ps": _LEAKED, "fp": _RATES, "kep": _LEAKED, "ve": _LEAKED, "vp": _SPACES,
                },
            ),
            Reasons("t1-reason", T1Reason, {"t1": _T1, "s0": _T1}),
        ),
        not_values=("reason", "t1-reason", "arterial-region", "model", "model-weight"),
    ),
    "dsc": MapKinds(
        "Perfusion (DSC)",
        drawn=("rcbv", "cbf", "mtt", "tmax", "k2"),
        telling="rcbv",
        names={"rcbv": "rCBV", "rcbv-uncorrected": "rCBV, uncorrected", "rcbf": "rCBF"},
        reasons=(
            Reasons(
                "reason",
                DscReason,
                {
                    "rcbv": _VOLUME, "rcbv-uncorrected": DscReason.NOISE_FLOOR, "cbv": _VOLUME,
                    "rcbf": _FLOW, "cbf": _FLOW, "mtt": _FLOW, "tmax": _FLOW,
                },
            ),
        ),
        not_values=("reason", "arterial-region", "reference-tissue"),
    ),
    "diffusion": MapKinds(
        "Diffusion",
        drawn=("adc", "fa", "kurtosis", "restricted-fraction", "hindered-diffusivity"),
        telling="adc",
        names={"fa-corrected": "FA, corrected", "ad": "AD", "rd": "RD", "s0": "S0", "noise": "Noise"},
        reasons=(
            Reasons(
                "reasons",
                DiffusionReason,
                {
                    "adc": _DECAY, "fa": _TENSOR, "fa-corrected": _TENSOR, "ad": _TENSOR, "rd": _TENSOR,
                    "kurtosis": _DECAY, "restricted-fraction": _SHARE, "hindered-diffusivity": _SHARE,
                },
            ),
        ),
        not_values=("reasons", "outliers", "corrected-series"),
    ),
    "anatomy": MapKinds(
        "Anatomy",
        drawn=("white", "grey", "csf"),
        telling="white",
        names={"white": "White matter", "grey": "Grey matter", "csf": "CSF", "even": "Signal without bias field"},
        not_values=("even",),
        shown_over="image",
    ),
    "standardised-uptake": MapKinds("Uptake (PET)", drawn=("image",), telling="image", names={"image": "SUV"}),
}  # fmt: skip
"""By name of the stage."""
