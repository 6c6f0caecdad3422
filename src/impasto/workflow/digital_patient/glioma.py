"""A digital glioma patient's scans and the truth behind them, as files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np

from impasto.core import Image, Progress
from impasto.phantom import (
    FET,
    HEAD_GRID,
    Anatomy,
    amino_acid_uptake,
    concentrations,
    glioma_anatomy,
    mrsi_scan,
    oxygen_pressure_mmhg,
    recurrent_glioma_anatomy,
    truth_structures,
)
from impasto.phantom.ct import ct_scan
from impasto.phantom.dce import dce_scan, variable_flip_angle_scans
from impasto.phantom.diffusion import diffusion_of
from impasto.phantom.dsc import dsc_scan, leakage_k2_per_s
from impasto.phantom.dwi import dwi_scan
from impasto.phantom.mr import mr_scans
from impasto.phantom.mrsi import MrsiScan
from impasto.phantom.perfusion import perfusion_of
from impasto.phantom.pet import pet_scan
from impasto.phantom.tissue_classes import Mixture, brain_grid, mixture_on
from impasto.workflow.digital_patient.kinds import Examination, PatientKind
from impasto.workflow.digital_patient.truth import write_anatomy_truth
from impasto.workflow.digital_patient.writing import ScanWriter, Study

__all__ = ["write_glioma"]

_TAKEN = datetime(2020, 1, 1, 8)
_SERIES = {"T1": "T1", "T1 with contrast agent": "T1c", "T2": "T2", "FLAIR": "FLAIR"}
_SUMS = {
    "tNAA": ("NAA", "NAAG"),
    "tCho": ("GPC", "PCh"),
    "tCr": ("Cr", "PCr"),
    "Ins": ("Ins",),
    "Glx": ("Glu", "Gln"),
    "Lac": ("Lac",),
}


def write_glioma(folder: Path, kind: PatientKind, seed: int, examination: Examination, progress: Progress) -> None:
    """Write ``scans/`` and ``truth/`` of a glioma patient, untreated or recurrent.

    Parameters
    ----------
    folder : Path
        Exists and is empty.
    kind : PatientKind
        A glioma.
    seed : int
    examination : Examination
    progress : Progress
    """
    grid = HEAD_GRID if examination.anatomy_mm is None else HEAD_GRID.with_spacing(examination.anatomy_mm)
    build = glioma_anatomy if kind is PatientKind.GLIOMA else recurrent_glioma_anatomy
    study = Study(f"DIGITAL-{kind}-{seed}", f"digital {kind}", _TAKEN)
    scans, truth = folder / "scans", folder / "truth"
    scans.mkdir()
    truth.mkdir()
    work = "digital patient"
    progress(work, 0.0)
    with ScanWriter(scans, study) as writer, ScanWriter(truth, study) as truths:
        anatomy = build(grid, seed, examination.enhancing_parts(seed))
        progress(work, 0.4)
        writer.series_with_structures(ct_scan(anatomy, seed), "CT", "CT", anatomy.structures)
        _scan_spectra(anatomy, examination, seed, writer, truths)
        progress(work, 0.5)
        _scan_perfusion(anatomy, examination, seed, writer, truths)
        progress(work, 0.6)
        _scan_diffusion(anatomy, examination, seed, writer, truths)
        for contrast, image in mr_scans(anatomy, grid, seed).items():
            writer.series(image, "MR", _SERIES[contrast])
        progress(work, 0.7)
        _scan_pet(anatomy, examination, seed, writer, truths)
        write_anatomy_truth(anatomy, truths)
        if examination.enhancing_parts(seed).is_divided:
            _write_parts(anatomy, truths)
        for image in _metabolite_truth(anatomy):
            truths.image(image, f"metabolites/{image.quantity.replace('/', '-')}")
        progress(work, 0.8)
    progress(work, 1.0)


def _write_parts(anatomy: Anatomy, truths: ScanWriter) -> None:
    """Write what a clinic cannot draw: what truly enhances, is dead, or is an effect of treatment."""
    for structure in truth_structures(anatomy):
        if structure.mask is not None:
            image = Image(structure.mask.data, anatomy.grid, f"share of {structure.name}", "1")
            truths.image(image, f"structures/{structure.name.replace(' ', '-')}")


def _scan_pet(anatomy: Anatomy, examination: Examination, seed: int, writer: ScanWriter, truths: ScanWriter) -> None:
    uptake = amino_acid_uptake(anatomy)
    activity, acquisition = pet_scan(uptake, FET, anatomy.grid.with_spacing(examination.pet_mm), seed)
    writer.series(activity, "PT", "PET-FET", acquisition)
    truths.image(uptake, "suv-fet")
    truths.image(oxygen_pressure_mmhg(anatomy), "oxygen")


def _scan_spectra(
    anatomy: Anatomy, examination: Examination, seed: int, writer: ScanWriter, truths: ScanWriter
) -> None:
    scan = mrsi_scan(anatomy, examination.spectroscopy, seed)
    writer.spectra(scan.spectra, "MRSI")
    for name, image in _spectroscopy_truth(scan):
        truths.image(image, f"spectroscopy/{name}")


def _spectroscopy_truth(scan: MrsiScan) -> Iterator[tuple[str, Image]]:
    truth = scan.truth
    yield from truth.concentrations.items()
    yield "Cho-NAA", truth.choline_naa
    yield "brain", truth.brain
    yield "excited", truth.excited
    yield "field", truth.field_hz
    yield "linewidth", truth.linewidth_hz
    yield "sensitivity", truth.sensitivity


def _scan_perfusion(
    anatomy: Anatomy, examination: Examination, seed: int, writer: ScanWriter, truths: ScanWriter
) -> None:
    dce, dsc, spacing = examination.dce, examination.dsc, examination.perfusion_mm
    mixture = mixture_on(anatomy, brain_grid(anatomy, spacing), spacing, seed)
    timing = {"RepetitionTime": dce.repetition_time_s, "EchoTime": dce.echo_time_s}
    about = {
        "Modality": "MR",
        **timing,
        "BolusArrival_s": dce.bolus_arrival_s,
        "Dose_mmol_per_kg": dce.dose_mmol_per_kg,
    }
    writer.scan(_whole(dce_scan(mixture, dce, seed)), "DCE", {**about, "FlipAngle": dce.flip_angle_deg})
    angles = examination.flip_angles_deg
    for angle, image in zip(angles, variable_flip_angle_scans(mixture, dce, angles, seed), strict=True):
        writer.scan(_whole(image), f"T1-mapping-{angle:g}deg", {"Modality": "MR", **timing, "FlipAngle": angle})
    about = {
        "Modality": "MR",
        "RepetitionTime": dsc.repetition_time_s,
        "EchoTime": dsc.echo_time_s,
        "FlipAngle": dsc.flip_angle_deg,
        "BolusArrival_s": dsc.bolus_arrival_s,
        "Dose_mmol_per_kg": dsc.dose_mmol_per_kg,
    }
    writer.scan(_whole(dsc_scan(mixture, dsc, seed)), "DSC", about)
    for name, image in _perfusion_truth(mixture, leakage_k2_per_s(mixture, dsc)):
        truths.image(image, f"perfusion/{name}")


def _perfusion_truth(mixture: Mixture, k2_per_s: np.ndarray) -> Iterator[tuple[str, Image]]:
    truth, grid = perfusion_of(mixture), mixture.grid
    yield "Ktrans", Image(truth.ktrans_per_min, grid, "Ktrans", "/min")
    yield "ve", Image(truth.ve, grid, "ve", "1")
    yield "vp", Image(truth.vp, grid, "vp", "1")
    yield "CBV", Image(truth.cbv_ml_per_100ml, grid, "CBV", "mL/(100.mL)")
    yield "CBF", Image(truth.cbf_ml_per_100ml_min, grid, "CBF", "mL/(100.mL)/min")
    yield "K2", Image(k2_per_s, grid, "leakage coefficient K2", "/s")


def _scan_diffusion(
    anatomy: Anatomy, examination: Examination, seed: int, writer: ScanWriter, truths: ScanWriter
) -> None:
    spacing, dwi = examination.diffusion_mm, examination.dwi
    mixture = mixture_on(anatomy, brain_grid(anatomy, spacing), spacing, seed)
    series = dwi_scan(mixture, dwi, seed)
    about = {"Modality": "MR", "RepetitionTime": dwi.repetition_time_s, "EchoTime": dwi.echo_time_s}
    writer.diffusion(type(series)(_whole(series.image), series.gradients), "DWI", about)
    truth = diffusion_of(mixture)
    truths.image(Image(truth.adc_um2_per_ms(), mixture.grid, "ADC", "um2/ms"), "diffusion/ADC")
    truths.image(Image(truth.fractional_anisotropy(), mixture.grid, "FA", "1"), "diffusion/FA")


def _metabolite_truth(anatomy: Anatomy) -> Iterator[Image]:
    """Give sums of metabolites that spectra tell, and Cho/NAA, on the anatomy's grid."""
    names = [name for parts in _SUMS.values() for name in parts]
    found = concentrations(anatomy, names, idh_mutant=False)
    sums = {total: np.sum([found[part].data for part in parts], axis=0) for total, parts in _SUMS.items()}
    for total, values in sums.items():
        yield Image(values, anatomy.grid, total, "mmol/L")
    naa = sums["tNAA"]
    ratio = np.divide(sums["tCho"], naa, out=np.zeros_like(naa), where=naa > 1e-3)
    yield Image(ratio, anatomy.grid, "Cho/NAA", "1")


def _whole(image: Image) -> Image:
    """Round to whole numbers, as scanners store signals."""
    return image.with_data(np.rint(image.data).astype(np.int16))
