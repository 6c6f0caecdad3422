"""The deformable half of the benchmark of registration: a smooth field, and a mass that grew and became a cavity."""

from __future__ import annotations

import importlib.util
from typing import Literal

import numpy as np

from benchmarks.harness import Verdict, measured, print_table
from benchmarks.registration_peers import PEERS, Alignment, aligned_by_peer
from benchmarks.simulated_deformation import growing_mass_pair, smooth_pair
from benchmarks.simulated_registration import RegistrationPair
from impasto.core import Transform
from impasto.register import jacobian_determinant, register_linear
from impasto.register.deformable import (
    AbsenceSettings,
    DeformableRegistration,
    DeformableSettings,
    register_deformable,
)

__all__ = ["growing_mass", "smooth"]

Engine = Literal["impasto", "greedy"]
_SMOOTH_MM, _SMOOTH_P95_MM, _SMOOTH_S = 0.5, 1.2, 150.0
_SENSITIVITY = 0.8


def smooth(spacing_mm: float) -> list[Verdict]:
    """One smooth field by every tool; the verdict is on impasto's own search."""
    pair = smooth_pair(spacing_mm)
    start = pair.errors_mm(Transform.identity()).mean()
    found = [_deformed(pair, engine)[0] for engine in _engines()]
    found += [aligned_by_peer(tool, pair, "deformable") for tool in PEERS]
    rows = [_row(pair.errors_mm(tool.transform), tool) for tool in found]
    print_table([f"smooth, from {start:.1f} mm", "mean mm", "p95 mm", "folded %", "wall s", "CPU s"], rows)
    error, ours = pair.errors_mm(found[0].transform), found[0]
    p95, folded = float(np.quantile(error, 0.95)), _folded_percent(ours.transform)
    return [
        Verdict(
            f"smooth {error.mean():.2f} mm, p95 {p95:.2f} mm, {folded:.2g} % folded in {ours.cost.wall_s:.0f} s",
            f"<= {_SMOOTH_MM:g}, {_SMOOTH_P95_MM:g} mm, none, {_SMOOTH_S:g} s",
            bool(
                error.mean() <= _SMOOTH_MM and p95 <= _SMOOTH_P95_MM and folded == 0.0 and ours.cost.wall_s <= _SMOOTH_S
            ),
        )
    ]


def growing_mass(spacing_mm: float) -> list[Verdict]:
    """A mass that became a cavity: errors around it against the rigid map's, and the voxels without counterpart."""
    pair = growing_mass_pair("cavity", spacing_mm)
    rigid, cost = measured(lambda: register_linear(pair.fixed, pair.moving).transform)
    ours, registration = _deformed(pair, "impasto", rigid, AbsenceSettings())
    found = [Alignment("impasto, rigid", rigid, cost), ours]
    found += [aligned_by_peer(tool, pair, "deformable") for tool in PEERS]
    rows = [_row(pair.errors_mm(tool.transform)[pair.near], tool) for tool in found]
    print_table(["mass, within 15 mm of it", "mean mm", "p95 mm", "folded %", "wall s", "CPU s"], rows)
    assert registration.absent is not None
    absent = registration.absent.data > 0
    sensitivity = float(absent[pair.mass_fixed].mean())
    precision = float(pair.mass_fixed[absent].mean()) if absent.any() else 0.0
    print(f"absent correspondence: sensitivity {sensitivity:.3f}, precision {precision:.3f}")
    before, after = (float(pair.errors_mm(tool.transform)[pair.near].mean()) for tool in found[:2])
    return [
        Verdict(f"mass {after:.2f} of rigid's {before:.2f} mm", "<= half", after <= 0.5 * before),
        Verdict(f"absent sensitivity {sensitivity:.2f}", f">= {_SENSITIVITY:g}", sensitivity >= _SENSITIVITY),
    ]


def _engines() -> list[Engine]:
    if importlib.util.find_spec("picsl_greedy") is not None:
        return ["impasto", "greedy"]
    print("impasto with greedy: not run, the extra `registration` is not installed")
    return ["impasto"]


def _deformed(
    pair: RegistrationPair, engine: Engine, start: Transform | None = None, absence: AbsenceSettings | None = None
) -> tuple[Alignment, DeformableRegistration]:
    settings = DeformableSettings(engine=engine, absence=absence)
    found, cost = measured(lambda: register_deformable(pair.fixed, pair.moving, start, settings=settings))
    return Alignment(f"impasto, {engine}", found.transform, cost), found


def _folded_percent(transform: Transform) -> float:
    return 100.0 * float(np.mean(jacobian_determinant(transform) <= 0.0))


def _row(error_mm: np.ndarray, found: Alignment) -> list[str]:
    p95, folded = np.quantile(error_mm, 0.95), _folded_percent(found.transform)
    cost = [f"{found.cost.wall_s:.0f}", f"{found.cost.cpu_s:.0f}"]
    return [found.tool, f"{error_mm.mean():.3f}", f"{p95:.3f}", f"{folded:.3f}", *cost]
