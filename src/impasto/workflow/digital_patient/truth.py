"""What every digital patient's truth holds, and the note that says so."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from impasto import __version__
from impasto.core import Image
from impasto.phantom import Anatomy, Tissue
from impasto.workflow.digital_patient.kinds import Examination, PatientKind
from impasto.workflow.digital_patient.writing import ScanWriter

__all__ = ["README", "parameters", "write_anatomy_truth"]

README = """\
Digital patient ({kind}, seed {seed}), made by impasto {version}. SIMULATED: not a person. Research use only.

scans/  what scanners would give: DICOM (CT, MR, PET, RTSTRUCT), NIfTI with JSON (perfusion, diffusion with .bval and
        .bvec), NIfTI-MRS (spectra and their water reference, *.water.nii).
truth/  what the scans were made from, as NIfTI with JSON (quantity, unit); patient.json names the parameters.
"""


def parameters(kind: PatientKind, seed: int, examination: Examination) -> dict[str, Any]:
    """Name what decided a patient, for ``truth/patient.json``."""
    told: dict[str, Any] = {
        "kind": kind.value,
        "seed": seed,
        "impasto": __version__,
        "examination": asdict(examination),
    }
    if examination.treatment_effect_share != 0.0:
        told["enhancing_parts"] = asdict(examination.enhancing_parts(seed))
    return told


def write_anatomy_truth(anatomy: Anatomy, truths: ScanWriter, folder: str = "") -> None:
    """Write tumour-cell density, the share of each tissue, and the tissue that fills most of each voxel."""
    truths.image(Image(anatomy.tumour_cells, anatomy.grid, "tumour-cell density", "1"), f"{folder}tumour-cells")
    most = np.zeros(anatomy.grid.shape, dtype=np.float32)
    label = np.zeros(anatomy.grid.shape, dtype=np.uint8)
    for number, tissue in enumerate(Tissue):
        share = anatomy.tissues.get(tissue)
        if share is None:
            continue
        larger = share > most
        label[larger] = number
        np.maximum(most, share, out=most)
        percent = np.rint(100.0 * share).astype(np.uint8)
        name = f"{folder}tissues/{tissue.replace(' ', '-')}"
        truths.image(Image(percent, anatomy.grid, f"share of {tissue}", "%"), name)
    legend = {str(number): tissue.value for number, tissue in enumerate(Tissue)}
    truths.image(Image(label, anatomy.grid, "tissue that fills most", "1"), f"{folder}tissues", {"labels": legend})
