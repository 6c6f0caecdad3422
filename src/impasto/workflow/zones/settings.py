"""Settings of the stage that finds zones."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from impasto.files import StrictModel

__all__ = ["SpectroscopySpread", "ZonesStageSettings"]


class SpectroscopySpread(StrictModel):
    """How spectroscopic imaging saw the tissue.

    ``maps`` are amplitudes, linear in the signal, whose point spread is that of phase encoding. ``matrix`` is the
    number of steps along each axis, that of the map's voxels unless spectra were zero-filled. ``unfiltered_error`` is
    the share of the fit's errors that no filter passed; at .3 amplitudes of six digital gliomas came closest to truth.
    """

    maps: tuple[str, ...] = ("tcho", "tnaa", "tcr", "ins", "glx", "lac", "lip")
    matrix: tuple[PositiveInt, PositiveInt, PositiveInt] | None = None
    filter: Literal["hamming", "none"] = "hamming"
    unfiltered_error: NonNegativeFloat = 0.3


class ZonesStageSettings(StrictModel):
    """What a protocol says about zones.

    `rule` is a name or the path of a file. `region` are patterns, the first that fits counts; ``"A + B"`` joins
    what fits either. `reference` is the tissue that raised is counted against. `spread_voxels` is the width at half
    maximum of other maps' point spread in their voxels; 0 takes them as points. `displacement_sd_mm` is the
    standard deviation of registration errors along each axis, the same for all maps of an acquisition. `tissue` are
    patterns of structures with a level of their own, the inner first; ``region`` stands for the region. `positive`
    are maps whose true values are not below zero. `relative_error` is the standard deviation, as a share of the
    value, of errors that all voxels of a map share: calibration, arterial input, leakage, baseline. Blood volume of
    glioblastoma varies by .18 to .31 between two scans (Prah 2015); the others are assumptions. `calibration` is the
    name or path of a file with biases and errors that digital patients showed beyond these; ``"none"`` takes maps as
    they are.
    """

    rule: str = "gamma-knife-painting"
    region: tuple[str, ...] = ("CEL", "GTV*")
    reference: str = "NAWM*"
    least_reference_share: PositiveFloat = 0.5
    voxel_mm: PositiveFloat = 2.0
    spectroscopy: SpectroscopySpread = SpectroscopySpread()
    spread_voxels: NonNegativeFloat = 1.0
    displacement_sd_mm: NonNegativeFloat = 1.0
    positive: tuple[str, ...] = ("tcho", "tnaa", "tcr", "ins", "glx", "lac", "lip", "ktrans", "iauc60", "rcbv")
    tissue: tuple[str, ...] = ("Necrosis*", "region", "Ventricles*", "Brain")
    relative_error: dict[str, NonNegativeFloat] = Field(
        default_factory=lambda: {
            "tcho": 0.1,
            "tnaa": 0.1,
            "tcr": 0.1,
            "ktrans": 0.2,
            "iauc60": 0.1,
            "rcbv": 0.2,
        }
    )
    calibration: str = "digital-gliomas"
    draws: PositiveInt = 200
    seed: int = 0
    interval_level: PositiveFloat = 0.9
