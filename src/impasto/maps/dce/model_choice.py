"""Which model a curve supports: Akaike's information criterion, corrected for few samples."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.maps.dce.kinetic_parameters import KINETIC_MODELS, KineticModelName, parameter_count

__all__ = ["choose_model", "corrected_akaike"]


def corrected_akaike(squared_residuals: FloatArray, frames: int, parameters: int) -> FloatArray:
    """``n ln(RSS / n) + 2 K + 2 K (K + 1) / (n - K - 1)``, K the parameters and the noise (Hurvich and Tsai 1989).

    Parameters
    ----------
    squared_residuals : ndarray, shape (voxel,)
        RSS, their sum over the frames.
    frames : int
        n.
    parameters : int
        Of the model; the noise is counted here.

    Returns
    -------
    ndarray, shape (voxel,)

    Raises
    ------
    ImpastoError
        When there are too few frames.
    """
    count = parameters + 1
    if frames <= count + 1:
        raise ImpastoError("model choice", f"{frames} frames for {parameters} parameters", "give a longer series")
    with np.errstate(divide="ignore"):
        misfit = frames * np.log(squared_residuals / frames)
    return np.asarray(misfit + 2.0 * count + 2.0 * count * (count + 1) / (frames - count - 1))


def choose_model(
    squared_residuals: Mapping[KineticModelName, FloatArray], frames: int, delay_is_fitted: bool = False
) -> tuple[IntArray, FloatArray]:
    """Take the model with the lowest corrected criterion in each voxel.

    Parameters
    ----------
    squared_residuals : mapping of model to ndarray, shape (voxel,)
        ``"none"`` is the curve itself.
    frames : int
    delay_is_fitted : bool
        Then it counts as a parameter of every model but ``"none"``.

    Returns
    -------
    code : ndarray of int, shape (voxel,)
        Place of the model in :data:`KINETIC_MODELS`; -1 where no fit is known.
    weight : ndarray, shape (voxel,)
        Its Akaike weight among those compared, 0 to 1 (Burnham and Anderson 2002).
    """
    names = list(squared_residuals)
    extra = [int(delay_is_fitted and name != "none") for name in names]
    criteria = np.stack(
        [
            corrected_akaike(squared_residuals[name], frames, parameter_count(name) + more)
            for name, more in zip(names, extra, strict=True)
        ]
    )
    known = np.isfinite(criteria).all(axis=0)
    above = np.where(known, criteria - np.where(known, criteria.min(axis=0), 0.0), 0.0)
    weight = 1.0 / np.exp(-0.5 * above).sum(axis=0)
    codes = np.array([list(KINETIC_MODELS).index(name) for name in names])
    code = np.where(known, codes[np.argmin(above, axis=0)], -1)
    return code.astype(np.int64), np.where(known, weight, np.nan)
