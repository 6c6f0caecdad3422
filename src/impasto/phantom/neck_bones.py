"""Bones, cartilages and air of the neck as solids (template LPS mm, left half and midline).

The template is some seven per cent larger than most people. Vertebrae follow the average adult's heights and the
lordosis of a head on a neck rest; levels: hyoid at C3, vocal folds at C5, cricoid at C6 (Gray's anatomy).
"""

from __future__ import annotations

from impasto.core.atlas.solids import Ellipsoid, Tube
from impasto.phantom import skull
from impasto.phantom.neck_shapes import Drum, NeckSolid, Strap, Wall

__all__ = [
    "AIRWAY",
    "CANAL",
    "CARTILAGES",
    "CERVICAL_BONES",
    "CORD",
    "DISCS",
    "EPIGLOTTIS",
    "FACE_BONES",
    "LUNGS",
    "MANDIBLE",
    "NASAL_AIR",
    "SHOULDER_BONES",
]

MANDIBLE: tuple[NeckSolid, ...] = (
    # condyle, coronoid process, ramus, body, alveolar process
    Tube(((53, -1, -50), (52, -4, -64)), (5.0, 4.0)),
    Tube(((49, -28, -56), (49, -25, -70)), (2.5, 4.0)),
    Strap(Tube(((51, -14, -63), (49, -16, -84), (46, -20, -102)), (3.6, 3.9, 4.6)), (0.0, 0.95, 0.25), 3.4),
    Strap(
        Tube(
            ((45, -23, -103), (37, -40, -106), (26, -59, -108), (13, -74, -109), (0, -79, -109)),
            (5, 5.4, 5.8, 6.2, 6.8),
        ),
        (0.0, 0.0, 1.0),
        1.9,
    ),
    skull.FACIAL_BONES[23],
)

FACE_BONES: tuple[NeckSolid, ...] = (*skull.FACIAL_BONES[:20], skull.FACIAL_BONES[24], *MANDIBLE)

_LEVELS = (
    # middle of the body: y, z; half height; length of the spinous process
    (26.0, -117.0, 6.4, 15.0),
    (25.0, -133.0, 6.2, 14.0),
    (25.0, -149.0, 6.2, 16.0),
    (27.0, -165.0, 6.4, 22.0),
    (31.0, -182.0, 7.0, 30.0),
    (37.0, -201.0, 8.0, 30.0),
    (44.0, -221.0, 8.4, 28.0),
    (51.0, -242.0, 8.8, 26.0),
)


def _vertebra(y: float, z: float, half_height: float, spinous: float) -> tuple[NeckSolid, ...]:
    return (
        Drum((0.0, y, z), (13.5, 10.0, half_height)),
        # pedicle and articular pillar, transverse process round the artery's hole, lamina, spine
        Tube(((10, y + 5, z + 1), (17, y + 12, z)), (4.0, 5.0)),
        Ellipsoid((18.5, y + 16, z), (6.5, 7.0, 7.4)),
        Tube(((12, y + 1, z), (24, y + 4, z - 2), (26, y + 9, z - 3)), (2.6, 2.4, 2.8)),
        Tube(((18, y + 20, z - 2), (9, y + 27, z - 4), (0, y + 31, z - 5)), (3.2, 2.8, 3.4)),
        Tube(((0, y + 31, z - 5), (0, y + 31 + spinous, z - 8 - 0.35 * spinous)), (3.0, 3.4)),
    )


CERVICAL_BONES: tuple[NeckSolid, ...] = (
    *skull.SPINE[:6],
    *(solid for level in _LEVELS for solid in _vertebra(*level)),
)

SHOULDER_BONES: tuple[NeckSolid, ...] = (
    # clavicle, acromion and spine of the scapula, head of the humerus
    Tube(((12, -32, -250), (40, -38, -240), (85, -20, -232), (130, 8, -232)), (8.5, 6.0, 5.5, 6.0)),
    Tube(((135, 10, -232), (146, 36, -230), (128, 62, -234), (92, 76, -242)), (6.5, 7.0, 5.0, 4.5)),
    Ellipsoid((160, 24, -258), (23, 23, 23)),
    # first and second rib
    Tube(((22, 50, -200), (44, 46, -206), (60, 20, -220), (52, -14, -236), (30, -28, -250)), (4.5, 4.5, 5.0, 5.0, 5.0)),
    Tube(((24, 58, -220), (56, 58, -226), (78, 30, -242)), (4.5, 4.5, 5.0)),
)

