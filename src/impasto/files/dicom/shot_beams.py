"""Shots of a Gamma Knife as beams of an RTPLAN, without private elements."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydicom.dataset import Dataset

from impasto.core.errors import ImpastoError
from impasto.core.plan import Shot
from impasto.files.dicom.rt_header import checked_text, decimal_string, decimal_strings

__all__ = ["beam_meterset_items", "shot_beam_items"]

_MOST_SHOTS = 999


def shot_beam_items(shots: Sequence[Shot], machine: str) -> list[Dataset]:
    """Describe each shot as a static beam of two control points, its time the meterset in minutes.

    DICOM has no element for sectors: the collimator of each stands in the beam's description, and the largest is given
    as a stereotactic applicator. All beams enter from above with the couch at rest: gantry angles are 0.

    Parameters
    ----------
    shots : sequence of Shot
        In order of delivery.
    machine : str

    Raises
    ------
    ImpastoError
        When there are more shots than beam numbers.
    """
    if len(shots) > _MOST_SHOTS:
        raise ImpastoError("RTPLAN", f"{len(shots)} shots", f"at most {_MOST_SHOTS} can be written: merge some")
    return [_beam_item(number, shot, machine) for number, shot in enumerate(shots, start=1)]


def beam_meterset_items(shots: Sequence[Shot]) -> list[Dataset]:
    """Give each beam its minutes, for the fraction group."""
    items = []
    for number, shot in enumerate(shots, start=1):
        item = Dataset()
        item.ReferencedBeamNumber = number
        item.BeamMeterset = decimal_string(shot.minutes)
        items.append(item)
    return items


def _beam_item(number: int, shot: Shot, machine: str) -> Dataset:
    sectors = " ".join(f"{diameter:g}" if diameter else "blocked" for diameter in shot.collimators_mm)
    item = Dataset()
    item.BeamNumber = number
    item.BeamName = f"Shot {number}"
    item.BeamDescription = f"RESEARCH ONLY. Collimators of sectors 1 to {len(shot.collimators_mm)} in mm: {sectors}"
    item.BeamType = "STATIC"
    item.RadiationType = "PHOTON"
    item.TreatmentMachineName = checked_text(machine[:16], 16, "machine")
    item.Manufacturer = ""
    item.PrimaryDosimeterUnit = "MINUTE"
    item.SourceAxisDistance = None
    item.TreatmentDeliveryType = "TREATMENT"
    item.NumberOfWedges = item.NumberOfCompensators = item.NumberOfBoli = item.NumberOfBlocks = 0
    item.FinalCumulativeMetersetWeight = decimal_string(1.0)
    item.ApplicatorSequence = [_applicator_item(max(shot.collimators_mm))]
    item.BeamLimitingDeviceSequence = [_limiting_item(axis) for axis in "XY"]
    item.NumberOfControlPoints = 2
    item.ControlPointSequence = [_start_item(shot), _end_item()]
    return item


def _applicator_item(diameter_mm: float) -> Dataset:
    item = Dataset()
    item.ApplicatorID = f"{diameter_mm:g} mm"
    item.ApplicatorType = "STEREOTACTIC"
    return item


def _limiting_item(axis: str) -> Dataset:
    item = Dataset()
    item.RTBeamLimitingDeviceType = axis
    item.NumberOfLeafJawPairs = 1
    return item


def _start_item(shot: Shot) -> Dataset:
    item = Dataset()
    item.ControlPointIndex = 0
    item.CumulativeMetersetWeight = decimal_string(0.0)
    item.BeamLimitingDevicePositionSequence = [_opening_item(axis, max(shot.collimators_mm)) for axis in "XY"]
    for angle in ("GantryAngle", "BeamLimitingDeviceAngle", "PatientSupportAngle", "TableTopEccentricAngle"):
        setattr(item, angle, decimal_string(0.0))
    for turn in ("GantryRotationDirection", "BeamLimitingDeviceRotationDirection", "PatientSupportRotationDirection"):
        setattr(item, turn, "NONE")
    item.TableTopEccentricRotationDirection = "NONE"
    item.TableTopVerticalPosition = item.TableTopLongitudinalPosition = item.TableTopLateralPosition = None
    item.IsocenterPosition = decimal_strings(np.array(shot.isocentre_mm))
    return item


def _opening_item(axis: str, diameter_mm: float) -> Dataset:
    item = Dataset()
    item.RTBeamLimitingDeviceType = axis
    item.LeafJawPositions = decimal_strings(np.array([-0.5, 0.5]) * diameter_mm)
    return item


def _end_item() -> Dataset:
    item = Dataset()
    item.ControlPointIndex = 1
    item.CumulativeMetersetWeight = decimal_string(1.0)
    return item
