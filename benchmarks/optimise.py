"""Painting by numbers on the head phantom: pyRadPlan and impasto on the same matrix to the same objective value."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.harness import Verdict, measured, print_table, run_peer
from benchmarks.head_phantom import gantry_angles_deg, head_phantom, stored_for_peers
from benchmarks.photon import peer_rows
from impasto.plan import (
    InfluenceMatrix,
    MeanDose,
    Objective,
    SolverSettings,
    SquaredDeviation,
    SquaredOverdose,
    objective_values,
    optimise,
)


def run(quick: bool) -> list[Verdict]:
    """Hold time and quality against pyRadPlan's own optimum; `quick` uses three beams."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stored_for_peers(folder, gantry_angles_deg(3 if quick else 7))
        peer = run_peer("pyradplan", "pyradplan_optimise.py", [str(folder)])
        fluence = np.load(folder / "fluence.npy")
        phantom = head_phantom()
        voxels = np.flatnonzero(phantom.masks["BODY"])
        matrix = InfluenceMatrix.from_scipy(peer_rows(folder), voxels, phantom.ct.grid)
    objectives, ramp = painting_objectives(matrix)
    peer_dose = matrix.dose_gy(fluence)
    goal = sum(objective_values(objectives, peer_dose))
    optimise(matrix, objectives, SolverSettings(maximum_iterations=1))  # compiles
    settings = SolverSettings(maximum_iterations=5000, relative_tolerance=0.0, stop_at=goal)
    equal, cost = measured(lambda: optimise(matrix, objectives, settings))
    settled, settled_cost = measured(lambda: optimise(matrix, objectives, SolverSettings(maximum_iterations=5000)))
    rows = objectives[0].rows
    quality = [float(np.mean(np.abs(dose[rows] / ramp - 1.0))) for dose in (peer_dose, equal.dose_gy, settled.dose_gy)]
    print_table(
        ["", "wall s", "CPU s", "objective", "QF"],
        [
            ["pyRadPlan", f"{peer['wall_s']:.1f}", f"{peer['cpu_s']:.1f}", f"{goal:.5f}", f"{quality[0]:.5f}"],
            ["impasto to equal objective", f"{cost.wall_s:.2f}", f"{cost.cpu_s:.2f}", f"{equal.value:.5f}",
             f"{quality[1]:.5f}"],
            ["impasto with its defaults", f"{settled_cost.wall_s:.2f}", f"{settled_cost.cpu_s:.2f}",
             f"{settled.value:.5f}", f"{quality[2]:.5f}"],
        ],
    )  # fmt: skip
    print(f"{equal.iterations} iterations, {equal.evaluations} evaluations, {equal.rounds} working sets")
    share = cost.wall_s / peer["wall_s"]
    is_equal = equal.value <= goal
    return [
        Verdict(f"time to equal objective {share:.3f} of pyRadPlan's", "<= 0.25", is_equal and share <= 0.25),
        Verdict(f"QF {quality[1]:.4f}", "<= 0.002", quality[1] <= 0.002),
    ]


def painting_objectives(matrix: InfluenceMatrix) -> tuple[tuple[Objective, ...], np.ndarray]:
    """Build the objectives that the peer uses, with its order of priority, and the ramp at the target's rows."""
    phantom = head_phantom()
    free = np.ones(phantom.ct.grid.shape, dtype=bool)
    rows = {}
    for name in ("PTV", "BRAINSTEM", "CHIASM", "BRAIN", "BODY"):
        rows[name] = matrix.rows_within(phantom.masks[name] & free)
        free &= ~phantom.masks[name]
    ramp = phantom.ramp_gy.ravel()[matrix.voxels[rows["PTV"]]]
    objectives = (
        SquaredDeviation(structure="PTV", rows=rows["PTV"], weight=1000.0, level_gy=ramp),
        SquaredOverdose(structure="BRAINSTEM", rows=rows["BRAINSTEM"], weight=100.0, level_gy=1.0),
        SquaredOverdose(structure="CHIASM", rows=rows["CHIASM"], weight=100.0, level_gy=0.8),
        MeanDose(structure="BRAIN", rows=rows["BRAIN"], weight=1.0),
        SquaredOverdose(structure="BODY", rows=rows["BODY"], weight=50.0, level_gy=2.2),
    )
    return objectives, ramp
