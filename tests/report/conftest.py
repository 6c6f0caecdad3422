"""A small analytic head: a skull, a target in the patient's left front upper quarter with a hot core, two plans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from impasto.core import (
    Dose,
    DoseGoal,
    DoseLimit,
    Grid,
    Image,
    LimitKind,
    Prescription,
    Role,
    Structure,
    StructureSet,
)
from impasto.evaluate import evaluate_plan
from impasto.report import Display, Heading, Images, PlanResult, ReportContent, Setting, Step

TARGET_MM = (30.0, -25.0, 20.0)
TARGET_RADIUS_MM = 18.0


def sphere(grid: Grid, centre_mm: tuple[float, float, float], radius_mm: float) -> np.ndarray:
    """Share of each voxel inside a sphere, from the distance to its surface."""
    distance = np.linalg.norm(grid.voxel_centres_mm() - np.array(centre_mm), axis=-1)
    return np.clip(0.5 - (distance - radius_mm) / float(grid.spacing_mm.mean()), 0.0, 1.0)


@pytest.fixture(scope="session")
def content() -> ReportContent:
    grid = Grid.centred((56, 64, 56), (3.0, 3.0, 3.0))
    points = grid.voxel_centres_mm()
    radius = np.linalg.norm(points / np.array([70.0, 85.0, 75.0]), axis=-1)
    hu = np.select([radius > 1.0, radius > 0.9], [-1000.0, 800.0], 40.0)
    ct = Image(hu.astype(np.float32), grid, "CT number", "[hnsf'U]")
    from_target = np.linalg.norm(points - np.array(TARGET_MM), axis=-1)
    suv = Image((1.0 + 9.0 * np.exp(-((from_target / 14.0) ** 2))).astype(np.float32), grid, "SUV body weight", "g/mL")
    structures = StructureSet(
        (
            Structure.from_mask("BODY", Role.EXTERNAL, np.clip(0.5 + (1.0 - radius) * 25.0, 0.0, 1.0), grid),
            Structure.from_mask("PTV", Role.PTV, sphere(grid, TARGET_MM, TARGET_RADIUS_MM), grid),
            Structure.from_mask("Brainstem", Role.ORGAN, sphere(grid, (0.0, 20.0, -20.0), 13.0), grid),
            Structure.from_mask("Chiasm", Role.ORGAN, sphere(grid, (3.0, -12.0, -12.0), 6.0), grid),
        )
    )
    level = Image(np.clip(60.0 + 12.0 * (suv.data - 3.0) / 6.0, 60.0, 72.0), grid, "prescribed dose", "Gy")
    prescription = Prescription(
        "linear in SUV",
        30,
        (DoseGoal("PTV", level),),
        (
            DoseLimit("Brainstem", LimitKind.MAXIMUM, 54.0),
            DoseLimit("Chiasm", LimitKind.MEAN, 12.0),
            DoseLimit("Brainstem", LimitKind.DOSE_VOLUME, 20.0, 10.0),
        ),
    )
    prescribed = Image(prescription.dose_map(structures, grid), grid, "prescribed dose", "Gy")
    fall = np.exp(-np.maximum(from_target - TARGET_RADIUS_MM, 0.0) / 25.0) * (radius <= 1.0)
    painted = Dose(Image((level.data * fall * 1.01).astype(np.float32), grid, "dose", "Gy"), 30, label="Painted")
    uniform = Dose(Image((66.0 * fall).astype(np.float32), grid, "dose", "Gy"), 30, label="Uniform")
    return ReportContent(
        heading=Heading("Boost by uptake", "HEAD-0001", "analytic", "1 May 2026", is_simulated=True),
        images=Images(ct, structures, prescribed, suv),
        prescription=prescription,
        plans=tuple(
            PlanResult(dose.label, dose, evaluate_plan(dose, prescription, structures)) for dose in (painted, uniform)
        ),
        display=Display(TARGET_MM, ("BODY", "PTV", "Brainstem", "Chiasm")),
        notes=("The generic machine is not commissioned.",),
        settings=(Setting("alpha/beta", "10", "Gy", "conventional for tumours"),),
        provenance=(Step("prescription", ("suv:12ab34cd",), "linear 3 to 9", "0.1.0"),),
    )


@pytest.fixture(scope="session")
def single(content: ReportContent) -> ReportContent:
    """One plan, real data, no functional image."""
    return replace(
        content,
        heading=replace(content.heading, is_simulated=False),
        images=replace(content.images, functional=None),
        plans=content.plans[:1],
        notes=(),
        settings=(),
        provenance=(),
    )
