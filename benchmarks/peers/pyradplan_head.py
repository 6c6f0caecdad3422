"""The head phantom as pyRadPlan's objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import SimpleITK
from pyRadPlan import PhotonPlan, generate_stf
from pyRadPlan.cst import create_cst, validate_voi
from pyRadPlan.ct import create_ct
from scipy import sparse

ROLES = {
    "PTV": ("TARGET", 0),
    "BRAINSTEM": ("OAR", 2),
    "CHIASM": ("OAR", 2),
    "BRAIN": ("OAR", 5),
    "BODY": ("EXTERNAL", 9),
}


class HeadCase(NamedTuple):
    """CT, structures and plan as pyRadPlan wants them, and the arrays they came from."""

    ct: Any
    cst: Any
    plan: Any
    arrays: dict[str, np.ndarray]

    def image(self, values: np.ndarray) -> Any:
        """Put values, shape (z, y, x), on the CT's grid."""
        return _image(values, float(self.arrays["spacing_mm"]))


def head_case(folder: Path) -> HeadCase:
    """Read ``head.npz`` and set up seven coplanar beams of 5 mm bixels on the CT's own grid."""
    arrays = dict(np.load(folder / "head.npz"))
    spacing = float(arrays["spacing_mm"])
    ct = create_ct(cube_hu=_image(arrays["ct"].astype(np.float64), spacing))
    vois = [
        validate_voi(
            name=name,
            voi_type=role,
            mask=_image(arrays[name].astype(np.uint8), spacing),
            ct_image=ct,
            overlap_priority=priority,
            objectives=[],
        )
        for name, (role, priority) in ROLES.items()
    ]
    gantry = arrays["gantry_deg"]
    plan = PhotonPlan(machine="Generic")
    plan.num_of_fractions = 30
    plan.prop_stf = {"gantry_angles": gantry, "couch_angles": np.zeros(len(gantry)), "bixel_width": 5.0}
    plan.prop_dose_calc = {"dose_grid": {"resolution": {"x": spacing, "y": spacing, "z": spacing}}}
    return HeadCase(ct, create_cst(vois, ct=ct), plan, arrays)


def steering(case: HeadCase) -> Any:
    """Return pyRadPlan's beams and rays."""
    return generate_stf(case.ct, case.cst, case.plan)


def stored_influence(folder: Path, dij: Any, rays: Any) -> Any:
    """Write the influence matrix (compressed columns) and the rays it belongs to; return the matrix."""
    matrix = sparse.csc_array(dij.physical_dose.flat[0])
    sparse.save_npz(folder / "influence.npz", matrix, compressed=False)
    positions = [np.array([ray.ray_pos_bev for ray in beam.rays])[:, [0, 2]] for beam in rays.beams]
    np.savez(folder / "rays.npz", *positions, isocentre_mm=np.array(rays.beams[0].iso_center))
    return matrix


def _image(values: np.ndarray, spacing_mm: float) -> Any:
    image = SimpleITK.GetImageFromArray(values)
    image.SetSpacing((spacing_mm,) * 3)
    image.SetOrigin([-(count - 1) / 2 * spacing_mm for count in image.GetSize()])
    return image
