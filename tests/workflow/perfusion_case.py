"""A case with three small series of known tissue: DCE, DSC and diffusion."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from impasto.core import DiffusionSeries, GradientTable, Grid, Image, MrAcquisition
from impasto.files import Case, CaseEntry, EntryKind, create_case, save_case
from impasto.maps.dce import (
    ArterialInput,
    extended_tofts_concentration,
    parker_blood_concentration,
    relaxation_rate,
    spoiled_gradient_signal,
    tofts_concentration,
)
from impasto.maps.diffusion import axial_tensor, diffusion_signal
from impasto.maps.dsc import capillary_concentration, gradient_echo_signal
from impasto.phantom.dwi import spread_directions
from impasto.workflow.importing.entries import with_diffusion, with_image

GRID = Grid.centred((12, 12, 4), (2.0, 2.0, 5.0))
VOXEL = (7, 6, 2)
AT_MM = tuple(float(x) for x in GRID.world_from_index(VOXEL))
DCE_TIMES_S, DSC_TIMES_S = np.arange(60) * 4.0, np.arange(70) * 1.5
KTRANS, VE, VP, T1_S = 0.15, 0.3, 0.05, 1.4
AXIAL, RADIAL, S0 = 1.7, 0.3, 1000.0
GRADIENTS = GradientTable(np.repeat([0.0, 1000.0], [3, 12]), np.concatenate([np.zeros((3, 3)), spread_directions(12)]))
_KNOTS_S = np.arange(0.0, 240.0, 0.5)
_ARTERY = (slice(1, 4), slice(2, 5), slice(1, 3))


def blood(arrival_s: float) -> ArterialInput:
    return ArterialInput(_KNOTS_S, parker_blood_concentration(_KNOTS_S, arrival_s), 0.42)


def dce_truth() -> np.ndarray:
    return extended_tofts_concentration(DCE_TIMES_S, blood(32.0), KTRANS, VE, VP)


def perfusion_case(folder: Path) -> Case:
    case = create_case(folder, "three series", simulated=True)
    dce = MrAcquisition(repetition_time_s=0.005, echo_time_s=0.002, flip_angle_deg=15.0)
    case = with_image(case, CaseEntry("dce", EntryKind.IMAGE, "MR"), _dce(), dce)
    dsc = MrAcquisition(repetition_time_s=1.5, echo_time_s=0.03, flip_angle_deg=60.0)
    case = with_image(case, CaseEntry("dsc", EntryKind.IMAGE, "MR"), _dsc(), dsc)
    case = with_diffusion(case, CaseEntry("dwi", EntryKind.DIFFUSION, "MR"), _dwi())
    save_case(case)
    return case


def _noise(shape: tuple[int, ...], deviation: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, deviation, shape)


def _dce() -> Image:
    concentration = np.broadcast_to(dce_truth(), (*GRID.shape, len(DCE_TIMES_S))).copy()
    t1_s = np.full(GRID.shape, T1_S)
    concentration[_ARTERY], t1_s[_ARTERY] = blood(32.0).blood_at(DCE_TIMES_S), 1.65
    signal = spoiled_gradient_signal(relaxation_rate(t1_s[..., None], concentration, 4.5), 15.0, 0.005, 20_000.0)
    return Image((signal + _noise(signal.shape, 5.0, 1)).astype(np.float32), GRID, "signal", "1", DCE_TIMES_S)


def _dsc() -> Image:
    arterial = blood(15.0)
    change = np.broadcast_to(
        87.0 * capillary_concentration(DSC_TIMES_S, arterial.delayed(0.5), 30.0, 6.0, 0.25),
        (*GRID.shape, len(DSC_TIMES_S)),
    ).copy()
    change[7:9, 5:8] -= 3.0 * tofts_concentration(DSC_TIMES_S, arterial, 0.1, 0.3)
    change[_ARTERY] = 12.0 * arterial.blood_at(DSC_TIMES_S)
    signal = gradient_echo_signal(1000.0, change, 0.03)
    return Image(
        np.maximum(signal + _noise(signal.shape, 8.0, 2), 1.0).astype(np.float32), GRID, "signal", "1", DSC_TIMES_S
    )


def _dwi() -> DiffusionSeries:
    tensor = axial_tensor(AXIAL, RADIAL, np.array([0.6, 0.0, 0.8]))
    signal = np.broadcast_to(diffusion_signal(S0, tensor, GRADIENTS), (*GRID.shape, len(GRADIENTS)))
    data = (signal + _noise(signal.shape, 10.0, 3)).astype(np.float32)
    data[0] = data[:, 0] = 1.0
    return DiffusionSeries(Image(data, GRID, "signal", "1", np.arange(float(len(GRADIENTS)))), GRADIENTS)
