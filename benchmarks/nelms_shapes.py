"""The analytic solids of Nelms et al. 2015 (Med Phys 42:4435), rebuilt: contours, linear doses, exact figures.

The solids are 24 mm across: a sphere; a cylinder and a cone along superior-inferior (SI), and both again turned along
anterior-posterior (AP). How this module reads the paper:

- Contours lie on the axial planes z = 0, +-s, ... +-12 mm (24 mm is a whole number of spacings s = 0.2, 1, 2, 3 mm).
  Where the section at z = +-12 mm has no area, its contour is there all the same, as a point or a line.
- The end contours reach half a spacing further, so truth is the solid with an end cap of s / 2 wherever its section
  at z = +-12 mm has an area (axial cylinder: both ends; axial cone: the base), and the lowest and highest dose of an
  SI gradient lie at z = +-(12 + s / 2) for all.
- Vertices lie on the outline, at most 0.6 mm (the image's pixel) apart.
- Dose is 16 Gy at the centre and rises by 1 Gy/mm towards posterior or superior. Cones point to the low dose.
- Test 1: contours every 0.2 mm, dose grid 0.4 x 0.4 x 0.2, 1, 2 and 3 mm. Test 2: contours and dose grid both 1, 2
  or 3 mm. A dose point lies in the centre. The volume does not depend on the gradient and counts once per shape and
  spacing: 5 x 4 x (2 x 6 + 1) = 260 figures in test 1, 5 x 3 x (2 x 6 + 1) = 195 in test 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core import Dose, Grid, Image, Role, Structure

FloatArray = NDArray[np.float64]

RADIUS_MM = 12.0
CENTRE_GY = 16.0
SHAPES = ("sphere", "axial cylinder", "turned cylinder", "axial cone", "turned cone")
GRADIENTS = ("AP", "SI")
FIGURES = ("volume", "Dmin", "Dmax", "Dmean", "D99", "D95", "D5", "D1", "D0.03cc")
SCORED = tuple(name for name in FIGURES if name not in ("Dmin", "Dmax"))


@dataclass(frozen=True)
class Case:
    """One shape under one dose."""

    shape: str
    gradient: str
    contour_spacing_mm: float
    dose_spacing_mm: tuple[float, float, float]


def test_1() -> list[Case]:
    """Fine contours; the dose grid varies."""
    grids = [(0.4, 0.4, 0.2), (1.0, 1.0, 1.0), (2.0, 2.0, 2.0), (3.0, 3.0, 3.0)]
    return [Case(shape, gradient, 0.2, grid) for shape in SHAPES for grid in grids for gradient in GRADIENTS]


def test_2() -> list[Case]:
    """Contour spacing and dose grid vary together."""
    return [Case(shape, gradient, s, (s, s, s)) for shape in SHAPES for s in (1.0, 2.0, 3.0) for gradient in GRADIENTS]


def crossed() -> list[Case]:
    """Every contour spacing with every isotropic dose grid: beyond the paper."""
    spacings = [(c, d) for c in (0.2, 1.0, 2.0, 3.0) for d in (0.4, 1.0, 2.0, 3.0)]
    return [Case(shape, g, c, (d, d, d)) for shape in SHAPES for c, d in spacings for g in GRADIENTS]


def structure(case: Case) -> Structure:
    """Draw the shape's contours."""
    planes = round(RADIUS_MM / case.contour_spacing_mm)
    heights = np.arange(-planes, planes + 1) * case.contour_spacing_mm
    contours = []
    for z in heights:
        outline = _section(case.shape, float(np.clip(z, -RADIUS_MM, RADIUS_MM)))
        contours.append(np.column_stack([outline, np.full(len(outline), z)]))
    return Structure(case.shape, Role.ORGAN, tuple(contours), plane_spacing_mm=case.contour_spacing_mm)


def dose(case: Case, half_extent_mm: float = 30.0) -> Dose:
    """Build the linear dose with a dose point in the centre."""
    spacing = np.array(case.dose_spacing_mm)
    half = np.ceil(half_extent_mm / spacing).astype(int)
    grid = Grid.centred((2 * half + 1).tolist(), spacing)
    along = 1 if case.gradient == "AP" else 2
    # below 0 Gy far from the shapes a linear field would be no dose
    values = np.maximum(CENTRE_GY + grid.voxel_centres_mm()[..., along], 0.0)
    return Dose(Image(values, grid, "dose", "Gy"), fractions=1)


