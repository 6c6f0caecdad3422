"""Classes of tissue that look alike to magnetic resonance: each voxel of a digital patient is a mixture of them.

Each class has one set of properties. What adds up by volume (blood, transfer of contrast agent, extracellular space,
diffusivity) is then, in a voxel, the mean over its classes, and signals add up as well: truth maps and scans are
matrix products of the same shares, and partial volume is what it is in patients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import ndimage

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.grid import Grid
from impasto.core.resample import resample_linear
from impasto.phantom.anatomy import Anatomy, Tissue, tissue_mean
from impasto.phantom.point_spread import separable_average

__all__ = ["Mixture", "TissueClass", "brain_bounds_mm", "brain_grid", "class_mean", "mixture_on", "tissue_classes"]


class TissueClass(StrEnum):
    """Classes of tissue with one set of magnetic, perfusion and diffusion properties."""

    GREY_MATTER = "grey matter"
    WHITE_MATTER = "white matter"
    OEDEMA = "oedema"
    INFILTRATION = "tumour cells among brain, vessels intact"
    SPARSE_TUMOUR = "solid tumour, few vessels and cells"
    DENSE_TUMOUR = "solid tumour, many vessels and cells"
    NECROSIS = "necrosis"
    FLUID = "fluid"
    VESSEL = "vessel"
    SOFT_TISSUE = "soft tissue"
    GLAND = "gland"
    FAT = "fat"
    MARROW = "marrow"
    FAINT_TUMOUR = "solid tumour, barrier hardly open"
    LEAKY_TREATMENT_EFFECT = "treatment effect, barrier open"
    SLOW_TREATMENT_EFFECT = "treatment effect, slow uptake"


_CONTENT = {
    TissueClass.NECROSIS: (Tissue.NECROSIS,),
    TissueClass.FLUID: (Tissue.CSF, Tissue.CAVITY, Tissue.EYE),
    TissueClass.VESSEL: (Tissue.VESSEL,),
    TissueClass.SOFT_TISSUE: (Tissue.SOFT_TISSUE,),
    TissueClass.GLAND: (Tissue.GLAND,),
    TissueClass.FAT: (Tissue.FAT,),
    TissueClass.MARROW: (Tissue.MARROW,),
    TissueClass.FAINT_TUMOUR: (Tissue.FAINT_TUMOUR,),
    TissueClass.LEAKY_TREATMENT_EFFECT: (Tissue.LEAKY_TREATMENT_EFFECT,),
    TissueClass.SLOW_TREATMENT_EFFECT: (Tissue.SLOW_TREATMENT_EFFECT,),
}

_PATCH_MM = 4.0


@dataclass(frozen=True, eq=False)
class Mixture:
    """A digital patient as a scanner's voxels see it.

    Parameters
    ----------
    grid : Grid
        The scanner's.
    shares : ndarray of float32, shape (*grid.shape, class)
        In the order of :class:`TissueClass`, averaged over the point spread; air, cortical bone and lens are missing
        to one.
    brain_bounds_mm : ndarray, shape (2, 3)
        See :func:`brain_bounds_mm`.
    """

    grid: Grid
    shares: RealArray
    brain_bounds_mm: FloatArray

    def share(self, tissue_class: TissueClass) -> RealArray:
        """Share of each voxel filled by one class, shape `grid.shape`."""
        share: RealArray = self.shares[..., tuple(TissueClass).index(tissue_class)]
        return share

    def mixed(self, per_class: RealArray) -> RealArray:
        """Sum over the classes of share times value.

        Parameters
        ----------
        per_class : ndarray, shape (class,) or (class, n)
            In the order of :class:`TissueClass`.

        Returns
        -------
        ndarray of float32, shape `grid.shape` or (*grid.shape, n)
        """
        # patients without parts of divided tumour keep their last digit: blocked sums depend on their length
        first = tuple(TissueClass).index(TissueClass.FAINT_TUMOUR)
        count = len(TissueClass) if self.shares[..., first:].any() else first
        mean: RealArray = self.shares[..., :count] @ per_class[:count].astype(np.float32)
        return mean


def tissue_classes(anatomy: Anatomy, seed: int) -> Iterator[tuple[TissueClass, RealArray]]:
    """Give the share of each class in each voxel of the anatomy, one after the other to spare memory.

    Tumour cells at density c turn the share c of brain and oedema into infiltration. Solid tumour is divided by
    patches of some mm into parts with few and with many vessels and cells; where cells are dense there are more of
    the latter.

    Parameters
    ----------
    anatomy : Anatomy
    seed : int
        Decides the patches.

    Yields
    ------
    tissue_class : TissueClass
        Classes that do not occur are left out.
    share : ndarray of float32, shape `anatomy.grid.shape`
    """
    cells = np.clip(anatomy.tumour_cells, 0.0, 1.0).astype(np.float32, copy=False)
    white = tissue_mean(anatomy, {Tissue.WHITE_MATTER: 1.0, Tissue.OPTIC_NERVE: 1.0})
    grey, oedema = anatomy.share(Tissue.GREY_MATTER), anatomy.share(Tissue.OEDEMA)
    infiltration = cells * (white + grey + oedema)
    yield TissueClass.INFILTRATION, infiltration
    intact = 1.0 - cells
    yield TissueClass.GREY_MATTER, grey * intact
    yield TissueClass.WHITE_MATTER, white * intact
    if oedema.any():
        yield TissueClass.OEDEMA, oedema * intact
    tumour = anatomy.share(Tissue.TUMOUR)
    if tumour.any():
        dense = _dense_part(tumour, cells, anatomy.grid, seed)
        yield TissueClass.DENSE_TUMOUR, dense
        yield TissueClass.SPARSE_TUMOUR, tumour - dense
    for tissue_class, content in _CONTENT.items():
        found = [anatomy.tissues[tissue] for tissue in content if tissue in anatomy.tissues]
        if found:
            yield tissue_class, sum(found[1:], start=found[0])


def class_mean(
    classes: Iterable[tuple[TissueClass, RealArray]], values: Mapping[TissueClass, tuple[float, ...]], grid: Grid
) -> RealArray:
    """Mean of some properties over the classes in each voxel, weighted by their share.

    Parameters
    ----------
    classes : iterable of (TissueClass, ndarray of shape `grid.shape`)
        See :func:`tissue_classes`.
    values : mapping of TissueClass to tuple of float
        The properties, all tuples of one length.
    grid : Grid

    Returns
    -------
    ndarray of float32, shape (property, *grid.shape)
    """
    count = len(next(iter(values.values())))
    means = np.zeros((count, *grid.shape), dtype=np.float32)
    for tissue_class, share in classes:
        for mean, value in zip(means, values[tissue_class], strict=True):
            if value:
                mean += np.float32(value) * share
    return means


def mixture_on(anatomy: Anatomy, grid: Grid, fwhm_mm: tuple[float, float, float], seed: int) -> Mixture:
    """Average the tissue classes over a scanner's voxels.

    Parameters
    ----------
    anatomy : Anatomy
    grid : Grid
        The scanner's voxels, their axes along the anatomy's.
    fwhm_mm : (float, float, float)
        Point spread along the grid's axes, full width at half maximum; Gaussian.
    seed : int
        See :func:`tissue_classes`.

    Returns
    -------
    Mixture

    Raises
    ------
    ImpastoError
        When the grid is oblique to the anatomy.
    """
    average = separable_average(anatomy.grid, grid, fwhm_mm)
    shares = np.zeros((*grid.shape, len(TissueClass)), dtype=np.float32)
    order = tuple(TissueClass)
    for tissue_class, share in tissue_classes(anatomy, seed):
        shares[..., order.index(tissue_class)] = average(share)
    return Mixture(grid, shares, brain_bounds_mm(anatomy))


def brain_bounds_mm(anatomy: Anatomy) -> FloatArray:
    """Least and greatest LPS coordinate of grey and white matter, shape (2, 3); zero size where there is none.

    Sections of less than 3 cm2 do not count: nerves and the spinal cord are no brain.
    """
    brain = anatomy.share(Tissue.GREY_MATTER) + anatomy.share(Tissue.WHITE_MATTER)
    spacing = anatomy.grid.spacing_mm
    ends = np.zeros((2, 3))
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        section_mm2 = brain.sum(axis=others, dtype=np.float64) * np.prod(spacing[list(others)])
        large = np.flatnonzero(section_mm2 > 300.0)
        ends[:, axis] = (large[0] - 0.5, large[-1] + 0.5) if len(large) else 0.0
    corners = anatomy.grid.world_from_index(ends)
    bounds: FloatArray = np.stack([corners.min(axis=0), corners.max(axis=0)])
    return bounds


def brain_grid(anatomy: Anatomy, spacing_mm: tuple[float, float, float], margin_mm: float = 14.0) -> Grid:
    """Lay a scanner's voxels over the brain and some of what is around it, along the anatomy's axes.

    Parameters
    ----------
    anatomy : Anatomy
    spacing_mm : (float, float, float)
        Along the anatomy's axes.
    margin_mm : float
        On all sides of the brain.

    Returns
    -------
    Grid
    """
    bounds = brain_bounds_mm(anatomy)
    extent_mm = np.abs((bounds[1] - bounds[0]) @ anatomy.grid.direction) + 2.0 * margin_mm
    shape = np.ceil(extent_mm / spacing_mm).astype(int)
    affine = np.eye(4)
    affine[:3, :3] = anatomy.grid.direction * spacing_mm
    affine[:3, 3] = bounds.mean(axis=0) - affine[:3, :3] @ ((shape - 1) / 2.0)
    return Grid((int(shape[0]), int(shape[1]), int(shape[2])), affine)


def _dense_part(tumour: RealArray, cells: RealArray, grid: Grid, seed: int) -> RealArray:
    """Share of each voxel that is densely populated solid tumour, from patchy noise in the tumour's box."""
    filled = [np.flatnonzero(tumour.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    box = tuple(slice(int(f[0]), int(f[-1]) + 1) for f in filled)
    region = grid.cropped([b.start for b in box], [b.stop for b in box])
    lattice = region.with_spacing(_PATCH_MM / 2.0)
    noise = np.random.default_rng([seed, 11]).standard_normal(lattice.shape)
    smooth = ndimage.gaussian_filter(noise, 2.0, mode="reflect")
    patches = resample_linear(smooth / max(float(smooth.std()), 1e-9), lattice, region)
    dense = np.zeros_like(tumour)
    dense[box] = tumour[box] * np.clip(0.5 + 0.3 * patches + 0.8 * (cells[box] - 0.6), 0.0, 1.0)
    return dense
