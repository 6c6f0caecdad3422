"""Organs at risk in and around the average brain, as solids in the template (LPS mm, left half and midline)."""

from __future__ import annotations

from impasto.core.atlas.solids import Ellipsoid, Solid, Tube

__all__ = ["BRAINSTEM", "CHIASM", "EYES", "HIPPOCAMPI", "LENSES", "OPTIC_NERVES", "VENTRICLES"]

BRAINSTEM: tuple[Solid, ...] = (
    Ellipsoid((0, 24, -12), (15, 13, 11)),
    Ellipsoid((0, 23, -31), (19, 14, 17)),
    Tube(((0, 28, -42), (0, 38, -58), (0, 46, -74)), (11.0, 8.5, 6.5)),
)

CHIASM: tuple[Solid, ...] = (
    Ellipsoid((0, -5, -16), (6.5, 4.0, 2.6)),
    Tube(((4, -4, -16), (11, 4, -15)), (2.4, 2.4)),
)

HIPPOCAMPI: tuple[Solid, ...] = (
    Tube(((23, 10, -22), (27, 18, -20), (30, 26, -14), (29, 34, -7), (24, 39, 1)), (6.0, 5.0, 4.5, 4.2, 3.2)),
)

EYES: tuple[Solid, ...] = (Ellipsoid((33, -62, -38), (12.3, 12.0, 12.0)),)

LENSES: tuple[Solid, ...] = (Ellipsoid((33, -69.5, -38), (4.8, 2.3, 4.8)),)

OPTIC_NERVES: tuple[Solid, ...] = (
    Tube(((32, -50, -38), (26, -38, -35), (19, -26, -29), (13, -14, -22), (5, -6, -17)), (2.6, 2.4, 2.3, 2.3, 2.5)),
)

VENTRICLES: tuple[Solid, ...] = (
    Tube(
        ((7, -28, 4), (11, -14, 12), (10, 6, 19), (15, 24, 19), (24, 38, 13), (27, 48, 6), (29, 38, -4), (33, 20, -13)),
        (7.0, 9.0, 8.0, 8.0, 8.5, 8.5, 7.0, 5.0),
    ),
    Tube(((0, 0, -6), (0, 8, 4), (0, 22, 4)), (4.0, 4.0, 3.5)),
    Tube(((0, 26, -4), (0, 32, -16)), (2.0, 2.0)),
    Tube(((0, 37, -27), (0, 45, -36), (0, 46, -48)), (6.0, 8.0, 5.0)),
)
"""Room in which the ventricles lie: lateral, third, aqueduct, fourth; wider than the fluid in them."""
