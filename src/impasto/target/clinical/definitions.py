"""The definitions that come with impasto, for glioblastoma."""

from __future__ import annotations

from collections.abc import Mapping

from impasto.target.clinical.definition import (
    Condition,
    GrossVolume,
    Measure,
    TargetDefinition,
    TargetVolume,
    VolumePart,
)

__all__ = ["TARGET_DEFINITIONS"]

_BED = (GrossVolume.ENHANCEMENT, GrossVolume.CAVITY)
_WITH_T2 = (*_BED, GrossVolume.T2_LESION)

_RTOG = TargetDefinition(
    "RTOG",
    (
        TargetVolume("CTV46", "PTV46", (VolumePart(_WITH_T2, 20.0, margin_without_t2_lesion_mm=25.0),), 3.0),
        TargetVolume("CTV60", "PTV60", (VolumePart(_BED, 20.0),), 3.0),
    ),
    "Chakravarti 2013 (RTOG 0211); Niyazi 2016: T2 lesion, enhancement and cavity + 20 mm (25 mm without oedema) to "
    "46 Gy, enhancement and cavity + 20 mm to 60 Gy, + 3 to 5 mm for planning",
)

_EORTC = TargetDefinition(
    "EORTC",
    (TargetVolume("CTV60", "PTV60", (VolumePart(_BED, 15.0),), 5.0),),
    "Niyazi 2016, 2023: enhancement and cavity, oedema excluded, + 15 mm (20 mm in earlier trials) to 60 Gy",
)

_ESTRO_EANO = TargetDefinition(
    "ESTRO-EANO 2023",
    (TargetVolume("CTV60", "PTV60", (VolumePart(_BED, 15.0),), 3.0),),
    "Niyazi 2023: enhancement and cavity + 15 mm, cropped at anatomical barriers, to 60 Gy, no more than 3 mm for "
    "planning",
)

_SPECTRO_GLIO = TargetDefinition(
    "SPECTRO GLIO",
    (
        TargetVolume(
            "CTV1", "PTV1", (VolumePart(_BED, 20.0), VolumePart((GrossVolume.T2_LESION,), 0.0)), planning_margin_mm=3.0
        ),
        TargetVolume(
            "CTV2", "PTV2", (VolumePart((GrossVolume.METABOLIC,), 10.0), VolumePart(_BED, 0.0)), planning_margin_mm=3.0
        ),
    ),
    "Laprie 2024: enhancement or bed + 20 mm extended to FLAIR, + 3 mm, to 60 Gy; Cho/NAA > 2 + 10 mm, bed and "
    "residual enhancement, + 3 mm, to 72 Gy",
    (
        Condition(Measure.DIAMETER, _BED, 50.0, is_upper=True),
        Condition(Measure.DISTANCE, _BED, 20.0, is_upper=False),
        Condition(Measure.DISTANCE, (GrossVolume.METABOLIC,), 20.0, is_upper=False),
        Condition(Measure.PARTS, _BED, 1.0, is_upper=True),
    ),
)

TARGET_DEFINITIONS: Mapping[str, TargetDefinition] = {
    definition.name: definition for definition in (_RTOG, _EORTC, _ESTRO_EANO, _SPECTRO_GLIO)
}
"""By name: RTOG, EORTC, ESTRO-EANO 2023, SPECTRO GLIO."""
