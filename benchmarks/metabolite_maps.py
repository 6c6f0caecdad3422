"""Digital gliomas from simulated whole-brain spectra (6.25 x 6.25 x 10 mm) to maps, held against their truth.

Spectra go through the steps of ``impasto maps``; the truth enters only here. Choline and NAA of the phantom follow from
the density of tumour cells, so the ROC tells what noise, field, neighbours and fit cost, not how alike tumour and other
lesions can be. The learned filter is tested on acquisitions that it was not trained with.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchmarks.digital_gliomas import SUMS, BoolArray, FloatArray, MappedGlioma, mapped_glioma
from benchmarks.harness import Verdict, measured, print_table
from benchmarks.roc import Roc
from impasto.core import BasisSet
from impasto.maps.spectroscopy import (
    Press,
    RejectionReason,
    SemiLaser,
    Steam,
    artefact_probability,
    brain_basis,
)
from impasto.maps.spectroscopy.artefact_filter import UNSEEN_ARTEFACTS
from impasto.maps.spectroscopy.artefact_simulation import Artefact, SpectraConditions, simulate_good, simulate_spoilt

_CUT = 2.0
_DENSITY_CUTS = (0.05, 0.1, 0.2, 0.4)
_INFILTRATED = 0.1
_GOOD_HZ, _POOR_HZ = 13.0, 18.0
_ANY_SCANNER = SpectraConditions(fwhm_ppm=(0.016, 0.14), first_sample_error=0.35)  # 2 to 17 Hz at 3 T


def run(quick: bool) -> list[Verdict]:
    gliomas = []
    for seed in (1,) if quick else (1, 2, 3):
        glioma, cost = measured(lambda seed=seed: mapped_glioma(seed))  # type: ignore[misc]
        gliomas.append(glioma)
        print(f"glioma {seed}: simulated and mapped in {cost.wall_s:.0f} s")
    return [_volumes(gliomas), _infiltration(gliomas), _amplitudes(gliomas), _coverage(gliomas), *_filter(quick)]


def _volumes(gliomas: list[MappedGlioma]) -> Verdict:
    """Volume with Cho/NAA > 2 against the truth as the acquisition's point spread lets it be seen: the verdict.

    Mean concentrations in the nominal voxels, printed beside, are what no map of this resolution can show.
    """
    print(f"\nCho/NAA > {_CUT:g} (peak areas), all voxels; what is not shown counts as below")
    rows, seen = [], []
    for number, glioma in enumerate(gliomas, start=1):
        found, shown = glioma.choline_naa > _CUT, np.isfinite(glioma.choline_naa)
        true, nominal = glioma.true_choline_naa > _CUT, glioma.nominal_choline_naa > _CUT
        ml = glioma.analysis.volume.grid.voxel_volume_ml
        seen.append(_dice(found, true))
        figures = (seen[-1], _dice(found, nominal), _dice(found & shown, true & shown), _dice(true, nominal))
        sizes = (f"{ml * mask.sum():.0f}" for mask in (found, true, nominal, true & ~shown))
        rows.append([number, *sizes, *(f"{figure:.3f}" for figure in figures)])
    header = ["glioma", "found [mL]", "true", "true, nominal voxels", "true, not shown"]
    header += ["Dice (verdict)", "nominal voxels", "shown only", "true against nominal"]
    print_table(header, rows)
    least = min(seen)
    return Verdict(f"Cho/NAA > 2: Dice {least:.2f} or better in {len(seen)} gliomas", ">= .8", least >= 0.8)


def _dice(one: BoolArray, other: BoolArray) -> float:
    return float(2.0 * (one & other).sum() / (one.sum() + other.sum()))


def _infiltration(gliomas: list[MappedGlioma]) -> Verdict:
    """ROC for voxels whose mean density of tumour cells is above a cut, over all voxels that are shown."""
    shown = [np.isfinite(glioma.choline_naa) & np.isfinite(glioma.cni) for glioma in gliomas]
    cells = _joined(glioma.cells[mask] for glioma, mask in zip(gliomas, shown, strict=True))
    names = {"CNI": "cni", "CNI, dropped upwards only": "cni_upwards", "Cho/NAA": "choline_naa"}
    maps = {
        name: _joined(getattr(glioma, field)[mask] for glioma, mask in zip(gliomas, shown, strict=True))
        for name, field in names.items()
    }
    usual, upwards = np.sum([glioma.controls for glioma in gliomas], axis=0)
    print(f"\ninfiltrated voxels among the {len(cells)} shown")
    print(f"the CNI's regression keeps {usual} of them as controls, {upwards} when they are dropped upwards only")
    rows = []
    for cut in _DENSITY_CUTS:
        for name, values in maps.items():
            roc = Roc(values, cells >= cut)
            best = roc.youden()
            rows.append([f"{cut:g}", int(roc.positive.sum()), name, f"{roc.area:.3f}", *_rates(roc, _CUT)])
            rows[-1] += [f"{best:.2f}", *_rates(roc, best)]
    header = ["cells >=", "voxels", "map", "AUC", "sensitivity at 2", "specificity at 2"]
    print_table([*header, "Youden's threshold", "sensitivity", "specificity"], rows)
    cni = Roc(maps["CNI"], cells >= _INFILTRATED)
    found, spared = _rates(cni, _CUT)
    figure = (
        f"CNI > 2 at tumour cells >= {_INFILTRATED:g}: sensitivity {found}, specificity {spared}, AUC {cni.area:.3f}"
    )
    return Verdict(figure, "AUC >= .95, sensitivity >= .9", cni.area >= 0.95 and cni.sensitivity(_CUT) >= 0.9)


def _rates(roc: Roc, threshold: float) -> tuple[str, str]:
    return f"{roc.sensitivity(threshold):.3f}", f"{roc.specificity(threshold):.3f}"


def _amplitudes(gliomas: list[MappedGlioma]) -> Verdict:
    """Amplitudes of accepted voxels against what an ideal fit would find."""
    accepted = [glioma.analysis.volume.accepted for glioma in gliomas]
    narrow = [mask & (glioma.linewidth_hz < _GOOD_HZ) for glioma, mask in zip(gliomas, accepted, strict=True)]
    print("\namplitudes of accepted voxels against the truth (concentration, relaxation, excitation, coils)")
    rows, bias = [], []
    for name in SUMS:
        cells: list[object] = [name]
        for masks in (accepted, narrow):
            found = _joined(glioma.fitted[name][mask] for glioma, mask in zip(gliomas, masks, strict=True))
            true = _joined(glioma.expected[name][mask] for glioma, mask in zip(gliomas, masks, strict=True))
            error = 100.0 * (found / true - 1.0)
            cells += [f"{np.median(error):+.1f}", f"{np.median(np.abs(error)):.1f}"]
            cells.append(f"{np.corrcoef(found, true)[0, 1]:.3f}")
            bias.append(float(np.median(error)))
        rows.append(cells)
    header = ["sum", "bias [%]", "median |error| [%]", "correlation"]
    print_table([*header, *(f"{name}, below {_GOOD_HZ:g} Hz" for name in header[1:])], rows)
    worst = max(bias[::2], key=abs)
    return Verdict(f"worst bias of tNAA, tCho, tCr {worst:+.1f} %", "within 5 %", abs(worst) <= 5.0)


def _coverage(gliomas: list[MappedGlioma]) -> Verdict:
    """Why voxels are rejected, and whether rightly: by the true linewidth and share of brain."""
    reasons = _joined(glioma.analysis.reasons for glioma in gliomas)
    width = _joined(glioma.linewidth_hz for glioma in gliomas)
    brain = _joined(glioma.brain for glioma in gliomas)
    cells = _joined(glioma.cells[glioma.analysis.volume.mask] for glioma in gliomas)
    fit, poor = (width < _GOOD_HZ) & (brain > 0.8), width > _POOR_HZ
    core, groups = cells >= 0.4, {}
    groups["all fitted"] = np.ones_like(fit)
    groups[f"below {_GOOD_HZ:g} Hz, > 80 % brain"] = fit
    groups[f"above {_POOR_HZ:g} Hz"] = poor
    groups["tumour cells >= .4"] = core
    print("\nwhat becomes of fitted voxels (at least half brain), by their true linewidth; reasons overlap")
    named = [reason for reason in RejectionReason if (reasons & int(reason)).any()]
    rows = []
    for name, mask in groups.items():
        shares = [(reasons[mask] & int(reason) > 0).mean() for reason in named]
        rows.append([name, int(mask.sum()), *(f"{100 * x:.1f}" for x in ((reasons[mask] == 0).mean(), *shares))])
    header = ["voxels", "count", "accepted [%]", *(str(reason.name).lower().replace("_", " ") for reason in named)]
    print_table(header, rows)
    kept = float((reasons[fit] == 0).mean())
    figure = f"accepted {100 * (reasons == 0).mean():.0f} % of brain, {100 * kept:.0f} % where the field is good"
    return Verdict(figure, ">= 95 % there", kept >= 0.95)


def _filter(quick: bool) -> list[Verdict]:
    """Area under the curve of the learned filter for every kind, in acquisitions it was not trained with."""
    per_kind = 60 if quick else 200
    bases = _held_out_acquisitions()
    rng = np.random.default_rng(77)
    good = [_probability(simulate_good(basis, 4 * per_kind, rng, _ANY_SCANNER), basis) for basis in bases]
    spoilt = {
        kind: [_probability(simulate_spoilt(kind, basis, per_kind, rng, _ANY_SCANNER), basis) for basis in bases]
        for kind in Artefact
    }
    print("\nlearned filter in acquisitions it was not trained with: area under the curve, share beyond .5")
    rows = []
    for kind in sorted(Artefact, key=lambda kind: kind in UNSEEN_ARTEFACTS):
        areas = [_area([one], [other]) for one, other in zip(good, spoilt[kind], strict=True)]
        caught = f"{(np.concatenate(spoilt[kind]) > 0.5).mean():.2f}"
        shown = "no" if kind in UNSEEN_ARTEFACTS else "yes"
        rows.append([kind.value, shown, f"{_area(good, spoilt[kind]):.3f}", *(f"{area:.3f}" for area in areas), caught])
    names = [f"{basis.sequence} {1e3 * basis.echo_time_s:.0f} ms {basis.frequency_mhz:.0f} MHz" for basis in bases]
    print_table(["kind", "trained with", "AUC", *names, "rejected"], rows)
    print(f"good spectra rejected: {(np.concatenate(good) > 0.5).mean():.3f}")
    unseen = _area(good, [part for kind in UNSEEN_ARTEFACTS for part in spoilt[kind]])
    every = _area(good, [part for parts in spoilt.values() for part in parts])
    return [
        Verdict(f"filter's AUC {every:.3f} for {len(spoilt)} kinds", ">= .95", every >= 0.95),
        Verdict(f"{unseen:.3f} for the {len(UNSEEN_ARTEFACTS)} it never saw", ">= .95", unseen >= 0.95),
    ]


def _held_out_acquisitions() -> list[BasisSet]:
    return [
        brain_basis(Press(0.05), 123.25, 8e-4, 512),
        brain_basis(SemiLaser(0.04), 123.25, 4e-4, 768),
        brain_basis(Press(0.135), 63.9, 1e-3, 512),
        brain_basis(Steam(0.02, 0.01), 297.2, 2.5e-4, 1024),
    ]


def _probability(fid: np.ndarray, basis: BasisSet) -> FloatArray:
    return artefact_probability(fid, basis.dwell_s, basis.frequency_mhz)


def _area(good: list[FloatArray], spoilt: list[FloatArray]) -> float:
    value = np.concatenate([*good, *spoilt])
    return Roc(value, np.arange(len(value)) >= sum(len(part) for part in good)).area


def _joined(parts: Iterable[np.ndarray]) -> np.ndarray:
    return np.concatenate(list(parts))
