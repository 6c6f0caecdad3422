"""Photon influence matrix of the head phantom: pyRadPlan and impasto on the same rays, alternating."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.harness import ROOT, Verdict, measured, peak_memory_mb, print_table, run_peer
from benchmarks.head_phantom import gantry_angles_deg, head_phantom, stored_for_peers
from impasto.core import Beam
from impasto.plan.influence import InfluenceMatrix
from impasto.plan.photon import (
    GENERIC_DENSITY_TABLE,
    PencilBeamSettings,
    electron_density,
    generic_6mv,
    pencil_beam_influence,
)

REPEATS = 2


def run(quick: bool) -> list[Verdict]:
    """Hold cost, memory and dose against pyRadPlan's; `quick` uses one beam and one repeat."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stored_for_peers(folder, gantry_angles_deg(1 if quick else 7))
        peers, ours = [], []
        for _ in range(1 if quick else REPEATS):
            peers.append(run_peer("pyradplan", "pyradplan_photon.py", [str(folder)]))
            ours.append(_in_fresh_process(folder))
        ratio, spread = _dose_ratio(folder)
    peer, own = min(peers, key=lambda run: run["cpu_s"]), min(ours, key=lambda run: run["cpu_s"])
    labelled = [("pyRadPlan", peer), ("impasto", own), ("impasto, first call", {**own, **own["first"]})]
    rows = [
        [label, f"{cost['cpu_s']:.2f}", f"{cost['wall_s']:.2f}", f"{cost['peak_mb']:.0f}", f"{cost['matrix_mb']:.0f}"]
        for label, cost in labelled
    ]
    print_table(["", "CPU s", "wall s", "peak MB", "matrix MB"], rows)
    print(f"{own['bixels']} bixels, {own['values']} values (pyRadPlan {peer['values']}); "
          f"mean target dose ratio {ratio:.4f}, voxel by voxel +- {spread:.4f}")  # fmt: skip
    cpu, memory = own["cpu_s"] / peer["cpu_s"], own["peak_mb"] / peer["peak_mb"]
    return [
        Verdict(f"CPU time {cpu:.3f} of pyRadPlan's", "<= 0.1", cpu <= 0.1),
        Verdict(f"target dose ratio {ratio:.4f}", "1.000 +- 0.002", abs(ratio - 1.0) <= 0.002),
        Verdict(f"peak memory {memory:.2f} of pyRadPlan's", "<= 0.5", memory <= 0.5),
    ]


def influence_on_rays(folder: Path) -> InfluenceMatrix:
    """Compute impasto's influence matrix for the rays that the peer stored."""
    phantom = head_phantom()
    rays = np.load(folder / "rays.npz")
    isocentre = tuple(float(x) for x in rays["isocentre_mm"])
    gantry = np.load(folder / "head.npz")["gantry_deg"]
    beams = [Beam(float(angle), 0.0, isocentre, 5.0, rays[f"arr_{n}"]) for n, angle in enumerate(gantry)]
    density, _ = electron_density(phantom.ct, phantom.structures, GENERIC_DENSITY_TABLE)
    voxels = np.flatnonzero(phantom.masks["BODY"])
    influence, _ = pencil_beam_influence(density, beams, phantom.ct.grid, voxels, generic_6mv(), PencilBeamSettings())
    return influence


def peer_rows(folder: Path) -> sparse.csr_array:
    """Read the peer's matrix and bring its rows to impasto's order: voxels of the body in C order of [i, j, k]."""
    phantom = head_phantom()
    matrix = sparse.load_npz(folder / "influence.npz").tocsr()
    shape = phantom.ct.grid.shape
    peer_number = np.arange(phantom.ct.grid.voxel_count).reshape(shape[::-1]).T.ravel()
    return matrix[peer_number[np.flatnonzero(phantom.masks["BODY"])]]


def _dose_ratio(folder: Path) -> tuple[float, float]:
    influence, peer = influence_on_rays(folder), peer_rows(folder)
    fluence = np.ones(influence.column_count, dtype=np.float32)
    target = influence.rows_within(head_phantom().masks["PTV"])
    own, theirs = influence.dose_gy(fluence)[target], (peer @ fluence)[target]
    return float(own.mean() / theirs.mean()), float((own / theirs).std())


def _in_fresh_process(folder: Path) -> dict[str, Any]:
    """Measure in a process of its own, so that the peak is the method's and nobody else's."""
    command = [sys.executable, "-m", "benchmarks.photon", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def _measure(folder: Path) -> None:
    _, first = measured(lambda: influence_on_rays(folder))
    peak = peak_memory_mb()
    influence, cost = measured(lambda: influence_on_rays(folder))
    report = {
        "wall_s": cost.wall_s,
        "cpu_s": cost.cpu_s,
        "first": {"wall_s": first.wall_s, "cpu_s": first.cpu_s},
        "peak_mb": peak,
        "matrix_mb": influence.nbytes / 1e6,
        "bixels": influence.column_count,
        "values": len(influence.values),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    _measure(Path(sys.argv[1]))
