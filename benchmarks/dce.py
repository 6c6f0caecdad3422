"""Tofts and extended Tofts on simulated curves: speed, error, bias and error bars, beside scipy, osipy and dcmri.

Truth is integrated step by step, not by the package's own convolution. Every program knows the whole input: it is
linear between its samples at the frames. What a finer input gives is shown apart.
"""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.harness import UnavailableError, Verdict, peak_memory_mb, print_table, run_peer
from benchmarks.peers import scipy_tofts
from impasto.core import Grid, Image
from impasto.maps.dce import (
    ArterialInput,
    DceAcquisition,
    DceSettings,
    NativeTissue,
    dce_maps,
    fit_kinetics,
    parker_blood_concentration,
    spoiled_gradient_signal,
)

FRAMES, INTERVAL_S, ARRIVAL_S, NOISE_MMOL_L, HAEMATOCRIT = 60, 5.0, 25.0, 0.02, 0.42
STEP_S = 0.02
SCAN = {
    "flip_angle_deg": 15.0,
    "repetition_time_s": 0.005,
    "relaxivity_l_per_mmol_s": 4.5,
    "t1_s": 1.4,
    "haematocrit": HAEMATOCRIT,
    "baseline_frames": 5,
}
MODELS = {"Tofts": (300_000.0, 0.0032), "extended Tofts": (200_000.0, 0.0040)}
PARAMETERS = {"Tofts": ("Ktrans", "ve"), "extended Tofts": ("Ktrans", "ve", "vp")}
REPEATS = 7


@dataclass(frozen=True, eq=False)
class Tissue:
    """Curves without noise and what they were made of."""

    times_s: np.ndarray
    arterial: ArterialInput
    truth: dict[str, np.ndarray]
    curves: dict[str, np.ndarray]


def run(quick: bool) -> list[Verdict]:
    count = 4000 if quick else 20_000
    times = np.arange(FRAMES) * INTERVAL_S
    sampled = simulated(count, ArterialInput(times, parker_blood_concentration(times, ARRIVAL_S), HAEMATOCRIT))
    noise = np.random.default_rng(1).normal(0.0, NOISE_MMOL_L, (count, FRAMES))
    verdicts = beside_peers(sampled, noise, quick)
    fine = np.arange(0.0, times[-1] + 0.25, 0.25)
    known_finer(simulated(count, ArterialInput(fine, parker_blood_concentration(fine, ARRIVAL_S), HAEMATOCRIT)), noise)
    return [*verdicts, *error_bars(sampled, noise), whole_head(quick)]


