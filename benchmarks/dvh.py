"""Dose-volume histograms: analytic solids, planning systems' own, and dicompyler-core's time and accuracy."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import numpy as np

from benchmarks import dvh_reference, nelms_shapes
from benchmarks.harness import Verdict, measured, print_table, reference_data, run_peer
from benchmarks.nelms_shapes import Case
from impasto.core import Structure
from impasto.evaluate import DoseVolumeHistogram, dose_volume_histogram

HALF_EXTENT_MM = 18.0
SPEED_TARGET = 10.0


def run(quick: bool) -> list[Verdict]:
    return [*analytic_solids(quick), *stored_histograms(), *eclipse_tables(), *speed()]


def figures(histogram: DoseVolumeHistogram) -> dict[str, float]:
    """Give the figures of Nelms et al."""
    percents = {f"D{p}": histogram.dose_at_volume_percent_gy(p) for p in (99, 95, 5, 1)}
    return {
        "volume": histogram.evaluated_volume_ml,
        "Dmin": histogram.minimum_gy,
        "Dmax": histogram.maximum_gy,
        "Dmean": histogram.mean_gy,
        **percents,
        "D0.03cc": histogram.dose_at_volume_ml_gy(0.03),
    }


def analytic_solids(quick: bool) -> list[Verdict]:
    verdicts = []
    for title, cases, allowed_percent in (
        ("test 1: contours every 0.2 mm, dose grid 0.4 x 0.4 x 0.2 to 3 mm", nelms_shapes.test_1(), 0.0),
        ("test 2: contours and dose grid both 1, 2 or 3 mm", nelms_shapes.test_2(), 5.0),
    ):
        chosen = [case for case in cases if not quick or case.shape in ("sphere", "axial cone")]
        peer = dicompyler_figures(chosen)
        found = compare(title, chosen, {"impasto": impasto_figures, "dicompyler": lambda case, p=peer: p[name(case)]})
        share = found["impasto"]
        figure = f"{title.split(':')[0]} {share:.1f} % off (dicompyler {found['dicompyler']:.0f} %)"
        verdicts.append(Verdict(figure, f"<= {allowed_percent:g} %", share <= allowed_percent))
    if not quick:
        title = "beyond the paper: every contour spacing with every isotropic dose grid"
        compare(title, nelms_shapes.crossed(), {"impasto": impasto_figures})
    return verdicts


def compare(title: str, cases: list[Case], programs: dict[str, Callable[[Case], dict[str, float]]]) -> dict[str, float]:
    """Print how many figures each program has more than 3 % off; give the share without Dmin and Dmax in percent."""
    rows: list[list[object]] = [[figure] for figure in [*nelms_shapes.FIGURES, "without Dmin, Dmax"]]
    shares = {}
    for program, give in programs.items():
        found = list(nelms_shapes.deviations_percent(cases, give))
        for row in rows:
            scored = nelms_shapes.SCORED if row[0] == "without Dmin, Dmax" else (row[0],)
            off = [deviation for _, figure, deviation in found if figure in scored]
            beyond = sum(abs(deviation) > 3.0 for deviation in off)
            row += [f"{beyond}/{len(off)}", f"{min(off):+.1f} .. {max(off):+.1f} %"]
            shares[program] = 100.0 * beyond / len(off)
    print(f"\n{title}\nfigures more than 3 % from the analytic value / all, and the range")
    print_table(["", *(cell for program in programs for cell in (program, ""))], rows)
    return shares


def impasto_figures(case: Case) -> dict[str, float]:
    return figures(dose_volume_histogram(nelms_shapes.dose(case, HALF_EXTENT_MM), nelms_shapes.structure(case)))


def dicompyler_figures(cases: list[Case]) -> dict[str, dict[str, float]]:
    arrays: dict[str, np.ndarray] = {}
    listed: list[dict[str, Any]] = []
    for case in cases:
        dose = nelms_shapes.dose(case, HALF_EXTENT_MM)
        drawn = f"{case.shape} {case.contour_spacing_mm}"
        field = f"{case.gradient} {case.dose_spacing_mm}"
        contours = nelms_shapes.structure(case).contours
        keys = [f"{drawn} {n}" for n in range(len(contours))]
        arrays |= {field: dose.gy, **dict(zip(keys, contours, strict=True))}
        geometry = {"spacing_mm": dose.grid.spacing_mm.tolist(), "origin_mm": dose.grid.origin_mm.tolist()}
        listed.append({"name": name(case), "dose": field, "contours": keys, **geometry})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.npz"
        np.savez(path, cases=json.dumps(listed), **arrays)
        return run_peer("dicompyler", "dicompyler_dvh.py", [str(path)])


def name(case: Case) -> str:
    return f"{case.shape}, {case.gradient}, {case.contour_spacing_mm}, {case.dose_spacing_mm}"


def stored_histograms() -> list[Verdict]:
    dose, structures, references = dvh_reference.rt_dicom_breast(reference_data("rt_dicom_breast"))
    allowed = {"volume": 1.0, "mean": 0.5, "D2": 1.0, "D50": 1.0, "D95": 1.0}
    rows, kept = [], True
    for reference in references:
        own = structures[reference.structure]
        drawn = dvh_reference.capped(own)
        found = dvh_reference.deviations(dose, drawn, reference)[1]
        half = dvh_reference.deviations(dose, own, reference)[1]
        volume_ml = float(reference.volume_ml[0])
        is_judged = volume_ml > dvh_reference.SMALLEST_JUDGED_ML
        kept = kept and (not is_judged or all(abs(found[key]) <= allowed[key] for key in allowed))
        cells = [f"{found[key]:+.2f}" for key in allowed]
        rows.append(
            [reference.structure, f"{volume_ml:.2f}", *cells, f"{half['volume']:+.2f}", "" if is_judged else "*"]
        )
    print("\nrt_dicom_breast: the nine stored histograms; volume and mean in % of them, D in % of the maximum dose")
    print(f"end caps of {dvh_reference.PLANNING_SYSTEM_END_CAP:g} plane spacings; last: volume with half a spacing")
    print_table(["structure", "stored ml", *allowed, "half caps", ""], rows)
    print("* not above 10 ml: not judged")
    figure = f"rt_dicom_breast {'reproduced' if kept else 'not reproduced'} with fitted end caps"
    return [Verdict(figure, "volume 1 %, mean 0.5 %, D 1 %", kept)]


def eclipse_tables() -> list[Verdict]:
    dose, structures, tables = dvh_reference.rt_eclipse_prostate(reference_data("rt_eclipse_prostate"))
    rows, worst = [], 0.0
    for program, references in tables.items():
        for reference in references:
            own = structures[reference.structure]
            found = dvh_reference.deviations(dose, dvh_reference.capped(own), reference)[1]
            half = dvh_reference.deviations(dose, own, reference)[1]
            cells = [f"{found[key]:+.2f}" for key in ("volume", "curve", "D2", "D50", "D95")]
            rows.append(
                [program, reference.structure, f"{reference.volume_ml[0]:.1f}", *cells, f"{half['volume']:+.2f}"]
            )
            if program == "Eclipse":
                worst = max(worst, abs(found["volume"]), found["curve"])
    print(
        "\nrt_eclipse_prostate: volume in %; curve: largest difference in % of the volume; D in % of the maximum dose"
    )
    print(f"end caps of {dvh_reference.PLANNING_SYSTEM_END_CAP:g} plane spacings; last: volume with half a spacing")
    print_table(["program", "structure", "ml", "volume", "curve", "D2", "D50", "D95", "half caps"], rows)
    return [Verdict(f"Eclipse volumes and curves within {worst:.2f} % with the same caps", "1 %", worst <= 1.0)]


def speed() -> list[Verdict]:
    folder = reference_data("rt_dicom_breast")
    dose, structures, _ = dvh_reference.rt_dicom_breast(folder)
    peer = run_peer("dicompyler", "dicompyler_dvh.py", [str(folder)])
    # CPU seconds on one thread each: what else the machine does would decide wall-clock times
    numba.set_num_threads(1)
    rows, ratios, own_s, peer_s = [], [], 0.0, 0.0
    for structure in structures.values():
        if structure.name not in peer:
            continue
        dose_volume_histogram(dose, structure)
        seconds = min(measured(lambda s=structure: dose_volume_histogram(dose, fresh(s)))[1].cpu_s for _ in range(5))
        ratio = peer[structure.name]["seconds"] / seconds
        own_s, peer_s = own_s + seconds, peer_s + peer[structure.name]["seconds"]
        ratios.append(ratio)
        volume_ml = structure.volume_ml()
        milliseconds = [f"{1000.0 * s:.1f}" for s in (seconds, peer[structure.name]["seconds"])]
        rows.append([structure.name, f"{volume_ml:.1f}", *milliseconds, f"{ratio:.1f}"])
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    print("\nrt_dicom_breast: CPU milliseconds per structure on one thread, contours and dose in memory, best of five")
    print_table(["structure", "ml", "impasto", "dicompyler", "ratio"], rows)
    total = peer_s / own_s
    spread = f"{min(ratios):.1f} to {max(ratios):.1f} per structure, median {statistics.median(ratios):.1f}"
    figure = f"{total:.1f} times as fast as dicompyler over all structures together ({spread})"
    return [Verdict(figure, f">= {SPEED_TARGET:g} over all together", total >= SPEED_TARGET)]


def fresh(structure: Structure) -> Structure:
    """Return the structure without what it has worked out before."""
    return replace(structure)
