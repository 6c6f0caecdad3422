"""The machine: rings of cobalt-60 sources around one focus, in sectors that move between collimators."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from impasto.core.arrays import FloatArray, IntArray, read_only
from impasto.core.errors import ImpastoError
from impasto.plan.gammaknife.profile import BeamProfile

__all__ = ["Beams", "GammaKnife"]


@dataclass(frozen=True, eq=False)
class Beams:
    """Every beam of every collimator, sorted by collimator, then by sector.

    Parameters
    ----------
    towards_source : ndarray, shape (collimator, beam, 3)
        Unit vectors from the focus to the sources, LPS.
    output : ndarray, shape (collimator, beam)
        Dose rate at the focus, at the reference depth, relative to all beams of the reference collimator together.
    source_focus_mm : ndarray, shape (collimator, beam)
    sector : ndarray of int64, shape (beam,)
    """

    towards_source: FloatArray
    output: FloatArray
    source_focus_mm: FloatArray
    sector: IntArray

    def __post_init__(self) -> None:
        for field in ("towards_source", "output", "source_focus_mm", "sector"):
            object.__setattr__(self, field, read_only(getattr(self, field)))


@dataclass(frozen=True, eq=False)
class GammaKnife:
    """An effective beam model of a Gamma Knife.

    The sources lie on rings around the patient's long axis, all on the superior side of the focus. Ring k of a
    collimator lies at latitude ``first + k step`` above the transverse plane; its n sources are spread evenly, half a
    step away from the borders of the sectors. Sector 1 reaches from the patient's left an eighth of a turn towards
    anterior, and the others follow in that sense (an order of this model: the vendor's numbers are not public).

    Parameters
    ----------
    name : str
        Name and version of the data.
    notice : str
        Where they come from and what they must not be used for.
    is_experimental : bool
        Whether the model was never held against this machine's own profiles.
    sector_count : int
        Sectors that move apart; 1 for a helmet that all beams share.
    collimators_mm : tuple of float
        Nominal diameters.
    profiles : tuple of BeamProfile
        One for each collimator.
    latitudes_deg : ndarray, shape (collimator, ring)
    beam_counts : tuple of int
        Sources on each ring.
    source_focus_mm : ndarray, shape (ring,)
    ring_output : ndarray, shape (collimator, ring)
        Dose rate of one beam, such that all beams of a collimator add up to its relative output factor.
    transit_minutes : tuple of float
        For each collimator, the beam-on time that gives the dose of a sector's way from its blocked position to the
        collimator and back.
    attenuation_per_mm : float
        Effective attenuation in water.
    reference_depth_mm : float
        Depth of the focus at which outputs hold: the radius of the calibration sphere.
    half_life_years : float
        Of cobalt-60.
    dose_rate_gy_per_min : float
        Calibrated dose rate on the day of treatment: all sectors on the collimator of output factor 1, at the centre
        of the calibration sphere.

    Raises
    ------
    ImpastoError
        When the dose rate is not positive.
    """

    name: str
    notice: str
    is_experimental: bool
    sector_count: int
    collimators_mm: tuple[float, ...]
    profiles: tuple[BeamProfile, ...]
    latitudes_deg: FloatArray
    beam_counts: tuple[int, ...]
    source_focus_mm: FloatArray
    ring_output: FloatArray
    transit_minutes: tuple[float, ...]
    attenuation_per_mm: float
    reference_depth_mm: float
    half_life_years: float
    dose_rate_gy_per_min: float

    def __post_init__(self) -> None:
        if not 0.0 < self.dose_rate_gy_per_min < float("inf"):
            raise ImpastoError(
                self.name, f"a dose rate of {self.dose_rate_gy_per_min:g} Gy/min", "give the calibrated dose rate"
            )
        for field in ("latitudes_deg", "source_focus_mm", "ring_output"):
            object.__setattr__(self, field, read_only(np.asarray(getattr(self, field), dtype=np.float64)))

    @cached_property
    def beams(self) -> Beams:
        """Where every beam comes from and what it gives."""
        rings = [(np.arange(count) + 0.5) / count for count in self.beam_counts]
        ring = np.repeat(np.arange(len(rings)), self.beam_counts)
        turn = np.concatenate(rings)
        sector = (turn * self.sector_count).astype(np.int64)
        order = np.argsort(sector, kind="stable")
        ring, turn, sector = ring[order], turn[order], sector[order]
        latitude, azimuth = np.deg2rad(self.latitudes_deg[:, ring]), 2.0 * np.pi * turn
        # azimuth 0 points to the patient's left, a quarter turn on to anterior: -y in LPS
        directions = [np.cos(latitude) * np.cos(azimuth), -np.cos(latitude) * np.sin(azimuth), np.sin(latitude)]
        return Beams(
            towards_source=np.stack(directions, axis=-1),
            output=self.ring_output[:, ring],
            source_focus_mm=np.broadcast_to(self.source_focus_mm[ring], latitude.shape),
            sector=sector,
        )

    def collimator_index(self, diameter_mm: float) -> int:
        """Position of a nominal diameter among the collimators.

        Raises
        ------
        ImpastoError
            When the machine has no such collimator.
        """
        for index, known in enumerate(self.collimators_mm):
            if abs(known - diameter_mm) < 1e-6:
                return index
        known_mm = ", ".join(f"{known:g}" for known in self.collimators_mm)
        raise ImpastoError(self.name, f"it has no {diameter_mm:g} mm collimator", f"choose one of: {known_mm} mm")
