"""A study of a scanner: diffusion, dynamic phases and colour pictures come into a case as what they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from tests.files.dicom.test_diffusion_series import (
    B_VALUES,
    DIRECTIONS,
    Gradient,
    by_ge,
    by_philips,
    by_siemens,
    by_siemens_matrix,
    write_weighted,
)
from tests.files.dicom.test_vendor_dynamic import unchanged, write_phases
from tests.files.dicom.vendor_headers import CORONAL, pixels, write_volumes
from tests.maps.diffusion.simulated import S0, gradient_table, magnitude, unit_vectors

from impasto.core import ImpastoError
from impasto.files import CaseEntry, EntryKind, native, open_case, read_diffusion, read_reference
from impasto.maps.diffusion import axial_tensor, diffusion_signal, fit_tensor_volume
from impasto.workflow import Addition, add_files, import_folder, map_protocol


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Four things: DWI, ADC of the scanner, a dynamic series in five, a direction-coded colour picture."""
    write_weighted(tmp_path / "study", "Siemens", by_siemens)

    def adc(header: pydicom.Dataset, k: int, t: int) -> None:
        header.ImageType = ["DERIVED", "PRIMARY", "DIFFUSION", "ADC", "ND", "NORM"]

    write_volumes(tmp_path / "study", pixels(1), "Siemens", adc, "dwi_ADC", 6)
    write_phases(tmp_path / "study", pixels(5), 6.0 * np.arange(5), "dyn", unchanged)
    colour = pydicom.dcmread(next((tmp_path / "study" / "dwi_ADC").iterdir()))
    colour.SamplesPerPixel, colour.PhotometricInterpretation, colour.PlanarConfiguration = 3, "RGB", 0
    colour.BitsAllocated, colour.BitsStored, colour.HighBit, colour.PixelRepresentation = 8, 8, 7, 0
    colour.PixelData = bytes(3 * colour.Rows * colour.Columns)
    colour.SOPInstanceUID = colour.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    colour.save_as(tmp_path / "study" / "colour")
    return tmp_path / "study"


def test_a_study_is_sorted(study: Path, tmp_path: Path) -> None:
    imported = import_folder(study, tmp_path / "case", "s")
    case = open_case(tmp_path / "case")
    assert [(entry.kind, entry.name) for entry in case.entries] == [
        (EntryKind.DIFFUSION, "dwi"),
        (EntryKind.IMAGE, "dwi-adc"),
        (EntryKind.IMAGE, "dyn"),
    ]
    assert [(Path(name).name, reason) for name, reason in imported.skipped] == [
        ("colour", "is a colour picture, not measured values")
    ]
    weighted = case.entry(EntryKind.DIFFUSION, "dwi")
    series = read_diffusion(case.path(weighted))
    np.testing.assert_array_equal(series.gradients.b_values_s_per_mm2, B_VALUES)
    np.testing.assert_allclose(np.abs(np.sum(series.gradients.directions * DIRECTIONS, axis=1)), B_VALUES > 0.0)
    np.testing.assert_array_equal(series.image.data, pixels(len(B_VALUES)))
    assert read_reference(case, weighted).series_description == "dwi"
    assert case.dicom_path(weighted) in case.files(weighted)
    dynamic = native.read_image(case.path(case.entry(EntryKind.IMAGE, "dyn")))
    np.testing.assert_allclose(dynamic.times_s, 6.0 * np.arange(5))
    assert any("computed by the scanner" in note for note in case.entry(EntryKind.IMAGE, "dwi-adc").notes)
    assert "dwi" in [step.name for step in map_protocol(case).steps if step.stage == "diffusion"]


@pytest.mark.parametrize(("maker", "gradient"), [("GE", by_ge), ("Siemens", by_siemens), ("Philips", by_philips)])
def test_fibres_of_a_simulated_scan_point_where_they_should(tmp_path: Path, maker: str, gradient: Gradient) -> None:
    """ADC and FA within the noise of known tensors, from the headers of each maker, in a coronal plane."""
    table, truth = gradient_table(20, 3), unit_vectors(len(pixels(1).ravel()), 5)
    tensors = axial_tensor(np.full(len(truth), 1.7), np.full(len(truth), 0.3), truth)
    signal = magnitude(diffusion_signal(np.full(len(truth), S0), tensors, table), 50.0, 6)
    values = np.round(signal).reshape((*pixels(1).shape[:3], len(table)))

    def edit(header: pydicom.Dataset, k: int, t: int) -> None:
        header.InPlanePhaseEncodingDirection = "ROW"
        gradient(header, float(table.b_values_s_per_mm2[t]), table.directions[t], CORONAL)

    write_volumes(tmp_path / "study", values, maker, edit, "dti", plane=CORONAL)
    case = import_folder(tmp_path / "study", tmp_path / "case", "s").case
    series = read_diffusion(case.path(case.entry(EntryKind.DIFFUSION, "dti")))
    fit = fit_tensor_volume(series, np.ones(series.image.grid.shape, dtype=bool)).fit
    # the normal of this plane points to the back, so slices that were written to the back are in order
    assert np.cross(CORONAL[:3], CORONAL[3:])[1] == 1.0
    off = np.degrees(np.arccos(np.clip(np.abs(np.sum(fit.principal_direction * truth, axis=1)), 0.0, 1.0)))
    assert np.median(off) < 2.0
    assert off.max() < 8.0
    assert abs(fit.mean_diffusivity_um2_per_ms.mean() - 2.3 / 3.0) < 4.0 * fit.mean_diffusivity_error.mean() / 9.0
    anisotropy = 1.4 / np.sqrt(1.7**2 + 2.0 * 0.3**2)
    assert abs(fit.anisotropy.mean() - anisotropy) < 4.0 * fit.anisotropy_error.mean() / 9.0


def test_names_of_images_and_diffusion_series_do_not_clash(tmp_path: Path) -> None:
    write_weighted(tmp_path / "study" / "a", "Siemens", by_siemens)
    write_volumes(tmp_path / "study", pixels(1), "Siemens", unchanged, "dwi", 9)
    for path in (tmp_path / "study" / "dwi").iterdir():
        header = pydicom.dcmread(path)
        header.SeriesInstanceUID = "1.2.3"
        header.save_as(path)
    case = import_folder(tmp_path / "study", tmp_path / "case", "s").case
    assert [entry.name for entry in case.entries] == ["dwi", "dwi-dwi"]


def test_a_diffusion_series_is_added(study: Path, tmp_path: Path) -> None:
    write_weighted(tmp_path / "more", "Siemens", by_siemens_matrix)
    import_folder(study, tmp_path / "case", "s")
    case, (entry,) = add_files(tmp_path / "case", [tmp_path / "more"], Addition(name="again"))
    assert (entry.kind, entry.name) == (EntryKind.DIFFUSION, "again")
    assert case.dicom_path(entry) != case.dicom_path(CaseEntry("again", EntryKind.IMAGE))
    np.testing.assert_array_equal(read_diffusion(case.path(entry)).gradients.b_values_s_per_mm2, B_VALUES)
    with pytest.raises(ImpastoError, match="already has diffusion of this name"):
        add_files(tmp_path / "case", [tmp_path / "more"], Addition(name="dwi"))
