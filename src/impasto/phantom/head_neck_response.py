"""What tracers show of a digital head-and-neck patient before and during treatment."""

from __future__ import annotations

import numpy as np

from impasto.core.image import Image
from impasto.phantom.head_neck import HeadNeckState
from impasto.phantom.oxygen import oxygen_pressure_mmhg
from impasto.phantom.tracers import glucose_uptake, hypoxia_uptake

__all__ = ["head_neck_glucose_uptake", "head_neck_hypoxia_uptake", "head_neck_oxygen_mmhg"]

_LYMPHOID_GLUCOSE = 2.6


def head_neck_glucose_uptake(state: HeadNeckState) -> Image:
    """Uptake of glucose (FDG), with that of tonsils, which stand out in everyone (Nakamoto 2005).

    Parameters
    ----------
    state : HeadNeckState

    Returns
    -------
    Image
        Standardised uptake value by body weight, g/mL.
    """
    uptake = glucose_uptake(state.anatomy)
    return uptake.with_data(uptake.data + np.float32(_LYMPHOID_GLUCOSE) * state.lymphoid)


def head_neck_oxygen_mmhg(state: HeadNeckState) -> Image:
    """Mean oxygen partial pressure of each voxel, also lowered where tumour has little blood supply.

    Parameters
    ----------
    state : HeadNeckState

    Returns
    -------
    Image
        In mmHg (UCUM ``mm[Hg]``).
    """
    pressure = oxygen_pressure_mmhg(state.anatomy)
    return pressure.with_data(pressure.data * state.blood_supply)


def head_neck_hypoxia_uptake(state: HeadNeckState) -> Image:
    """Uptake of a hypoxia tracer (FMISO); as cells die those that are left get more oxygen, and retain less.

    Parameters
    ----------
    state : HeadNeckState

    Returns
    -------
    Image
        Standardised uptake value by body weight, g/mL.
    """
    return hypoxia_uptake(state.anatomy, head_neck_oxygen_mmhg(state))
