"""Digital patients as files: what a clinic hands over can be imported, the truth lies beside, all says simulated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from impasto.core import ImpastoError
from impasto.core.progress import silent
from impasto.files import (
    EntryKind,
    content_hash,
    dicom,
    is_nifti_mrs,
    native,
    read_diffusion,
    read_diffusion_nifti,
    read_nifti,
    read_nifti_mrs,
)
from impasto.maps.pet import standardised_uptake
from impasto.phantom import EPSI, DceProtocol, DscProtocol, DwiProtocol
from impasto.workflow import Examination, PatientKind, import_folder, write_cohort, write_digital_patient
from impasto.workflow.digital_patient import patient as patient_module
from impasto.workflow.digital_patient.truth import parameters

COARSE = Examination(
    anatomy_mm=(4.0, 4.0, 5.0),
    pet_mm=(5.0, 5.0, 5.0),
    perfusion_mm=(8.0, 8.0, 10.0),
    diffusion_mm=(8.0, 8.0, 10.0),
    dce=DceProtocol(frame_count=6, frame_interval_s=30.0),
    dsc=DscProtocol(frame_count=6, repetition_time_s=10.0),
    dwi=DwiProtocol(unweighted_count=1, direction_count=6),
    flip_angles_deg=(5.0, 15.0),
    spectroscopy=replace(EPSI, voxel_mm=(20.0, 20.0, 20.0), points=128),
)


@pytest.fixture(scope="module")
def glioma(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("glioma") / "patient"
    write_digital_patient(PatientKind.GLIOMA, folder, 3, examination=COARSE)
    return folder


@pytest.fixture(scope="module")
def head_neck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("head-neck") / "patient"
    write_digital_patient(PatientKind.HEAD_NECK, folder, 3, examination=COARSE)
    return folder


def headers(folder: Path) -> Iterator[pydicom.Dataset]:
    for path in sorted(folder.rglob("*.dcm")):
        yield pydicom.dcmread(path, stop_before_pixels=True)


def test_a_glioma_patients_scans_are_imported_as_they_are(glioma: Path, tmp_path: Path) -> None:
    imported = import_folder(glioma / "scans", tmp_path / "case", "digital")
    case = imported.case
    assert not imported.skipped
    assert case.simulated
    modalities = sorted(entry.modality for entry in case.of_kind(EntryKind.IMAGE) if entry.modality in ("CT", "PT"))
    assert modalities == ["CT", "PT"]
    assert len(case.of_kind(EntryKind.SPECTRA)) == 1
    spectra = native.read_spectra(case.path(case.of_kind(EntryKind.SPECTRA)[0]))
    assert spectra.water is not None
    (structures,) = case.of_kind(EntryKind.STRUCTURES)
    names = native.read_structures(case.path(structures)).names
    assert {"EXTERNAL", "GTV", "Brain", "Brainstem", "NAWM contralateral"} <= set(names)
    four_axes = [
        entry.name for entry in case.of_kind(EntryKind.IMAGE) if native.read_image(case.path(entry)).data.ndim == 4
    ]
    assert sorted(four_axes) == ["dce", "dsc"]
    (diffusion,) = case.of_kind(EntryKind.DIFFUSION)
    assert len(read_diffusion(case.path(diffusion)).gradients) == 7


def test_one_study_one_frame_of_reference_and_series_that_say_what_they_are(glioma: Path) -> None:
    found = list(headers(glioma / "scans"))
    assert len({header.StudyInstanceUID for header in found}) == 1
    assert len({header.get("FrameOfReferenceUID") for header in found if header.Modality != "RTSTRUCT"}) == 1
    assert len({header.SOPInstanceUID for header in found}) == len(found)
    images = [header for header in found if header.Modality != "RTSTRUCT"]
    described = {header.SeriesInstanceUID: header.SeriesDescription for header in images}
    assert len(described) == 6
    for label in ("CT", "T1", "T1c", "T2", "FLAIR", "PET-FET"):
        assert sum(text.startswith(f"{label} (simulated)") for text in described.values()) == 1
    assert all("SIMULATED" in header.PatientComments for header in found)


@pytest.mark.parametrize("kind", ["glioma", "head_neck"])
def test_everything_is_marked_as_simulated(kind: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(kind)
    sidecars = list(folder.rglob("*.json"))
    assert len(sidecars) > 20
    for path in sidecars:
        assert json.loads(path.read_text())["simulated"] is True, path
    assert "SIMULATED" in (folder / "README.txt").read_text()
    # every NIfTI that is not NIfTI-MRS, which bears the mark itself, has a sidecar
    for path in [*folder.rglob("*.nii.gz"), *folder.rglob("*.nii")]:
        sidecar = path.with_name(path.name.split(".")[0] + ".json")
        assert sidecar.exists() or is_nifti_mrs(path)


def test_the_truth_is_what_the_scans_show(glioma: Path) -> None:
    series = dicom.read_series_folder(glioma / "scans" / "PET-FET")
    assert series.acquisition is not None
    seen = standardised_uptake(series.image, series.acquisition).image
    truth = read_nifti(glioma / "truth" / "suv-fet.nii.gz", "SUV", "g/mL")
    shown = truth.resampled_linear(seen.grid).data
    inside = shown > 0.3
    assert np.corrcoef(shown[inside], seen.data[inside])[0, 1] > 0.8
    assert seen.data[inside].mean() == pytest.approx(shown[inside].mean(), rel=0.1)
    ktrans = read_nifti(glioma / "truth" / "perfusion" / "Ktrans.nii.gz", "Ktrans", "/min")
    dce = read_nifti(glioma / "scans" / "DCE.nii", "signal", "1")
    assert dce.grid.matches(ktrans.grid)
    rise = dce.data[..., -1].astype(float) - dce.data[..., 0]
    leaking = ktrans.data > 0.03
    # blood alone brightens tissue a little, too
    assert np.median(rise[leaking]) > 2.0 * abs(np.median(rise[(ktrans.data < 0.001) & (dce.data[..., 0] > 300)]))
    diffusion = read_diffusion_nifti(glioma / "scans" / "DWI.nii")
    adc = read_nifti(glioma / "truth" / "diffusion" / "ADC.nii.gz", "ADC", "um2/ms")
    weighted = ~diffusion.gradients.unweighted()
    first = diffusion.image.data[..., ~weighted].mean(axis=-1)
    ratio = np.log(np.maximum(first, 1.0) / np.maximum(diffusion.image.data[..., weighted].mean(axis=-1), 1.0))
    clear = (first > 600) & (adc.data < 1.5)
    assert np.median(ratio[clear]) == pytest.approx(np.median(adc.data[clear]), rel=0.15)
    spectra = read_nifti_mrs(glioma / "scans" / "MRSI.nii")
    ratio_truth = read_nifti(glioma / "truth" / "spectroscopy" / "Cho-NAA.nii.gz", "Cho/NAA", "1")
    assert spectra.grid.matches(ratio_truth.grid)


def test_tissue_labels_and_shares_agree(glioma: Path) -> None:
    legend = json.loads((glioma / "truth" / "tissues.json").read_text())["labels"]
    label = read_nifti(glioma / "truth" / "tissues.nii.gz", "tissue", "1").data
    percent = {
        name: read_nifti(glioma / "truth" / "tissues" / f"{name.replace(' ', '-')}.nii.gz", name, "%").data
        for name in legend.values()
        if (glioma / "truth" / "tissues" / f"{name.replace(' ', '-')}.nii.gz").exists()
    }
    total = sum(share.astype(int) for share in percent.values())
    assert np.abs(total - 100).max() <= len(percent)
    for number, name in legend.items():
        if name in percent:
            assert np.all(percent[name][label == int(number)] >= 100 // len(percent))


def test_a_course_has_a_study_before_each_adaptation(head_neck: Path) -> None:
    studies = set()
    for name in ("fraction-00", "fraction-07", "fraction-17"):
        found = list(headers(head_neck / "scans" / name))
        studies |= {(header.StudyInstanceUID, header.StudyDate) for header in found}
        series = {header.SeriesDescription.split(" (")[0] for header in found if header.Modality != "RTSTRUCT"}
        assert series == {"CT", "PET-FDG", "PET-FMISO"}
        assert (head_neck / "truth" / name / "movement-x.nii.gz").exists()
    assert len({uid for uid, _ in studies}) == 3
    # planning on a Wednesday, five fractions a week
    assert sorted(date for _, date in studies) == ["20200101", "20200110", "20200124"]
    read = {header.PatientID for header in headers(head_neck / "scans")}
    assert len(read) == 1


def test_a_head_and_neck_patient_is_imported_with_structures(head_neck: Path, tmp_path: Path) -> None:
    case = import_folder(head_neck / "scans" / "fraction-07", tmp_path / "case", "digital").case
    assert case.simulated
    (structures,) = case.of_kind(EntryKind.STRUCTURES)
    names = set(native.read_structures(case.path(structures)).names)
    assert {"GTVp", "GTVn", "PTV70", "PTV63", "PTV56", "Parotid L", "Parotid R", "SpinalCord", "Mandible"} <= names


def test_the_same_seed_gives_the_same_files(glioma: Path, tmp_path: Path) -> None:
    write_digital_patient(PatientKind.GLIOMA, tmp_path / "again", 3, examination=COARSE)
    for name in ("truth", "scans/CT", "scans/PET-FET", "scans/T1"):
        ours, theirs = glioma / name, tmp_path / "again" / name
        for path in ours.rglob("*.nii.gz"):
            first = read_nifti(path, "any", "1", missing_allowed=True).data
            np.testing.assert_array_equal(first, read_nifti(theirs / path.relative_to(ours), "any", "1").data)
        if not list(ours.rglob("*.nii.gz")):
            assert content_hash(ours) == content_hash(theirs)


def test_a_folder_that_holds_something_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ImpastoError, match="not empty"):
        write_digital_patient(PatientKind.GLIOMA, tmp_path, 0, examination=COARSE)
    with pytest.raises(ImpastoError, match="negative"):
        write_digital_patient(PatientKind.GLIOMA, tmp_path / "new", -1, examination=COARSE)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_fails_to_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("impasto.workflow.digital_patient.writing.write_nifti", fail)
    with pytest.raises(ImpastoError, match="No space left"):
        write_digital_patient(PatientKind.GLIOMA, tmp_path / "patient", 0, examination=COARSE)
    assert list(tmp_path.iterdir()) == []


def test_a_cohort_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []

    def quick(folder: Path, kind: PatientKind, seed: int, *_: object) -> None:
        if len(seeds) == 2:
            raise KeyboardInterrupt
        seeds.append(seed)
        (folder / "truth").mkdir()

    monkeypatch.setitem(patient_module._WRITERS, PatientKind.GLIOMA, quick)
    with pytest.raises(KeyboardInterrupt):
        write_cohort(PatientKind.GLIOMA, tmp_path, 4, seed=10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["patient-001", "patient-002"]
    shares: list[float] = []
    monkeypatch.setitem(patient_module._WRITERS, PatientKind.GLIOMA, lambda folder, *_: (folder / "truth").mkdir())
    made = write_cohort(
        PatientKind.GLIOMA, tmp_path, 4, 10, 1, lambda work, share: shares.append(share) if work == "cohort" else None
    )
    assert (made.made, made.kept) == (2, 2)
    assert shares == [0.5, 0.75, 1.0]
    assert json.loads((tmp_path / "patient-004" / "truth" / "patient.json").read_text())["seed"] == 13
    with pytest.raises(ImpastoError, match="another patient"):
        write_cohort(PatientKind.HEAD_NECK, tmp_path, 4, seed=10)
    with pytest.raises(ImpastoError, match="at least one"):
        write_cohort(PatientKind.GLIOMA, tmp_path, 0, progress=silent)


def test_the_truth_says_how_enhancing_tissue_was_divided() -> None:
    examination = replace(COARSE, treatment_effect_share=None)
    told = parameters(PatientKind.GLIOMA, 3, examination)
    drawn = told["enhancing_parts"]
    assert 0.35 <= drawn["treatment_effect_share"] <= 0.6
    assert told["examination"]["treatment_effect_share"] is None
    assert drawn == asdict(examination.enhancing_parts(3))
    assert "enhancing_parts" not in parameters(PatientKind.GLIOMA, 3, COARSE)
