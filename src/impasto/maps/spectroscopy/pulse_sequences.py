"""Localisation sequences as a spin system sees them: hard pulses, delays, and the coherences that crushers keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.spin_simulation import CoupledSpins

__all__ = ["Press", "PulseSequence", "SemiLaser", "Steam"]

ComplexArray = NDArray[np.complexfloating]


class PulseSequence(Protocol):
    """A localisation sequence with its timing."""

    name: ClassVar[str]

    @property
    def echo_time_s(self) -> float:
        """Time from excitation to the centre of the echo, without a mixing time."""

    def echo(self, spins: CoupledSpins) -> ComplexArray:
        """Density matrix at the echo; one uncoupled proton gives its I- with weight one."""


@dataclass(frozen=True)
class Press:
    """Point-resolved spectroscopy: 90 - TE1/2 - 180 - TE/2 - 180 - TE2/2 (Bottomley 1987).

    Parameters
    ----------
    echo_time_s : float
        TE = TE1 + TE2.
    first_echo_s : float, optional
        TE1; half of TE when not given.

    Raises
    ------
    ImpastoError
        When a time is not positive or TE1 is not shorter than TE.
    """

    name: ClassVar[str] = "PRESS"
    echo_time_s: float
    first_echo_s: float | None = None

    def __post_init__(self) -> None:
        first = 0.5 * self.echo_time_s if self.first_echo_s is None else self.first_echo_s
        if not 0.0 < first < self.echo_time_s:
            problem = f"TE {1e3 * self.echo_time_s:g} ms and TE1 {1e3 * first:g} ms do not go together"
            raise ImpastoError(self.name, problem, "give 0 < TE1 < TE in seconds")

    def echo(self, spins: CoupledSpins) -> ComplexArray:
        """Density matrix at the echo."""
        first = 0.5 * self.echo_time_s if self.first_echo_s is None else self.first_echo_s
        density = spins.evolved(spins.lowered(), first / 2.0)
        density = spins.evolved(spins.refocused(density), self.echo_time_s / 2.0)
        return spins.evolved(spins.refocused(density), (self.echo_time_s - first) / 2.0)


@dataclass(frozen=True)
class SemiLaser:
    """Semi-adiabatic localisation: 90, then four refocusing pulses TE/4 apart, TE/8 at either end (Scheenen 2008).

    Parameters
    ----------
    echo_time_s : float

    Raises
    ------
    ImpastoError
        When the echo time is not positive.
    """

    name: ClassVar[str] = "semi-LASER"
    echo_time_s: float

    def __post_init__(self) -> None:
        if not self.echo_time_s > 0.0:
            raise ImpastoError(self.name, f"an echo time of {self.echo_time_s:g} s", "give a positive one")

    def echo(self, spins: CoupledSpins) -> ComplexArray:
        """Density matrix at the echo."""
        density = spins.evolved(spins.lowered(), self.echo_time_s / 8.0)
        for delay_s in (self.echo_time_s / 4.0,) * 3 + (self.echo_time_s / 8.0,):
            density = spins.evolved(spins.refocused(density), delay_s)
        return density


@dataclass(frozen=True)
class Steam:
    """Stimulated echo: 90 - TE/2 - 90 - TM - 90 - TE/2, only zero-order coherences live through TM (Frahm 1987).

    The stimulated echo holds half of the magnetisation; its signal is scaled to one per proton like the others'.

    Parameters
    ----------
    echo_time_s : float
    mixing_time_s : float

    Raises
    ------
    ImpastoError
        When the echo time is not positive or the mixing time is negative.
    """

    name: ClassVar[str] = "STEAM"
    echo_time_s: float
    mixing_time_s: float

    def __post_init__(self) -> None:
        if not (self.echo_time_s > 0.0 and self.mixing_time_s >= 0.0):
            problem = f"TE {self.echo_time_s:g} s and TM {self.mixing_time_s:g} s"
            raise ImpastoError(self.name, problem, "give a positive TE and a TM that is not negative")

    def echo(self, spins: CoupledSpins) -> ComplexArray:
        """Density matrix at the echo."""
        density = spins.flipped_90(spins.evolved(spins.raised(), self.echo_time_s / 2.0))
        density = spins.flipped_90(spins.evolved(spins.of_order(density, 0), self.mixing_time_s))
        return 2.0 * spins.evolved(spins.of_order(density, -1), self.echo_time_s / 2.0)
