"""Reading machine files: JSON, strict and versioned."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import numpy as np
from annotated_types import Len
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from impasto.core.errors import ImpastoError
from impasto.plan.gammaknife.machine import GammaKnife
from impasto.plan.gammaknife.profile import BeamProfile

__all__ = ["GAMMA_KNIVES", "gamma_knife", "gamma_knife_from_json"]

# Names of the machines that come with the package
GAMMA_KNIVES = ("perfexion", "model_c")

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Latitude = Annotated[float, Field(ge=-90.0, le=90.0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Rings(_Strict):
    beam_count: Annotated[tuple[PositiveInt, ...], Len(1)]
    first_source_focus_mm: PositiveFloat
    last_source_focus_mm: PositiveFloat
    latitude_step_deg: float


class _Profile(_Strict):
    disc_radius_mm: PositiveFloat
    inner_edge_sigma_mm: PositiveFloat
    outer_edge_sigma_mm: PositiveFloat
    tail_weight: Share
    tail_length_mm: PositiveFloat


class _Collimator(_Strict):
    diameter_mm: PositiveFloat
    output_factor: Annotated[float, Field(gt=0.0, le=1.0)]
    ring_output_ratio: tuple[PositiveFloat, ...]
    first_latitude_deg: Latitude
    transit_minutes: Annotated[float, Field(ge=0.0)]
    profile: _Profile


class _Machine(_Strict):
    format: Literal["impasto gamma knife machine"]
    format_version: Literal[1]
    name: str
    notice: str
    experimental: bool
    sources: tuple[str, ...]
    sector_count: Literal[1, 8]
    attenuation_per_mm: PositiveFloat
    reference_depth_mm: PositiveFloat
    half_life_years: PositiveFloat
    rings: _Rings
    collimators: Annotated[tuple[_Collimator, ...], Len(1, 4)]

    @model_validator(mode="after")
    def _is_consistent(self) -> _Machine:
        if any(count % self.sector_count for count in self.rings.beam_count):
            raise ValueError("every ring must hold the same number of beams in each sector")
        if any(len(c.ring_output_ratio) != len(self.rings.beam_count) for c in self.collimators):
            raise ValueError("every collimator needs one output ratio for each ring")
        diameters = [c.diameter_mm for c in self.collimators]
        if diameters != sorted(set(diameters)):
            raise ValueError("collimators must ascend in diameter")
        if max(c.output_factor for c in self.collimators) != 1.0:
            raise ValueError("the collimator that the dose rate is calibrated with must have output factor 1")
        return self


@cache
def gamma_knife(name: str, dose_rate_gy_per_min: float) -> GammaKnife:
    """Load a machine that comes with the package.

    Parameters
    ----------
    name : str
        ``"perfexion"`` (also Icon; 192 beams, 8 sectors, 4/8/16 mm), or ``"model_c"`` (201 beams, one helmet of 4, 8,
        14 or 18 mm; experimental).
    dose_rate_gy_per_min : float
        Calibrated dose rate on the day of treatment; see
        :func:`~impasto.plan.gammaknife.calibration.decayed_dose_rate_gy_per_min`.

    Raises
    ------
    ImpastoError
        When there is no such machine or the dose rate is not positive.

    Examples
    --------
    >>> gamma_knife("perfexion", dose_rate_gy_per_min=3.0).collimators_mm
    (4.0, 8.0, 16.0)
    """
    if name not in GAMMA_KNIVES:
        raise ImpastoError(name, "no machine has this name", f"choose one of: {', '.join(GAMMA_KNIVES)}")
    text = files("impasto.plan.gammaknife").joinpath(f"machines/{name}.json").read_text(encoding="utf-8")
    return gamma_knife_from_json(text, dose_rate_gy_per_min, subject=f"{name}.json")


def gamma_knife_from_json(text: str, dose_rate_gy_per_min: float, subject: str) -> GammaKnife:
    """Build a machine from the text of a machine file.

    Parameters
    ----------
    text : str
    dose_rate_gy_per_min : float
        See :func:`gamma_knife`.
    subject : str
        The file's name, for messages.

    Raises
    ------
    ImpastoError
        When the text does not fit the format, or contradicts itself.
    """
    try:
        read = _Machine.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = f"{where}: {first['msg']}" if where else first["msg"]
        raise ImpastoError(subject, problem, "follow the machine files that come with impasto") from None
    counts = np.array(read.rings.beam_count)
    ratios = np.array([c.ring_output_ratio for c in read.collimators])
    factors = np.array([c.output_factor for c in read.collimators])
    first_latitude = np.array([c.first_latitude_deg for c in read.collimators])
    return GammaKnife(
        name=read.name,
        notice=read.notice,
        is_experimental=read.experimental,
        sector_count=read.sector_count,
        collimators_mm=tuple(c.diameter_mm for c in read.collimators),
        profiles=tuple(BeamProfile(**c.profile.model_dump()) for c in read.collimators),
        latitudes_deg=first_latitude[:, None] + read.rings.latitude_step_deg * np.arange(len(counts)),
        beam_counts=read.rings.beam_count,
        source_focus_mm=np.linspace(read.rings.first_source_focus_mm, read.rings.last_source_focus_mm, len(counts)),
        ring_output=ratios * (factors / (ratios @ counts))[:, None],
        transit_minutes=tuple(c.transit_minutes for c in read.collimators),
        attenuation_per_mm=read.attenuation_per_mm,
        reference_depth_mm=read.reference_depth_mm,
        half_life_years=read.half_life_years,
        dose_rate_gy_per_min=dose_rate_gy_per_min,
    )
