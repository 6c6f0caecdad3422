"""Digital gliomas from simulated scans to the maps that zones are made of, and the true maps on the plan's voxels.

Enhancing tissue is vital tumour, faintly enhancing tumour and effect of treatment in shares that differ between
patients, so that every zone truly exists. Scans go through the stages of ``impasto maps``; nothing of the truth goes
into the maps. Enhancing tissue and necrosis are drawn as they are: zones take their region as given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core import Grid, Image, MrAcquisition, StructureSet
from impasto.core.progress import silent
from impasto.core.resample import resample_conserving
from impasto.maps.dce.curve_summary import initial_area
from impasto.maps.spectroscopy import METABOLITE_SUMS
from impasto.phantom import (
    EPSI,
    HEAD_GRID,
    Anatomy,
    DceProtocol,
    DscProtocol,
    EnhancingParts,
    brain_grid,
    concentrations,
    dce_scan,
    dsc_scan,
    glioma_anatomy,
    mixture_on,
    mrsi_scan,
    truth_structures,
    variable_flip_angle_scans,
)
from impasto.phantom.dce import class_concentrations
from impasto.phantom.perfusion import perfusion
from impasto.phantom.tissue_classes import Mixture, TissueClass, class_mean, tissue_classes
from impasto.target.zones import RaisedBy, Threshold, ZoneCalibration, ZoneRule
from impasto.workflow.artefacts import Artefact
from impasto.workflow.stage import Inputs
from impasto.workflow.stages.dce import DCE, DceStageSettings
from impasto.workflow.stages.dsc import DSC, DscStageSettings
from impasto.workflow.stages.spectroscopy import SPECTROSCOPY
from impasto.workflow.zones.finding import ProbableZones, probable_zones
from impasto.workflow.zones.settings import ZonesStageSettings

FloatArray = NDArray[np.float64]

MAPS = ("tcho", "tnaa", "tcr", "ktrans", "iauc60", "rcbv")

REGION = "Enhancing tissue"

_PERFUSION_MM = (2.0, 2.0, 5.0)
_FLIP_ANGLES_DEG = (2.0, 5.0, 10.0, 15.0)
_IAUC_S = 60.0
_SUMS = {"tcho": "tCho", "tnaa": "tNAA", "tcr": "tCr"}
_REFERENCE = "NAWM contralateral"


@dataclass(frozen=True, eq=False)
class ScannedGlioma:
    """One patient.

    Parameters
    ----------
    maps : mapping of str to Image
        As mapped, with standard errors, on the grids they were acquired on.
    structures : StructureSet
        "Enhancing tissue", "Necrosis", brain and contralateral white matter as the patient has them.
    truth : mapping of str to Image
        The same maps as the tissue is, on the anatomy's voxels: amplitudes are concentrations as T1 and T2 let them be
        seen, in mmol/L; blood volume is divided by its mean in contralateral white matter.
    """

    maps: Mapping[str, Image]
    structures: StructureSet
    truth: Mapping[str, Image]

    def true_maps(self, grid: Grid) -> dict[str, FloatArray]:
        """Mean of the true maps in the voxels of a grid."""
        return {name: resample_conserving(image.data, image.grid, grid) for name, image in self.truth.items()}


def scanned_glioma(seed: int) -> ScannedGlioma:
    """Simulate a patient's spectroscopy and perfusion, and map them."""
    anatomy = glioma_anatomy(HEAD_GRID, seed, EnhancingParts.drawn(seed))
    drawn = _drawn(anatomy)
    scan = mrsi_scan(anatomy, EPSI, seed)
    mixture = mixture_on(anatomy, brain_grid(anatomy, _PERFUSION_MM), _PERFUSION_MM, seed)
    structures: dict[str, Artefact] = {"structures": drawn}
    spectral = SPECTROSCOPY.run(_inputs({"spectra": scan.spectra, **structures}), SPECTROSCOPY.settings(), silent)
    dce = DCE.run(_dce_inputs(mixture, seed, structures), DceStageSettings(), silent)
    dsc = DSC.run(_dsc_inputs(mixture, seed, structures), DscStageSettings(), silent)
    found = {**spectral.outputs, **dce.outputs, **dsc.outputs}
    maps = {name: image for name in MAPS if isinstance(image := found[name], Image)}
    truth = {**_true_amplitudes(anatomy, scan.truth.relaxation), **_true_perfusion(anatomy, seed)}
    return ScannedGlioma(maps, drawn, truth)


