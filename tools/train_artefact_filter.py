"""Train the artefact filter of spectra on simulations and write it as plain arrays.

    python tools/train_artefact_filter.py src/impasto/maps/spectroscopy/artefact_filter.npz
    python tools/train_artefact_filter.py --leave-one-out

The second form trains once per kind of artefact without it, and prints how well spectra of that kind, of acquisitions
that no forest saw, are told from good ones (area under the ROC curve).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

from impasto.maps.spectroscopy.artefact_features import (
    AlignedSpectra,
    GoodSubspace,
    aligned_spectra,
    artefact_features,
    subspace_of,
)
from impasto.maps.spectroscopy.artefact_filter import UNSEEN_ARTEFACTS
from impasto.maps.spectroscopy.artefact_simulation import Artefact, SpectraConditions, simulate_good, simulate_spoilt
from impasto.maps.spectroscopy.basis import brain_basis
from impasto.maps.spectroscopy.pulse_sequences import Press, PulseSequence, SemiLaser, Steam

SEED = 20
ACQUISITIONS = 200
COMPONENTS = 60
TREES = 100
LEAVES = 300
PER_KIND = 10
GOOD = 130
LEAST_FWHM_HZ = 1.5
MOST_FWHM_PPM = 0.155
SIGNAL_TO_NOISE = (3.5, 250.0)
FIRST_SAMPLE_ERROR = 0.35
ECHO_TIMES_S = (0.018, 0.3)
GOLDEN_RATIO = 0.6180339887
FIELDS_MHZ = (63.9, 123.25, 127.7, 297.2)


class Acquisition(NamedTuple):
    """How one set of spectra is measured."""

    sequence: PulseSequence
    frequency_mhz: float
    dwell_s: float
    points: int


def training_acquisitions(rng: np.random.Generator, count: int = ACQUISITIONS) -> list[Acquisition]:
    """Draw sequences, fields and samplings, of single voxels and of MRSI; echo times leave no gap."""
    made = []
    for number in range(count):
        frequency_mhz = FIELDS_MHZ[number % len(FIELDS_MHZ)]
        shortest_s, longest_s = ECHO_TIMES_S
        echo_time_s = shortest_s * (longest_s / shortest_s) ** (GOLDEN_RATIO * number % 1.0)
        dwell_s = _log_uniform(rng, max(2.4e-4, 0.03 / frequency_mhz), min(1.05e-3, 0.125 / frequency_mhz))
        points = next_fast_len(int(np.clip(_log_uniform(rng, 0.2, 1.1) / dwell_s, 200, 2048)))
        made.append(Acquisition(_drawn_sequence(echo_time_s, rng), frequency_mhz, dwell_s, points))
    return made


def _drawn_sequence(echo_time_s: float, rng: np.random.Generator) -> PulseSequence:
    """PRESS, also with a short first echo; semi-LASER; STEAM, whose echoes are short."""
    kind = rng.choice(4, p=[0.35, 0.25, 0.25, 0.15])
    if kind == 3:
        return Steam(min(echo_time_s, rng.uniform(0.008, 0.08)), rng.uniform(0.008, 0.03))
    if kind == 2:
        return SemiLaser(echo_time_s)
    return Press(echo_time_s, None if kind == 0 else min(rng.uniform(0.011, 0.02), 0.6 * echo_time_s))


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


TEST_ACQUISITIONS = [
    Acquisition(SemiLaser(0.04), 123.25, 4.0e-4, 768),
    Acquisition(Press(0.288), 123.25, 8.0e-4, 512),
    Acquisition(Press(0.135), 63.9, 1.0e-3, 512),
    Acquisition(Steam(0.02, 0.01), 297.2, 2.5e-4, 1024),
]


def simulated(
    acquisitions: list[Acquisition], per_kind: int, good: int, seed: int
) -> tuple[AlignedSpectra, NDArray[np.str_]]:
    """Simulate good spectra and every kind of artefact in each acquisition."""
    spectra, labels = [], []
    for number, acquisition in enumerate(acquisitions):
        rng = np.random.default_rng([seed, number])
        basis = brain_basis(*acquisition)
        widths_ppm = (LEAST_FWHM_HZ / acquisition.frequency_mhz, MOST_FWHM_PPM)
        conditions = SpectraConditions(SIGNAL_TO_NOISE, widths_ppm, first_sample_error=FIRST_SAMPLE_ERROR)
        signals = [("good", simulate_good(basis, good, rng, conditions))]
        signals += [(str(kind), simulate_spoilt(kind, basis, per_kind, rng, conditions)) for kind in Artefact]
        for label, fid in signals:
            spectra.append(aligned_spectra(fid, acquisition.dwell_s, acquisition.frequency_mhz))
            labels += [label] * len(fid)
    return AlignedSpectra.joined(spectra), np.array(labels)


def trained(features: NDArray[np.float32], spoilt: NDArray[np.bool_]) -> RandomForestClassifier:
    forest = RandomForestClassifier(
        TREES,
        max_leaf_nodes=LEAVES,
        max_features="sqrt",
        max_samples=0.8,
        class_weight="balanced",
        n_jobs=2,
        random_state=SEED,
    )
    return forest.fit(features, spoilt)


def forest_arrays(forest: RandomForestClassifier, subspace: GoodSubspace) -> dict[str, NDArray[np.generic]]:
    """Lay the trees out one after the other; a left child stands next to its parent, the right one is pointed to."""
    columns: dict[str, list[NDArray[np.generic]]] = {"feature": [], "threshold": [], "right": [], "value": []}
    roots = [0]
    for estimator in forest.estimators_:
        tree = estimator.tree_
        inner = tree.children_left >= 0
        following = np.flatnonzero(inner) + 1
        if not np.array_equal(tree.children_left[inner], following) or tree.n_features > 255:
            order = _depth_first(tree.children_left, tree.children_right)
        else:
            order = np.arange(tree.node_count)
        place = np.empty(tree.node_count, dtype=int)
        place[order] = np.arange(tree.node_count)
        spoilt = tree.value[:, 0, 1] / tree.value[:, 0, :].sum(axis=1)
        columns["feature"].append(np.where(inner, tree.feature, 0)[order].astype(np.uint8))
        columns["threshold"].append(np.where(inner, tree.threshold, 0.0)[order].astype(np.float32))
        columns["right"].append(np.where(inner, place[tree.children_right], 0)[order].astype(np.uint16))
        columns["value"].append(np.round(255 * spoilt)[order].astype(np.uint8))
        roots.append(roots[-1] + tree.node_count)
    arrays = {name: np.concatenate(parts) for name, parts in columns.items()}
    return {**arrays, "roots": np.array(roots, dtype=np.int32), "components": subspace.components.astype(np.float16)}


def _depth_first(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    order, waiting = [], [0]
    while waiting:
        node = waiting.pop()
        order.append(node)
        if left[node] >= 0:
            waiting += [right[node], left[node]]
    return np.array(order)


def leave_one_out(per_kind: int = 400) -> None:
    """Print the area under the curve per kind, trained with all kinds and without this one."""
    train, labels = simulated(training_acquisitions(np.random.default_rng(SEED)), PER_KIND, GOOD, SEED)
    test, truth = simulated(TEST_ACQUISITIONS, per_kind, 3 * per_kind, SEED + 1)
    subspace = subspace_of(train.chosen(labels == "good"), COMPONENTS)
    features, tested = artefact_features(train, subspace), artefact_features(test, subspace)
    whole = trained(features, labels != "good").predict_proba(tested)[:, 1]
    good = truth == "good"
    print(f"all kinds seen: AUC {roc_auc_score(~good, whole):.4f}, good beyond .5: {(whole[good] > 0.5).mean():.3f}")
    for kind in Artefact:
        seen = labels != kind
        without = trained(features[seen], labels[seen] != "good").predict_proba(tested)[:, 1]
        both = good | (truth == kind)
        areas = [roc_auc_score(~good[both], part[both]) for part in (whole, without)]
        caught = (without[truth == kind] > 0.5).mean()
        print(f"{kind:20s} seen {areas[0]:.3f}  unseen {areas[1]:.3f}  beyond .5 when unseen {caught:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="?", type=Path)
    parser.add_argument("--leave-one-out", action="store_true")
    chosen = parser.parse_args()
    if chosen.leave_one_out:
        leave_one_out()
    if chosen.path is not None:
        spectra, labels = simulated(training_acquisitions(np.random.default_rng(SEED)), PER_KIND, GOOD, SEED)
        seen = ~np.isin(labels, [str(kind) for kind in UNSEEN_ARTEFACTS])
        subspace = subspace_of(spectra.chosen(labels == "good"), COMPONENTS)
        # half precision is what is stored, so it is what is trained with
        subspace = GoodSubspace(subspace.components.astype(np.float16).astype(np.float32))
        forest = trained(artefact_features(spectra.chosen(seen), subspace), labels[seen] != "good")
        np.savez_compressed(chosen.path, allow_pickle=False, **forest_arrays(forest, subspace))
        print(f"{chosen.path}: {chosen.path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
