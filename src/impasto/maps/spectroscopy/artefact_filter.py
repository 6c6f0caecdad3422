"""Learned artefact filter: the probability that a spectrum is spoilt, from a random forest.

A forest that votes on spectra did as well as experts in tumours (Pedrosa de Barros 2016; Vaziri 2023). This one learned
from simulations only (:mod:`artefact_simulation`); ``tools/train_artefact_filter.py`` made it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.progress import Progress, silent
from impasto.core.threads import threads_for
from impasto.maps.spectroscopy.artefact_features import GoodSubspace, aligned_spectra, artefact_features
from impasto.maps.spectroscopy.artefact_simulation import Artefact

__all__ = ["UNSEEN_ARTEFACTS", "artefact_probability"]

UNSEEN_ARTEFACTS = (Artefact.SPURIOUS_ECHO, Artefact.SPIKE, Artefact.SPLIT_LINES)
"""Kinds that the filter was not shown, kept to test that it knows what is strange."""

_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class _Forest:
    """Trees one after the other; the left child follows its parent, ``right`` is counted from the root."""

    roots: NDArray[np.int32]
    feature: NDArray[np.uint8]
    threshold: NDArray[np.float32]
    right: NDArray[np.uint16]
    value: NDArray[np.float32]
    subspace: GoodSubspace


def artefact_probability(
    fid: NDArray[np.complexfloating], dwell_s: float, frequency_mhz: float, progress: Progress = silent
) -> FloatArray:
    """Probability that each spectrum is spoilt: by lipid, water, echoes, shim, noise, phase, motion or else.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
        After water removal and after frequency and phase alignment (to .12 ppm and about 20 degrees), not apodised:
        a zero-order phase that is wrong counts as an artefact. Units do not matter.
    dwell_s : float
    frequency_mhz : float
        1.5 to 7 T. It learned from echo times of 18 to 300 ms and lines of 1.5 Hz to .155 ppm.
    progress : Progress

    Returns
    -------
    ndarray, shape (voxel,)
        0 to 1; artefacts and good spectra were made equally likely. One where there is no signal at all.

    Raises
    ------
    ImpastoError
        When the signals are not two-dimensional, complex and finite, or the sampling is not positive.
    """
    forest = _stored_forest()
    fid = np.asarray(fid)
    probability = np.ones(len(fid))
    for start in range(0, len(fid), _BLOCK):
        progress("artefact filter", start / len(fid))
        block = fid[start : start + _BLOCK]
        aligned = aligned_spectra(block, dwell_s, frequency_mhz)
        features = artefact_features(aligned, forest.subspace)
        with threads_for(features.size):
            _vote(
                features,
                forest.roots,
                forest.feature,
                forest.threshold,
                forest.right,
                forest.value,
                probability[start : start + _BLOCK],
            )
        probability[start : start + _BLOCK][~block.any(axis=1)] = 1.0
    progress("artefact filter", 1.0)
    return probability


@cache
def _stored_forest() -> _Forest:
    stream = files("impasto.maps.spectroscopy").joinpath("artefact_filter.npz")
    with stream.open("rb") as opened, np.load(opened) as stored:
        subspace = GoodSubspace(stored["components"].astype(np.float32))
        value = stored["value"].astype(np.float32) / 255.0
        names = ("roots", "feature", "threshold", "right")
        roots, feature, threshold, right = (stored[name] for name in names)
    return _Forest(roots, feature, threshold, right, value, subspace)


@numba.njit(parallel=True, cache=True)
def _vote(features: Any, roots: Any, feature: Any, threshold: Any, right: Any, value: Any, out: Any) -> None:
    """Average the trees' leaves."""
    trees = len(roots) - 1
    for voxel in numba.prange(len(features)):
        total = 0.0
        for tree in range(trees):
            node = roots[tree]
            while right[node] > 0:
                if features[voxel, feature[node]] <= threshold[node]:
                    node += 1
                else:
                    node = roots[tree] + right[node]
            total += value[node]
        out[voxel] = total / trees
