"""Biologically effective dose of shots that follow one another, with repair between and during them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.plan import Shot
from impasto.core.progress import Progress, silent
from impasto.plan.gammaknife.delivery import start_minutes
from impasto.plan.gammaknife.dose import shot_doses_gy
from impasto.plan.gammaknife.head import Head
from impasto.plan.gammaknife.machine import GammaKnife
from impasto.radiobiology.repair import CNS_REPAIR, BiexponentialRepair, radiosurgery_bed_gy

__all__ = ["BiologicalDoseSettings", "biologically_effective_dose"]

_BLOCK = 20_000


@dataclass(frozen=True)
class BiologicalDoseSettings:
    """What biologically effective dose depends on beside the shots.

    Parameters
    ----------
    between_minutes : float
        Without beam between two isocentres.
    alpha_beta_gy : float
        Of brain (Millar et al. 2015) unless said otherwise.
    repair : BiexponentialRepair
    """

    between_minutes: float = 0.1
    alpha_beta_gy: float = 2.47
    repair: BiexponentialRepair = CNS_REPAIR


def biologically_effective_dose(
    shots: Sequence[Shot],
    grid: Grid,
    machine: GammaKnife,
    head: Head,
    settings: BiologicalDoseSettings | None = None,
    progress: Progress = silent,
) -> Image:
    """BED of shots in Gy, with each shot's own time (Millar et al. 2015).

    Parameters
    ----------
    shots : sequence of Shot
        In order of delivery, in one session.
    grid : Grid
        Voxels outside the head get 0.
    machine : GammaKnife
    head : Head
    settings : BiologicalDoseSettings, optional
    progress : Progress

    Raises
    ------
    ImpastoError
        When a shot lies outside the head or does not fit the machine.
    """
    chosen = settings or BiologicalDoseSettings()
    centres = grid.voxel_centres_mm()
    inside = head.contains(centres)
    points = centres[inside]
    starts, minutes = start_minutes(shots, chosen.between_minutes), [shot.minutes for shot in shots]
    found = np.zeros(len(points), dtype=np.float32)
    for begin in range(0, len(points), _BLOCK):
        progress("biologically effective dose", begin / len(points))
        part = slice(begin, begin + _BLOCK)
        doses = shot_doses_gy(points[part], shots, machine, head, with_transit=True)
        found[part] = radiosurgery_bed_gy(doses, starts, minutes, chosen.alpha_beta_gy, chosen.repair)
    progress("biologically effective dose", 1.0)
    bed = np.zeros(grid.shape, dtype=np.float32)
    bed[inside] = found
    return Image(bed, grid, "biologically effective dose", "Gy")
