"""Bones and air spaces of the average head, as solids around the template's brain (LPS mm, left half and midline).

Positions follow the landmarks of the average adult skull in the template's coordinates: anterior commissure at the
origin, foramen magnum near (0, 40, -68), orbits near (33, -62, -37), mandibular angle near (46, -8, -104).
"""

from __future__ import annotations

from impasto.core.atlas.solids import Ellipsoid, Solid, Tube

__all__ = ["AIR_SPACES", "CELLS", "FACIAL_BONES", "OPENINGS", "SPINE", "TEETH"]

_ARCH = ((0.0, -82.0), (9.0, -80.0), (17.0, -73.0), (22.0, -62.0), (24.0, -50.0), (25.0, -40.0))


def _arch(z_mm: float, grow_mm: float, radius_mm: float) -> Tube:
    path = tuple((x + grow_mm * min(x, 12.0) / 12.0, y - grow_mm, z_mm) for x, y in _ARCH)
    return Tube(path, (radius_mm,) * len(path))


def _antrum(wall_mm: float) -> tuple[Solid, ...]:
    """Draw the maxillary sinus: a pyramid whose base is the nose's side wall and whose tip points to the zygoma."""
    path = ((19.0, -68.0, -62.0), (24.0, -44.0, -60.0), (38.0, -62.0, -57.0), (21.0, -66.0, -63.0))
    low = ((21.0, -62.0, -72.0), (25.0, -48.0, -70.0))
    return (
        Tube(path, tuple(radius + wall_mm for radius in (8.0, 8.5, 5.5, 9.0))),
        Tube(low, tuple(radius + wall_mm for radius in (6.0, 5.5))),
        Ellipsoid((25.0, -57.0, -61.0), (11.0 + wall_mm, 15.0 + wall_mm, 10.0 + wall_mm)),
    )


FACIAL_BONES: tuple[Solid, ...] = (
    # sphenoid body, clivus, petrous pyramid, mastoid, occipital condyle
    Ellipsoid((0, -14, -40), (19, 17, 13)),
    Tube(((0, 2, -34), (0, 12, -48), (0, 22, -62)), (6.5, 6.0, 4.0)),
    Tube(((8, 4, -36), (9, 12, -48), (8, 22, -62)), (5.5, 5.5, 4.0)),
    Tube(((14, 8, -40), (34, 20, -40), (54, 26, -38)), (6.5, 9.0, 9.5)),
    Tube(((56, 28, -38), (55, 32, -52), (50, 34, -64)), (10.0, 9.5, 5.0)),
    Ellipsoid((15, 31, -68), (7, 9, 6)),
    # pterygoid plates
    Tube(((19, -16, -50), (18, -12, -74)), (3.5, 2.6)),
    # orbital rim, lateral wall, floor
    Tube(((14, -74, -26), (30, -82, -22), (46, -74, -26), (50, -64, -36)), (4.5, 4.5, 4.5, 4.0)),
    Tube(((50, -64, -36), (46, -68, -50), (32, -76, -56), (19, -77, -50)), (4.5, 5.5, 4.5, 3.5)),
    Tube(((49, -62, -38), (43, -44, -36), (36, -30, -34)), (2.6, 2.2, 4.0)),
    # medial wall, nasal bones, septum
    Tube(((11, -72, -36), (12, -44, -36)), (1.8, 1.8)),
    Tube(((4, -84, -28), (5, -92, -40), (6, -97, -47)), (3.2, 2.4, 1.5)),
    Ellipsoid((0, -62, -48), (1.1, 28, 20)),
    # maxilla around its sinus, alveolar process, palate
    *_antrum(1.7),
    Tube(((16, -76, -52), (14, -80, -68), (11, -81, -80)), (3.5, 5.0, 5.0)),
    _arch(-84.0, 0.0, 5.5),
    Ellipsoid((0, -52, -77), (24, 28, 2.6)),
    # zygoma and its arch
    Tube(((46, -64, -52), (56, -54, -54), (64, -38, -52), (68, -20, -48), (64, -2, -44)), (6.0, 5.0, 3.0, 2.6, 4.0)),
    # mandible: condyle, ramus, angle, body, chin; coronoid process
    Tube(
        ((53, -1, -50), (51, -6, -66), (48, -10, -84), (46, -12, -100)),
        (5.0, 4.0, 4.5, 6.0),
    ),
    Tube(
        ((46, -14, -100), (37, -36, -108), (26, -60, -113), (12, -77, -116), (0, -82, -117)),
        (6.0, 6.0, 6.5, 7.0, 7.5),
    ),
    Tube(((49, -26, -58), (48, -22, -78)), (2.5, 5.0)),
    _arch(-106.0, -1.5, 5.5),
    # hyoid
    Tube(((0, -38, -128), (14, -30, -126), (20, -18, -124)), (3.0, 2.5, 2.0)),
)

