"""A cohort of digital patients, each planned painted and uniform, beside the cohort that the paper prints.

The patients have the paper's range and mean of tumour volumes and nothing else of it: sites, shapes, zones and heads
are drawn at random. Integral dose and V12 are given by each definition that a reader may mean; the paper's are not
reached by any, and nothing was tuned to them. What is judged is that plans keep their levels, that the paper's own
tests come out of its printed patients, that an interrupted cohort goes on, time and memory.
"""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

from benchmarks.harness import Verdict, measured, peak_memory_mb, print_table
from impasto.workflow.radiosurgery_cohort import (
    COMPARISON_HEADER,
    PATIENT_HEADER,
    PUBLISHED_HEADER,
    MeasureRow,
    RadiosurgeryCohort,
    compared_measures,
    comparison_rows,
    patient_rows,
    published_cohort,
    published_rows,
    run_radiosurgery_cohort,
    unreachable_sentences,
)

_PATIENTS, _FEW = 23, 2
_SECONDS_EACH, _MEGABYTES = 60.0, 2000.0
_RECOMPUTED = {"brain_mean_gy": (-0.05, -1.0), "integral_dose_j": (-0.10, -0.848), "v12_ml": (-0.255, -0.674)}
"""Hodges-Lehmann shift and rank-biserial correlation of the printed patients, by an independent computation."""


def run(quick: bool) -> list[Verdict]:
    """Plan the cohort; `quick` takes two patients."""
    count, published = _FEW if quick else _PATIENTS, published_cohort()
    with tempfile.TemporaryDirectory() as folder:
        cohort, cost = measured(lambda: run_radiosurgery_cohort(Path(folder), count))
        again = run_radiosurgery_cohort(Path(folder), count)
    rows = compared_measures(cohort, published)
    print_table(PATIENT_HEADER, patient_rows(cohort))
    print("\npainted against uniform (mean, SD; Hodges-Lehmann; Wilcoxon)")
    print_table(COMPARISON_HEADER, comparison_rows(rows))
    print("\nbeside the paper's")
    print_table(PUBLISHED_HEADER, published_rows(rows))
    for sentence in (*published.notes, *unreachable_sentences(cohort, published)):
        print(sentence)
    each, memory = cost.wall_s / count, peak_memory_mb()
    return [
        *_volumes(cohort, quick),
        *_zones(cohort),
        _paper(rows),
        Verdict(f"{again.planned} planned again", "0", again.planned == 0),
        Verdict(f"{each:.0f} s a patient", f"<= {_SECONDS_EACH:g}", each <= _SECONDS_EACH),
        Verdict(f"{memory:.0f} MB", f"<= {_MEGABYTES:g}", memory <= _MEGABYTES),
    ]


def _volumes(cohort: RadiosurgeryCohort, quick: bool) -> list[Verdict]:
    found = [patient.painted.target_ml for patient in cohort.patients]
    mean = sum(found) / len(found)
    as_wanted = max(abs(ml - one.volume_ml) for ml, one in zip(found, cohort.patients, strict=True))
    figure = f"tumours {min(found):.1f} to {max(found):.1f} ml, mean {mean:.2f}"
    is_met = as_wanted < 0.05 and (quick or (abs(mean - 13.0) < 0.05 and abs(max(found) - 43.7) < 0.05))
    return [Verdict(figure, "as chosen" if quick else "9.4 to 43.7, mean 13", is_met)]


def _zones(cohort: RadiosurgeryCohort) -> list[Verdict]:
    zones = [zone for patient in cohort.patients for zone in patient.painted.zones]
    kept = sum(zone.is_kept for zone in zones)
    ordered = sum(
        all(hot.mean_gy > cold.mean_gy for hot, cold in pairwise(patient.painted.zones)) for patient in cohort.patients
    )
    count = len(cohort.patients)
    return [
        Verdict(f"{kept} of {len(zones)} zones kept", "all", kept == len(zones)),
        Verdict(f"zone means ordered in {ordered} of {count}", "all", ordered == count),
    ]


def _paper(rows: tuple[MeasureRow, ...]) -> Verdict:
    """Hold the tests of the printed patients against those computed elsewhere."""
    found = {row.measure.published: row.published for row in rows if row.published is not None}
    apart = max(
        max(abs(found[key].shift.estimate - shift), abs(found[key].rank_biserial - biserial))  # type: ignore[union-attr]
        for key, (shift, biserial) in _RECOMPUTED.items()
    )
    return Verdict(f"paper's printed patients retested within {apart:.4f}", "<= .0006", apart <= 6e-4)
