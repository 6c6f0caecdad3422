"""What a clinic would draw on a digital head-and-neck patient."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.structures import Role, Structure, StructureSet
from impasto.phantom.anatomy import Tissue
from impasto.phantom.head_neck_layers import Region

__all__ = ["drawn_head_neck"]

_Field = NDArray[np.float32]
_Drawn = tuple[str, Role, _Field, tuple[int, int, int]]

_HIGH_DOSE_MARGIN_MM, _INTERMEDIATE_MARGIN_MM, _SETUP_MARGIN_MM = 9.0, 14.0, 4.0
_BELOW_SKIN_MM = 4.0
_ORGANS = (
    Region.PAROTID,
    Region.SUBMANDIBULAR,
    Region.BRAINSTEM,
    Region.LARYNX,
    Region.ORAL_CAVITY,
    Region.OESOPHAGUS,
)


def drawn_head_neck(
    distances_mm: Mapping[Region, _Field],
    tissues: Mapping[Tissue, _Field],
    primary: _Field,
    node: _Field,
    left: NDArray[np.bool_],
    grid: Grid,
) -> StructureSet:
    """Draw targets of three dose levels and organs at risk.

    PTV70 is the gross tumour with 9 mm (5 mm of subclinical spread, 4 mm of set-up), PTV63 with 14 mm, PTV56 the
    elective neck with 4 mm; each without those of higher dose, and none within 4 mm of the skin.

    Parameters
    ----------
    distances_mm : mapping of Region to ndarray
    tissues : mapping of Tissue to ndarray
    primary, node : ndarray of float32
        Shares of the two lesions, before what they do not replace is taken off.
    left : ndarray of bool
        Voxels left of the template's midline.
    grid : Grid

    Returns
    -------
    StructureSet
    """
    per_mm = np.float32(1.0 / min(float(grid.spacing_mm.mean()), 2.5))
    zero = np.float32(0.0)

    def within(distance: _Field) -> _Field:
        share: _Field = np.clip(0.5 - distance * per_mm, 0.0, 1.0)
        return share

    solid = tissues[Tissue.TUMOUR] + tissues[Tissue.NECROSIS]
    gross = {
        "GTVp": np.clip(np.minimum(primary, solid), 0.0, 1.0),
        "GTVn": np.clip(np.minimum(node, solid), 0.0, 1.0),
    }
    free = 1.0 - np.minimum(solid, np.float32(1.0))
    bony = np.minimum(tissues[Tissue.BONE] + tissues[Tissue.MARROW], np.float32(1.0))
    organs = {region: within(distances_mm[region]) * free for region in _ORGANS}
    drawn: list[_Drawn] = [
        ("EXTERNAL", Role.EXTERNAL, within(distances_mm[Region.SKIN]), (120, 120, 120)),
        ("GTVp", Role.GTV, gross["GTVp"], (214, 39, 40)),
        ("GTVn", Role.GTV, gross["GTVn"], (249, 115, 22)),
        *_targets(distances_mm, np.maximum(gross["GTVp"], gross["GTVn"]), bony, grid),
    ]
    paired = (
        ("Parotid", organs[Region.PAROTID] * within(distances_mm[Region.SKIN] + 4.5), (22, 163, 74)),
        ("Submandibular", organs[Region.SUBMANDIBULAR], (14, 165, 233)),
    )
    for name, share, colour in paired:
        soft = share * (1.0 - bony)
        drawn += [
            (f"{name} L", Role.ORGAN, np.where(left, soft, zero), colour),
            (f"{name} R", Role.ORGAN, np.where(left, zero, soft), colour),
        ]
    brainstem = organs[Region.BRAINSTEM]
    drawn += [
        ("SpinalCord", Role.ORGAN, within(distances_mm[Region.CORD]) * (1.0 - brainstem), (37, 99, 235)),
        ("Brainstem", Role.ORGAN, brainstem, (29, 78, 216)),
        ("Mandible", Role.ORGAN, within(distances_mm[Region.MANDIBLE]), (202, 138, 4)),
        ("Larynx", Role.ORGAN, organs[Region.LARYNX], (124, 58, 237)),
        ("Oral cavity", Role.ORGAN, organs[Region.ORAL_CAVITY] * (1.0 - bony), (219, 39, 119)),
        ("Oesophagus", Role.ORGAN, organs[Region.OESOPHAGUS], (120, 53, 15)),
    ]
    return StructureSet(
        tuple(
            Structure(name, role, mask=Image(share, grid, "occupancy", "1"), colour=colour)
            for name, role, share, colour in drawn
        )
    )


def _targets(
    distances_mm: Mapping[Region, _Field],
    gross: _Field,
    bony: _Field,
    grid: Grid,
) -> list[_Drawn]:
    per_mm = np.float32(1.0 / min(float(grid.spacing_mm.mean()), 2.5))
    from_gross = _distance_from(gross > 0.5, grid, _INTERMEDIATE_MARGIN_MM + 4.0)
    allowed = np.clip(0.5 - (distances_mm[Region.SKIN] + _BELOW_SKIN_MM) * per_mm, 0.0, 1.0)
    high = np.clip(0.5 - (from_gross - _HIGH_DOSE_MARGIN_MM) * per_mm, 0.0, 1.0) * allowed
    middle = np.clip(0.5 - (from_gross - _INTERMEDIATE_MARGIN_MM) * per_mm, 0.0, 1.0) * allowed
    elective = np.clip(0.5 - (distances_mm[Region.ELECTIVE] - _SETUP_MARGIN_MM) * per_mm, 0.0, 1.0) * allowed
    elective *= 1.0 - bony
    return [
        ("PTV70", Role.PTV, high, (190, 18, 60)),
        ("PTV63", Role.PTV, np.clip(middle - high, 0.0, 1.0), (234, 88, 12)),
        ("PTV56", Role.PTV, np.clip(elective - middle, 0.0, 1.0), (250, 204, 21)),
    ]


def _distance_from(mask: NDArray[np.bool_], grid: Grid, reach_mm: float) -> _Field:
    """Distance to a mask in mm, cut off; zero inside."""
    distance = np.full(mask.shape, reach_mm, dtype=np.float32)
    if not mask.any():
        return distance
    pad = np.ceil(reach_mm / grid.spacing_mm).astype(int)
    box = tuple(
        slice(max(0, int(found.start) - int(p)), int(found.stop) + int(p))
        for found, p in zip(ndimage.find_objects(mask.astype(np.int8))[0], pad, strict=True)
    )
    away = ndimage.distance_transform_edt(~mask[box], sampling=grid.spacing_mm)
    distance[box] = np.minimum(away, reach_mm)
    return distance
