"""The average adult head, in the coordinates of ICBM 152 (LPS mm, origin at the anterior commissure)."""

from impasto.core.atlas.hull import BrainHull, brain_hull
from impasto.core.atlas.membranes import falx_distance_mm, tentorium_distance_mm
from impasto.core.atlas.solids import Ellipsoid, Solid, Tube, smooth_minimum, union_distance_mm
from impasto.core.atlas.structures import atlas_structures, ventricle_distance_mm
from impasto.core.atlas.template import BrainTemplate, brain_template

__all__ = [
    "BrainHull",
    "BrainTemplate",
    "Ellipsoid",
    "Solid",
    "Tube",
    "atlas_structures",
    "brain_hull",
    "brain_template",
    "falx_distance_mm",
    "smooth_minimum",
    "tentorium_distance_mm",
    "union_distance_mm",
    "ventricle_distance_mm",
]