def simulated(count: int, arterial: ArterialInput) -> Tissue:
    """Integrate ``dC/dt = Ktrans cp - kep C`` in fine steps, input linear within them."""
    rng = np.random.default_rng(0)
    truth = {
        "Ktrans": rng.uniform(0.01, 0.5, count),
        "ve": rng.uniform(0.1, 0.6, count),
        "vp": rng.uniform(0.0, 0.1, count),
    }
    times = np.arange(FRAMES) * INTERVAL_S
    fine = np.arange(round(times[-1] / STEP_S) + 1) * STEP_S
    plasma = np.interp(fine, arterial.times_s, arterial.plasma_mmol_l)
    kep, uptake = truth["Ktrans"] / truth["ve"] / 60.0, truth["Ktrans"] / 60.0
    decay = np.exp(-kep * STEP_S)
    tissue, leaked = np.zeros(count), np.zeros((FRAMES, count))
    every = round(INTERVAL_S / STEP_S)
    for n in range(1, len(fine)):
        tissue = decay * tissue + 0.5 * STEP_S * uptake * (decay * plasma[n - 1] + plasma[n])
        if n % every == 0:
            leaked[n // every] = tissue
    in_plasma = truth["vp"][:, None] * plasma[::every]
    curves = {"Tofts": leaked.T.copy(), "extended Tofts": leaked.T + in_plasma}
    return Tissue(times, arterial, truth, curves)


def beside_peers(tissue: Tissue, noise: np.ndarray, quick: bool) -> list[Verdict]:
    verdicts, rows = [], []
    osipy, dcmri = from_peers(tissue, noise, quick)
    for model, (least_rate, largest_error) in MODELS.items():
        curves = (tissue.curves[model] + noise).astype(np.float32)
        ktrans, rate = fitted(curves, tissue, model)
        share = 20 if quick else 200
        start = time.perf_counter()
        by_scipy = scipy_tofts.fit(
            curves[:share], tissue.times_s, tissue.arterial.plasma_mmol_l, model == "extended Tofts"
        )[:, 0]
        scipy_rate = share / (time.perf_counter() - start)
        error, bias = figures(ktrans, tissue.truth["Ktrans"])
        rows.append([model, "impasto", len(ktrans), f"{rate:.0f}", f"{error:.4f}", f"{bias:+.2f} %"])
        rows.append([model, "scipy", share, *cells(scipy_rate, by_scipy, tissue)])
        for program, answers in (("osipy", osipy), ("dcmri", dcmri)):
            if model in answers:
                rows.append([model, program, len(answers[model][1]), *cells(*answers[model], tissue)])
        verdicts += [
            Verdict(f"{model} {rate:.0f} voxels/s", f">= {least_rate:.0f}", rate >= least_rate),
            Verdict(f"median |error| {error:.4f} /min", f"<= {largest_error:.4f}", error <= largest_error),
            Verdict(f"bias {bias:+.2f} %", "below 1 %", abs(bias) < 1.0),
        ]
    print(f"{FRAMES} frames every {INTERVAL_S:g} s, noise {NOISE_MMOL_L:g} mmol/L; error and bias of Ktrans")
    print_table(["model", "program", "voxels", "voxels/s", "median |error|", "mean bias"], rows)
    return verdicts


def fitted(curves: np.ndarray, tissue: Tissue, model: str) -> tuple[np.ndarray, float]:
    """Ktrans, and voxels a second: the best of some repeats, since other work on the machine only slows."""
    fit_kinetics(curves[:100], tissue.times_s, tissue.arterial, model)  # type: ignore[arg-type]
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        fit = fit_kinetics(curves, tissue.times_s, tissue.arterial, model)  # type: ignore[arg-type]
        seconds.append(time.perf_counter() - start)
    return fit.estimates["Ktrans"], len(curves) / min(seconds)


def figures(ktrans: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Median absolute error per min, and mean error in percent of the mean."""
    off = ktrans - truth[: len(ktrans)]
    return float(np.median(np.abs(off))), float(100.0 * off.mean() / truth[: len(ktrans)].mean())


def cells(rate: float, ktrans: np.ndarray, tissue: Tissue) -> list[str]:
    error, bias = figures(ktrans, tissue.truth["Ktrans"])
    return [f"{rate:.0f}" if rate >= 10.0 else f"{rate:.1f}", f"{error:.4f}", f"{bias:+.2f} %"]


def from_peers(tissue: Tissue, noise: np.ndarray, quick: bool) -> tuple[dict, dict]:
    """Rate and Ktrans of osipy and dcmri for each model; nothing where a peer is not there."""
    osipy: dict[str, tuple[float, np.ndarray]] = {}
    dcmri: dict[str, tuple[float, np.ndarray]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "curves.npz"
        noisy = {model: tissue.curves[model] + noise for model in MODELS}
        rate = 1.0 / SCAN["t1_s"] + SCAN["relaxivity_l_per_mmol_s"] * noisy["extended Tofts"][: 5 if quick else 20]
        signal = spoiled_gradient_signal(rate, SCAN["flip_angle_deg"], SCAN["repetition_time_s"], 1000.0)
        blood, plasma = tissue.arterial.blood_mmol_l, tissue.arterial.plasma_mmol_l
        np.savez(
            path, times_s=tissue.times_s, plasma=plasma, blood=blood, signal=signal, scan=json.dumps(SCAN), **noisy
        )
        try:
            answer = run_peer("osipy", "osipy_dce.py", [str(path)])
            if "unavailable" in answer:
                raise UnavailableError(answer["unavailable"])
            found = np.load(path.with_suffix(".osipy.npz"))
            osipy = {model: (answer["rate"][model], found[f"{model} Ktrans"]) for model in MODELS}
        except UnavailableError as missing:
            print(f"osipy not run: {missing}")
        try:
            answer = run_peer("dcmri", "dcmri_dce.py", [str(path)])
            dcmri["extended Tofts"] = (answer["rate"], np.load(path.with_suffix(".dcmri.npz"))["ktrans"])
        except UnavailableError as missing:
            print(f"dcmri not run: {missing}")
    return osipy, dcmri


def known_finer(tissue: Tissue, noise: np.ndarray) -> None:
    """Show what an input known every quarter of a second gives: a population's, for example."""
    rows = []
    for model in MODELS:
        ktrans, rate = fitted((tissue.curves[model] + noise).astype(np.float32), tissue, model)
        error, bias = figures(ktrans, tissue.truth["Ktrans"])
        rows.append([model, f"{rate:.0f}", f"{error:.4f}", f"{bias:+.2f} %"])
    print("\ninput known every 0.25 s, frames every 5 s")
    print_table(["model", "voxels/s", "median |error|", "mean bias"], rows)


def error_bars(tissue: Tissue, noise: np.ndarray) -> list[Verdict]:
    """Share of errors within one standard error."""
    rows, worst = [], 0.0
    for model, names in PARAMETERS.items():
        fit = fit_kinetics(tissue.curves[model] + noise, tissue.times_s, tissue.arterial, model)  # type: ignore[arg-type]
        for name in names:
            off, error = np.abs(fit.estimates[name] - tissue.truth[name]), fit.standard_errors[name]
            share = 100.0 * float(np.mean((off <= error)[np.isfinite(error)]))
            worst = max(worst, abs(share - 68.3))
            rows.append([model, name, f"{share:.1f} %", f"{100.0 * np.mean(np.isfinite(error)):.1f} %"])
    print("\nerrors within one standard error, and voxels that have one")
    print_table(["model", "parameter", "within", "known"], rows)
    return [Verdict(f"errors within one sigma 68 +- {worst:.1f} %", "+- 5 %", worst <= 5.0)]


def whole_head(quick: bool) -> Verdict:
    """Map a series of int16 signals from end to end and say what memory that took."""
    shape = (64, 64, 8) if quick else (256, 256, 60)
    tissue = simulated(
        512,
        population := ArterialInput(
            np.arange(0.0, 296.0), parker_blood_concentration(np.arange(0.0, 296.0), ARRIVAL_S), HAEMATOCRIT
        ),
    )
    rate = 1.0 / SCAN["t1_s"] + SCAN["relaxivity_l_per_mmol_s"] * tissue.curves["extended Tofts"]
    signal = spoiled_gradient_signal(rate, SCAN["flip_angle_deg"], SCAN["repetition_time_s"], 20_000.0)
    rng = np.random.default_rng(3)
    data = np.empty((*shape, FRAMES), dtype=np.int16)
    for k in range(shape[2]):
        data[:, :, k] = signal[rng.integers(0, 512, shape[:2])] + rng.normal(0.0, 5.0, (*shape[:2], FRAMES))
    series = Image(data, Grid.centred(shape, (1.0, 1.0, 3.0)), "T1-weighted signal", "1", tissue.times_s)
    acquisition = DceAcquisition(15.0, 0.005, 4.5)
    start = time.perf_counter()
    maps = dce_maps(series, acquisition, NativeTissue(1.4), population, settings=DceSettings(delay="none"))
    seconds = time.perf_counter() - start
    memory_gb = peak_memory_mb() / 1024.0
    size = " x ".join(str(n) for n in (*shape, FRAMES))
    print(
        f"\n{size} int16: {len(maps)} maps in {seconds:.0f} s, {data[..., 0].size / seconds:.0f} voxels/s from signals"
    )
    return Verdict(f"{size} in {memory_gb:.1f} GB", "<= 4 GB", memory_gb <= 4.0)
