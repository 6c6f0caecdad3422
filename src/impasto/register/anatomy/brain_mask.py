"""Brain masks of MR images with and without skull."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import ndimage

from impasto.core import Image, ImpastoError, Progress, Role, Structure, Transform, silent
from impasto.core.arrays import BoolArray
from impasto.register.anatomy.bias_field import BiasFieldSettings, correct_bias_field
from impasto.register.anatomy.brain_surface import SurfaceSettings, brain_within, surface_offsets_mm
from impasto.register.anatomy.learned_brain import deepbet_mask
from impasto.register.anatomy.template_registration import register_template

__all__ = ["BrainMaskMethod", "brain_mask"]

BrainMaskMethod = Literal["template", "deepbet"]

_COLOUR = (148, 163, 184)
_WELL_INSIDE_MM = 4.0


def brain_mask(
    image: Image,
    transform: Transform | None = None,
    lesion: BoolArray | None = None,
    method: BrainMaskMethod = "template",
    surface: SurfaceSettings | None = None,
    bias_field: BiasFieldSettings | None = None,
    progress: Progress = silent,
) -> Structure:
    """Find the brain with its sulci, cerebellum and brainstem.

    ``"template"`` lays the outline of the ICBM 152 brain into the head, removes the bias field, and moves the outline
    to the edge the image shows; it learns from the image alone what brain looks like. It is weakest on T2, where scalp
    and fluid look alike. ``"deepbet"`` is a network (Fisch 2024), more exact except on T2; it needs the extra
    ``brain``.

    Parameters
    ----------
    image : Image
        One MR volume: T1 with or without contrast agent, T2 or FLAIR.
    transform : Transform, optional
        Patient to template, from :func:`register_template`, which is called when absent. Of no use to ``"deepbet"``.
    lesion : ndarray of bool, shape `image.grid.shape`, optional
        Counts as brain: what grows at the rim may look like nothing else in it.
    method : {"template", "deepbet"}
    surface : SurfaceSettings, optional
    bias_field : BiasFieldSettings, optional
    progress : Progress

    Returns
    -------
    Structure
        ``Brain``, a mask on the image's grid.

    Raises
    ------
    ImpastoError
        When the method is unknown or not installed, or no brain is found.
    """
    if method == "deepbet":
        inside = deepbet_mask(image)
    elif method == "template":
        transform = transform or register_template(image, lesion, progress=progress).transform
        inside = _template_mask(image, transform, lesion, surface or SurfaceSettings(), bias_field)
    else:
        raise ImpastoError("brain mask", f"unknown method {method!r}", "give template or deepbet")
    if lesion is not None and method == "template":
        inside |= lesion
    inside = _in_one_piece(inside)
    progress("brain mask", 1.0)
    mask = Image(inside.astype(np.float32), image.grid, "occupancy", "1")
    return Structure("Brain", Role.ORGAN, mask=mask, colour=_COLOUR)


def _template_mask(
    image: Image,
    transform: Transform,
    lesion: BoolArray | None,
    surface: SurfaceSettings,
    bias_field: BiasFieldSettings | None,
) -> BoolArray:
    unmoved = np.zeros(1)
    core = brain_within(image.grid, transform, unmoved) < -_WELL_INSIDE_MM
    if not core.any():
        raise ImpastoError(image.quantity, "the registered brain lies beside the image", "check the registration")
    even = correct_bias_field(image, core, bias_field).image
    offsets = surface_offsets_mm(even.data, image.grid, transform, lesion, surface)
    inside: BoolArray = brain_within(image.grid, transform, offsets) < 0.0
    return inside


def _in_one_piece(inside: BoolArray) -> BoolArray:
    """Largest connected part, its holes filled."""
    parts, count = ndimage.label(inside)
    if not count:
        raise ImpastoError("brain mask", "no voxel is brain", "check that the image shows a head")
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    filled: BoolArray = ndimage.binary_fill_holes(parts == int(sizes.argmax()))
    return filled
