"""The cohort's tables as rows of text, and as a file for other programs."""

from __future__ import annotations

import csv
from pathlib import Path

from impasto.files import replacing_file
from impasto.outcome.paired import PairedComparison
from impasto.report.paired_tables import paired_text_row
from impasto.workflow.radiosurgery_cohort.cohort import RadiosurgeryCohort
from impasto.workflow.radiosurgery_cohort.comparison import MEASURES, MeasureRow

__all__ = [
    "COMPARISON_HEADER",
    "PATIENT_HEADER",
    "PUBLISHED_HEADER",
    "comparison_rows",
    "patient_rows",
    "published_rows",
    "write_patient_table",
]

COMPARISON_HEADER = ("figure", "uniform", "painted", "shift", "95 % CI", "p", "r")
"""Mean and standard deviation; Hodges-Lehmann shift; Wilcoxon's p; matched-pairs rank-biserial correlation."""

PUBLISHED_HEADER = ("figure (paper)", "uniform", "painted", "shift", "p")

PATIENT_HEADER = ("patient", "tumour ml", "mean dose Gy", "integral dose J", "V12 ml", "zones kept")
"""Uniform / painted: mean and integral dose of the brain, and V12 anywhere, tumour with it."""


def comparison_rows(rows: tuple[MeasureRow, ...]) -> list[list[str]]:
    """Write each measure of the cohort."""
    return [paired_text_row(row.own) for row in rows]


def published_rows(rows: tuple[MeasureRow, ...]) -> list[list[str]]:
    """Write the means of each measure that the paper has, the paper's in brackets."""
    return [
        [_named(row), *(f"{own} ({paper})" for own, paper in zip(_means(row.own), _means(row.published), strict=True))]
        for row in rows
        if row.published is not None
    ]


def _named(row: MeasureRow) -> str:
    unit = row.measure.unit
    return row.measure.name if unit == "1" else f"{row.measure.name}, {unit}"


def _means(found: PairedComparison) -> list[str]:
    first, second = found.values.first.mean(), found.values.second.mean()
    return [f"{first:.2f}", f"{second:.2f}", f"{found.shift.estimate:+.2f}", _p(found.signed_rank.p_value)]


def _p(value: float) -> str:
    return "< .0001" if value < 1e-4 else f"{value:.2g}"


def patient_rows(cohort: RadiosurgeryCohort) -> list[list[str]]:
    """Write each patient as the paper's table 1 does: mean dose and integral dose of the brain, V12."""
    rows = []
    for patient in cohort.patients:
        uniform, painted = patient.uniform, patient.painted
        kept = sum(zone.is_kept for zone in patient.painted.zones)
        rows.append(
            [
                patient.name,
                f"{patient.volume_ml:.1f}",
                f"{uniform.brain_mean_gy:.2f} / {painted.brain_mean_gy:.2f}",
                f"{uniform.brain_j:.2f} / {painted.brain_j:.2f}",
                f"{uniform.high_ml:.1f} / {painted.high_ml:.1f}",
                f"{kept} of {len(patient.painted.zones)}",
            ]
        )
    return rows


def write_patient_table(cohort: RadiosurgeryCohort, path: Path) -> None:
    """Write every measure of every patient as CSV, units in the heads."""
    heads = ["patient", "tumour_ml"]
    heads += [f"{one.name} [{one.unit}], {plan}" for one in MEASURES for plan in ("uniform", "painted")]
    with replacing_file(path) as beside, beside.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(heads)
        for patient in cohort.patients:
            values = [one.of(plan) for one in MEASURES for plan in (patient.uniform, patient.painted)]
            writer.writerow([patient.name, f"{patient.volume_ml:g}", *(f"{value:.6g}" for value in values)])
