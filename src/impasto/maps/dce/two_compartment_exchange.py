"""Two compartments that exchange agent: perfused plasma and extravascular extracellular space."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.maps.dce.arterial_input import ArterialInput
from impasto.maps.dce.convolution import exponential_convolution

__all__ = ["exchange_from_exponentials", "exponentials_from_exchange", "two_compartment_exchange_concentration"]


def two_compartment_exchange_concentration(
    times_s: FloatArray,
    arterial: ArterialInput,
    plasma_flow_ml_per_100ml_min: ArrayLike,
    ps_per_min: ArrayLike,
    ve: ArrayLike,
    vp: ArrayLike,
) -> FloatArray:
    """Concentration in tissue by the two-compartment exchange model (Brix 2004, Sourbron and Buckley 2012).

    ``vp dcp/dt = Fp (ca - cp) - PS (cp - ce)`` and ``ve dce/dt = PS (cp - ce)``, ca the concentration in arterial
    plasma: a sum of two exponentials convolved with it.

    Parameters
    ----------
    times_s : ndarray, shape (time,)
    arterial : ArterialInput
        Already delayed to its arrival in the tissue.
    plasma_flow_ml_per_100ml_min : array_like, shape (...)
    ps_per_min : array_like, shape (...)
        Permeability times surface, per volume of tissue.
    ve, vp : array_like, shape (...)
        Volume fractions, positive.

    Returns
    -------
    ndarray, shape (..., time)
        In mmol/L.

    Raises
    ------
    ImpastoError
        When a volume fraction is not positive, or a flow or exchange is negative.
    """
    flow, exchange, space, plasma = np.broadcast_arrays(
        *(np.asarray(p, dtype=np.float64) for p in (plasma_flow_ml_per_100ml_min, ps_per_min, ve, vp))
    )
    for name, values, least in (("Fp", flow, 0.0), ("PS", exchange, 0.0), ("ve", space, 1e-12), ("vp", plasma, 1e-12)):
        if values.size and not float(values.min()) >= least:
            raise ImpastoError(name, f"a value of {float(values.min()):g}", "give 0 or more, and volumes above 0")
    amplitudes, rates = exponentials_from_exchange(flow / 6000.0, exchange / 60.0, space, plasma)
    responses = exponential_convolution(rates, arterial.times_s, arterial.plasma_mmol_l, times_s)
    concentration: FloatArray = (amplitudes[..., None] * responses).sum(axis=0)
    return concentration


def exponentials_from_exchange(
    flow_per_s: FloatArray, ps_per_s: FloatArray, ve: FloatArray, vp: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Amplitudes and rates of the impulse response, slow before fast, shape (2, ...) each, per second."""
    leaving_plasma, leaving_space = (ps_per_s + flow_per_s) / vp, ps_per_s / ve
    half = 0.5 * (leaving_plasma + leaving_space)
    apart = np.sqrt(np.maximum(half**2 - leaving_space * flow_per_s / vp, 0.0))
    fast = half + apart
    # the product of the rates is known without cancellation
    slow = np.divide(leaving_space * flow_per_s / vp, fast, out=np.zeros_like(fast), where=fast > 0.0)
    share = np.divide(fast - flow_per_s / vp, fast - slow, out=np.zeros_like(fast), where=fast > slow)
    return np.stack([flow_per_s * share, flow_per_s * (1.0 - share)]), np.stack([slow, fast])


def exchange_from_exponentials(
    slow: tuple[FloatArray, FloatArray], fast: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Flow and PS per second, ve, vp from (amplitude, rate) of both exponentials: one answer for any two.

    From Sourbron and Buckley 2012: ``Fp = a1 + a2``, ``Fp / vp = (a1 k1 + a2 k2) / Fp``, and ``k1 k2 vp = Fp PS / ve``.
    """
    (a1, k1), (a2, k2) = slow, fast
    flow = a1 + a2
    drained = a1 * k1 + a2 * k2
    vp = flow**2 / drained
    leaving_space = k1 * k2 * flow / drained
    ps = vp * (k1 + k2 - leaving_space) - flow
    return flow, ps, ps / leaving_space, vp
