"""The digital patients of a radiosurgery cohort, each a case in a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

from impasto.core import ImpastoError
from impasto.core.arrays import FloatArray
from impasto.files import Case, CaseEntry, EntryKind, create_case, open_case, replacing_folder, save_case
from impasto.phantom.zoned_glioma import zoned_glioma
from impasto.workflow.importing.entries import with_image, with_structures
from impasto.workflow.radiosurgery_cohort.published import PublishedCohort

__all__ = ["DRAWING", "patient_case", "tumour_volumes_ml"]

DRAWING = "drawing"
"""Name of the image of these patients: a picture of what is where, no simulated signal."""

_SMALLEST_COHORT = 12
"""With fewer the largest tumour alone would lift the mean above that of the paper."""


def tumour_volumes_ml(count: int, published: PublishedCohort, seed: int) -> FloatArray:
    """Choose the volumes of a cohort's tumours, in random order.

    Quantiles of a Lomax distribution above the paper's smallest volume whose largest and mean are the paper's: all that
    it prints of them. Of a small cohort the quantiles are those of the paper's number of patients, ends left out, and
    the mean is only near it.

    Parameters
    ----------
    count : int
    published : PublishedCohort
    seed : int
        Of the order.

    Returns
    -------
    ndarray, shape (count,)
    """
    low, high = published.smallest_volume_ml, published.largest_volume_ml
    wanted = (published.mean_volume_ml - low) / (high - low)
    fitted = count if count >= _SMALLEST_COHORT else len(published.uniform["v12_ml"])
    below = np.arange(fitted) / fitted
    tail = float(brentq(lambda k: float(np.mean(_excess(below, k, fitted))) - wanted, 0.01, 20.0))
    quantiles = below if fitted == count else (np.arange(count) + 0.5) / count * (1.0 - 1.0 / fitted)
    volumes = low + (high - low) * _excess(quantiles, tail, fitted)
    return np.asarray(np.random.default_rng([seed, 13]).permutation(np.round(volumes, 2)))


def _excess(quantiles: FloatArray, tail: float, count: int) -> FloatArray:
    """Quantile function of the Lomax distribution, 1 at the last of `count` quantiles."""
    excess: FloatArray = ((1.0 - quantiles) ** -tail - 1.0) / (count**tail - 1.0)
    return excess


def patient_case(folder: Path, volume_ml: float, seed: int) -> Case:
    """Open a patient's case, or make it; it appears whole or not at all.

    Raises
    ------
    ImpastoError
        When the folder holds another patient.
    """
    subject = f"ZONED-GLIOMA-{seed}-{volume_ml:g}ml"
    if folder.exists():
        case = open_case(folder)
        if case.subject != subject:
            raise ImpastoError(str(folder), f"holds {case.subject}, not {subject}", "choose another folder")
        return case
    patient = zoned_glioma(volume_ml, seed)
    with replacing_folder(folder) as fresh:
        case = create_case(fresh, subject, simulated=True)
        made = "simulated: a drawing and masks, no scans"
        case = with_image(case, CaseEntry(DRAWING, EntryKind.IMAGE, "MR", made, notes=(made,)), patient.drawing)
        case = with_structures(
            case, CaseEntry("structures", EntryKind.STRUCTURES, "RTSTRUCT", made, drawn_on=DRAWING), patient.structures
        )
        save_case(case)
    return replace(case, folder=folder)
