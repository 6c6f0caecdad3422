"""Structures drawn on the slices of an image, read back from the file without impasto's reader."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pydicom
import pytest

from impasto.core import Grid, Role, Structure, StructureSet
from impasto.core.arrays import FloatArray
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.slice_sections import drawn_on_slices
from impasto.files.dicom.structure_writer import write_structures

SLICE_MM = 2.0
GRID = Grid.centred((40, 44, 30), (1.25, 1.25, SLICE_MM), (3.0, -2.0, 7.0))
SERIES = SeriesReference(
    modality="MR",
    study_instance_uid="1.2.3",
    series_instance_uid="1.2.3.4",
    frame_of_reference_uid="1.2.3.5",
    sop_class_uid="1.2.840.10008.5.1.4.1.1.4",
    sop_instance_uids=tuple(f"1.2.3.4.{k + 1}" for k in range(30)),
)
GRID_OF_11 = GRID.cropped((0, 0, 0), (40, 44, 11))


def rotation(degrees: float) -> FloatArray:
    """About an axis that is none of the image's."""
    x, y, z = np.array([0.6, 0.64, 0.48])
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.deg2rad(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def tilted_grid(n: int, spacing_mm: float, degrees: float = 8.0, centre: Sequence[float] = (3.3, -1.6, 6.1)) -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = rotation(degrees) * spacing_mm
    affine[:3, 3] = np.array(centre) - affine[:3, :3] @ np.full(3, (n - 1) / 2)
    return Grid((n, n, n), affine)


def points_of(grid: Grid) -> FloatArray:
    return grid.world_from_index(np.moveaxis(np.indices(grid.shape), 0, -1))


def volumes_in_file(path: Path) -> dict[str, float]:
    """Sum of even-odd shoelace areas times the slice distance; every contour must lie flat on the slice it names."""
    dataset = pydicom.dcmread(path)
    heights = {uid: float(GRID.world_from_index([0, 0, k])[2]) for k, uid in enumerate(SERIES.sop_instance_uids)}
    names = {int(roi.ROINumber): str(roi.ROIName) for roi in dataset.StructureSetROISequence}
    volumes = {}
    for item in dataset.ROIContourSequence:
        total = 0.0
        for contour in item.get("ContourSequence", []):
            x, y, z = np.array(contour.ContourData, dtype=float).reshape(-1, 3).T
            instance = contour.ContourImageSequence[0].ReferencedSOPInstanceUID
            assert np.abs(z - heights[instance]).max() < 1e-3
            total += 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
        volumes[names[int(item.ReferencedROINumber)]] = abs(total) * SLICE_MM / 1000.0
    return volumes


def exported(tmp_path: Path, *structures: Structure) -> tuple[dict[str, float], tuple[str, ...]]:
    drawn = drawn_on_slices(StructureSet(structures), GRID)
    write_structures(drawn.structures, SERIES, GRID, tmp_path / "rs.dcm")
    return volumes_in_file(tmp_path / "rs.dcm"), drawn.notes


def test_tilted_masks_are_cut_on_the_slices_and_keep_their_place(tmp_path: Path) -> None:
    """An ellipsoid whose sections are known, on finer voxels that are turned by 8 degrees."""
    axes, centre = np.array([14.0, 9.0, 11.0]), np.array([3.3, -1.6, 6.1])
    grid = tilted_grid(36, 0.95)
    inside = np.sum(((points_of(grid) - centre) / axes) ** 2, axis=-1) < 1.0
    eye = Structure.from_mask("eye", Role.ORGAN, inside, grid)
    drawn = drawn_on_slices(StructureSet((eye,)), GRID)
    assert drawn.recut == ("eye",)
    volumes, notes = exported(tmp_path, eye)
    assert notes == ()
    assert volumes["eye"] == pytest.approx(4 / 3 * np.pi * axes.prod() / 1000.0, rel=0.01)
    points = np.concatenate(drawn.structures["eye"].contours)
    middle = points[np.abs(points[:, 2] - centre[2]) < 8.0]
    # distance from the ellipsoid, to first order
    scaled = (middle - centre) / axes
    level = np.linalg.norm(scaled, axis=1)
    away_mm = (level - 1.0) * level / np.linalg.norm(scaled / axes, axis=1)
    assert np.abs(away_mm).max() < 0.5
    assert abs(away_mm.mean()) < 0.05


def test_tilted_thin_and_small_structures_keep_their_volume(tmp_path: Path) -> None:
    grid = tilted_grid(44, 0.93)
    x, y, z = np.moveaxis((points_of(grid) - [3.3, -1.6, 6.1]) @ rotation(8.0), -1, 0)
    falx = (np.abs(x) < 1.0) & (np.hypot(y, z) < 17)
    tent = (np.abs(z - 0.7 * x) < 1.2) & (np.hypot(x, y) < 15)
    lens = (x / 2) ** 2 + (y / 4) ** 2 + (z / 4) ** 2 < 1
    structures = [
        Structure.from_mask(name, Role.ORGAN, m, grid) for name, m in (("falx", falx), ("tent", tent), ("lens", lens))
    ]
    volumes, notes = exported(tmp_path, *structures)
    assert notes == ()
    for structure in structures:
        assert volumes[structure.name] == pytest.approx(structure.volume_ml(), rel=0.03)


def cylinder(normal: FloatArray, planes_mm: FloatArray, radius_mm: float, centre: FloatArray) -> tuple[FloatArray, ...]:
    first = np.cross([0.0, 1.0, 0.0], normal)
    first /= np.linalg.norm(first)
    second = np.cross(normal, first)
    angles = np.linspace(0, 2 * np.pi, 120, endpoint=False)[:, None]
    ring = radius_mm * (np.cos(angles) * first + np.sin(angles) * second) + centre
    return tuple(ring + height * normal for height in planes_mm)


@pytest.mark.parametrize("degrees", [0.0, 0.2, 6.0])
def test_contours_of_other_slices_are_cut_on_the_images(tmp_path: Path, degrees: float) -> None:
    """A cylinder drawn on slices of 3 mm, between the image's slices or across them."""
    normal = rotation(degrees) @ np.array([0.0, 0.0, 1.0])
    contours = cylinder(normal, np.arange(-12.0, 12.1, 3.0) + 0.4, 10.0, np.array([3.0, -2.0, 7.0]))
    structure = Structure("drawn", Role.GTV, contours)
    drawn = drawn_on_slices(StructureSet((structure,)), GRID)
    assert drawn.recut == ("drawn",)
    assert drawn.structures["drawn"].contours
    volumes, notes = exported(tmp_path, structure)
    assert notes == ()
    assert volumes["drawn"] == pytest.approx(np.pi * 100 * 27 / 1000, rel=0.02)
    points = np.concatenate(drawn.structures["drawn"].contours) - [3.0, -2.0, 7.0]
    beside = points - (points @ normal)[:, None] * normal
    inner = np.abs(points @ normal) < 9.0
    assert np.abs(np.linalg.norm(beside[inner], axis=1) - 10.0).max() < 0.35


def test_contours_on_the_slices_stay_to_the_letter(tmp_path: Path) -> None:
    """Also where heights were rounded, and where every second slice is drawn."""
    heights = GRID.world_from_index([[0, 0, k] for k in range(5, 21, 2)])[:, 2] - 7.0
    contours = cylinder(np.array([0.0, 0.0, 1.0]), heights + 0.004, 8.0, np.array([3.0, -2.0, 7.0]))
    structure = Structure("drawn", Role.GTV, contours)
    drawn = drawn_on_slices(StructureSet((structure,), "1.2.3.5"), GRID)
    assert drawn.recut == drawn.notes == ()
    assert drawn.structures.frame_of_reference_uid == "1.2.3.5"
    for before, after in zip(contours, drawn.structures["drawn"].contours, strict=True):
        np.testing.assert_array_equal(before, after)


def test_masks_on_the_slices_are_drawn_on_their_own_pixels(tmp_path: Path) -> None:
    """A shell of 0.8 mm on finer pixels than the image's, which would fill none of those by half."""
    grid = Grid.centred((80, 80, 30), (0.5, 0.5, SLICE_MM), (3.0, -2.0, 7.0))
    x, y, z = np.moveaxis(points_of(grid) - [3.0, -2.0, 7.0], -1, 0)
    shell = Structure.from_mask("shell", Role.GTV, (np.abs(np.hypot(x, y) - 12) < 0.4) & (np.abs(z) < 12), grid)
    drawn = drawn_on_slices(StructureSet((shell,)), GRID)
    assert drawn.recut == ()
    volumes, notes = exported(tmp_path, shell)
    assert notes == ()
    assert volumes["shell"] == pytest.approx(shell.volume_ml(), rel=0.02)


def test_what_cannot_keep_its_volume_is_noted(tmp_path: Path) -> None:
    lying = np.zeros(GRID.shape)
    lying[8:30, 8:30, 10:12] = 0.25
    beyond = cylinder(np.array([0.0, 0.0, 1.0]), np.arange(20.0, 60.0, 2.0) + 1.0, 8.0, np.array([3.0, -2.0, 7.0]))
    capless = Structure(
        "capless", contours=cylinder(np.array([0.0, 0, 1]), np.array([-1.0, 1.0]), 9.0, np.array([3.0, -2.0, 7.0]))
    )
    outside = Structure.from_mask(
        "outside", Role.OTHER, np.ones((9, 9, 9)), Grid.centred((9, 9, 9), (2, 2, 2), (0, 0, 90))
    )
    volumes, notes = exported(
        tmp_path,
        Structure.from_mask("sheet", Role.GTV, lying, GRID),
        Structure("neck", contours=beyond),
        Structure("capless", contours=capless.contours, end_cap_mm=0.0),
        outside,
        Structure.from_mask(
            "speck", Role.OTHER, 0.1 * (lying > 0)[:, :, :11] * (np.arange(44) < 12)[:, None], GRID_OF_11
        ),
        Structure("empty"),
    )
    assert [note.split(":")[0] for note in notes] == ["sheet", "neck", "capless", "outside", "speck"]
    assert notes[4].startswith("speck: 0.028 ml, as drawn 0.000 ml")
    assert notes[0] == (
        "sheet: 0.756 ml, as drawn 0.000 ml: it is thinner than a slice (2 mm) in places, "
        "drawn there as a whole or not at all"
    )
    assert "beyond the image's slices" in notes[1]
    assert "beyond its outermost contours" in notes[2]
    assert "as drawn 0.000 ml: it reaches beyond the image's slices" in notes[3]
    assert volumes["sheet"] == volumes["outside"] == volumes["empty"] == 0.0
    assert 0.0 < volumes["neck"] < Structure("neck", contours=beyond).volume_ml()


def test_contours_that_are_not_planar_are_left_and_noted() -> None:
    bent = np.array([[0.0, 0, 0], [9, 0, 0], [9, 9, 3], [0, 9, 0]])
    drawn = drawn_on_slices(StructureSet((Structure("bent", contours=(bent,)),)), GRID)
    np.testing.assert_array_equal(drawn.structures["bent"].contours[0], bent)
    assert drawn.notes == ("bent: its contours are not planar and parallel: written as they are",)


def test_cut_masks_stay_computed_and_cut_contours_do_not(tmp_path: Path) -> None:
    mask = Structure.from_mask("mask", Role.ORGAN, np.ones((12, 12, 12)), tilted_grid(12, 1.0))
    drawn = Structure(
        "drawn", contours=cylinder(np.array([0.0, 0.0, 1.0]), np.array([0.3, 2.3, 4.3]), 8.0, np.zeros(3))
    )
    exported(tmp_path, mask, drawn)
    dataset = pydicom.dcmread(tmp_path / "rs.dcm")
    assert [roi.ROIGenerationAlgorithm or "" for roi in dataset.StructureSetROISequence] == ["AUTOMATIC", ""]
