"""Margins and Booleans beside the masks that SlicerRT made of one prostate patient."""

import re

import numpy as np
import pytest
from tests.reference_formats import read_nrrd, read_vtk_contours

from impasto.core import Grid, Role, Structure
from impasto.target import Margin, difference, expanded, intersection, shrunk, union
from impasto.target.clinical import geodesic_expanded


@pytest.fixture(scope="module")
def patient(reference_data):
    return reference_data("rt_eclipse_prostate")


def slicerrt_mask(patient, name):
    """A labelmap and its grid; the file's origin is that of the whole reference geometry, not of the part stored."""
    labels, grid, header = read_nrrd(patient / f"EclipseProstate_{name}.seg.nrrd", frame="RAS")
    start = [int(n) for n in re.findall(r"-?\d+", header["Segmentation_Extent"])[::2]]
    placed = grid.cropped(start, [a + n for a, n in zip(start, grid.shape, strict=True)])
    return Structure.from_mask(name, Role.OTHER, labels > 0, placed)


@pytest.fixture(scope="module")
def grid(patient):
    """SlicerRT's voxels around the pelvic organs."""
    reference = slicerrt_mask(patient, "Bladder_Union_PTV").mask.grid
    return reference.cropped(
        (-30, -30, -20), (reference.shape[0] + 30, reference.shape[1] + 70, reference.shape[2] + 20)
    )


@pytest.fixture(scope="module")
def drawn(patient):
    contours = read_vtk_contours(patient / "EclipseProstate_Structures.seg.vtm")
    return {name: Structure(name, contours=polygons) for name, polygons in contours.items()}


def dice(one, other, grid):
    a, b = one.voxels(grid), other.voxels(grid)
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


@pytest.mark.parametrize(("organ", "move", "made"), [
    ("Bladder", expanded, "Expanded_5_5_5_Bladder"),
    ("Rectum", expanded, "Expanded_5_5_5_Rectum"),
    ("Bladder", shrunk, "Shrunk_5_5_5_Bladder"),
])  # fmt: skip
def test_margins_of_5_mm_agree(patient, drawn, grid, organ, move, made):
    """SlicerRT moves voxels of a Boolean labelmap, so the same labelmap is moved here."""
    labelmap = Structure.from_mask(organ, Role.OTHER, drawn[organ].voxels(grid), grid)
    moved = move(labelmap, Margin.uniform(5.0), grid, "moved", Role.OTHER)
    assert dice(moved, slicerrt_mask(patient, made), grid) >= 0.99


def test_margin_around_barriers_agrees_where_there_are_none(patient, drawn, grid):
    labelmap = Structure.from_mask("Bladder", Role.OTHER, drawn["Bladder"].voxels(grid), grid)
    moved = geodesic_expanded(labelmap, 5.0, [], None, grid, "moved", Role.OTHER)
    assert dice(moved, slicerrt_mask(patient, "Expanded_5_5_5_Bladder"), grid) >= 0.99


def test_slicerrt_reaches_further_than_5_mm_from_the_contours(patient, drawn, grid):
    """Its kernel of 11 x 11 x 5 voxels reaches half a voxel further: 5.4 x 5.4 x 6.25 mm from the voxels' centres."""
    made = slicerrt_mask(patient, "Expanded_5_5_5_Bladder")
    moved = expanded(drawn["Bladder"], Margin.uniform(5.0), grid, "moved", Role.OTHER)
    assert dice(moved, made, grid) >= 0.975
    assert 0.94 < moved.volume_ml() / made.volume_ml() < 0.98


def test_booleans_agree(patient, drawn, grid):
    pair = (drawn["Bladder"], drawn["PTV"])
    any_of = union(pair, grid, "union", Role.OTHER)
    rest = difference(*pair, grid, "difference", Role.OTHER)
    assert dice(any_of, slicerrt_mask(patient, "Bladder_Union_PTV"), grid) >= 0.99
    assert dice(rest, slicerrt_mask(patient, "Bladder_Subtract_PTV"), grid) >= 0.99
    # the two only touch: 8 voxels in SlicerRT, slivers that fill no voxel by half here
    both = intersection(pair, grid, "intersection", Role.OTHER)
    assert both.volume_ml() == pytest.approx(slicerrt_mask(patient, "Bladder_Intersect_PTV").volume_ml(), abs=0.2)


def test_contours_and_labelmap_are_the_same_organ(patient, drawn, grid):
    """Guards the frames: contours are RAS in the file, as are the masks."""
    bladder = union(
        [slicerrt_mask(patient, "Bladder_Subtract_PTV"), slicerrt_mask(patient, "Bladder_Intersect_PTV")],
        grid, "bladder", Role.OTHER,
    )  # fmt: skip
    assert isinstance(grid, Grid)
    assert dice(bladder, drawn["Bladder"], grid) > 0.998
