"""Photon pencil beams: the influence matrix of fluence elements (Bortfeld, Schlegel, Rhein 1993)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.special import erf

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.plan import Beam
from impasto.core.progress import Progress, silent
from impasto.plan.influence import InfluenceMatrix
from impasto.plan.photon.assembly import FieldGeometry, assembled
from impasto.plan.photon.geometry import beam_axes, isocentre_plane, source_position
from impasto.plan.photon.machine import PhotonMachine
from impasto.plan.photon.radiological_depth import radiological_depth_mm, surface_distance_mm

__all__ = ["PencilBeamSettings", "bixel_kernels", "pencil_beam_influence"]

# Gaussian source, cut where its edge has fallen below 1e-6
SOURCE_REACH_SIGMAS = 5.0


@dataclass(frozen=True)
class PencilBeamSettings:
    """What changes the numbers of the pencil beam beside the machine.

    Parameters
    ----------
    lateral_cutoff_mm : float
        Distance in the isocentre plane, from a bixel's centre, beyond which it gives no dose.
    surface_density : float
        Relative electron density that marks the surface, for the source-surface distance.
    """

    lateral_cutoff_mm: float = 50.0
    surface_density: float = 0.05


def bixel_kernels(machine: PhotonMachine, ssd_mm: float, bixel_width_mm: float, reach_mm: float) -> NDArray[np.float32]:
    """Lateral dose of a square bixel: uniform fluence, blurred by the Gaussian source, convolved with the kernels.

    Parameters
    ----------
    machine : PhotonMachine
    ssd_mm : float
        Source-surface distance that the kernels are interpolated at.
    bixel_width_mm : float
    reach_mm : float
        Largest distance along x or y from the bixel's centre.

    Returns
    -------
    ndarray of float32, shape (n, n, component)
        One quadrant, ``[x, y, component]`` at multiples of `machine.kernel_step_mm` from the bixel's centre;
        the others mirror it.
    """
    step = machine.kernel_step_mm
    sigma = machine.penumbra_fwhm_mm / np.sqrt(8.0 * np.log(2.0))
    fluence_half = int(np.ceil((bixel_width_mm / 2 + SOURCE_REACH_SIGMAS * sigma) / step))
    count = int(np.ceil(reach_mm / step)) + 2
    kernel_half = count + fluence_half

    x = step * np.arange(-fluence_half, fluence_half + 1)
    edges = (x[:, None] + bixel_width_mm * np.array([0.5, -0.5])) / (np.sqrt(2.0) * sigma)
    profile = 0.5 * np.diff(-erf(edges), axis=1)[:, 0]
    axis = step * np.arange(-kernel_half, kernel_half + 1)
    radius = np.hypot(axis[:, None], axis[None, :])
    tables = machine.kernels_at(ssd_mm) * step**2
    kernels = np.stack([np.interp(radius, machine.kernel_radius_mm, table, right=0.0) for table in tables])

    size = next_fast_len(len(x) + len(axis) - 1, real=True)
    fluence = rfft2(np.outer(profile, profile), (size, size))
    blurred = irfft2(rfft2(kernels, (size, size)) * fluence, (size, size))
    middle = fluence_half + kernel_half
    quadrant = blurred[:, middle : middle + count, middle : middle + count]
    return np.ascontiguousarray(np.moveaxis(quadrant, 0, -1), dtype=np.float32)


def pencil_beam_influence(
    density: Image,
    beams: Sequence[Beam],
    grid: Grid,
    voxels: IntArray,
    machine: PhotonMachine,
    settings: PencilBeamSettings,
    progress: Progress = silent,
) -> tuple[InfluenceMatrix, tuple[str, ...]]:
    """Compute the dose of every bixel to the voxels of interest.

    Lateral scatter is that of water; depth is radiological, traced from the source to each voxel on its own; fluence
    across the field is flat before modulation (no horns), and falls with the square of the distance along the axis.

    Parameters
    ----------
    density : Image
        Electron density relative to water on the CT's own grid. Beyond its faces there is air.
    beams : sequence of Beam
        Columns follow in their order, bixel after bixel.
    grid : Grid
        Dose grid.
    voxels : ndarray of int64
        Voxels of interest: numbers in the flattened dose grid, ascending.
    machine : PhotonMachine
    settings : PencilBeamSettings
    progress : Progress

    Returns
    -------
    influence : InfluenceMatrix
        Gy per fraction per unit weight.
    notes : tuple of str
        Beams whose source-surface distance lies outside the machine's tables.

    Raises
    ------
    ImpastoError
        When there is no bixel, or the image reaches behind a source.
    """
    if not beams or not all(len(beam.bixels_mm) for beam in beams):
        raise ImpastoError("beams", "a beam has no bixels", "aim it at the target, or leave it out")
    points = grid.world_from_index(np.stack(np.unravel_index(voxels, grid.shape), axis=-1))
    parts = len(machine.buildup_per_mm)
    projected = np.empty((len(beams), len(points), 2), dtype=np.float32)
    components = np.zeros((len(beams), len(points), parts), dtype=np.float32)
    tables: list[NDArray[np.float32]] = []
    notes: list[str] = []
    for number, beam in enumerate(beams):
        progress("dose to each voxel", number / (len(beams) + 1))
        projected[number], components[number] = _beam_components(density, beam, points, machine, settings)
        ssd_mm, note = _kernel_distance(density, beam, machine, settings)
        notes.extend(note)
        tables.append(bixel_kernels(machine, ssd_mm, beam.bixel_width_mm, settings.lateral_cutoff_mm))
    progress("dose to each voxel", len(beams) / (len(beams) + 1))
    fields = FieldGeometry(
        projected_mm=projected,
        components=components,
        bixels_mm=np.concatenate([beam.bixels_mm for beam in beams]).astype(np.float32),
        first_bixel=np.concatenate([[0], np.cumsum([len(beam.bixels_mm) for beam in beams])]).astype(np.int64),
        kernels=np.stack(tables),
        kernel_step_mm=np.float32(machine.kernel_step_mm),
        cutoff_mm=np.float32(settings.lateral_cutoff_mm),
    )
    influence = assembled(fields, voxels, grid)
    progress("dose to each voxel", 1.0)
    return influence, tuple(notes)


def _beam_components(
    density: Image, beam: Beam, points_mm: FloatArray, machine: PhotonMachine, settings: PencilBeamSettings
) -> tuple[FloatArray, FloatArray]:
    """Project points on the isocentre plane; depth components with the inverse square, 0 beyond the beam's reach."""
    projected, distance = isocentre_plane(points_mm, beam, machine.source_axis_distance_mm)
    low, high = beam.bixels_mm.min(axis=0), beam.bixels_mm.max(axis=0)
    reach = settings.lateral_cutoff_mm
    near = np.all((projected >= low - reach) & (projected <= high + reach), axis=1)
    source = source_position(beam, machine.source_axis_distance_mm)
    depth = radiological_depth_mm(density, source, points_mm[near])
    components = np.zeros((len(points_mm), len(machine.buildup_per_mm)))
    spread = (machine.source_axis_distance_mm / distance[near]) ** 2
    components[near] = (machine.depth_components(depth) * spread).T
    return projected, components


def _kernel_distance(
    density: Image, beam: Beam, machine: PhotonMachine, settings: PencilBeamSettings
) -> tuple[float, list[str]]:
    """Source-surface distance on the ray of the bixel nearest to the axis, and a note where it is not tabulated."""
    nearest = beam.bixels_mm[np.argmin(np.sum(beam.bixels_mm**2, axis=1))]
    through = np.asarray(beam.isocentre_mm) + nearest @ beam_axes(beam.gantry_deg, beam.couch_deg)[:2]
    source = source_position(beam, machine.source_axis_distance_mm)
    ssd_mm = surface_distance_mm(density, source, through, settings.surface_density)
    name = f"Beam at gantry {beam.gantry_deg:g}, couch {beam.couch_deg:g}"
    if ssd_mm is None:
        ssd_mm = machine.source_axis_distance_mm
        return ssd_mm, [f"{name}: its axis meets no tissue; kernels taken at the isocentre's distance."]
    if not machine.covers_ssd(ssd_mm):
        return ssd_mm, [f"{name}: kernels of the nearest tabulated distance used for an SSD of {ssd_mm:.0f} mm."]
    return ssd_mm, []
