"""How much of a signal T1 and T2 leave: relaxation of water and metabolites in brain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = [
    "METABOLITE_RELAXATION_3T",
    "WATER_RELAXATION_3T",
    "AcquisitionTiming",
    "ReferenceConstants",
    "Relaxation",
]

_BROAD = ("MM", "Lip")


@dataclass(frozen=True)
class Relaxation:
    """Relaxation times.

    Parameters
    ----------
    t1_s, t2_s : float

    Raises
    ------
    ImpastoError
        When one is not positive.
    """

    t1_s: float
    t2_s: float

    def __post_init__(self) -> None:
        if not (self.t1_s > 0.0 and self.t2_s > 0.0):
            raise ImpastoError("relaxation", f"T1 {self.t1_s:g} s, T2 {self.t2_s:g} s", "give positive times")

    def left_at_echo(self, timing: AcquisitionTiming) -> float:
        """Share of the signal that is left: ``exp(-TE/T2) (1 - exp(-TR/T1))``."""
        recovered = -np.expm1(-timing.repetition_time_s / self.t1_s)
        return float(recovered * np.exp(-timing.echo_time_s / self.t2_s))


@dataclass(frozen=True)
class AcquisitionTiming:
    """Echo and repetition time of an acquisition with 90 degree excitation.

    Raises
    ------
    ImpastoError
        When the echo time is negative, or not below the repetition time.
    """

    echo_time_s: float
    repetition_time_s: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.echo_time_s < self.repetition_time_s:
            problem = f"TE {self.echo_time_s:g} s and TR {self.repetition_time_s:g} s do not go together"
            raise ImpastoError("acquisition", problem, "give 0 <= TE < TR in seconds")


WATER_RELAXATION_3T: Mapping[str, Relaxation] = MappingProxyType(
    {
        "grey matter": Relaxation(1.331, 0.110),
        "white matter": Relaxation(0.832, 0.0792),
        "fluid": Relaxation(3.817, 0.503),
    }
)
"""Water at 3 T: brain Wansapura 1999; T1 of cerebrospinal fluid Lu 2005, its T2 Piechnik 2009."""

METABOLITE_RELAXATION_3T: Mapping[str, Relaxation] = MappingProxyType(
    {
        "NAA": Relaxation(1.410, 0.300),
        "NAAG": Relaxation(1.265, 0.151),
        "Cr": Relaxation(1.350, 0.156),
        "PCr": Relaxation(1.350, 0.156),
        "GPC": Relaxation(1.190, 0.233),
        "PCh": Relaxation(1.190, 0.230),
        "Ins": Relaxation(1.120, 0.199),
        "Glu": Relaxation(1.220, 0.126),
        "Gln": Relaxation(1.265, 0.139),
        "Lac": Relaxation(1.265, 0.240),
    }
)
"""Metabolites at 3 T, means of grey and white matter: T1 Mlynarik 2001, T2 Wyss 2018.

T2 of lactate is that in glioma (Madan 2015). Of several lines those near 2.01, 3.03 and 3.21 ppm are meant."""


@dataclass(frozen=True)
class ReferenceConstants:
    """What is assumed of water and metabolites; named with the result.

    Parameters
    ----------
    water_relaxation : mapping of str to Relaxation
        Of ``"grey matter"``, ``"white matter"`` and ``"fluid"``.
    metabolite_relaxation : mapping of str to Relaxation
        By basis function.
    other_metabolites : Relaxation
        Of those that are not named: a usual value of coupled metabolites.
    water_content : (float, float, float)
        Of grey matter, white matter, fluid: visible water relative to pure water (Ernst 1993).
    pure_water_mol_per_kg : float
        Also per litre.
    """

    water_relaxation: Mapping[str, Relaxation] = field(default_factory=lambda: WATER_RELAXATION_3T)
    metabolite_relaxation: Mapping[str, Relaxation] = field(default_factory=lambda: METABOLITE_RELAXATION_3T)
    other_metabolites: Relaxation = Relaxation(1.265, 0.130)
    water_content: tuple[float, float, float] = (0.78, 0.65, 0.97)
    pure_water_mol_per_kg: float = 55.51

    def metabolites_left(self, names: tuple[str, ...], timing: AcquisitionTiming) -> FloatArray:
        """Share of each basis function's signal that is left; one for macromolecules and lipids, which hold it."""
        times = [self.metabolite_relaxation.get(name, self.other_metabolites) for name in names]
        left = [time.left_at_echo(timing) for time in times]
        return np.array([1.0 if name.startswith(_BROAD) else share for name, share in zip(names, left, strict=True)])

    def water_left(self, timing: AcquisitionTiming) -> FloatArray:
        """Share of water's signal that is left in grey matter, white matter and fluid, shape (3,)."""
        return np.array([self.water_relaxation[name].left_at_echo(timing) for name in WATER_RELAXATION_3T])
