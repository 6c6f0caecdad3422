"""From CT numbers to electron density relative to water."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.structures import Role, StructureSet

__all__ = ["GENERIC_DENSITY_TABLE", "DensityTable", "electron_density"]


@dataclass(frozen=True)
class DensityTable:
    """Piecewise-linear map from CT number to relative electron density.

    Beyond its ends the density of the nearest end holds.

    Parameters
    ----------
    name : str
        What it was measured on.
    ct_numbers_hu : tuple of float
        Ascending.
    relative_densities : tuple of float
        Electron density relative to water at each CT number.

    Raises
    ------
    ImpastoError
        When the points are not ascending or a density is negative.
    """

    name: str
    ct_numbers_hu: tuple[float, ...]
    relative_densities: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.ct_numbers_hu) != len(self.relative_densities) or len(self.ct_numbers_hu) < 2:
            raise ImpastoError(self.name, "CT numbers and densities do not pair up", "give two or more pairs")
        if np.any(np.diff(self.ct_numbers_hu) <= 0) or min(self.relative_densities) < 0:
            raise ImpastoError(self.name, "CT numbers do not ascend or a density is negative", "sort and check them")

    def densities(self, ct_number_hu: RealArray) -> FloatArray:
        """Relative electron density of each CT number, same shape."""
        return np.interp(ct_number_hu, self.ct_numbers_hu, self.relative_densities)

    def share_beyond(self, ct_number_hu: RealArray) -> float:
        """Share of CT numbers outside the table, 0 to 1."""
        low, high = self.ct_numbers_hu[0], self.ct_numbers_hu[-1]
        return float(np.mean((ct_number_hu < low) | (ct_number_hu > high))) if ct_number_hu.size else 0.0


# Points of the default table that matRad and pyRadPlan ship (matRad_default.hlut): no particular scanner.
GENERIC_DENSITY_TABLE = DensityTable(
    "matRad default, no particular scanner",
    (-1024.0, -999.0, -90.0, -45.0, 0.0, 100.0, 350.0, 3000.0),
    (0.001, 0.001, 0.95, 0.99, 1.0, 1.095, 1.199, 2.505),
)


def electron_density(ct: Image, structures: StructureSet, table: DensityTable) -> tuple[Image, tuple[str, ...]]:
    """Map a CT to relative electron density; what lies outside the body is air.

    Parameters
    ----------
    ct : Image
        CT numbers in Hounsfield units.
    structures : StructureSet
        Every voxel less than half inside its ``EXTERNAL`` structures gets density 0: couch, masks and clothes do
        not attenuate. Without such a structure nothing is removed.
    table : DensityTable

    Returns
    -------
    density : Image
        Relative to water, float32.
    notes : tuple of str
        The table, its extrapolation and what was taken as air.

    Raises
    ------
    ImpastoError
        When the image is not a CT, has several frames or values that are not finite.
    """
    if ct.unit != "[hnsf'U]" or ct.data.ndim != 3:
        raise ImpastoError(ct.quantity, f"a 3D image in Hounsfield units is needed, not {ct.unit}", "plan on a CT")
    if not np.isfinite(ct.data).all():
        raise ImpastoError(ct.quantity, "it has values that are not finite", "repair the image")
    density = table.densities(ct.data).astype(np.float32)
    notes = [f"Relative electron density from CT numbers by the table '{table.name}'; beyond its ends it is constant."]
    in_body = ct.data
    external = structures.with_role(Role.EXTERNAL)
    if external:
        body = np.any([structure.voxels(ct.grid) for structure in external], axis=0)
        density[~body] = 0.0
        in_body = ct.data[body]
        notes.append(
            f"Outside {' and '.join(s.name for s in external)} nothing attenuates (vacuum): no couch, no mask."
        )
    else:
        notes.append("No EXTERNAL structure: everything in the CT attenuates, the couch too.")
    beyond = table.share_beyond(in_body)
    if beyond > 0.0:
        notes.append(f"{100 * beyond:.2g} % of the CT numbers lie beyond the density table's ends.")
    return Image(density, ct.grid, "relative electron density", "1"), tuple(notes)
