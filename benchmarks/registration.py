"""Registration of simulated brains with a known map, beside SimpleITK, greedy and ANTs on the same images.

Rigid: T1 to T1, to a T2-like and to a PET-like contrast, 20 mm apart at the start, with the same settings for all.
Deformable: a smooth field, and a mass that grew and became a cavity.
impasto's seconds hold the search both ways and all figures of quality; the peers' are of one search.
"""

from __future__ import annotations

import importlib.util
from typing import Literal

from benchmarks.harness import Verdict, measured, print_table
from benchmarks.registration_deformable import growing_mass, smooth
from benchmarks.registration_peers import PEERS, Alignment, aligned_by_peer
from benchmarks.simulated_registration import CONTRASTS, Contrast, RegistrationPair, rigid_pair
from impasto.core import Transform
from impasto.register import LinearSettings, register_linear

Engine = Literal["simpleitk", "greedy"]
_ENGINES: tuple[Engine, ...] = ("simpleitk", "greedy")
_RIGID_MM, _RIGID_S = 0.2, 30.0
_HEADER = ("mean mm", "max mm", "wall s", "CPU s")


def run(quick: bool) -> list[Verdict]:
    spacing_mm = 3.0 if quick else 1.0
    verdicts = [_rigid(contrast, spacing_mm) for contrast in CONTRASTS]
    return [*verdicts, *smooth(spacing_mm), *growing_mass(spacing_mm)]


def _rigid(contrast: Contrast, spacing_mm: float) -> Verdict:
    """One pair by every tool; the verdict is on impasto's default."""
    pair = rigid_pair(contrast, spacing_mm)
    start = pair.errors_mm(Transform.identity()).mean()
    found = [_registered(pair, engine) for engine in _ENGINES if _is_installed(engine)]
    found += [aligned_by_peer(tool, pair, "rigid") for tool in PEERS]
    print_table([f"T1 to {contrast}, rigid, from {start:.1f} mm", *_HEADER], [_row(pair, tool) for tool in found])
    error_mm, wall_s = pair.errors_mm(found[0].transform).mean(), found[0].cost.wall_s
    return Verdict(
        f"T1 to {contrast} {error_mm:.3f} mm in {wall_s:.0f} s",
        f"<= {_RIGID_MM:g} mm, {_RIGID_S:g} s",
        bool(error_mm <= _RIGID_MM and wall_s <= _RIGID_S),
    )


def _is_installed(engine: Engine) -> bool:
    if engine == "simpleitk" or importlib.util.find_spec("picsl_greedy") is not None:
        return True
    print("impasto with greedy: not run, the extra `registration` is not installed")
    return False


def _registered(pair: RegistrationPair, engine: Engine) -> Alignment:
    """Run impasto, and print what it says itself of the result."""
    settings = LinearSettings(engine=engine)
    registration, cost = measured(lambda: register_linear(pair.fixed, pair.moving, settings=settings))
    quality = registration.quality
    print(
        f"impasto, {engine}: forward-backward {quality.forward_backward_mean_mm:.3f} mm, mutual information "
        f"{quality.mutual_information_before:.3f} to {quality.mutual_information_after:.3f}, "
        f"{'passed' if quality.verdict.is_passed else 'failed'}"
    )
    return Alignment(f"impasto, {engine}", registration.transform, cost)


def _row(pair: RegistrationPair, found: Alignment) -> list[str]:
    error = pair.errors_mm(found.transform)
    cost = found.cost
    return [found.tool, f"{error.mean():.3f}", f"{error.max():.3f}", f"{cost.wall_s:.1f}", f"{cost.cpu_s:.1f}"]
