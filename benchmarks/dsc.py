"""Susceptibility contrast: leakage correction and its errors, oSVD beside the plain published method, a whole brain."""

from __future__ import annotations

import numpy as np

from benchmarks.harness import Verdict, measured, peak_memory_mb, print_table
from benchmarks.peers.oscillation_svd import factors, flow_per_s
from impasto.core import Grid, Image
from impasto.maps.dce import parker_blood_concentration
from impasto.maps.dsc import (
    CurveNoise,
    DscSettings,
    LeakageModel,
    baseline_noise,
    deconvolve,
    delta_r2star,
    dsc_maps,
    gamma_residue,
    gradient_echo_signal,
    leaking_delta_r2star,
    residue_convolution,
)

_ECHO_S, _TISSUE = 0.03, 87.0


def run(quick: bool) -> list[Verdict]:
    return [*leakage(), *deconvolution(quick), *whole_brain(quick)]


def bolus(times_s: np.ndarray, start_s: float, power: float, scale_s: float) -> np.ndarray:
    """Gamma-variate of unit height."""
    ratio = np.maximum(times_s - start_s, 0.0) / (power * scale_s)
    return np.where(ratio > 0.0, ratio**power * np.exp(power * (1.0 - ratio)), 0.0)


def tissue_curve(times_s: np.ndarray) -> np.ndarray:
    """dR2* of tissue that does not leak: first pass, recirculation, what stays."""
    stays = 0.8 / (1.0 + np.exp(-(times_s - 25.0) / 3.0))
    return 8.0 * bolus(times_s, 15.0, 3.0, 1.5) + 1.2 * bolus(times_s, 28.0, 3.0, 3.0) + stays


