"""Diffusion-weighted series as scanners write them: b-values, directions in the patient, measurements in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from tests.files.dicom.vendor_headers import (
    AXIAL,
    CORONAL,
    SAGITTAL,
    SLICES,
    STEP_MM,
    functional_group,
    pixels,
    private,
    write_enhanced,
    write_volumes,
)

from impasto.core import DiffusionSeries, GradientTable, ImpastoError
from impasto.files import read_diffusion, write_diffusion
from impasto.files.dicom import DicomDiffusionSeries, read_diffusion_series, read_series, read_series_folder, scan

TILTED = (0.8, 0.6, 0.0, -0.48, 0.64, -0.6)
PLANES = {"axial": AXIAL, "sagittal": SAGITTAL, "coronal": CORONAL, "tilted": TILTED}

B_VALUES = np.array([0.0, 1000.0, 1000.0, 0.0, 1000.0, 2000.0, 2000.0])
DIRECTIONS = np.array([[0, 0, 0], [1, 0, 0], [0, 0.6, 0.8], [0, 0, 0], [-0.6, 0, 0.8], [0.36, -0.48, 0.8], [0, 1, 0]])
COUNT = len(B_VALUES)

Gradient = Callable[[Dataset, float, np.ndarray, tuple[float, ...]], None]


def read(folder: Path) -> DicomDiffusionSeries:
    with scan(folder) as found:
        assert [series.is_diffusion for series in found.series] == [True]
        return read_diffusion_series(found.series[0])


def assert_gradients(series: DiffusionSeries, b_values: np.ndarray, directions: np.ndarray, atol: float = 1e-4) -> None:
    """Directions are the same up to sign: a gradient and its opposite weight alike."""
    np.testing.assert_allclose(series.gradients.b_values_s_per_mm2, b_values, atol=0.5)
    found = series.gradients.directions
    signs = np.where(np.sum(found * directions, axis=1) < 0.0, -1.0, 1.0)
    np.testing.assert_allclose(found * signs[:, None], directions, atol=atol)


def by_standard(header: Dataset, b: float, direction: np.ndarray, plane: tuple[float, ...]) -> None:
    header.DiffusionBValue = b
    if b:
        header.DiffusionGradientOrientation = list(direction)


def by_siemens(header: Dataset, b: float, direction: np.ndarray, plane: tuple[float, ...]) -> None:
    elements: dict[int, tuple[str, object]] = {0x0C: ("IS", str(int(b))), 0x0D: ("CS", "DIRECTIONAL")}
    if b:
        elements[0x0E] = ("FD", list(direction))
    private(header, 0x0019, "SIEMENS MR HEADER", elements)


def by_siemens_matrix(header: Dataset, b: float, direction: np.ndarray, plane: tuple[float, ...]) -> None:
    # imaging gradients add a little in every direction
    matrix = np.round(b * np.outer(direction, direction) + 3.0 * np.eye(3))
    elements: dict[int, tuple[str, object]] = {0x0C: ("IS", str(int(b)))}
    if b:
        elements[0x27] = ("FD", [float(x) for x in matrix[np.triu_indices(3)]])
    private(header, 0x0019, "SIEMENS MR HEADER", elements)


def by_philips(header: Dataset, b: float, direction: np.ndarray, plane: tuple[float, ...]) -> None:
    private(header, 0x2001, "Philips Imaging DD 001", {0x03: ("FL", float(b))})
    parts = {0xB0 + n: ("FL", float(x)) for n, x in enumerate(direction)}
    private(header, 0x2005, "Philips MR Imaging DD 001", parts)


def by_ge(header: Dataset, b: float, direction: np.ndarray, plane: tuple[float, ...], scale: float = 1.0) -> None:
    """Write a direction along read, phase and slice gradients, as published for each plane and phase direction."""
    row, column = np.array(plane[:3]), np.array(plane[3:])
    across, down, through = direction @ row, direction @ column, direction @ np.cross(row, column)
    coronal = abs(np.cross(row, column)[1]) > 0.7
    phase, read_out = (across, -down) if header.InPlanePhaseEncodingDirection == "ROW" else (down, across)
    logical = np.array([read_out, -phase if coronal else phase, -through]) * scale
    parts = {0xBB + n: ("DS", f"{x:.6f}") for n, x in enumerate(logical)}
    private(header, 0x0019, "GEMS_ACQU_01", parts)
    private(header, 0x0043, "GEMS_PARM_01", {0x39: ("IS", [int(b) + 1_000_000_000 if b else 0, 8, 0, 0])})


def write_weighted(
    folder: Path, maker: str, gradient: Gradient, plane: tuple[float, ...] = AXIAL, phase: str = "COL"
) -> np.ndarray:
    values = pixels(COUNT)

    def edit(header: Dataset, k: int, t: int) -> None:
        header.ScanningSequence, header.MRAcquisitionType, header.RepetitionTime = ["EP", "SE"], "2D", "6000"
        header.InPlanePhaseEncodingDirection = phase
        header.AcquisitionTime = "102000"
        gradient(header, float(B_VALUES[t]), DIRECTIONS[t], plane)

    write_volumes(folder, values, maker, edit, "dwi", plane=plane)
    return values


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize(
    ("maker", "gradient"),
    [
        ("GE", by_standard),
        ("Siemens", by_siemens),
        ("Siemens", by_siemens_matrix),
        ("Philips", by_philips),
        ("GE", by_ge),
    ],
)
def test_gradients_are_in_the_patient(tmp_path: Path, maker: str, gradient: Gradient, plane: str) -> None:
    values = write_weighted(tmp_path, maker, gradient, PLANES[plane])
    found = read(tmp_path)
    assert_gradients(found.series, B_VALUES, DIRECTIONS, 3e-3 if gradient is by_siemens_matrix else 1e-4)
    np.testing.assert_array_equal(found.series.image.data, values)
    np.testing.assert_array_equal(found.series.image.times_s, 6.0 * np.arange(COUNT))
    assert found.acquisition is not None
    assert found.acquisition.repetition_time_s == 6.0
    assert "measurements by instance number, seconds from repetition time" in found.notes


_BOTH = [(AXIAL, (1, 1, -1)), (SAGITTAL, (1, 1, -1)), (CORONAL, (1, -1, -1))]


@pytest.mark.parametrize(("plane", "signs"), _BOTH)
@pytest.mark.parametrize("phase", ["COL", "ROW"])
def test_ge_read_phase_and_slice_axes(
    tmp_path: Path, plane: tuple[float, ...], signs: tuple[int, int, int], phase: str
) -> None:
    """Signs as dcm2niix 1.0.20260724 has them for the same headers, in all three planes and both directions."""
    row, column = np.array(plane[:3]), np.array(plane[3:])
    normal = np.cross(row, column)
    read_axis, phase_axis = (row, column) if phase == "COL" else (-column, row)
    axes = np.array([signs[0] * read_axis, signs[1] * phase_axis, signs[2] * normal])
    logical = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0.6, 0.8, 0], [0, 0.6, 0.8], [0.6, 0, 0.8]])

    def edit(header: Dataset, k: int, t: int) -> None:
        header.InPlanePhaseEncodingDirection = phase
        parts = {0xBB + n: ("DS", f"{x:.6f}") for n, x in enumerate(logical[t])}
        private(header, 0x0019, "GEMS_ACQU_01", parts)
        private(header, 0x0043, "GEMS_PARM_01", {0x39: ("IS", [1000 if t else 0, 8, 0, 0])})

    write_volumes(tmp_path, pixels(COUNT), "GE", edit, plane=plane)
    assert_gradients(read(tmp_path).series, np.array([0.0] + [1000.0] * 6), logical @ axes)


def test_ge_shells_are_shortened_vectors(tmp_path: Path) -> None:
    def shells(header: Dataset, b: float, direction: np.ndarray, plane: tuple[float, ...]) -> None:
        by_ge(header, 2000.0 if b else 0.0, direction, plane, float(np.sqrt(b / 2000.0)))

    write_weighted(tmp_path, "GE", shells)
    assert_gradients(read(tmp_path).series, B_VALUES, DIRECTIONS)


def test_the_standard_goes_before_private_elements(tmp_path: Path) -> None:
    def both(header: Dataset, b: float, direction: np.ndarray, plane: tuple[float, ...]) -> None:
        by_standard(header, b, direction, plane)
        by_philips(header, b + 50.0, -direction[::-1], plane)

    write_weighted(tmp_path, "Philips", both)
    found = read(tmp_path)
    assert_gradients(found.series, B_VALUES, DIRECTIONS)
    assert any("gradients by standard elements" in note for note in found.notes)


def test_what_nothing_says_of_ge_axes_is_told(tmp_path: Path) -> None:
    def silent(header: Dataset, b: float, direction: np.ndarray, plane: tuple[float, ...]) -> None:
        by_ge(header, b, direction, plane)
        del header.InPlanePhaseEncodingDirection

    write_weighted(tmp_path, "GE", silent)
    assert any("phase encoding taken as along columns since nothing says it" in note for note in read(tmp_path).notes)


def test_a_weighted_series_is_no_plain_image(tmp_path: Path) -> None:
    write_weighted(tmp_path, "Siemens", by_siemens)
    with pytest.raises(ImpastoError, match="is diffusion-weighted"):
        read_series_folder(tmp_path)


def weighting_group(group: Dataset, k: int, t: int) -> None:
    group.FrameContentSequence[0].FrameAcquisitionDateTime = f"202402291020{4 * t:02d}.{k}"
    elements: dict[str, object] = {"DiffusionBValue": float(B_VALUES[t]), "DiffusionDirectionality": "NONE"}
    if B_VALUES[t]:
        orientation = Dataset()
        orientation.DiffusionGradientOrientation = list(DIRECTIONS[t])
        elements |= {"DiffusionDirectionality": "DIRECTIONAL", "DiffusionGradientDirectionSequence": [orientation]}
    group.update(functional_group(MRDiffusionSequence=elements))


@pytest.mark.parametrize("slices_faster", [True, False])
def test_enhanced_in_one_file(tmp_path: Path, slices_faster: bool) -> None:
    values = pixels(COUNT)
    order = None if slices_faster else lambda k, t: k * COUNT + t
    write_enhanced(tmp_path / "dwi", values, "Siemens", weighting_group, order)
    found = read(tmp_path)
    assert_gradients(found.series, B_VALUES, DIRECTIONS)
    np.testing.assert_array_equal(found.series.image.data, values)
    np.testing.assert_allclose(found.series.image.times_s, 4.0 * np.arange(COUNT))
    assert found.reference.frame_numbers == ((1, 2, 3) if slices_faster else (1, 8, 15))


def test_images_combined_over_directions_stay_apart(tmp_path: Path) -> None:
    values = pixels(COUNT + 1)

    def edit(group: Dataset, k: int, t: int) -> None:
        if t < COUNT:
            weighting_group(group, k, t)
        else:
            elements = {"DiffusionBValue": 1000.0, "DiffusionDirectionality": "ISOTROPIC"}
            group.update(functional_group(MRDiffusionSequence=elements))

    write_enhanced(tmp_path / "dwi", values, "Philips", edit)
    with scan(tmp_path) as found:
        assert [(s.split_by, s.is_diffusion) for s in found.series] == [
            ("directions combined", False),
            ("directions single", True),
        ]
        combined, single = read_series(found.series[0]), read_diffusion_series(found.series[1])
    np.testing.assert_array_equal(combined.image.data, values[..., -1])
    np.testing.assert_array_equal(single.series.image.data, values[..., :-1])
    assert any("directions combined" in note for note in combined.notes)


def test_trace_images_are_a_series_without_directions(tmp_path: Path) -> None:
    b_values = (50.0, 400.0, 800.0)

    def edit(header: Dataset, k: int, t: int) -> None:
        header.ImageType = ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW", "ND", "NORM"]
        by_siemens(header, b_values[t], np.zeros(3), AXIAL)

    write_volumes(tmp_path, pixels(3), "Siemens", edit)
    found = read(tmp_path)
    assert_gradients(found.series, np.array(b_values), np.zeros((3, 3)))
    assert "no gradient directions: combined over directions by the scanner, or not stated" in found.notes
    assert "computed by the scanner, not acquired: image type TRACEW" in found.notes


def test_adc_by_the_scanner_is_an_image_of_its_own(tmp_path: Path) -> None:
    write_weighted(tmp_path, "Siemens", by_siemens)

    def adc(header: Dataset, k: int, t: int) -> None:
        header.ImageType = ["DERIVED", "PRIMARY", "DIFFUSION", "ADC", "ND", "NORM"]

    write_volumes(tmp_path, pixels(1), "Siemens", adc, "adc", 6)
    with scan(tmp_path) as found:
        assert [series.is_diffusion for series in found.series] == [True, False]
        assert "computed by the scanner, not acquired: image type ADC" in read_series(found.series[1]).notes


def test_repeats_stay_separate(tmp_path: Path) -> None:
    values = pixels(4)

    def edit(header: Dataset, k: int, t: int) -> None:
        header.AcquisitionTime = f"1020{10 * t:02d}.{k}"
        by_standard(header, 1000.0 * (t % 2), np.array([0.0, 0.0, 1.0]), AXIAL)

    write_volumes(tmp_path, values, "Siemens", edit)
    found = read(tmp_path)
    np.testing.assert_array_equal(found.series.image.data, values)
    np.testing.assert_array_equal(found.series.gradients.b_values_s_per_mm2, [0.0, 1000.0, 0.0, 1000.0])
    np.testing.assert_allclose(found.series.image.times_s, [0.0, 10.0, 20.0, 30.0])
    assert "up to 2 repeats of one gradient, kept as separate measurements" in found.notes


def test_a_slice_missing_from_one_measurement_is_named(tmp_path: Path) -> None:
    write_weighted(tmp_path, "GE", by_standard)
    import pydicom

    for path in tmp_path.rglob("IM*"):
        if pydicom.dcmread(path).InstanceNumber == 2 * SLICES + 2:
            path.unlink()
    with pytest.raises(ImpastoError, match=r"34\.00 mm lacks b = 1000 s/mm2 along 0\.00, 0\.60, 0\.80, repeat 1"):
        read(tmp_path)
    assert STEP_MM == 4.0


def test_series_of_one_weighting_are_images(tmp_path: Path) -> None:
    write_volumes(tmp_path, pixels(1), "GE", lambda header, k, t: by_standard(header, 0.0, np.zeros(3), AXIAL))
    with scan(tmp_path) as found:
        assert [series.is_diffusion for series in found.series] == [False]


@pytest.mark.parametrize("plane", PLANES)
def test_the_case_keeps_directions(tmp_path: Path, plane: str) -> None:
    write_weighted(tmp_path / "dicom", "Siemens", by_siemens, PLANES[plane])
    series = read(tmp_path / "dicom").series
    write_diffusion(series, tmp_path / "dwi")
    again = read_diffusion(tmp_path / "dwi")
    assert_gradients(again, B_VALUES, DIRECTIONS)
    assert isinstance(again.gradients, GradientTable)
    np.testing.assert_array_equal(again.image.data, series.image.data)
