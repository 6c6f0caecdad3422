"""Beams that enter the patient through the edge of a cropped CT instead of the skin."""

from __future__ import annotations

import numpy as np

from impasto.core.image import Image
from impasto.core.plan import Beam
from impasto.plan.photon.geometry import beam_axes, source_position
from impasto.plan.photon.radiological_depth import box_entry

__all__ = ["edge_notes", "share_through_edge"]


def share_through_edge(density: Image, beam: Beam, source_axis_distance_mm: float, surface_density: float) -> float:
    """Share of a beam's rays, source to bixel centre and on, that meet tissue in the very first voxel of the image.

    Such a ray passed through tissue that the image does not show.

    Parameters
    ----------
    density : Image
        Electron density relative to water.
    beam : Beam
    source_axis_distance_mm : float
    surface_density : float
        What counts as tissue.

    Returns
    -------
    float
        0 to 1.
    """
    source = source_position(beam, source_axis_distance_mm)
    axes = beam_axes(beam.gantry_deg, beam.couch_deg)
    beyond = 2.0 * (np.asarray(beam.isocentre_mm) + beam.bixels_mm @ axes[:2]) - source
    entry = box_entry(density.grid, source, beyond)
    hits = np.isfinite(entry)
    way = beyond[hits] - source
    # a hair beyond the face: inside the first voxel
    inside = entry[hits] + 1e-3 / np.linalg.norm(way, axis=1)
    index = np.floor(density.grid.index_from_world(source + inside[:, None] * way) + 0.5).astype(np.int64)
    index = np.clip(index, 0, np.array(density.grid.shape) - 1)
    met = np.count_nonzero(density.data[tuple(index.T)] > surface_density)
    return met / len(beam.bixels_mm)


def edge_notes(
    density: Image, beams: tuple[Beam, ...], source_axis_distance_mm: float, surface_density: float
) -> tuple[str, ...]:
    """Say which beams enter through the image's edge, with what share of their rays, and what that means."""
    shares = [share_through_edge(density, beam, source_axis_distance_mm, surface_density) for beam in beams]
    named = [
        f"gantry {beam.gantry_deg:g} couch {beam.couch_deg:g} ({100 * share:.0f} %)"
        for beam, share in zip(beams, shares, strict=True)
        if share > 0.0
    ]
    if not named:
        return ()
    return (
        f"Beams whose rays enter the patient through the edge of the CT, with the share of their rays: "
        f"{', '.join(named)}. Missing tissue is taken as air, so their dose is too high.",
    )