def leakage() -> list[Verdict]:
    """Half the voxels leak, by T1 or by T2*; noise in the signal, so that the baseline has its error too."""
    rng = np.random.default_rng(0)
    times = np.arange(80) * 1.5
    reference, count = tissue_curve(times), 20000
    k1, k2 = rng.uniform(0.5, 4.0, count), rng.uniform(-0.05, 0.08, count)
    k1[: count // 2], k2[: count // 2] = rng.uniform(0.8, 1.2, count // 2), 0.0
    truth = k1 * np.trapezoid(reference, times)
    clean = leaking_delta_r2star(times, reference, k1, k2)
    model = LeakageModel(times, reference)
    direct, cost = measured(lambda: model.fit(clean + rng.normal(0.0, 0.3, clean.shape)))
    signal = gradient_echo_signal(1000.0, clean, _ECHO_S) + rng.normal(0.0, 12.5, clean.shape)
    before = times < 15.0
    curves = delta_r2star(signal, signal[:, before].mean(axis=1, keepdims=True), _ECHO_S)
    quiet = before | (times > 70.0)
    scanned = model.fit(curves, CurveNoise(baseline_noise(curves, quiet, _ECHO_S), _ECHO_S, before))
    rows, inside = [], []
    for name, fit in (("noise .3 /s in dR2*", direct), ("signal-to-noise 80", scanned)):
        ratio, raw = fit.area / truth, fit.uncorrected_area / truth
        shares = [
            100.0 * float(np.mean(np.abs(found - true) <= error))
            for found, true, error in (
                (fit.area, truth, fit.area_error),
                (fit.k1, k1, fit.k1_error),
                (fit.k2_per_s, k2, fit.k2_error_per_s),
            )
        ]
        inside.append(shares[0])
        low, middle, high = np.percentile(ratio, [5, 50, 95])
        spread = f"{low:.3f} .. {high:.3f}"
        raw_spread = " .. ".join(f"{v:.2f}" for v in np.percentile(raw, [5, 95]))
        rows.append([name, f"{middle:.3f}", spread, raw_spread, *(f"{share:.0f}" for share in shares)])
    print(f"leakage: rCBV over truth of {count} voxels, corrected and not; % of errors inside one standard error")
    print_table(["", "median", "p5 .. p95", "uncorrected", "rCBV", "K1", "K2"], rows)
    print(f"{count / cost.wall_s:.0f} voxels/s")
    low, middle, high = np.percentile(direct.area / truth, [5, 50, 95])
    is_met = abs(middle - 1.0) <= 0.03 and low >= 0.93 and high <= 1.07
    calibrated = all(abs(share - 68.0) <= 5.0 for share in inside)
    return [
        Verdict(
            f"rCBV corrected/true {middle:.3f} ({low:.3f} to {high:.3f})", "1.00 +- .03 (p5 .93, p95 1.07)", is_met
        ),
        Verdict(f"{' and '.join(f'{s:.0f}' for s in inside)} % inside one standard error", "68 +- 5 %", calibrated),
    ]


def deconvolution(quick: bool) -> list[Verdict]:
    rng = np.random.default_rng(1)
    times, interval = np.arange(100) * 1.0, 1.0
    arterial = parker_blood_concentration(times, 15.0)
    count = 10000 if quick else 100000
    transit, flow = rng.uniform(3.0, 12.0, count), rng.uniform(10.0, 70.0, count)
    curves = np.concatenate(
        [
            residue_convolution(gamma_residue(times, transit[n : n + 5000], 3.0), arterial, interval)
            * (flow[n : n + 5000, None] / 6000.0)
            for n in range(0, count, 5000)
        ]
    )
    curves += rng.normal(0.0, 1.0 / (50.0 * _ECHO_S * _TISSUE), curves.shape)
    rows, speeds = [], {}
    for method in ("oSVD", "cSVD", "sSVD"):
        deconvolve(curves[:5000], arterial, interval, method)
        found, cost = min((measured(lambda m=method: deconvolve(curves, arterial, interval, m)) for _ in range(3)),
                          key=lambda pair: pair[1].wall_s)  # fmt: skip
        speeds[method] = count / cost.wall_s
        cbf = 6000.0 * found.flow_per_s
        per_range = [np.median((cbf / flow)[(transit >= a) & (transit < b)]) for a, b in ((3, 5), (5, 8), (8, 12))]
        agreement = np.corrcoef(cbf, flow)[0, 1]
        cells = [f"{value:.2f}" for value in per_range]
        rows.append([f"impasto {method}", f"{speeds[method]:.0f}", *cells, f"{agreement:.3f}"])
        if method == "oSVD":
            own = found.flow_per_s
    few = 50 if quick else 200
    decomposition = factors(arterial, interval)
    plain, cost = measured(lambda: np.array([flow_per_s(c, decomposition, 0.065) for c in curves[:few]]))
    rows.append(["plain oSVD", f"{few / cost.wall_s:.0f}", "", "", "", ""])
    print(f"\ndeconvolution of {count} voxels x 100 frames, signal-to-noise 50; CBF over truth by mean transit time")
    print_table(["", "voxels/s", "3 to 5 s", "5 to 8 s", "8 to 12 s", "r"], rows)
    off = float(np.max(np.abs(own[:few] / plain - 1.0)))
    print(f"largest difference of CBF from the plain method: {100.0 * off:.4f} %")
    rate = speeds["oSVD"]
    return [
        Verdict(f"oSVD {rate:.0f} voxels/s on 100 frames", ">= 100000", rate >= 100000.0),
        Verdict(f"within {100.0 * off:.3f} % of the plain method", "0.1 %", off <= 1e-3),
    ]


def whole_brain(quick: bool) -> list[Verdict]:
    """Every voxel of 256 x 256 x 60 x 60 frames, none masked out."""
    rng = np.random.default_rng(2)
    shape, times = (256, 256, 6 if quick else 60), np.arange(60) * 1.5
    data = np.empty((*shape, len(times)), dtype=np.int16)
    reference = tissue_curve(times)
    artery = 60.0 * bolus(times, 13.0, 3.0, 1.0) + 3.0 / (1.0 + np.exp(-(times - 22.0) / 3.0))
    for k in range(shape[2]):
        curve = rng.uniform(0.5, 3.0, shape[:2])[..., None] * reference
        curve[:8, :8] = artery
        data[:, :, k] = gradient_echo_signal(1000.0, curve, _ECHO_S) + rng.normal(0.0, 12.5, curve.shape)
    series = Image(data, Grid.centred(shape, (0.9, 0.9, 2.5)), "T2*-weighted signal", "1", times)
    maps, cost = measured(lambda: dsc_maps(series, _ECHO_S, settings=DscSettings()))
    memory_gb = peak_memory_mb() / 1024.0
    voxels = int(np.isfinite(maps["rCBV"].data).sum())
    print(f"\n{shape} x {len(times)} frames: {voxels} voxels in {cost.wall_s:.0f} s, {voxels / cost.wall_s:.0f} /s")
    return [Verdict(f"peak memory {memory_gb:.1f} GB", "<= 4 GB", memory_gb <= 4.0)]