SPINE: tuple[Solid, ...] = (
    # atlas
    Tube(((0, 17, -80), (13, 22, -80), (19, 34, -80), (21, 46, -81), (12, 60, -82), (0, 65, -82)), (4, 4, 7, 5, 4, 4)),
    Tube(((20, 38, -80), (36, 38, -80)), (5.5, 4.0)),
    # dens, axis
    Tube(((0, 27, -74), (0, 28, -92)), (4.8, 6.0)),
    Ellipsoid((0, 28, -99), (11, 9.5, 9)),
    Ellipsoid((16, 36, -94), (9, 8, 6)),
    Tube(((16, 46, -100), (9, 60, -103), (0, 70, -106)), (4.5, 4.0, 5.0)),
    # third and fourth vertebrae
    Ellipsoid((0, 26, -117), (12, 9.5, 7)),
    Tube(((17, 40, -114), (14, 52, -118), (0, 66, -122)), (6.0, 4.0, 3.5)),
    Ellipsoid((0, 25, -134), (12.5, 9.5, 7)),
    Tube(((17, 40, -131), (14, 52, -135), (0, 66, -139)), (6.0, 4.0, 3.5)),
    Ellipsoid((0, 24, -151), (13, 9.5, 7)),
)

TEETH: tuple[Solid, ...] = tuple(
    Tube(((x, y, top), (1.02 * x, 1.01 * y, bottom)), (wide, wide * 0.8))
    for top, bottom in ((-93.5, -84.0), (-96.5, -106.0))
    for x, y, wide in (
        (4.0, -83.0, 3.2), (11.0, -79.5, 3.0), (16.5, -74.0, 3.3), (20.0, -67.0, 3.2),
        (22.5, -59.5, 3.4), (24.5, -50.0, 4.4), (25.5, -39.5, 4.4),
    )
)  # fmt: skip

AIR_SPACES: tuple[Solid, ...] = (
    # maxillary, sphenoid and frontal sinuses
    *_antrum(0.0),
    Ellipsoid((8, -16, -40), (7, 12, 9)),
    Ellipsoid((9, -77, -18), (8, 4, 10)),
    # nasal cavity between septum and turbinates, nostril
    Ellipsoid((3.5, -58, -58), (2.2, 28, 17)),
    Ellipsoid((7.5, -56, -70), (3.5, 26, 4.0)),
    Ellipsoid((7.5, -58, -54), (2.0, 22, 3.0)),
    Tube(((5, -84, -68), (6, -98, -70)), (3.0, 3.2)),
    # nasopharynx, oropharynx, larynx
    Tube(((0, -30, -66), (0, -10, -68), (0, 0, -80)), (8.0, 9.0, 6.0)),
    Tube(((6, 2, -82), (7, 1, -104), (5, 0, -122)), (4.0, 5.0, 5.0)),
    Tube(((0, 0, -116), (0, -6, -160)), (7.0, 8.5)),
    # between tongue and palate
    Ellipsoid((0, -52, -83), (15, 22, 1.6)),
    # external ear canal, middle ear
    Tube(((90, 26, -42), (70, 22, -42), (56, 19, -40)), (4.0, 3.4, 3.4)),
    Ellipsoid((51, 18, -39), (4, 5, 5)),
)

CELLS: tuple[Solid, ...] = (
    # mastoid and ethmoid: a foam of air and thin bone
    Tube(((57, 29, -42), (55, 33, -52), (51, 34, -60)), (7.5, 7.0, 3.5)),
    Ellipsoid((6, -52, -36), (5.5, 24, 10)),
)

OPENINGS: tuple[Solid, ...] = (
    # foramen magnum and spinal canal, carotid canal and jugular foramen
    Tube(((0, 42, -58), (0, 45, -74), (0, 44, -92), (0, 46, -165)), (13.0, 11.5, 9.5, 8.5)),
)