CANAL: tuple[NeckSolid, ...] = (
    Tube(
        (
            (0, 42, -58), (0, 45, -74), (0, 44, -92), (0, 44, -117), (0, 43, -149),
            (0, 45, -165), (0, 49, -182), (0, 55, -201), (0, 62, -221), (0, 70, -245),
        ),
        (13.0, 11.5, 9.8, 9.2, 9.2, 9.2, 9.2, 8.8, 8.6, 8.6),
    ),
)  # fmt: skip

CORD: tuple[NeckSolid, ...] = (
    Tube(
        (
            (0, 44, -60), (0, 45, -74), (0, 44, -92), (0, 44, -117), (0, 43, -149),
            (0, 45, -165), (0, 49, -182), (0, 55, -201), (0, 62, -221), (0, 70, -245),
        ),
        (6.5, 6.0, 5.4, 5.2, 5.4, 5.6, 5.4, 5.0, 4.8, 4.8),
    ),
)  # fmt: skip

CARTILAGES: tuple[NeckSolid, ...] = (
    # thyroid laminae and horns, cricoid ring and plate, arytenoids
    Wall(((0, -37), (7, -33), (15, -20), (19, -4)), (-160.0, -136.0), 3.2),
    Tube(((19, -4, -137), (17, -2, -124)), (2.0, 1.5)),
    Tube(((0, -21, -168), (9, -16, -167), (12, -7, -164), (8, 2, -162), (0, 4, -161)), (2.4, 2.4, 2.6, 3.0, 3.0)),
    Wall(((0, 4), (8, 2)), (-168.0, -154.0), 4.0),
    Ellipsoid((5, -1, -150), (2.4, 3.0, 5.0)),
)

EPIGLOTTIS: tuple[NeckSolid, ...] = (
    Wall(((0, -17), (6, -15), (10, -11)), (-131.0, -113.0), 2.2),
    Tube(((9, -12, -122), (7, -6, -136), (5, -1, -146)), (1.6, 2.0, 2.5)),
)

NASAL_AIR: tuple[NeckSolid, ...] = (*skull.AIR_SPACES[:9], *skull.AIR_SPACES[13:])

AIRWAY: tuple[NeckSolid, ...] = (
    Tube(((0, -30, -66), (0, -10, -68), (0, -2, -80)), (8.0, 9.0, 6.5)),
    Tube(((6, -6, -70), (8, -1, -82)), (7.0, 4.5)),
    Tube(((3, 1, -82), (4, 0.5, -104), (4, -4, -118)), (4.8, 5.6, 6.4)),
    Tube(((8, 2, -84), (10, 1, -104), (9, -4, -118)), (3.2, 4.2, 5.0)),
    # valleculae, piriform sinuses, vestibule, glottis, trachea
    Tube(((5, -22, -117), (9, -18, -119)), (2.8, 2.5)),
    Tube(((13, -8, -124), (13, -5, -138), (11, -1, -150)), (3.6, 2.8, 1.6)),
    Tube(((0, -6, -118), (0, -9, -132), (0, -13, -143)), (6.5, 6.0, 4.5)),
    Ellipsoid((0, -15, -149), (2.2, 9.5, 5.5)),
    Tube(
        ((0, -13, -156), (0, -9, -168), (0, -5, -182), (0, 1, -201), (0, 8, -221), (0, 16, -245)),
        (6.8, 8.0, 8.6, 8.8, 8.8, 8.8),
    ),
    # between tongue and palate
    Ellipsoid((0, -48, -84.5), (13, 20, 1.3)),
)

LUNGS: tuple[NeckSolid, ...] = (Ellipsoid((42, 20, -254), (29, 36, 36)),)

DISCS: tuple[NeckSolid, ...] = (
    Tube(
        ((0, 28, -100), *((0.0, y, z) for y, z, _, _ in _LEVELS)),
        (9.0, *(10.0 for _ in _LEVELS)),
    ),
)
