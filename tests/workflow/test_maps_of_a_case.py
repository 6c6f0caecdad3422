"""Every map of a digital glioma's case, from its scans as a clinic hands them over, against the truth beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Image
from impasto.files import Case, EntryKind, native, read_nifti
from impasto.phantom import EPSI, DceProtocol, DscProtocol, DwiProtocol
from impasto.workflow import (
    Examination,
    IndependentOutcomes,
    PatientKind,
    import_folder,
    map_protocol,
    run_independent_steps,
    write_digital_patient,
)

COARSE = Examination(
    anatomy_mm=(4.0, 4.0, 5.0),
    pet_mm=(5.0, 5.0, 5.0),
    perfusion_mm=(5.0, 5.0, 8.0),
    diffusion_mm=(5.0, 5.0, 8.0),
    dce=DceProtocol(),
    dsc=DscProtocol(),
    dwi=DwiProtocol(unweighted_count=2, direction_count=12),
    spectroscopy=replace(EPSI, voxel_mm=(12.5, 12.5, 15.0), points=256),
)


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("glioma") / "patient"
    write_digital_patient(PatientKind.GLIOMA, folder, 1, examination=COARSE)
    return folder


@pytest.fixture(scope="module")
def case(patient: Path) -> Case:
    return import_folder(patient / "scans", patient.parent / "case", "digital").case


@pytest.fixture(scope="module")
def made(case: Case) -> IndependentOutcomes:
    # the dose that was injected is not in an image's header
    settings = {"dce.arterial_input": "Parker", "dce.dose_mmol_per_kg": DceProtocol().dose_mmol_per_kg}
    return run_independent_steps(case, map_protocol(case).with_settings(settings))


def shown(case: Case, step: str, output: str) -> Image:
    return native.read_image(case.results_folder("maps") / step / output / "image")


def pairs(case: Case, found: Image, truth: Path, region: str) -> tuple[np.ndarray, np.ndarray]:
    """Values and truth in the voxels that lie in a structure."""
    (drawn,) = case.of_kind(EntryKind.STRUCTURES)
    inside = native.read_structures(case.path(drawn))[region].occupancy(found.grid) > 0.9
    true = read_nifti(truth, found.quantity, found.unit)
    known = inside & np.isfinite(found.data)
    assert known.sum() > 0.9 * inside.sum()
    return found.data[known], true.resampled_linear(found.grid).data[known]


def test_each_kind_of_series_is_recognised_and_mapped(made: IndependentOutcomes) -> None:
    assert not made.failures
    assert {outcome.record.step: outcome.record.stage for outcome in made.outcomes} == {
        "mrsi": "spectroscopy",
        "dce": "dce",
        "dsc": "dsc",
        "dwi": "diffusion",
        "pet": "standardised-uptake",
    }
    outputs = {outcome.record.step: set(outcome.record.outputs) for outcome in made.outcomes}
    assert {"t1", "ktrans", "ve", "vp", "iauc60", "reason"} <= outputs["dce"]
    assert {"rcbv", "cbf", "mtt", "k2", "reason"} <= outputs["dsc"]
    assert {"adc", "fa", "reasons"} <= outputs["dwi"]


@pytest.mark.parametrize(
    ("step", "output", "truth", "least_correlation", "bias"),
    [
        ("dce", "ktrans", "perfusion/Ktrans.nii.gz", 0.9, 0.15),
        ("dce", "vp", "perfusion/vp.nii.gz", 0.9, 0.15),
        ("dwi", "adc", "diffusion/ADC.nii.gz", 0.9, 0.05),
    ],
)
def test_tumour_maps_follow_the_truth(
    case: Case,
    patient: Path,
    made: IndependentOutcomes,
    step: str,
    output: str,
    truth: str,
    least_correlation: float,
    bias: float,
) -> None:
    assert not made.failures
    found, true = pairs(case, shown(case, step, output), patient / "truth" / truth, "GTV")
    assert np.corrcoef(found, true)[0, 1] > least_correlation
    assert found.mean() == pytest.approx(true.mean(), rel=bias)


def test_relative_blood_volume_is_over_contralateral_white_matter(
    case: Case, patient: Path, made: IndependentOutcomes
) -> None:
    assert not made.failures
    found, true = pairs(case, shown(case, "dsc", "rcbv"), patient / "truth" / "perfusion" / "CBV.nii.gz", "GTV")
    assert np.corrcoef(found, true)[0, 1] > 0.9
    reference, _ = pairs(
        case, shown(case, "dsc", "rcbv"), patient / "truth" / "perfusion" / "CBV.nii.gz", "NAWM contralateral"
    )
    assert np.median(reference) == pytest.approx(1.0, abs=0.1)


def test_what_cannot_be_mapped_does_not_keep_back_the_rest(case: Case, made: IndependentOutcomes) -> None:
    assert not made.failures
    again = run_independent_steps(case, map_protocol(case).with_settings({"dsc.fit.discarded_frames": 70}))
    assert set(again.failures) == {"dsc"}
    assert {outcome.record.step for outcome in again.outcomes} == {"mrsi", "dce", "dwi", "pet"}
