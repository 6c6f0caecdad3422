"""Barriers to growth and organs at risk, brought from the average brain to a patient."""

from __future__ import annotations

from impasto.core import Grid, Role, StructureSet, Transform
from impasto.core.atlas import atlas_structures
from impasto.register.move import move_structures

__all__ = ["NOT_FOR_TREATMENT", "anatomical_barriers", "starting_contours"]

NOT_FOR_TREATMENT = "Starting contours from an average brain, not for treatment: edit them on the patient's images."
"""To be written wherever :func:`starting_contours` are stored or shown."""

_BARRIERS = ("Falx", "Tentorium", "Brainstem", "Ventricles")


def anatomical_barriers(transform: Transform, onto: Grid | None = None) -> StructureSet:
    """Falx, tentorium, brainstem and ventricles of the average brain, where growth of a glioma stops or turns.

    Parameters
    ----------
    transform : Transform
        Patient to template: affine (:func:`register_template`), or dense.
    onto : Grid, optional
        The patient's voxels; needed with a dense transform. An affine one moves the template's voxels, uninterpolated.

    Returns
    -------
    StructureSet
        In the patient's frame. Sheets are 2 mm thick and have no holes but the tentorial notch.
    """
    return move_structures(_barrier_set(), transform, onto)


def starting_contours(transform: Transform, onto: Grid | None = None) -> StructureSet:
    """Organs at risk of the average head as contours to start from. Not for treatment until edited on the patient.

    Brainstem, OpticChiasm, OpticNrv_L and _R, Eye_L and _R, Lens_L and _R, Hippocampus_L and _R, named by AAPM task
    group 263 (Mayo 2018). They carry no more than where such an organ lies on average, some mm off; small ones (chiasm,
    lenses, nerves) may miss theirs. Put :data:`NOT_FOR_TREATMENT` wherever they go.

    Parameters
    ----------
    transform, onto
        As in :func:`anatomical_barriers`.

    Returns
    -------
    StructureSet
        In the patient's frame, role ORGAN.
    """
    organs = atlas_structures().with_role(Role.ORGAN)
    return move_structures(StructureSet(organs), transform, onto)


def _barrier_set() -> StructureSet:
    return StructureSet(tuple(atlas_structures()[name] for name in _BARRIERS))
