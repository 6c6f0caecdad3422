"""Planning: influence matrices, voxelwise objectives and the optimiser, on any machine."""

from impasto.plan.influence import InfluenceMatrix
from impasto.plan.objectives import (
    EquivalentUniformDose,
    MaximumDoseVolume,
    MeanDose,
    MinimumDoseVolume,
    Objective,
    SquaredDeviation,
    SquaredOverdose,
    SquaredUnderdose,
)
from impasto.plan.optimise import Optimum, SolverSettings, objective_values, optimise
from impasto.plan.prescription_objectives import NormalTissue, PlanningAims, objectives_from_prescription

__all__ = [
    "EquivalentUniformDose",
    "InfluenceMatrix",
    "MaximumDoseVolume",
    "MeanDose",
    "MinimumDoseVolume",
    "NormalTissue",
    "Objective",
    "Optimum",
    "PlanningAims",
    "SolverSettings",
    "SquaredDeviation",
    "SquaredOverdose",
    "SquaredUnderdose",
    "objective_values",
    "objectives_from_prescription",
    "optimise",
]
