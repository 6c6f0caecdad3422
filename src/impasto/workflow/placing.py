"""Bringing what was read from a case into the frame of a protocol."""

from __future__ import annotations

from impasto.core import DiffusionSeries, Dose, Grid, Image, ImpastoError, Spectra, StructureSet, Transform
from impasto.register import move_diffusion, move_dose, move_image, move_image_grid, move_spectra, move_structures
from impasto.workflow.artefacts import Artefact

__all__ = ["placed"]


def placed(artefact: Artefact, transform: Transform, onto: Grid) -> Artefact:
    """Bring an artefact into another frame.

    By an affine transform voxels and contours move as they are; by a dense one they are interpolated, once, on a grid
    of the new frame.

    Parameters
    ----------
    artefact : Image, StructureSet, Dose, Spectra or DiffusionSeries
    transform : Transform
        Point of the new frame to point of the artefact's own.
    onto : Grid
        Of the new frame, for dense transforms.

    Raises
    ------
    ImpastoError
        When a dense transform meets spectra or diffusion, which cannot be interpolated, or the artefact has no place.
    """
    match artefact:
        case Image() if transform.is_affine:
            return move_image_grid(artefact, transform)
        case Image():
            return move_image(artefact, transform, onto)
        case StructureSet():
            return move_structures(artefact, transform, onto)
        case Dose():
            return move_dose(artefact, transform, onto)
        case Spectra():
            return move_spectra(artefact, transform)
        case DiffusionSeries():
            return move_diffusion(artefact, transform)
    raise ImpastoError(type(artefact).__name__, "it has no place", "take it out of the protocol's inputs")
