"""Display planes: flat cuts through the patient, sampled for pictures.

Radiological convention: the patient's left is on the right of transverse and coronal pictures; sagittal pictures are
seen from the patient's left, anterior on the left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import contourpy
import numpy as np
from numpy.typing import NDArray

from impasto.core import Grid, Image, Structure
from impasto.core.arrays import FloatArray, RealArray

__all__ = ["CONVENTION", "Orientation", "Plane", "outlines_mm"]

CONVENTION = (
    "Radiological convention: the patient's left is on the right of transverse and coronal pictures; "
    "sagittal pictures are seen from the patient's left, anterior on the left."
)

_THICKNESS_MM = 0.1
"""Planes are cuts, not slabs; a grid needs some thickness."""


class Orientation(StrEnum):
    """The three cuts through a patient."""

    TRANSVERSE = "transverse"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"

    @property
    def axes(self) -> tuple[int, int, int]:
        """LPS axes that run across the picture, up or down it, and through it."""
        return {"transverse": (0, 1, 2), "coronal": (0, 2, 1), "sagittal": (1, 2, 0)}[self.value]

    @property
    def is_upright(self) -> bool:
        """Whether the vertical LPS axis grows upwards in the picture (superior up), not downwards (posterior down)."""
        return self is not Orientation.TRANSVERSE

    @property
    def letters(self) -> tuple[str, str, str, str]:
        """Letters of the patient's sides at the picture's left, right, top and bottom edge."""
        sides = {"transverse": "RLAP", "coronal": "RLSI", "sagittal": "APSI"}[self.value]
        return sides[0], sides[1], sides[2], sides[3]

    @property
    def through_letter(self) -> str:
        """Name of the LPS coordinate that stays constant in the plane."""
        return "xyz"[self.axes[2]]


@dataclass(frozen=True)
class Plane:
    """A rectangle of pixels in one of the three cuts.

    Parameters
    ----------
    orientation : Orientation
    position_mm : float
        LPS coordinate along the axis through the picture.
    across_mm, vertical_mm : tuple of float
        Lowest and highest LPS coordinate along the picture's axes (outer edges).
    pixel_mm : float
        Wanted pixel size; shrunk so that pixels divide the rectangle.
    """

    orientation: Orientation
    position_mm: float
    across_mm: tuple[float, float]
    vertical_mm: tuple[float, float]
    pixel_mm: float = 1.0

    @classmethod
    def through(
        cls, orientation: Orientation, point_mm: Sequence[float], bounds_mm: FloatArray, pixels: int = 440
    ) -> Plane:
        """Cut a box at a point, with about `pixels` along the longer side.

        Parameters
        ----------
        orientation : Orientation
        point_mm : sequence of float
            LPS.
        bounds_mm : ndarray, shape (2, 3)
            Smallest and largest LPS coordinate to show.
        pixels : int
        """
        a, v, n = orientation.axes
        across = (float(bounds_mm[0, a]), float(bounds_mm[1, a]))
        vertical = (float(bounds_mm[0, v]), float(bounds_mm[1, v]))
        longer = max(across[1] - across[0], vertical[1] - vertical[0])
        return cls(orientation, float(point_mm[n]), across, vertical, longer / pixels)

    @cached_property
    def grid(self) -> Grid:
        """The pixels as a grid one voxel thick, index axes along +L, +P, +S."""
        a, v, n = self.orientation.axes
        low, extent = np.zeros(3), np.zeros(3)
        low[[a, v, n]] = self.across_mm[0], self.vertical_mm[0], self.position_mm - 0.5 * _THICKNESS_MM
        extent[[a, v]] = self.across_mm[1] - self.across_mm[0], self.vertical_mm[1] - self.vertical_mm[0]
        extent[n] = _THICKNESS_MM
        shape = np.maximum(1, np.round(extent / self.pixel_mm)).astype(int)
        spacing = extent / shape
        return Grid.axis_aligned([int(s) for s in shape], spacing, low + 0.5 * spacing)

    @property
    def extent_mm(self) -> tuple[float, float, float, float]:
        """Edges as matplotlib wants them: across low and high, vertical low and high."""
        return (*self.across_mm, *self.vertical_mm)

    @property
    def vertical_limits_mm(self) -> tuple[float, float]:
        """Vertical coordinate at the picture's bottom and top."""
        low, high = self.vertical_mm
        return (low, high) if self.orientation.is_upright else (high, low)

    @property
    def aspect(self) -> float:
        """Width over height."""
        return (self.across_mm[1] - self.across_mm[0]) / (self.vertical_mm[1] - self.vertical_mm[0])

    def pixels_of(self, volume: RealArray) -> NDArray[np.floating]:
        """Turn an array on :attr:`grid` into rows and columns; rows follow the rising vertical coordinate."""
        a, v, n = self.orientation.axes
        return np.transpose(volume, (v, a, n))[:, :, 0]

    def sample(self, image: Image, outside: float = 0.0) -> NDArray[np.floating]:
        """Interpolate an image trilinearly at the pixel centres, shape (row, column)."""
        return self.pixels_of(image.resampled_linear(self.grid, outside).data)

    def occupancy_of(self, structure: Structure) -> NDArray[np.floating]:
        """Share of every pixel inside a structure, shape (row, column)."""
        return self.pixels_of(structure.occupancy(self.grid))

    def contours_mm(self, structure: Structure) -> list[FloatArray]:
        """Outline of a structure in this plane: polylines of (across, vertical) mm, shape (vertex, 2)."""
        return outlines_mm(self.occupancy_of(structure), self, 0.5)


def outlines_mm(values: RealArray, plane: Plane, level: float) -> list[FloatArray]:
    """Lines of equal value in a plane's pixels by marching squares, as (across, vertical) mm.

    Lines end at the picture's edge: what lies beyond is unknown.
    """
    a, v, _ = plane.orientation.axes
    origin, spacing = plane.grid.origin_mm, plane.grid.spacing_mm
    if min(values.shape) < 2:
        return []
    lines = contourpy.contour_generator(z=np.asarray(values, dtype=np.float64)).lines(level)
    return [np.asarray(line) * spacing[[a, v]] + origin[[a, v]] for line in lines]
