"""Spin systems of brain metabolites, read once from the table that names its sources."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

import numpy as np

from impasto.core.arrays import FloatArray, read_only
from impasto.core.errors import ImpastoError

__all__ = ["Heteronucleus", "SpinGroup", "SpinSystem", "spin_system", "spin_systems"]


@dataclass(frozen=True, eq=False)
class Heteronucleus:
    """A nucleus other than hydrogen, coupled to a group's protons.

    Parameters
    ----------
    nucleus : str
        As in NIfTI-MRS, ``"31P"``.
    spin : float
        1/2 for 31P, 1 for 14N.
    couplings_hz : ndarray, shape (proton,)
    """

    nucleus: str
    spin: float
    couplings_hz: FloatArray

    def states(self) -> FloatArray:
        """Magnetic quantum numbers, each equally probable, shape (2 spin + 1,)."""
        states: FloatArray = np.arange(-self.spin, self.spin + 0.5)
        return states


@dataclass(frozen=True, eq=False)
class SpinGroup:
    """Protons coupled to each other and to no other proton.

    Parameters
    ----------
    protons : tuple of str
        Labels.
    shifts_ppm : ndarray, shape (proton,)
    couplings_hz : ndarray, shape (proton, proton)
        Symmetric, zero diagonal.
    scale : float
        How many times the group counts.
    heteronuclei : tuple of Heteronucleus
    """

    protons: tuple[str, ...]
    shifts_ppm: FloatArray
    couplings_hz: FloatArray
    scale: float = 1.0
    heteronuclei: tuple[Heteronucleus, ...] = ()

    def heteronuclear_offsets_hz(self) -> FloatArray:
        """Shift of each proton for every combination of the heteronuclei's states, shape (combination, proton).

        A heteronucleus far from the protons' frequency acts by its z component alone: it only moves their lines.
        """
        combinations = product(*(nucleus.states() for nucleus in self.heteronuclei))
        couplings = np.array([nucleus.couplings_hz for nucleus in self.heteronuclei]).reshape(-1, len(self.protons))
        offsets: FloatArray = np.array([np.asarray(states) @ couplings for states in combinations])
        return offsets


@dataclass(frozen=True, eq=False)
class SpinSystem:
    """A metabolite: independent groups of protons, and where their numbers are published."""

    name: str
    full_name: str
    source: str
    groups: tuple[SpinGroup, ...]

    def protons(self) -> float:
        """How many protons the metabolite's signal counts."""
        return sum(group.scale * len(group.protons) for group in self.groups)


@cache
def spin_systems() -> Mapping[str, SpinSystem]:
    """All metabolites of the table by name.

    Examples
    --------
    >>> spin_systems()["Cr"].protons()
    5.0
    """
    table = tomllib.loads(files("impasto.maps.spectroscopy").joinpath("spin_systems.toml").read_text(encoding="utf-8"))
    return {
        name: SpinSystem(name, entry["full_name"], entry["source"], tuple(_group(part) for part in entry["groups"]))
        for name, entry in table.items()
    }


def spin_system(name: str) -> SpinSystem:
    """One metabolite of the table.

    Raises
    ------
    ImpastoError
        When the table does not have it.
    """
    systems = spin_systems()
    if name not in systems:
        raise ImpastoError(name, "no spin system of this name is known", f"choose among {', '.join(systems)}")
    return systems[name]


def _group(entry: Mapping[str, Any]) -> SpinGroup:
    protons = tuple(entry["shifts_ppm"])
    couplings = np.zeros((len(protons), len(protons)))
    for first, second, value in entry.get("couplings_hz", ()):
        i, j = protons.index(first), protons.index(second)
        couplings[i, j] = couplings[j, i] = value
    heteronuclei = tuple(
        Heteronucleus(
            nucleus["nucleus"],
            nucleus["spin"],
            read_only(np.array([nucleus["couplings_hz"].get(proton, 0.0) for proton in protons])),
        )
        for nucleus in entry.get("heteronuclei", ())
    )
    shifts = read_only(np.array([float(value) for value in entry["shifts_ppm"].values()]))
    return SpinGroup(protons, shifts, read_only(couplings), entry.get("scale", 1.0), heteronuclei)
