"""Beam geometry: IEC 61217 angles, the beam's-eye view and the bixels that cover a target."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import binary_dilation

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.plan import Beam

__all__ = ["beam_axes", "beam_geometry", "centroid_mm", "isocentre_plane", "source_position"]


def beam_axes(gantry_deg: float, couch_deg: float) -> FloatArray:
    """Axes of the IEC 61217 beam frame in LPS, patient head first supine.

    Parameters
    ----------
    gantry_deg : float
        0: from anterior; 90: from the patient's left.
    couch_deg : float
        Patient support angle, counter-clockwise seen from above.

    Returns
    -------
    ndarray, shape (3, 3)
        Rows: IEC x (across), IEC y (along the couch's axis), IEC z (isocentre to source).

    Examples
    --------
    >>> beam_axes(90.0, 0.0)[2].round(6).tolist()
    [1.0, -0.0, -0.0]
    """
    gantry, couch = np.deg2rad(gantry_deg), np.deg2rad(couch_deg)
    return np.array(
        [
            [np.cos(gantry) * np.cos(couch), np.sin(gantry), -np.cos(gantry) * np.sin(couch)],
            [np.sin(couch), 0.0, np.cos(couch)],
            [np.sin(gantry) * np.cos(couch), -np.cos(gantry), -np.sin(gantry) * np.sin(couch)],
        ]
    )


def source_position(beam: Beam, source_axis_distance_mm: float) -> FloatArray:
    """LPS position of a beam's source in mm, shape (3,)."""
    towards_source = beam_axes(beam.gantry_deg, beam.couch_deg)[2]
    position: FloatArray = np.asarray(beam.isocentre_mm) + source_axis_distance_mm * towards_source
    return position


def isocentre_plane(points_mm: FloatArray, beam: Beam, source_axis_distance_mm: float) -> tuple[FloatArray, FloatArray]:
    """Project points from the source onto the plane through the isocentre, square to the beam's axis.

    Parameters
    ----------
    points_mm : ndarray, shape (point, 3)
        LPS.
    beam : Beam
    source_axis_distance_mm : float

    Returns
    -------
    projected_mm : ndarray, shape (point, 2)
        IEC x and y in the isocentre plane.
    distance_mm : ndarray, shape (point,)
        Distance from the source along the beam's axis.

    Raises
    ------
    ImpastoError
        When a point lies level with the source or behind it.
    """
    local = (points_mm - np.asarray(beam.isocentre_mm)) @ beam_axes(beam.gantry_deg, beam.couch_deg).T
    distance = source_axis_distance_mm - local[:, 2]
    if np.any(distance <= 0.0):
        raise ImpastoError(
            f"beam at gantry {beam.gantry_deg:g}", "the image reaches behind its source", "crop the image or move it"
        )
    return local[:, :2] * (source_axis_distance_mm / distance)[:, None], distance


def centroid_mm(mask: BoolArray, grid: Grid) -> tuple[float, float, float]:
    """LPS centroid of a mask's voxels.

    Raises
    ------
    ImpastoError
        When the mask is empty.
    """
    if not mask.any():
        raise ImpastoError("target", "it covers no voxel of the dose grid", "choose a finer grid or another target")
    x, y, z = grid.world_from_index(np.argwhere(mask).mean(axis=0))
    return float(x), float(y), float(z)


def beam_geometry(
    target: BoolArray,
    grid: Grid,
    angles_deg: ArrayLike,
    *,
    bixel_width_mm: float,
    source_axis_distance_mm: float,
    margin_bixels: int = 1,
    isocentre_mm: tuple[float, float, float] | None = None,
) -> tuple[Beam, ...]:
    """Lay bixels over the projection of a target for each beam.

    Bixel centres are whole multiples of the bixel's width from the isocentre. A bixel is used when the centre of a
    target voxel projects into it, or when it lies within `margin_bixels` of such a one (diagonals included).

    Parameters
    ----------
    target : ndarray of bool, shape `grid.shape`
    grid : Grid
        With voxels no larger than a bixel, or bixels inside the projection are left out.
    angles_deg : array_like, shape (beam, 2)
        Gantry and couch angles, IEC 61217, patient head first supine.
    bixel_width_mm : float
        In the isocentre plane.
    source_axis_distance_mm : float
    margin_bixels : int
    isocentre_mm : tuple of float, optional
        LPS; by default the target's centroid.

    Returns
    -------
    tuple of Beam

    Raises
    ------
    ImpastoError
        When there is no beam, the target is empty or the width is not positive.
    """
    angles = np.atleast_2d(np.asarray(angles_deg, dtype=np.float64))
    if angles.size == 0 or angles.shape[1] != 2:
        raise ImpastoError("beams", "no pairs of gantry and couch angle", "give at least one pair")
    if not bixel_width_mm > 0.0 or margin_bixels < 0:
        raise ImpastoError("bixels", f"width {bixel_width_mm} mm, margin {margin_bixels}", "give a positive width")
    isocentre = isocentre_mm or centroid_mm(target, grid)
    points = grid.world_from_index(np.argwhere(target))
    beams = []
    for gantry_deg, couch_deg in angles:
        beam = Beam(float(gantry_deg), float(couch_deg), isocentre, bixel_width_mm, np.zeros((0, 2)))
        projected, _ = isocentre_plane(points, beam, source_axis_distance_mm)
        bixels = _covering_lattice(projected, bixel_width_mm, margin_bixels)
        beams.append(Beam(beam.gantry_deg, beam.couch_deg, isocentre, bixel_width_mm, bixels))
    return tuple(beams)


def _covering_lattice(projected_mm: FloatArray, width_mm: float, margin: int) -> FloatArray:
    cells = np.round(projected_mm / width_mm).astype(np.int64)
    lowest = cells.min(axis=0) - margin
    covered = np.zeros(cells.max(axis=0) + margin - lowest + 1, dtype=bool)
    covered[tuple((cells - lowest).T)] = True
    if margin:
        covered = binary_dilation(covered, np.ones((3, 3), dtype=bool), iterations=margin)
    bixels: FloatArray = (np.argwhere(covered) + lowest) * width_mm
    return bixels
