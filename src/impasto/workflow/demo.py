"""The whole way on a digital patient, as a stranger would first see it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from impasto.core import ImpastoError, Progress, silent
from impasto.files import replacing_folder
from impasto.workflow.artefacts import Figures
from impasto.workflow.digital_patient import PatientKind, write_digital_patient
from impasto.workflow.engine import run_protocol
from impasto.workflow.export import export_case
from impasto.workflow.importing.folder import import_folder
from impasto.workflow.protocol import load_protocol
from impasto.workflow.reporting import write_case_report
from impasto.workflow.results import open_results

__all__ = ["DemoSummary", "run_demo"]

_PROTOCOL = "spectro-glio"
_ARMS = ("boosted", "standard")
_MARK = "demo-of-impasto"


@dataclass(frozen=True)
class DemoSummary:
    """The demo's key figures as a table, and what it wrote."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, float, float], ...]
    written: tuple[tuple[Path, str], ...]


def run_demo(folder: Path, seed: int = 0, progress: Progress = silent) -> DemoSummary:
    """Make a digital glioma patient, import it, map its spectra, boost, plan, report and export.

    Parameters
    ----------
    folder : Path
        New, empty, or holding an earlier demo, which is replaced.
    seed : int
    progress : Progress

    Returns
    -------
    DemoSummary

    Raises
    ------
    ImpastoError
        When the folder holds something else.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise ImpastoError(str(folder), "exists and holds no earlier demo", "choose another folder")
    with replacing_folder(folder) as fresh:
        (fresh / _MARK).touch()
        write_digital_patient(PatientKind.GLIOMA, fresh / "patient", seed, progress)
        case = import_folder(
            fresh / "patient" / "scans", fresh / "case", f"digital-patient-{seed}", progress=progress
        ).case
        run_protocol(case, load_protocol(_PROTOCOL), progress=progress)
        write_case_report(case, fresh / "report.html", progress=progress)
        export_case(case, fresh / "dicom", progress=progress)
        results = open_results(case)
        rows = _rows(*(results.load(f"{arm}-evaluation.figures") for arm in _ARMS))
    written = (
        (folder / "report.html", "the report: open it in a browser"),
        (folder / "dicom", "structures, doses and prescription for a planning system"),
        (folder / "case", "the case: impasto info shows what is in it"),
    )
    return DemoSummary(("figure", *_ARMS), rows, written)


def _rows(boosted: object, standard: object) -> tuple[tuple[str, float, float], ...]:
    """Doses of the targets, then of the organs, then how near the boosted target is to its prescription."""
    assert isinstance(boosted, Figures)
    assert isinstance(standard, Figures)
    arms = (boosted.values, standard.values)
    targets = [quality["structure"] for quality in arms[0]["quality"]]
    names = [structure["structure"] for structure in arms[0]["structures"]]
    rows = []
    for name in sorted(names, key=lambda name: name not in targets):
        doses = [next(s for s in arm["structures"] if s["structure"] == name) for arm in arms]
        figures = (("D98", "d98_gy"),) if name in targets else ()
        for label, key in (*figures, ("mean dose", "mean_gy"), ("D2", "d2_gy")):
            rows.append((f"{name}: {label} [Gy]", *(dose[key] for dose in doses)))
    quality = [next(q for q in arm["quality"] if q["structure"] == targets[0]) for arm in arms]
    key = "volume_within_5_percent_of_prescribed_percent"
    rows.append((f"{targets[0]}: volume within 5 % of prescribed [%]", *(q[key] for q in quality)))
    rows.append((f"{targets[0]}: quality factor mean |Q - 1|", *(q["quality_factor"] for q in quality)))
    return tuple((label, float(first), float(second)) for label, first, second in rows)