def _drawn(anatomy: Anatomy) -> StructureSet:
    """Structures as a clinic draws them, with enhancing tissue and necrosis as an image with contrast agent shows."""
    parts = truth_structures(anatomy)
    return StructureSet((*anatomy.structures, parts[REGION], parts["Necrosis"]))


def zone_settings(calibration: str) -> ZonesStageSettings:
    """Settings of the zones stage: scans lie as they are, and no scanner or injection differs from another."""
    return ZonesStageSettings(displacement_sd_mm=0.0, relative_error={}, region=(REGION,), calibration=calibration)


def drawn_zones(
    glioma: ScannedGlioma, settings: ZonesStageSettings, calibration: ZoneCalibration | None = None
) -> ProbableZones:
    """Draw a patient's zones; with the calibration of the settings unless another is given."""
    inputs = _inputs({**glioma.maps, "structures": glioma.structures})
    return probable_zones(inputs, settings, silent, calibration)


def true_thresholds(rule: ZoneRule, thresholds: Mapping[str, Threshold]) -> dict[str, float]:
    """Multiples and values as the rule says; percentiles as counted in the patient's maps: the truth has no noise."""
    known = (RaisedBy.RATIO, RaisedBy.VALUE)
    return {one.name: one.threshold if one.raised_by in known else thresholds[one.name].value for one in rule.criteria}


def _dce_inputs(mixture: Mixture, seed: int, structures: Mapping[str, Artefact]) -> Inputs:
    protocol = DceProtocol()
    angles = variable_flip_angle_scans(mixture, protocol, _FLIP_ANGLES_DEG, seed)
    images: dict[str, Artefact] = {"series": dce_scan(mixture, protocol, seed)}
    acquired = {"series": protocol.flip_angle_deg}
    for number, (image, angle) in enumerate(zip(angles, _FLIP_ANGLES_DEG, strict=True), start=1):
        images[f"flip_angle_{number}"], acquired[f"flip_angle_{number}"] = image, angle
    said = {
        slot: MrAcquisition(
            flip_angle_deg=angle, repetition_time_s=protocol.repetition_time_s, echo_time_s=protocol.echo_time_s
        )
        for slot, angle in acquired.items()
    }
    return _inputs({**images, **structures}, said)


def _dsc_inputs(mixture: Mixture, seed: int, structures: Mapping[str, Artefact]) -> Inputs:
    protocol = DscProtocol()
    said = MrAcquisition(repetition_time_s=protocol.repetition_time_s, echo_time_s=protocol.echo_time_s)
    return _inputs({"series": dsc_scan(mixture, protocol, seed), **structures}, {"series": said})


def _inputs(things: Mapping[str, Artefact], said: Mapping[str, MrAcquisition] | None = None) -> Inputs:
    return Inputs("maps", {slot: lambda thing=thing: thing for slot, thing in things.items()}, said or {})  # type: ignore[misc]


def _true_amplitudes(anatomy: Anatomy, relaxation: Mapping[str, float]) -> dict[str, Image]:
    truth = {}
    for name, total in _SUMS.items():
        members = [member for member in METABOLITE_SUMS[total] if member in relaxation]
        found = concentrations(anatomy, members, idh_mutant=False)
        seen = np.sum([relaxation[member] * found[member].data for member in members], axis=0)
        truth[name] = Image(seen.astype(np.float32), anatomy.grid, total, "mmol/L")
    return truth


def _true_perfusion(anatomy: Anatomy, seed: int) -> dict[str, Image]:
    true = perfusion(anatomy, seed)
    share = anatomy.structures[_REFERENCE].occupancy(anatomy.grid)
    white = float(np.average(true.cbv_ml_per_100ml, weights=share))
    protocol = DceProtocol()
    curves = class_concentrations(protocol.times_s, protocol.arterial_input())
    start_s = np.full(len(curves), protocol.bolus_arrival_s)
    areas = initial_area(curves, protocol.times_s, start_s, _IAUC_S)
    per_class = {one: (float(area),) for one, area in zip(TissueClass, areas, strict=True)}
    area = class_mean(tissue_classes(anatomy, seed), per_class, anatomy.grid)[0]
    return {
        "ktrans": Image(true.ktrans_per_min, anatomy.grid, "Ktrans", "/min"),
        "iauc60": Image(area, anatomy.grid, "IAUC60", "mmol/L.s"),
        "rcbv": Image(true.cbv_ml_per_100ml / white, anatomy.grid, "rCBV", "1"),
    }