def truth(case: Case) -> dict[str, float]:
    """Exact figures, integrated over the sections across the gradient."""
    cap = 0.5 * case.contour_spacing_mm
    reach = RADIUS_MM + cap if case.gradient == "SI" else RADIUS_MM
    section = _capped_section_along_si if case.gradient == "SI" else _capped_section_along_ap
    edges = np.unique(np.concatenate([np.linspace(-reach, reach, 200_001), [-RADIUS_MM, RADIUS_MM]]))
    middle = 0.5 * (edges[:-1] + edges[1:])
    slices = section(case.shape, middle, cap) * np.diff(edges)
    above = np.concatenate([np.cumsum(slices[::-1])[::-1], [0.0]])
    total = above[0]

    def dose_at(volume_mm3: float) -> float:
        return CENTRE_GY + float(np.interp(volume_mm3, above[::-1], edges[::-1]))

    return {
        "volume": total / 1000.0,
        "Dmin": CENTRE_GY - reach,
        "Dmax": CENTRE_GY + reach,
        "Dmean": CENTRE_GY + float(slices @ middle) / total,
        "D99": dose_at(0.99 * total),
        "D95": dose_at(0.95 * total),
        "D5": dose_at(0.05 * total),
        "D1": dose_at(0.01 * total),
        "D0.03cc": dose_at(30.0),
    }


def deviations_percent(
    cases: list[Case], figures: Callable[[Case], dict[str, float]]
) -> Iterator[tuple[Case, str, float]]:
    """Difference of every figure from truth in percent of truth; the volume only under the first gradient."""
    for case in cases:
        found, exact = figures(case), truth(case)
        for name in FIGURES:
            if name != "volume" or case.gradient == GRADIENTS[0]:
                yield case, name, 100.0 * (found[name] - exact[name]) / exact[name]


def _cone_radius(along: FloatArray) -> FloatArray:
    """Radius of the cone at a position along its axis: 0 at -12 mm, 12 mm at +12 mm."""
    return np.clip(0.5 * (along + RADIUS_MM), 0.0, RADIUS_MM)


def _half_chord(radius: FloatArray | float, offset: FloatArray | float) -> FloatArray:
    return np.sqrt(np.maximum(np.square(radius) - np.square(offset), 0.0))


def _section(shape: str, z: float) -> FloatArray:
    """Outline of the axial section at height z, shape (vertex, 2): x and y."""
    if shape in ("sphere", "axial cylinder", "axial cone"):
        radius = {"axial cylinder": RADIUS_MM, "axial cone": float(_cone_radius(np.array(z)))}
        r = radius.get(shape, float(_half_chord(RADIUS_MM, z)))
        angle = 2.0 * np.pi * np.arange(128) / 128
        return r * np.column_stack([np.cos(angle), np.sin(angle)])
    if shape == "turned cylinder":
        y = np.linspace(-RADIUS_MM, RADIUS_MM, 41)
        x = np.full(41, float(_half_chord(RADIUS_MM, z)))
    else:
        # the hyperbola starts where the cone's radius is |z|; its vertices crowd there
        first = 2.0 * abs(z) - RADIUS_MM
        y = first + (RADIUS_MM - first) * np.linspace(0.0, 1.0, 81) ** 2
        x = _half_chord(_cone_radius(y), z)
    return np.concatenate([np.column_stack([x, y]), np.column_stack([-x, y])[::-1]])


def _hyperbola_area(offset: FloatArray) -> FloatArray:
    """Area of the cone's section parallel to its axis at a distance from it.

    Integral of 2 sqrt(r^2 - t^2) dy over the axis, with dy = 2 dr.
    """
    t = np.clip(np.abs(offset), 1e-12, RADIUS_MM)
    chord = _half_chord(RADIUS_MM, t)
    return 2.0 * (RADIUS_MM * chord - t**2 * np.log((RADIUS_MM + chord) / t))


def _capped_section_along_si(shape: str, z: FloatArray, cap_mm: float) -> FloatArray:
    inside = np.clip(z, -RADIUS_MM, RADIUS_MM)
    if shape == "axial cylinder":
        return np.full(z.shape, np.pi * RADIUS_MM**2)
    if shape == "axial cone":
        return np.pi * _cone_radius(inside) ** 2
    if shape == "sphere":
        return np.pi * _half_chord(RADIUS_MM, inside) ** 2
    if shape == "turned cylinder":
        return 2.0 * _half_chord(RADIUS_MM, inside) * 2.0 * RADIUS_MM
    return _hyperbola_area(inside)


def _capped_section_along_ap(shape: str, y: FloatArray, cap_mm: float) -> FloatArray:
    chord = 2.0 * _half_chord(RADIUS_MM, y)
    if shape == "axial cylinder":
        return chord * (2.0 * RADIUS_MM + 2.0 * cap_mm)
    if shape == "axial cone":
        return _hyperbola_area(y) + chord * cap_mm
    if shape == "sphere":
        return np.pi * 0.25 * chord**2
    if shape == "turned cylinder":
        return np.full(y.shape, np.pi * RADIUS_MM**2)
    return np.pi * _cone_radius(y) ** 2
