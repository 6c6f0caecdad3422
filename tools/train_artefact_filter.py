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
from impasto.maps.spectroscopy.artefact_simulation import Artefact, simulate_good, simulate_spoilt
from impasto.maps.spectroscopy.basis import brain_basis
from impasto.maps.spectroscopy.pulse_sequences import Press, PulseSequence, SemiLaser, Steam

SEED = 20
COMPONENTS = 40
TREES = 100
LEAVES = 150
PER_KIND = 100
GOOD = 900
FIELDS_MHZ = (63.9, 123.25, 127.7, 297.2)


class Acquisition(NamedTuple):
    """How one set of spectra is measured."""

    sequence: PulseSequence
    frequency_mhz: float
    dwell_s: float
    points: int


def training_acquisitions(rng: np.random.Generator, count: int = 30) -> list[Acquisition]:
    """Draw sequences, echo times, fields and samplings; every second has a short echo."""
    made = []
    for number in range(count):
        echo_time_s = rng.uniform(0.02, 0.045) if number % 2 else rng.uniform(0.06, 0.3)
        sequences = (Press(echo_time_s), SemiLaser(echo_time_s), Steam(min(echo_time_s, 0.03), 0.01))
        sequence = sequences[rng.choice(3, p=[0.5, 0.3, 0.2])]
        frequency_mhz = FIELDS_MHZ[number % len(FIELDS_MHZ)]
        dwell_s = rng.uniform(0.06, 0.12) / frequency_mhz
        points = int(rng.uniform(0.2, 0.55) / dwell_s)
        made.append(Acquisition(sequence, frequency_mhz, dwell_s, points))
    return made


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
        signals = [("good", simulate_good(basis, good, rng))]
        signals += [(str(kind), simulate_spoilt(kind, basis, per_kind, rng)) for kind in Artefact]
        for label, fid in signals:
            spectra.append(aligned_spectra(fid, acquisition.dwell_s, acquisition.frequency_mhz))
            labels += [label] * len(fid)
    return AlignedSpectra.joined(spectra), np.array(labels)


def trained(features: NDArray[np.float32], spoilt: NDArray[np.bool_]) -> RandomForestClassifier:
    forest = RandomForestClassifier(
        TREES,
        max_leaf_nodes=LEAVES,
        max_features="sqrt",
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
