"""Magnitude images with the noise of both channels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

__all__ = ["with_rician_noise"]

_BLOCK = 1 << 18
_THREADS = 2


def with_rician_noise(
    signal: NDArray[np.float32], standard_deviation: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """``sqrt((S + n1)^2 + n2^2)``: Gaussian noise in both channels of the complex image (Gudbjartsson 1995).

    Parameters
    ----------
    signal : ndarray of float32, any shape
        Overwritten, to spare memory.
    standard_deviation : float
        Of one channel.
    rng : Generator

    Returns
    -------
    ndarray of float32, as `signal`
    """
    flat = signal.reshape(-1)
    starts = range(0, len(flat), _BLOCK)
    # one generator a block: the result does not depend on which thread takes it
    with ThreadPoolExecutor(_THREADS) as threads:
        blocks = [flat[start : start + _BLOCK] for start in starts]
        for _ in threads.map(lambda b, r: _add_noise(b, standard_deviation, r), blocks, rng.spawn(len(starts))):
            pass
    return signal


def _add_noise(part: NDArray[np.float32], standard_deviation: float, rng: np.random.Generator) -> None:
    real, imaginary = rng.standard_normal((2, len(part)), dtype=np.float32)
    real *= np.float32(standard_deviation)
    imaginary *= np.float32(standard_deviation)
    real += part
    real *= real
    imaginary *= imaginary
    real += imaginary
    np.sqrt(real, out=part)
