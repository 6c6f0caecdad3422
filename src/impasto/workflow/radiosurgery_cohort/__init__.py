"""Cohorts of digital patients for radiosurgery: each planned painted and uniform, compared beside a paper's."""

from impasto.workflow.radiosurgery_cohort.cohort import (
    COHORT_PROTOCOL,
    CohortPatient,
    RadiosurgeryCohort,
    run_radiosurgery_cohort,
)
from impasto.workflow.radiosurgery_cohort.comparison import (
    MEASURES,
    Measure,
    MeasureRow,
    compared_measures,
    unreachable_sentences,
)
from impasto.workflow.radiosurgery_cohort.patients import patient_case, tumour_volumes_ml
from impasto.workflow.radiosurgery_cohort.published import PublishedCohort, published_cohort
from impasto.workflow.radiosurgery_cohort.tables import (
    COMPARISON_HEADER,
    PATIENT_HEADER,
    PUBLISHED_HEADER,
    comparison_rows,
    patient_rows,
    published_rows,
    write_patient_table,
)

__all__ = [
    "COHORT_PROTOCOL",
    "COMPARISON_HEADER",
    "MEASURES",
    "PATIENT_HEADER",
    "PUBLISHED_HEADER",
    "CohortPatient",
    "Measure",
    "MeasureRow",
    "PublishedCohort",
    "RadiosurgeryCohort",
    "compared_measures",
    "comparison_rows",
    "patient_case",
    "patient_rows",
    "published_cohort",
    "published_rows",
    "run_radiosurgery_cohort",
    "tumour_volumes_ml",
    "unreachable_sentences",
    "write_patient_table",
]
